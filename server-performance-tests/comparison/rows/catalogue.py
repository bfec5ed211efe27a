"""An installation of thousands of experiments: searching it, and listing all of it."""

from __future__ import annotations

import functools
import os
import shutil
import time
from pathlib import Path

import numpy as np

from autosubmit_core import demo, open_archive
from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.readers.installation import read_installation
from autosubmit_core.tables import ExperimentTable
from comparison.bench import Asked, Notes, say
from comparison.resources import open_files

__all__ = ["PATHS", "catalogue", "catalogue_installation"]

#: The experiment of the demo that all are copies of: small, with a history.
_LIKE = "t0ab"

#: A page, a search, and all of them.
PATHS = {
    "first page": "/v4/experiments?only_active=false&page_size=12",
    "search page": "/v4/experiments?query=ensemble+7&only_active=false&page_size=12&page=2",
    "full list": "/v4/experiments?only_active=false&page_size=-1",
}


def catalogue(notes: Notes, sides: list[Asked]) -> None:
    """Pages and the whole list, warm, and what is still open after them."""
    for side in sides:
        if notes.has("catalogue", "left open", side.name):
            continue
        before = _open_in_installation(side)
        for what, path in PATHS.items():
            if side.name == "ours":
                side.warm(path)
            notes.time("catalogue", what, side.name, functools.partial(side.ask, path))
        left = _open_in_installation(side) - before
        notes.note("catalogue", "left open", side.name, "files", [left])


def catalogue_installation(experiments: int, folder: Path) -> Path:
    """Return the run-control file of an installation of so many experiments, built if need be."""
    config = folder / "autosubmitrc"
    if not config.exists():
        say(f"building {experiments} experiments in {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        demo.build(folder / "like")
        _copy_experiments(
            folder / "like", folder, [_expid(number) for number in range(experiments)]
        )
        shutil.rmtree(folder / "like")
        write_run_control(config, folder)
    return config


def _copy_experiments(source: Path, folder: Path, names: list[str]) -> None:
    """Make copies of one experiment under other names, and the catalogue of them all."""
    experiment = open_archive(source).experiment(_LIKE)
    place = read_installation(source)
    files = [
        *(source / _LIKE / "conf").iterdir(),
        place.job_list_pickle(_LIKE),
        place.job_data(_LIKE),
        place.structure(_LIKE),
    ]
    yesterday = time.time() - 86_400
    for name in names:
        for path in files:
            copied = folder / str(path.relative_to(source)).replace(_LIKE, name)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
            os.utime(copied, (yesterday, yesterday))  # none of them looks as if it ran
    n = len(names)
    write_catalogue(
        folder,
        ExperimentTable.of(
            n,
            id=np.arange(1, n + 1),
            name=names,
            description=[f"Member of ensemble {number % 100}" for number in range(n)],
            autosubmit_version=[experiment.autosubmit_version] * n,
            user=[f"user{number % 50}" for number in range(n)],
            created=["2024-01-08T14:52:35+00:00"] * n,
            hpc=["MARENOSTRUM5"] * n,
            status_modified=["2024-01-09T14:52:35+00:00"] * n,
        ),
    )


def _expid(number: int) -> str:
    """Return the name of an experiment, counted in base 36 as Autosubmit counts."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "a" + "".join(digits[number // 36**place % 36] for place in (2, 1, 0))


def _open_in_installation(side: Asked) -> int:
    """Return how many files of the installation a server has open now."""
    root = os.path.realpath(side.server.config.parent)
    opened = open_files(side.server.processes())
    return sum(path.startswith(root + os.sep) for path in opened)
