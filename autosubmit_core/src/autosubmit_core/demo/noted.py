"""What background tasks would have noted of a demo, had they looked at it for a week."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from autosubmit_core.demo.life import Life
from autosubmit_core.demo.story import Story
from autosubmit_core.metrics.heartbeat import Pulse
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.status import DONE, ON_PLATFORM, Status
from autosubmit_core.store.notes import PRESENT
from autosubmit_core.store.places import store_of, writing
from autosubmit_core.store.pulses import PulseRow, write_pulses

__all__ = ["note_past"]

#: For how many hours, and how often, they would have looked.
_HOURS, _STEP_SECONDS = 7 * 24, 3_600


class _Watched(NamedTuple):
    """An experiment that they would have looked at."""

    number: int
    story: Story
    life: Life
    #: Until when something happens in its life, and how far that is now, in seconds.
    last: int
    now: int


def note_past(folder: Path, stories: Sequence[Story], *, seed: int, now: int) -> None:
    """Write what happened to the experiments of an installation in the week before now.

    ``stories`` are all of its experiments in their order, told with ``seed`` and ``now`` as
    :func:`~autosubmit_core.demo.installation.build` tells them.
    """
    watched = [
        _watched(number, story, seed + number)
        for number, story in enumerate(stories)
        if story.launches and story.age_days * 24 < _HOURS
    ]
    with writing(store_of(read_installation(folder)), ()) as connection:
        for hours in range(_HOURS, -1, -1):
            ago = hours * _STEP_SECONDS
            # Before its first launch it was not there yet.
            rows = [_pulse(one, one.now - ago) for one in watched if one.now >= ago]
            write_pulses(connection, rows, first=hours == _HOURS, now=now - ago)


def _watched(number: int, story: Story, seed: int) -> _Watched:
    life = story.life(seed)
    moment = story.moment(life)
    return _Watched(number, story, life, moment, moment + story.silence)


def _pulse(watched: _Watched, moment: int) -> PulseRow:
    """Return what an experiment did at a moment of its life."""
    number, story, life, last, _ = watched
    status = life.statuses(min(moment, last))
    running = bool(np.any((life.run_begin <= moment) & (moment < life.run_end)))
    if running:
        pulse = Pulse.STALLED if moment > last + _STEP_SECONDS else Pulse.RUNNING
    else:
        pulse = Pulse.FINISHED if np.isin(status, DONE).all() else Pulse.STOPPED
    return PulseRow(
        *(number + 1, story.expid, story.user, PRESENT),
        pulse=pulse.value,
        jobs=len(status),
        done=int(np.isin(status, DONE).sum()),
        failed=int((status == Status.FAILED).sum()),
        on_platform=int(np.isin(status, ON_PLATFORM).sum()),
    )
