"""Computing: every metric from tables that are read already."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from autosubmit_core import Archive, Experiment

METRICS: dict[str, Callable[[Experiment], object]] = {
    "counters": Experiment.counters,
    "times": lambda experiment: experiment.times,
    "summary": Experiment.summary,
    "performance": Experiment.performance,
    "run_metrics": Experiment.run_metrics,
    "eta": Experiment.eta,
    "statistics": Experiment.statistics,
    "changes": Experiment.changes,
}


@pytest.mark.parametrize("metric", METRICS)
def bench_metric(
    metric: str, archive: Archive, experiment: Experiment, benchmark: BenchmarkFixture
) -> None:
    # Once for what it reads; then every round has an experiment that has computed nothing.
    METRICS[metric](experiment)
    benchmark.pedantic(METRICS[metric], setup=lambda: ((archive.experiment("abig"),), {}), rounds=5)
