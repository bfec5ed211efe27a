"""A source that is missing or damaged costs only what it tells (E3-03)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3 import activity, configuration, history, search
from autosubmit_core.answers.v4 import (
    changes,
    columns,
    counts,
    experiment,
    exports,
    job,
    jobs,
    relations,
    runs,
    sections,
    user_metrics,
)
from autosubmit_core.answers.v4.search import experiments_answer
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import SourceError
from autosubmit_core.tables import JobTable

#: Running, on several platforms, with wrappers, in the formats of a late Autosubmit.
EXPID = "a0k2"

Answer = Callable[[Experiment, str], Any]

#: Every answer about one experiment, or one of its jobs.
WITHOUT_JOBS: dict[str, Answer] = {
    "ifrun": lambda made, _: activity.activity_answer(made),
    "logrun": lambda made, _: activity.log_activity_answer(made),
    "cconfig": lambda made, _: configuration.configurations_answer(made),
    "history": lambda made, name: history.history_answer(made, job_name=name),
    "experiment": lambda made, _: experiment.experiment_answer(made),
    "parents": lambda made, name: relations.parents_answer(
        made, job_name=name, include_status=True
    ),
    "children": lambda made, name: relations.children_answer(made, job_name=name),
    "runs": lambda made, _: runs.runs_answer(made),
    "user-metrics": lambda made, _: user_metrics.user_metrics_answer(made, run_id=1),
    "user-metrics-runs": lambda made, _: user_metrics.user_metrics_runs_answer(made),
    "history.csv": lambda made, _: exports.export(made, table="history"),
}
WITH_JOBS: dict[str, Answer] = {
    "jobs": lambda made, _: jobs.jobs_answer(made),
    "columns": lambda made, _: columns.columns_answer(made),
    "job": lambda made, name: job.job_answer(made, job_name=name),
    "counts": lambda made, _: counts.counts_answer(made, by=counts.DIMENSIONS),
    "sections": lambda made, _: sections.sections_answer(made),
    "changes": lambda made, _: changes.changes_answer(made),
    "jobs.csv": lambda made, _: exports.export(made, table="jobs"),
    "performance.csv": lambda made, _: exports.export(made, table="performance"),
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("demo"), now=1_780_000_000)


@pytest.fixture
def broken(
    installation: Path, tmp_path: Path
) -> Callable[[Callable[[Archive], Path], str], Archive]:
    """Copies the demo, and deletes or damages one thing of an experiment in it."""
    folder = tmp_path / "demo"
    shutil.copytree(installation, folder, symlinks=True)
    text = (folder / "autosubmitrc").read_text()
    (folder / "autosubmitrc").write_text(text.replace(str(installation), str(folder)))

    def broken(place: Callable[[Archive], Path], how: str) -> Archive:
        path = place(open_archive(folder))
        assert path.exists(), path
        if how == "missing":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif path.is_dir():
            for file in (file for file in path.iterdir() if file.is_file()):
                file.write_bytes(b"\x80 [1, 2\n{")
        else:
            path.write_bytes(b"no such thing" * 400)
        return open_archive(folder)

    return broken


SOURCES: dict[str, Callable[[Archive], Path]] = {
    "history": lambda archive: archive.installation.job_data(EXPID),
    "structure": lambda archive: archive.installation.structure(EXPID),
    "wrappers": lambda archive: archive.installation.job_packages(EXPID),
    "configuration": lambda archive: archive.installation.conf(EXPID),
    "logs of jobs": lambda archive: archive.installation.job_logs(EXPID),
    "logs of commands": lambda archive: archive.installation.aslogs(EXPID),
    "tmp": lambda archive: archive.installation.tmp(EXPID),
}


def _some_job(made: Experiment) -> str:
    return str(made.jobs.name[len(made.jobs) // 2])


@pytest.mark.parametrize("how", ["missing", "damaged"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_answer_goes_on_without(broken: Any, source: str, how: str) -> None:
    archive = broken(SOURCES[source], how)
    made = archive.experiment(EXPID)
    name = _some_job(made)
    for answer in (*WITHOUT_JOBS.values(), *WITH_JOBS.values()):
        assert answer(archive.experiment(EXPID), name) is not None
    assert len(experiments_answer(archive, only_active=False, query=EXPID)["experiments"]) == 1
    assert len(search.search_answer(archive, text=EXPID)["experiment"]) == 1


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_without_a_job_list_only_the_answers_about_jobs_are_errors(broken: Any, how: str) -> None:
    archive = broken(lambda archive: archive.installation.job_list_pickle(EXPID), how)
    for answer in WITHOUT_JOBS.values():
        assert answer(archive.experiment(EXPID), "a0k2_INI") is not None
    for answer in WITH_JOBS.values():
        with pytest.raises(SourceError):
            answer(archive.experiment(EXPID), "a0k2_INI")
    (element,) = experiments_answer(archive, only_active=False, query=EXPID)["experiments"]
    assert (element["modified"] is None) == (how == "missing")


def test_every_experiment_of_the_demo_has_every_answer(installation: Path) -> None:
    archive = open_archive(installation)
    asked = 0
    for made in archive.each(archive.experiments()):
        try:
            table: JobTable = made.jobs
        except SourceError:
            continue
        name = table.name[0]
        for answer in (*WITHOUT_JOBS.values(), *WITH_JOBS.values()):
            assert answer(made, name) is not None
            asked += 1
    assert asked > 100
