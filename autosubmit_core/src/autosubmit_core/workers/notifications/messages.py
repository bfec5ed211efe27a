"""What there is to tell, made from what background tasks noted of all experiments."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from autosubmit_core.archive import Fleet
from autosubmit_core.archive.fleet import event_sentence
from autosubmit_core.store.outbox import Message, RuleMark
from autosubmit_core.tables import FleetTable
from autosubmit_core.workers.notifications.rules import METRICS, Notifications, Rule

__all__ = ["Happening", "body_of", "new_messages"]

#: Events are looked at again for so long, because they are noted a little after their time, and by
#: several machines whose clocks differ. Seconds
OVERLAP = 3600
#: What happened longer ago is not told any more, if nobody looked for so long. Seconds
OLDEST = 3 * 86_400

#: What a message tells of the experiment, and the columns of that.
_FACTS = ("model", "hpc", "state", "pulse", "jobs", "done", "failed", "on_platform")
_SPEEDS = ("SYPD", "ASYPD", "CHSY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to an experiment."""

    id: str
    #: When it was seen, in seconds since 1970 UTC.
    at: int
    #: A word for it: one of the digest, or ``threshold``.
    event: str
    expid: str
    owner: str
    sentence: str
    #: How many jobs failed, for ``failed``.
    jobs: int = 0
    #: The metric, its value and its limit, for ``threshold``.
    threshold: Mapping[str, object] | None = None


def new_messages(
    notifications: Notifications, fleet: Fleet, marks: Mapping[str, RuleMark]
) -> tuple[list[Message], dict[str, RuleMark]]:
    """Return what each rule has to tell since its mark, and the marks of all rules now.

    A rule that is seen for the first time has nothing to tell. The same is returned again for a while;
    it has the same name then.
    """
    rows = {name: row for row, name in enumerate(fleet.experiments.name.tolist())}
    messages: list[Message] = []
    marked = {}
    for rule in notifications.rules:
        mark = marks.get(rule.name, RuleMark(fleet.now, fleet.now))
        marked[rule.name] = _moved(rule, fleet, mark)
        for happening in (*_events(rule, fleet, mark), *_crossings(rule, fleet, mark)):
            row = rows.get(happening.expid)
            about = {"name": happening.expid, "owner": happening.owner, "hpc": "", "model": ""}
            facts = None if row is None else _facts(fleet.experiments, row)
            if rule.concerns(about | (facts or {})):
                messages += _messages(rule, happening, facts, notifications.link)
    return messages, marked


def body_of(rule: str, happening: Happening, facts: Mapping[str, Any] | None, link: str) -> str:
    """Return the JSON of a message; ``facts`` are those of the experiment, None if it is not known."""
    at = datetime.fromtimestamp(happening.at, timezone.utc).isoformat()
    told = {
        "id": happening.id,
        "rule": rule,
        "event": happening.event,
        "at": at,
        "expid": happening.expid,
        "owner": happening.owner or None,
        "sentence": happening.sentence,
        "jobs": happening.jobs,
        "threshold": happening.threshold,
        "experiment": facts,
        "link": link.replace("{expid}", quote(happening.expid, safe="")) or None,
    }
    return json.dumps({"type": f"experiment.{happening.event}", "timestamp": at, "data": told})


def _messages(
    rule: Rule, happening: Happening, facts: Mapping[str, Any] | None, link: str
) -> Iterator[Message]:
    body = body_of(rule.name, happening, facts, link)
    for name, channel in rule.channels.items():
        yield Message(
            rule=rule.name,
            channel=name,
            target=channel.target,
            event_id=happening.id,
            event=happening.event,
            expid=happening.expid,
            owner=happening.owner,
            at=happening.at,
            body=body,
            quiet_seconds=rule.quiet_seconds,
        )


def _events(rule: Rule, fleet: Fleet, mark: RuleMark) -> Iterator[Happening]:
    """Yield what happened since a rule began, and shortly before it was last looked."""
    events, since = fleet.events, max(mark.began, mark.looked - OVERLAP, fleet.now - OLDEST)
    wanted = np.isin(events.event, list(rule.events)) & (events.at >= since)
    for row in np.flatnonzero(wanted):
        name, event, jobs = events.name[row], events.event[row], int(events.jobs[row])
        yield Happening(
            id=events.id[row],
            at=int(events.at[row]),
            event=event,
            expid=name,
            owner=events.owner[row],
            sentence=event_sentence(name, event, jobs),
            jobs=jobs,
        )


def _moved(rule: Rule, fleet: Fleet, mark: RuleMark) -> RuleMark:
    """Return the mark of a rule after a look; one whose threshold is another begins anew with that."""
    if rule.threshold is None or not fleet.figures_updated:
        return RuleMark(mark.began, fleet.now)
    beyond = frozenset(fleet.experiments.name[rule.threshold.beyond(fleet.experiments)].tolist())
    return RuleMark(mark.began, fleet.now, str(rule.threshold), beyond)


def _crossings(rule: Rule, fleet: Fleet, mark: RuleMark) -> Iterator[Happening]:
    """Yield the experiments that are beyond the threshold of a rule and were not at its mark."""
    limit = rule.threshold
    if limit is None or mark.beyond is None or mark.threshold != str(limit):
        return
    known = fleet.experiments
    for row in np.flatnonzero(limit.beyond(known)):
        name, value = known.name[row], float(getattr(known, METRICS[limit.metric])[row])
        if name in mark.beyond:
            continue
        at = fleet.figures_updated
        yield Happening(
            id=str(uuid5(NAMESPACE_OID, json.dumps([rule.name, str(limit), name, at]))),
            at=at,
            event="threshold",
            expid=name,
            owner=known.owner[row],
            sentence=f"{limit.metric} of {name} is {value:.4g}, {limit.side} {limit.limit:g}.",
            threshold={"metric": limit.metric, "value": value, limit.side: limit.limit},
        )


def _facts(known: FleetTable, row: int) -> dict[str, Any]:
    """Return what is known of an experiment; null for what is not."""
    facts = {name: getattr(known, name)[row] for name in _FACTS}
    plain = {name: value if isinstance(value, str) else int(value) for name, value in facts.items()}
    speeds = {name: float(getattr(known, METRICS[name])[row]) for name in _SPEEDS}
    return plain | {name: None if math.isnan(value) else value for name, value in speeds.items()}
