"""Whether an experiment is really running, told by what moved and when.

Nothing that Autosubmit notes says that it has died: its status stays RUNNING, and a run that was
killed is never closed. What its files and its history show is when something moved last. Whether
it has been quiet for too long is a matter of what is usual for this experiment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from autosubmit_core.metrics.past_times import FEW, PastTimes, quantile
from autosubmit_core.metrics.silence import awaited_until, chance_of_silence
from autosubmit_core.status import DONE, ON_PLATFORM, Status
from autosubmit_core.tables import (
    FloatColumn,
    InstantColumn,
    Int64Column,
    JobHistory,
    JobTable,
    TextColumn,
)

__all__ = ["GOING_ON", "Heartbeat", "LastEvent", "Pauses", "Pulse", "Sign", "heartbeat", "pauses"]

#: Nothing is called quiet before so many seconds: Autosubmit itself rests between two looks.
SHORTEST_LIMIT = 300
#: The limit of an experiment that has too short a past to tell what is usual. Seconds
LIMIT_WITHOUT_PAST = 3600
#: Nothing is called dead before so many seconds of silence.
SHORTEST_DEATH = 3600
#: A silence that is likelier than this, by what jobs of these sections took, alarms nobody.
UNLIKELY = 0.01

#: What Autosubmit can go on with.
GOING_ON = (*ON_PLATFORM, Status.READY, Status.PREPARED, Status.DELAYED, Status.UNKNOWN)


class Pulse(str, Enum):
    """What an experiment is found to be doing."""

    #: Something moved lately, or nothing had to.
    RUNNING = "running"
    #: Nothing has moved for longer than is usual.
    STALLED = "stalled"
    #: Nothing has moved for so long that no job of it can still be running anywhere.
    DEAD = "dead"
    #: Every job is done.
    FINISHED = "finished"
    #: Its last run ended, or came to where nothing can go on, and not every job is done.
    STOPPED = "stopped"
    #: It was never launched.
    CREATED = "created"


class Sign(NamedTuple):
    """A file that moves when the experiment does."""

    #: ``job_list``, ``job_history`` or ``run_log``.
    what: str
    path: str
    #: Seconds since 1970 UTC.
    modified: int


class LastEvent(NamedTuple):
    """The last thing that a job did."""

    job_name: str
    #: ``submitted``, ``started`` or ``finished``.
    event: str
    #: Seconds since 1970 UTC.
    instant: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """How long nothing moved in the past, while the experiment ran. Seconds"""

    count: int
    median: int
    #: 99 of 100 pauses were not longer.
    p99: int
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """The state of an experiment, and all that tells it."""

    pulse: Pulse
    #: The files that were looked at, the newest first.
    signs: tuple[Sign, ...]
    last_event: LastEvent | None
    #: When anything moved last, and for how long nothing has. Seconds
    moved: int
    silent: int
    #: What was usual; None without a past.
    pauses: Pauses | None
    #: A longer silence is unusual. Seconds
    limit: int
    #: How likely so long a silence is, by what jobs of the sections on a platform took; NaN if there
    #: are none, or none of which the past tells.
    chance: float
    #: Jobs that are done, failed, on a platform, and all.
    done: int
    failed: int
    on_platform: int
    jobs: int
    #: When the last job that is on a platform has to be over; 0 if none is. Seconds
    awaited: int


def pauses(gaps: Int64Column) -> Pauses | None:
    """Return what is usual of the gaps in the past of an experiment; None if there are none."""
    if not len(gaps):
        return None
    median, p99 = quantile(gaps, 0.5) or 0, quantile(gaps, 0.99) or 0
    return Pauses(count=len(gaps), median=median, p99=p99, longest=int(gaps.max()))


def heartbeat(
    jobs: JobTable,
    instants: tuple[InstantColumn, InstantColumn, InstantColumn],
    wallclock: FloatColumn,
    history: JobHistory,
    past: PastTimes,
    usual: Pauses | None,
    *,
    signs: Sequence[Sign],
    launched: int,
    run_finish: int,
    now: int,
) -> Heartbeat:
    """Return whether an experiment is running.

    ``instants`` are submit, start and finish of the jobs and ``wallclock`` the seconds they may run,
    0 if unknown, row by row; ``past`` and ``usual`` are what the history amounts to. ``launched`` is
    when the newest log of a run was begun, 0 if there is none: one after ``run_finish``, when the
    last run ended in order, 0 if it did not, is of a run that goes on. It is, in this order,

    * *finished* if every job is COMPLETED or SKIPPED;
    * *created* if no job was ever submitted, and there is no log of a run;
    * *stopped* if the last run ended in order and nothing was launched since, or if no job is left
      that Autosubmit could go on with: what waits then waits for what failed;
    * *stalled* if nothing moved for longer than 99 of 100 pauses of its past, and jobs on platforms,
      by what jobs of their sections took, leave a chance of less than 1 % to so long a silence;
    * *dead* if moreover every job on a platform has to be over, and that was noted by nobody;
    * else *running*.
    """
    status = jobs.status
    event = _last_event(jobs, instants, history, now)
    # A clock of another machine may be ahead: nothing has moved after the present.
    moved = min(max([sign.modified for sign in signs] + [event.instant if event else 0]), now)
    silent, limit = now - moved, _limit(usual)
    on_platform = np.isin(status, ON_PLATFORM)
    chance = chance_of_silence(jobs, instants, past, moved, now)
    awaited = awaited_until(jobs, instants, wallclock, past)
    submitted = (int(column.max(initial=0)) for column in (instants[0], history.submit))
    launched_last = max(launched, *submitted)

    if len(jobs) and np.isin(status, DONE).all():
        pulse = Pulse.FINISHED
    elif not launched_last:
        pulse = Pulse.CREATED
    elif launched_last <= run_finish or not np.isin(status, GOING_ON).any():
        pulse = Pulse.STOPPED
    elif silent <= limit or chance >= UNLIKELY:
        pulse = Pulse.RUNNING
    elif now - max(moved + limit, awaited) > limit and silent > SHORTEST_DEATH:
        pulse = Pulse.DEAD
    else:
        pulse = Pulse.STALLED
    return Heartbeat(
        pulse=pulse,
        signs=tuple(sorted(signs, key=lambda sign: -sign.modified)),
        last_event=event,
        moved=moved,
        silent=silent,
        pauses=usual,
        limit=limit,
        chance=chance,
        done=int(np.isin(status, DONE).sum()),
        failed=int((status == Status.FAILED).sum()),
        on_platform=int(on_platform.sum()),
        jobs=len(jobs),
        awaited=awaited,
    )


def _limit(usual: Pauses | None) -> int:
    if usual is None or usual.count < FEW:
        return max(LIMIT_WITHOUT_PAST, usual.longest if usual else 0)
    return max(SHORTEST_LIMIT, usual.p99)


def _last_event(
    jobs: JobTable,
    instants: tuple[InstantColumn, InstantColumn, InstantColumn],
    history: JobHistory,
    now: int,
) -> LastEvent | None:
    of_history = (history.submit, history.start, history.finish)
    newest = None
    for event, *columns in zip(("submitted", "started", "finished"), instants, of_history):
        for names, seconds in zip((jobs.name, history.job_name), columns):
            found = _newest(event, names, seconds, now)
            if found and (newest is None or found.instant >= newest.instant):
                newest = found
    return newest


def _newest(event: str, names: TextColumn, seconds: InstantColumn, now: int) -> LastEvent | None:
    known = np.where(seconds <= now, seconds, 0)
    row = int(known.argmax()) if len(known) else 0
    return LastEvent(names[row], event, int(known[row])) if known.any() else None
