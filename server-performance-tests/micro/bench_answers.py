"""Answering: large bodies from tables that are read already, and from bodies to bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from autosubmit_core import Archive, Experiment
from autosubmit_core.answers.v3.graph import graph_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer, pkltreeinfo_answer
from autosubmit_core.answers.v3.quick import quick_answer
from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.api.encoding import encode

ANSWERS: dict[str, Callable[[Experiment], Any]] = {
    "jobs": jobs_answer,
    "columns": columns_answer,
    "quick": quick_answer,
    "tree": tree_answer,
    "graph": graph_answer,
    "pklinfo": pklinfo_answer,
    "pkltreeinfo": pkltreeinfo_answer,
}


@pytest.mark.parametrize("answer", ANSWERS)
def bench_answer(
    answer: str, archive: Archive, experiment: Experiment, benchmark: BenchmarkFixture
) -> None:
    ANSWERS[answer](experiment)
    benchmark.pedantic(ANSWERS[answer], setup=lambda: ((archive.experiment("abig"),), {}), rounds=5)


@pytest.mark.parametrize("answer", ANSWERS)
def bench_encoding(answer: str, experiment: Experiment, benchmark: BenchmarkFixture) -> None:
    # Made for each round: a body may be one that can be gone through once only.
    benchmark.pedantic(
        encode, setup=lambda: ((ANSWERS[answer](experiment),), {"packs": False}), rounds=5
    )
