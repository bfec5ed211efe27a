"""Drawing: dependencies, levels, and the places of all jobs."""

from __future__ import annotations

from pytest_benchmark.fixture import BenchmarkFixture

from autosubmit_core import Experiment
from autosubmit_core.graphs.lanes import lanes
from autosubmit_core.graphs.layout import layered_layout
from autosubmit_core.graphs.levels import levels
from autosubmit_core.graphs.neighbourhoods import dependencies


def bench_dependencies(experiment: Experiment, benchmark: BenchmarkFixture) -> None:
    benchmark(dependencies, experiment.jobs, experiment.structure)


def bench_levels(experiment: Experiment, benchmark: BenchmarkFixture) -> None:
    benchmark(levels, experiment.workflow.connected)


def bench_layered(experiment: Experiment, benchmark: BenchmarkFixture) -> None:
    workflow = experiment.workflow
    benchmark(layered_layout, workflow.connected, workflow.levels, workflow.wrapper_numbers)


def bench_lanes(experiment: Experiment, benchmark: BenchmarkFixture) -> None:
    benchmark(lanes, experiment.jobs)
