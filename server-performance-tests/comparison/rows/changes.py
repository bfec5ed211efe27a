"""What it costs to hear of one changed job among all."""

from __future__ import annotations

import json
from urllib.parse import quote

from comparison.bench import Bench, Side

__all__ = ["changes"]


def changes(bench: Bench) -> None:
    """One job has changed; a client asks what did, and gets a cursor to ask with next."""
    for side in bench.missing("changes", "jobs/changes"):
        if side.name == "ours":
            _ask_for_changes(bench, side)


def _ask_for_changes(bench: Bench, side: Side) -> None:
    path = bench.subject.path("/v4/experiments/{expid}/jobs/changes")
    cursor = json.loads(side.ask(path).body)["cursor"]
    taken: list[float] = []
    size, note = 0, ""
    while not bench.patience.enough(taken):
        side.change_one_job()
        answer = side.ask(f"{path}?since={quote(cursor)}")
        told = json.loads(answer.body)
        found = len(told["changed"]["index"])
        if found != 1 or told["reset"]:
            note = f"{found} jobs were told, reset: {told['reset']}"
        taken.append(answer.seconds)
        cursor, size = told["cursor"], len(answer.body)
    bench.note("changes", "jobs/changes", side.name, "s", taken, size, note)
