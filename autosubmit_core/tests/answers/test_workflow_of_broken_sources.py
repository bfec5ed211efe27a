"""Trees and graphs of experiments of which something is missing or damaged (E3-03)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.graph import graph_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer, pkltreeinfo_answer
from autosubmit_core.answers.v3.quick import quick_answer
from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.answers.v4.dependencies import dependencies_answer
from autosubmit_core.answers.v4.layout import layout_answer
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import SourceError

#: Running, on several platforms, with wrappers, in the formats of a late Autosubmit.
EXPID = "a0k2"
NOW = 1_780_000_000

#: Every answer, and where it lists the jobs.
ANSWERS: dict[str, tuple[Callable[[Experiment], dict[str, Any]], str]] = {
    "tree": (tree_answer, "jobs"),
    "graph": (graph_answer, "nodes"),
    "pklinfo": (pklinfo_answer, "pkl_content"),
    "pkltreeinfo": (pkltreeinfo_answer, "pkl_content"),
    "quick": (quick_answer, "tree_view"),
    "layout": (layout_answer, "x"),
    "lanes": (lambda made: layout_answer(made, layout="lanes"), "x"),
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("demo"), now=NOW)


@pytest.fixture
def archive(installation: Path, tmp_path: Path) -> Archive:
    """A copy of the demo that may be damaged."""
    folder = tmp_path / "demo"
    shutil.copytree(installation, folder, symlinks=True)
    run_control = folder / "autosubmitrc"
    run_control.write_text(run_control.read_text().replace(str(installation), str(folder)))
    return open_archive(folder)


SOURCES: dict[str, Callable[[Archive], Path]] = {
    "structure": lambda made: made.installation.structure(EXPID),
    "job_history": lambda made: made.installation.job_data(EXPID),
    "wrappers": lambda made: made.installation.job_packages(EXPID),
    "configuration": lambda made: made.installation.conf(EXPID),
    "logs": lambda made: made.installation.job_logs(EXPID),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_the_jobs_are_still_there(archive: Archive, name: str, source: str, how: str) -> None:
    answer, key = ANSWERS[name]
    whole = answer(archive.experiment(EXPID, now=NOW))[key]
    path = SOURCES[source](archive)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if how == "damaged":
        path.write_bytes(b"SQLite format 3\0" + b"x" * 500)
    assert len(answer(archive.experiment(EXPID, now=NOW))[key]) == len(whole) > 0


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_without_a_job_list_there_is_nothing(archive: Archive, how: str) -> None:
    path = archive.installation.job_list_pickle(EXPID)
    path.unlink()
    if how == "damaged":
        path.write_bytes(b"\x80\x05no pickle")
    for answer, _ in (*ANSWERS.values(), (dependencies_answer, "")):
        with pytest.raises(SourceError):
            answer(archive.experiment(EXPID, now=NOW))
