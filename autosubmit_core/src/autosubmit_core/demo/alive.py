"""An experiment of the demo that runs while one looks at it."""

from __future__ import annotations

import filecmp
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import register
from autosubmit_core.demo.installation import write_experiment
from autosubmit_core.demo.life import Life
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.stories import LIVING
from autosubmit_core.workers.failures import FailuresTask
from autosubmit_core.workers.figures import FiguresTask
from autosubmit_core.workers.schedule import run_due, run_once
from autosubmit_core.workers.settings import Plan
from autosubmit_core.workers.status import StatusTask

__all__ = ["living"]

log = logging.getLogger(__name__)

#: How much faster it lives than others.
_PACE = 4
#: How often Autosubmit looks at its jobs here, in seconds.
_STEP_SECONDS = 1.0
#: For how long the experiment rests after its last run, before it is created anew. Seconds
_REST_SECONDS = 30
#: Job logs that it keeps, the newest.
_LOGS = 100
#: The background tasks of a demo, and after how many seconds each is done again.
_PLANS = (Plan(StatusTask(), 60.0), Plan(FiguresTask(), 60.0), Plan(FailuresTask(), 60.0))
#: How much of what was read they keep. Bytes
_MEMORY_BYTES = 16 * 2**20


@contextmanager
def living(folder: Path, *, seed: int = 1, noted: bool = False) -> Iterator[str]:
    """Add an experiment to an installation, and let it run until the end of the block; yield its name.

    Like Autosubmit it puts each file in place of the one before at once, and touches those alone of
    which the content is different. When its last run is over it begins anew. With ``noted`` it is
    written down every minute what all experiments do and use, and why they fail, as a server's
    background tasks do: here, so that nobody writes into a demo that is being removed.
    """
    life, begin = _life(seed), int(time.time())
    records = _records(life, seed, begin, begin)
    register(folder, records)
    write_experiment(folder, records, newest_logs=_LOGS)
    stop = threading.Event()
    archive = open_archive(folder, memory_bytes=_MEMORY_BYTES) if noted else None
    told = (folder, life, seed, begin, stop, archive)
    thread = threading.Thread(target=_live, args=told, daemon=True)
    thread.start()
    try:
        yield LIVING.expid
    finally:
        stop.set()
        thread.join()


def _life(seed: int) -> Life:
    return LIVING.life(seed).faster(_PACE)


def _live(
    folder: Path,
    life: Life,
    seed: int,
    begin: int,
    stop: threading.Event,
    archive: Archive | None,
) -> None:
    if archive:
        for plan in _PLANS:
            run_once(plan.task, archive)
    while not stop.wait(_STEP_SECONDS):
        now = int(time.time())
        if now - begin > int(life.run_end[-1] - life.run_begin[0]) + _REST_SECONDS:
            seed, begin = seed + 1, now
            life = _life(seed)
        _show(folder, _records(life, seed, begin, now))
        if archive:
            for summary in run_due(_PLANS, archive):
                log.debug("%s", summary.sentence())


def _records(life: Life, seed: int, begin: int, now: int) -> Records:
    """Return what is on disk now of a life that was begun by its first launch."""
    moment = now - begin + int(life.run_begin[0])
    return LIVING.records_at(life, moment, seed=seed, now=now)


def _show(folder: Path, records: Records) -> None:
    """Let an experiment be what some records say."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".a_moment_") as made:
        staged = Path(made)
        write_experiment(staged, records, newest_logs=_LOGS)
        files = sorted(path for path in staged.rglob("*") if path.is_file())
        # The history before the list, as Autosubmit does.
        for path in sorted(files, key=lambda path: path.suffix == ".pkl"):
            _replace(path, folder / path.relative_to(staged))
        logs = Path(records.expid) / "tmp" / f"LOG_{records.expid}"
        for name in set(os.listdir(folder / logs)) - {path.name for path in files}:
            (folder / logs / name).unlink()


def _replace(new: Path, old: Path) -> None:
    old.parent.mkdir(parents=True, exist_ok=True)
    if not old.exists() or not filecmp.cmp(new, old, shallow=False):
        os.replace(new, old)
