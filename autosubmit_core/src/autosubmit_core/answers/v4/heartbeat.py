"""``/v4/experiments/{expid}/heartbeat``: whether an experiment is really running."""

from __future__ import annotations

import math
from typing import Any

from autosubmit_core.answers.formats import in_words, instant, number_or_none
from autosubmit_core.archive import Experiment
from autosubmit_core.metrics.heartbeat import Heartbeat, Pulse, Sign
from autosubmit_core.status import Status

__all__ = ["heartbeat_answer", "heartbeat_sentence"]

_FILES = {"job_list": "job list", "job_history": "job history", "run_log": "log of the run"}


def heartbeat_answer(experiment: Experiment) -> dict[str, Any]:
    """Return whether an experiment is running, with all that tells so, in words and as fields."""
    found, now = experiment.insight.heartbeat(), experiment.now
    event, usual = found.last_event, found.pauses
    return {
        "state": found.pulse.value,
        "sentence": heartbeat_sentence(found),
        "evidence": _evidence(found, now),
        "last_moved": instant(found.moved),
        "silent_seconds": found.silent,
        "limit_seconds": found.limit,
        "chance_of_silence": number_or_none(found.chance),
        "usual_pause": usual
        and {
            "count": usual.count,
            "median_seconds": usual.median,
            "p99_seconds": usual.p99,
            "longest_seconds": usual.longest,
        },
        "files": [
            {
                "file": sign.what,
                "path": sign.path,
                "modified": instant(sign.modified),
                "seconds_ago": now - sign.modified,
            }
            for sign in found.signs
        ],
        "last_event": event
        and {
            "job_name": event.job_name,
            "event": event.event,
            "at": instant(event.instant),
            "seconds_ago": now - event.instant,
        },
        "jobs": {
            "total": found.jobs,
            "done": found.done,
            "failed": found.failed,
            "on_platform": found.on_platform,
        },
        "expected_until": instant(found.awaited),
        "registered_as_running": experiment.is_running,
        "overdue": _overdue(experiment),
    }


def heartbeat_sentence(found: Heartbeat) -> str:
    """Return what an experiment is found to be doing, in words."""
    quiet = in_words(found.silent)
    match found.pulse:
        case Pulse.FINISHED:
            return f"Finished: all {found.jobs} jobs are done."
        case Pulse.CREATED:
            return "Created: it has not been launched yet."
        case Pulse.STOPPED:
            left = found.jobs - found.done
            failed = f", {found.failed} of them failed" if found.failed else ""
            return (
                f"Stopped: its last run is over; {left} of {found.jobs} jobs are not done{failed}."
            )
        case Pulse.RUNNING:
            return f"Running: something moved {quiet} ago."
        case Pulse.STALLED:
            return f"Stalled: nothing has moved for {quiet}, which is longer than usual."
        case Pulse.DEAD:
            return f"Dead: nothing has moved for {quiet}, and no job of it can still be running."


def _evidence(found: Heartbeat, now: int) -> list[str]:
    """Return what was seen, a sentence each."""
    told = [_of_file(sign, now) for sign in found.signs]
    if found.last_event:
        name, event, at = found.last_event
        told.append(f"The last job to do anything was {name}: {event} {_ago(now - at)}.")
    if found.pauses:
        told.append(
            f"While it ran, 99 of 100 pauses were not longer than {in_words(found.pauses.p99)}"
            f" ({found.pauses.count} pauses, the longest {in_words(found.pauses.longest)})."
        )
    if found.on_platform:
        jobs = "1 job is" if found.on_platform == 1 else f"{found.on_platform} jobs are"
        due = now - found.awaited
        by = f"had to be over {_ago(due)}" if due > 0 else f"may take up to {in_words(-due)} more"
        told.append(f"By the job list {jobs} on a platform and {by}.")
    if found.silent > found.limit and not math.isnan(found.chance):
        told.append(
            "By what jobs of these sections took, the chance that none of them moves for so long is"
            f" {found.chance:.0%}."
        )
    return told


def _of_file(sign: Sign, now: int) -> str:
    return f"The {_FILES[sign.what]} changed {_ago(now - sign.modified)}."


def _ago(seconds: int) -> str:
    """Return how long ago something was; a clock that is ahead makes it be in the future."""
    return f"{in_words(seconds)} ago" if seconds >= 0 else f"in {in_words(-seconds)}"


def _overdue(experiment: Experiment) -> list[dict[str, Any]]:
    found, jobs = experiment.insight.overdue(), experiment.jobs
    names = ("job", "running", "with_queue", "seconds", "wallclock", "usual")
    rows = zip(*(getattr(found, name).tolist() for name in names))
    return [
        {
            "job_name": jobs.name[job],
            "section": jobs.section[job],
            "status": Status.of(int(jobs.status[job])).name,
            "seconds": seconds,
            "wallclock_seconds": wallclock or None,
            "usual_seconds": usual or None,
            "sentence": _why_overdue(_doing(running, with_queue), seconds, wallclock, usual),
        }
        for job, running, with_queue, seconds, wallclock, usual in rows
    ]


def _doing(running: bool, with_queue: bool) -> str:
    if with_queue:
        return "in the queue and running"
    return "running" if running else "in the queue"


def _why_overdue(doing: str, seconds: int, wallclock: int, usual: int) -> str:
    begun = f"It has been {doing} for {in_words(seconds)}"
    if wallclock and seconds > wallclock:
        return f"{begun}; its wall clock is {in_words(wallclock)}."
    return f"{begun}; 99 of 100 jobs of its section took no longer than {in_words(usual)}."
