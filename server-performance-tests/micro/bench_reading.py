"""Reading: job lists in every layout there is, the history and the structure."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from autosubmit_core import Archive, Experiment
from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_jobs_table,
    write_list_pickle,
)
from autosubmit_core.readers.job_history import read_job_history, read_runs
from autosubmit_core.readers.job_list import read_job_list, read_jobs_table
from autosubmit_core.readers.structure import read_structure


@pytest.mark.parametrize("layout", ["dictionary", "graph", "list", "python2"])
def bench_job_list(
    layout: str, experiment: Experiment, tmp_path: Path, benchmark: BenchmarkFixture
) -> None:
    path = tmp_path / "job_list.pkl"
    if layout == "dictionary":
        write_dictionary_pickle(path, experiment.jobs)
    elif layout == "graph":
        write_graph_pickle(path, experiment.jobs, experiment.structure)
    else:
        write_list_pickle(path, experiment.jobs, python2=layout == "python2")
    assert len(benchmark(read_job_list, path)) == len(experiment.jobs)


def bench_jobs_table(experiment: Experiment, tmp_path: Path, benchmark: BenchmarkFixture) -> None:
    path = tmp_path / "job_list.db"
    write_jobs_table(path, experiment.jobs, modified=0)
    assert len(benchmark(read_jobs_table, path)) == len(experiment.jobs)


def bench_history(archive: Archive, benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(read_job_history, archive.installation.job_data("abig")))


def bench_runs(archive: Archive, benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(read_runs, archive.installation.job_data("abig")))


def bench_structure(archive: Archive, benchmark: BenchmarkFixture) -> None:
    assert len(benchmark(read_structure, archive.installation.structure("abig")))
