"""An installation with one experiment that tests move, and listeners to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import RunTable

JOBS = ["t000_INI", "t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM", "t000_POST"]


class Moving:
    """An installation with the experiment ``t000`` of a few jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = JOBS
        self.write([Status.READY, *[Status.WAITING] * (len(JOBS) - 1)])

    def archive(self) -> Archive:
        return open_archive(self.folder)

    def write(self, statuses: list[Status], expid: str = "t000", **more: Any) -> None:
        """Let its jobs be in these states from now on."""
        names = [name.replace("t000", expid) for name in self.jobs]
        demo.make_experiment(
            self.folder, expid, jobs=demo.jobs_named(names, status=statuses), **more
        )
        # The writers of the demo count whole seconds; a file system does not.
        for path in self.folder.glob(f"**/job_*_{expid}.*"):
            os.utime(path)

    def run(self, finish: int = 0) -> RunTable:
        """Return a run that has begun, and ended if that is told."""
        return RunTable.of(
            1, run_id=[1], start=[1_700_000_000], finish=[finish], total=[len(self.jobs)]
        )


@pytest.fixture
def moving(tmp_path: Path) -> Moving:
    return Moving(tmp_path / "installation")
