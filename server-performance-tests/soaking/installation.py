"""The installation of a busy site, and the life in it.

``python -m soaking.installation FOLDER`` lets it live until it is told to stop: one experiment of the
demo runs, and of the two large ones the job list is stored anew again and again.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from autosubmit_core import demo
from autosubmit_core.demo.hand_made import register
from autosubmit_core.demo.installation import write_experiment
from autosubmit_core.demo.stories import STORIES, large_story
from autosubmit_core.readers.installation import read_installation
from comparison.installations import Subject, subject_of

__all__ = ["LARGE", "busy_installation"]

#: The large experiments, about how many jobs each has, and how often one job of it changes, in seconds.
LARGE = {"abig": (100_000, 60), "amid": (10_000, 10)}
#: How many experiments are made besides those of the demo.
_MORE = 8
_JOB_LOGS = 20


def busy_installation(folder: Path) -> Path:
    """Build an installation of some twenty experiments, and return its run-control file."""
    demo.build(folder, noted=True, jobs=LARGE["abig"][0])
    now = int(time.time())
    middle = replace(large_story(LARGE["amid"][0]), expid="amid")
    small = [story for story in STORIES if not story.archived]
    stories = [replace(small[n % len(small)], expid=f"b00{n}") for n in range(_MORE)]
    for seed, story in enumerate([middle, *stories], 100):
        records = story.records(seed=seed, now=now)
        write_experiment(folder, records, newest_logs=_JOB_LOGS)
        register(folder, records)
    return folder / "autosubmitrc"


class _Turns:
    """A job list that is stored anew in two states by turns, as Autosubmit stores one."""

    def __init__(self, subject: Subject, seconds: float) -> None:
        self._list = read_installation(subject.config).job_list_pickle(subject.expid)
        self._states = [self._list.read_bytes(), subject.changed.read_bytes()]
        self._seconds, self._due = seconds, time.monotonic() + seconds

    def turn(self) -> None:
        """Store the other state, when it is time."""
        if time.monotonic() < self._due:
            return
        self._due += self._seconds
        self._states.reverse()
        new = self._list.with_suffix(".new")
        new.write_bytes(self._states[0])
        os.replace(new, self._list)


def main() -> None:
    """Let an installation live until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as states:
        turns = [
            _Turns(subject_of(folder / "autosubmitrc", expid, Path(states)), seconds)
            for expid, (_, seconds) in LARGE.items()
        ]
        with demo.living(folder):
            print("living", flush=True)
            while True:
                time.sleep(0.5)
                for each in turns:
                    each.turn()


if __name__ == "__main__":
    main()
