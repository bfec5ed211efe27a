"""What happened to all experiments since somebody last looked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from autosubmit_core import Archive
from autosubmit_core.published import EVENTS, digest_answer, digest_feed, natural_key
from autosubmit_core.server import Choice, Operation, Route, Text

from autosubmit_site.handlers import PageHandler
from autosubmit_site.looks import LookHandler

__all__ = ["SPANS", "Digest", "Story", "digest_of", "routes"]

#: Lengths of time to choose from, as the API names them.
SPANS = ("24h", "72h", "7d")

#: What somebody should look after.
TROUBLE = frozenset({"failed", "stalled", "died", "unreadable"})

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

#: How many events of an experiment are told at once; the others when asked.
MOST_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one experiment, the newest first: events as the API tells them."""

    expid: str
    owner: str
    events: tuple[dict[str, Any], ...]
    more: tuple[dict[str, Any], ...]
    trouble: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened to all experiments."""

    #: What was asked for: one of :data:`SPANS`, a date, or nothing, which is since the last look.
    since: str
    #: The same if it is a date, else empty.
    date: str
    #: Whether this is the first look, which nothing was before.
    first: bool
    owner: str
    event: str
    #: From when on, and when states were noted last; ISO 8601. None if never.
    begin: str
    until: str | None
    #: How often each happened, to all that the owner has.
    counts: dict[str, int]
    stories: tuple[Story, ...]
    owners: tuple[str, ...]
    #: Older events of the time asked for, which are too many to be told.
    left_out: int


def digest_of(
    archive: Archive,
    begin: str,
    since: str = "",
    first: bool = False,
    owner: str | None = None,
    event: str | None = None,
) -> Digest:
    """Return what happened since a moment: those in trouble first, then what happened last.

    Raises :class:`~autosubmit_core.RequestError` if it is none, and
    :class:`~autosubmit_core.SourceError` if what was noted cannot be read.
    """
    told = digest_answer(archive, since=begin)
    every: list[dict[str, Any]] = told["events"]
    of_owner = [one for one in every if owner in (None, one["owner"])]
    shown = [one for one in of_owner if event in (None, one["event"])]
    counted = Counter(one["event"] for one in of_owner)
    return Digest(
        since=since,
        date=since if _DATE.fullmatch(since) else "",
        first=first,
        owner=owner or "",
        event=event or "",
        begin=told["since"],
        until=told["until"],
        counts={name: counted[name] for name in EVENTS if counted[name]},
        stories=_stories(shown),
        owners=tuple(sorted({one["owner"] for one in every if one["owner"]}, key=natural_key)),
        left_out=sum(told["counts"].values()) - len(every),
    )


def _stories(events: Sequence[dict[str, Any]]) -> tuple[Story, ...]:
    by_expid: dict[str, list[dict[str, Any]]] = {}
    for one in events:
        by_expid.setdefault(one["expid"], []).append(one)
    made = [
        Story(
            expid=expid,
            owner=of_it[0]["owner"] or "",
            events=tuple(of_it[:MOST_AT_ONCE]),
            more=tuple(of_it[MOST_AT_ONCE:]),
            trouble=any(one["event"] in TROUBLE for one in of_it),
        )
        for expid, of_it in by_expid.items()
    ]
    return tuple(sorted(made, key=lambda story: not story.trouble))


class DigestPage(LookHandler):
    """``GET /digest``: what happened since a moment, by default since the visitor last looked."""

    light: ClassVar = True
    operations: ClassVar = {
        "get": Operation(
            summary="What happened to all experiments since a moment",
            query=(
                Text(name="since", meaning="24h, 72h, 7d or a date; else your last look."),
                Text(name="date", meaning="A date, which counts for more."),
                Text(name="owner", meaning="What happened to the experiments of one."),
                Choice(name="event", words=tuple(EVENTS), meaning="One kind of event."),
            ),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        asked = self.arguments()
        span, date = asked.pop("since"), asked.pop("date")
        since = date or span or ""
        look = await self.look()
        begin = since or datetime.fromtimestamp(look.before).astimezone().isoformat()
        first = look.first and not since
        await self.show("digest.html.j2", digest_of, begin=begin, since=since, first=first, **asked)


class DigestFeed(PageHandler):
    """``GET /digest.atom``: the same for readers of feeds, with links to the pages of experiments."""

    light: ClassVar = True
    operations: ClassVar = {
        "get": Operation(
            summary="What happened to all experiments since a moment, as an Atom feed",
            query=(Text(name="since", default="7d", meaning="24h, 72h, 7d or a date."),),
            media=("application/atom+xml",),
        )
    }

    async def get(self) -> None:
        settings = self.service.settings
        base = settings.public_url.rstrip("/") or settings.root_path
        paths = {"feed": "/digest.atom", "about": "/experiments/{expid}"}
        encoded = await self.encoded(digest_feed, base=base, **paths, **self.arguments())
        self.set_header("Content-Type", "application/atom+xml; charset=utf-8")
        await self.send(encoded)


routes = [Route("/digest", DigestPage), Route("/digest.atom", DigestFeed)]
