"""A rule tells what happened since it was first seen, about the experiments that it is about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from autosubmit_core.archive.fleet import Fleet
from autosubmit_core.store.outbox import Message, RuleMark
from autosubmit_core.tables import EventTable, FleetTable, UsageTable
from autosubmit_core.workers.notifications.messages import OLDEST, OVERLAP, new_messages
from autosubmit_core.workers.notifications.rules import Notifications

Rules = Callable[..., Notifications]
Marks = dict[str, RuleMark]

NOW = 1_800_000_000
HOOK = {"WEBHOOK": {"URL": "https://hooks.example.org/x", "SECRET_ENV": "KEY"}}
FAILURES = {"NAME": "failures", "ON": ["failed", "died"], **HOOK}


def fleet(
    *events: tuple[str, str, int], speed: float = 5.0, now: int = NOW, updated: int = NOW
) -> Fleet:
    """Return two experiments of different people, and what happened to them so long before."""
    names = [name for name, *_ in events]
    return Fleet(
        experiments=FleetTable.of(
            2,
            id=[1, 2],
            name=["a000", "a001"],
            owner=["ana", "bo"],
            hpc=["MN5", "LUMI"],
            model=["https://git.example.org/nemo.git", ""],
            jobs=[9, 9],
            failed=[2, 0],
            simulated_years_per_day=[speed, np.nan],
        ),
        usage=UsageTable.empty(),
        events=EventTable.of(
            len(events),
            id=[f"{name}-{event}-{at}" for name, event, at in events],
            name=names,
            owner=["ana" if name == "a000" else "bo" for name in names],
            event=[event for _, event, _ in events],
            at=[at for *_, at in events],
            jobs=[2] * len(events),
        ),
        figures_updated=updated,
        statuses_updated=now,
        now=now,
    )


def since(began: int = NOW - 10 * OVERLAP, looked: int = NOW - 60, **more: Any) -> Marks:
    return {"failures": RuleMark(began, looked, **more)}


def told(messages: list[Message]) -> list[Any]:
    return [json.loads(message.body)["data"] for message in messages]


def test_a_rule_that_was_never_seen_has_nothing_to_tell(rules: Rules) -> None:
    messages, marks = new_messages(rules(FAILURES), fleet(("a000", "failed", NOW - 1)), {})
    assert messages == []
    assert marks == {"failures": RuleMark(NOW, NOW)}


def test_what_happened_since_is_told_once_for_each_channel(rules: Rules) -> None:
    rule = {**FAILURES, "MAIL": {"TO": ["{owner}@example.org"]}}
    happened = fleet(("a000", "failed", NOW - 5), ("a000", "started", NOW - 4))
    messages, marks = new_messages(rules(rule, port=25), happened, since())
    assert [(message.channel, message.target) for message in messages] == [
        ("webhook", "https://hooks.example.org"),
        ("mail", "example.org"),
    ]
    assert {data["sentence"] for data in told(messages)} == {"2 jobs of a000 failed."}
    assert len({message.id for message in messages}) == 2
    assert marks["failures"].looked == NOW


def test_what_was_noted_late_is_found_and_what_is_found_again_has_its_name(rules: Rules) -> None:
    late = ("a000", "failed", NOW - OVERLAP)
    messages, marks = new_messages(rules(FAILURES), fleet(late), since())
    again, _ = new_messages(rules(FAILURES), fleet(late), marks)
    assert [message.id for message in messages] == [message.id for message in again] != []


def test_nothing_is_told_of_before_a_rule_nor_of_long_ago(rules: Rules) -> None:
    happened = fleet(("a000", "failed", NOW - 100))
    assert new_messages(rules(FAILURES), happened, since(began=NOW - 99))[0] == []
    long_ago = fleet(("a000", "failed", NOW - OLDEST - 1), ("a001", "failed", NOW - OLDEST + 1))
    messages, _ = new_messages(rules(FAILURES), long_ago, since(began=0, looked=0))
    assert [message.expid for message in messages] == ["a001"]


def test_a_rule_is_about_the_experiments_that_fit_all_its_patterns(rules: Rules) -> None:
    happened = fleet(("a000", "failed", NOW), ("a001", "died", NOW), ("zzzz", "died", NOW))

    def about(**patterns: list[str]) -> list[str]:
        messages, _ = new_messages(rules({**FAILURES, **patterns}), happened, since())
        return [message.expid for message in messages]

    assert about() == ["a000", "a001", "zzzz"]
    assert about(EXPID=["a00?"]) == ["a000", "a001"]
    assert about(EXPID=["a001", "z*"]) == ["a001", "zzzz"]
    assert about(OWNER=["ana"], HPC=["MN*"]) == ["a000"]
    assert about(OWNER=["ana"], HPC=["LUMI"]) == []
    assert about(MODEL=["*nemo*"]) == ["a000"]


def test_a_message_tells_of_the_experiment_and_where_more_is(rules: Rules) -> None:
    happened = fleet(("a000", "failed", NOW), ("../<b>", "died", NOW))
    link = "https://as.example.org/experiments/{expid}"
    messages, _ = new_messages(rules(FAILURES, LINK=link), happened, since())
    known, unknown = told(messages)
    assert known["experiment"]["jobs"] == 9
    assert (known["experiment"]["SYPD"], known["experiment"]["ASYPD"]) == (5.0, None)
    assert known["link"] == "https://as.example.org/experiments/a000"
    assert unknown["experiment"] is None
    assert unknown["link"] == "https://as.example.org/experiments/..%2F%3Cb%3E"


# -- thresholds ----------------------------------------------------------------------------------

SLOW = {"NAME": "failures", "THRESHOLD": {"METRIC": "SYPD", "BELOW": 3}, **HOOK}


def test_crossing_a_threshold_is_told_and_coming_back_is_not(rules: Rules) -> None:
    marks: Marks = {}
    crossed = []
    # first look, still above, below, still below, back, below again
    for number, speed in enumerate([5.0, 4.0, 2.0, 1.5, 3.0, 2.9]):
        looked = fleet(speed=speed, now=NOW + 600 * number, updated=NOW + 600 * number)
        messages, marks = new_messages(rules(SLOW), looked, marks)
        crossed += [(number, data["sentence"]) for data in told(messages)]
    assert crossed == [(2, "SYPD of a000 is 2, below 3."), (5, "SYPD of a000 is 2.9, below 3.")]
    assert told(messages)[0]["threshold"] == {"metric": "SYPD", "value": 2.9, "below": 3.0}


def test_what_is_beyond_a_threshold_from_the_beginning_is_not_told(rules: Rules) -> None:
    messages, marks = new_messages(rules(SLOW), fleet(speed=2.0), {})
    assert messages == []
    stricter = {**SLOW, "THRESHOLD": {"METRIC": "SYPD", "BELOW": 4}}
    messages, marks = new_messages(rules(stricter), fleet(speed=2.0), marks)
    assert messages == []
    assert marks["failures"].beyond == frozenset({"a000"})
    above = {**SLOW, "THRESHOLD": {"METRIC": "SYPD", "ABOVE": 4}}
    _, marks = new_messages(rules(above), fleet(speed=2.0), {})
    messages, _ = new_messages(rules(above), fleet(speed=6.0), marks)
    assert told(messages)[0]["sentence"] == "SYPD of a000 is 6, above 4."


def test_before_any_metric_is_known_a_threshold_has_not_begun(rules: Rules) -> None:
    _, marks = new_messages(rules(SLOW), fleet(speed=np.nan, updated=0), {})
    messages, marks = new_messages(rules(SLOW), fleet(speed=2.0), marks)
    assert messages == []
    assert marks["failures"].beyond == frozenset({"a000"})
