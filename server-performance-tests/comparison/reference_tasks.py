"""The background tasks of Autosubmit API, each in a process of its own, as its documents propose for cron."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from autosubmit_core.readers.installation import read_installation

__all__ = ["REFERENCE_TASKS", "ReferencePass", "reference_pass"]

#: Ours that it has too, by the modules and classes of its own.
REFERENCE_TASKS = {
    "details": ("details_updater", "PopulateDetailsDB"),
    "status": ("status_updater", "StatusUpdater"),
}

_PROGRAM = """
import time
from autosubmit_api.bgtasks.tasks.{} import {} as Task
begun = time.perf_counter()
Task.run()
print(time.perf_counter() - begun)
"""


class ReferencePass(NamedTuple):
    """One pass: how long it took, and whether it came to its end by itself."""

    seconds: float
    ended: bool
    #: For how many experiments there are details after it.
    detailed: int


def reference_pass(python: Path, config: Path, task: str, most_seconds: float) -> ReferencePass:
    """Do a task of the reference once; after ``most_seconds`` it is ended."""
    program = [str(python), "-c", _PROGRAM.format(*REFERENCE_TASKS[task])]
    told = {"AUTOSUBMIT_CONFIGURATION": str(config), "SECRET_KEY": "k" * 40}
    try:
        done = subprocess.run(
            program,
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            check=True,
            timeout=most_seconds,
        )
        seconds, ended = float(done.stdout.split()[-1]), True
    except subprocess.TimeoutExpired:
        seconds, ended = most_seconds, False
    with closing(sqlite3.connect(read_installation(config).main_database())) as main:
        ((detailed,),) = main.execute("SELECT count(*) FROM details").fetchall()
    return ReferencePass(seconds, ended, detailed)
