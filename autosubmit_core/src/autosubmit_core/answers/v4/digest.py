"""What happened to all experiments since somebody last looked."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

import numpy as np

from autosubmit_core.answers.formats import instant_utc
from autosubmit_core.archive import Archive, Fleet
from autosubmit_core.archive.fleet import EVENTS, event_sentence
from autosubmit_core.errors import RequestError
from autosubmit_core.metrics.constants import SECONDS_PER_DAY, SECONDS_PER_HOUR
from autosubmit_core.tables import EventTable
from autosubmit_core.times import epoch_of_text

__all__ = ["MOST_EVENTS", "digest_answer", "digest_feed", "instant_since"]

#: How many events are told, the newest; all are counted.
MOST_EVENTS = 1000

_AGO = re.compile(r"(\d{1,5})([hd])", re.ASCII)
_ATOM = "http://www.w3.org/2005/Atom"
#: What XML cannot say.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def instant_since(text: str, now: int) -> int:
    """Return the moment that a text means: so long ago, or a date in the zone of this process.

    >>> instant_since("24h", 1_000_000), instant_since("2d", 1_000_000)
    (913600, 827200)
    >>> instant_since("2024-01-12T14:30:00Z", 1_800_000_000)
    1705069800

    Raises :class:`RequestError` for any other text.
    """
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * (SECONDS_PER_HOUR if ago[2] == "h" else SECONDS_PER_DAY)
    instant = epoch_of_text(text) or epoch_of_text(f"{text} 00:00:00")
    if not instant:
        raise RequestError(f"{text!r} is neither a time such as 24h or 3d nor a date: 2026-11-21.")
    return instant


def digest_answer(archive: Archive, *, since: str = "24h") -> dict[str, Any]:
    """Return what happened since a moment, the newest first.

    Raises :class:`RequestError` if it names no moment.
    """
    fleet = archive.fleet()
    begin, events = _since(fleet, since)
    counted = Counter(events.event.tolist())
    return {
        "since": instant_utc(begin),
        "until": instant_utc(fleet.statuses_updated),
        "counts": {event: counted[event] for event in EVENTS if counted[event]},
        "failed_jobs": int(events.jobs.sum()),
        "events": [
            {
                "id": events.id[row],
                "at": instant_utc(int(events.at[row])),
                "expid": events.name[row],
                "owner": events.owner[row] or None,
                "event": events.event[row],
                "jobs": int(events.jobs[row]),
                "sentence": _sentence(events, row),
            }
            for row in range(min(len(events), MOST_EVENTS))
        ],
    }


def digest_feed(
    archive: Archive,
    *,
    since: str = "24h",
    base: str = "",
    feed: str = "/v4/digest.atom",
    about: str = "/v4/experiments/{expid}/heartbeat",
) -> bytes:
    """Return the same as an Atom feed (RFC 4287).

    ``base`` is the address that all is below, ``feed`` the path of the feed there, and ``about`` that of
    what tells more of an experiment. Raises as :func:`digest_answer`.
    """
    fleet = archive.fleet()
    _, events = _since(fleet, since)
    made = ElementTree.Element("feed", xmlns=_ATOM)
    newest = int(events.at[0]) if len(events) else fleet.statuses_updated
    _add(made, "id", f"urn:uuid:{uuid5(NAMESPACE_URL, base + feed)}")
    _add(made, "title", "Autosubmit experiments")
    _add(made, "updated", instant_utc(newest) or "1970-01-01T00:00:00+00:00")
    ElementTree.SubElement(made, "link", rel="self", href=base + feed)
    for row in range(min(len(events), MOST_EVENTS)):
        entry = ElementTree.SubElement(made, "entry")
        _add(entry, "id", f"urn:uuid:{events.id[row]}")
        _add(entry, "title", _sentence(events, row))
        _add(entry, "updated", instant_utc(int(events.at[row])) or "")
        _add(ElementTree.SubElement(entry, "author"), "name", events.owner[row] or "unknown")
        ElementTree.SubElement(entry, "category", term=events.event[row])
        address = base + about.format(expid=events.name[row])
        ElementTree.SubElement(entry, "link", href=address)
    text: bytes = ElementTree.tostring(made, encoding="utf-8", xml_declaration=True)
    return text


def _since(fleet: Fleet, since: str) -> tuple[int, EventTable]:
    begin = instant_since(since, fleet.now)
    return begin, fleet.events.take(np.flatnonzero(fleet.events.at >= begin)[::-1])


def _sentence(events: EventTable, row: int) -> str:
    return event_sentence(events.name[row], events.event[row], int(events.jobs[row]))


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _NO_XML.sub("\ufffd", text)
