"""``/v4/experiments/{expid}/runs`` and below, and the configuration on disk: settings and results."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v4.configuration import (
    file_configuration_answer,
    run_configuration_answer,
)
from autosubmit_core.answers.v4.runs import runs_answer
from autosubmit_core.answers.v4.user_metrics import user_metrics_answer, user_metrics_runs_answer
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Integer, Text
from autosubmit_core.api.schemas import CONFIGURATION, INSTANT, listed, or_null, record, text, whole
from autosubmit_core.api.v4.base import BUSY, EXPID, NO_EXPERIMENT, WRONG, V4Handler
from autosubmit_core.archive import Experiment

__all__ = ["routes"]


class Runs(V4Handler):
    """``GET /v4/experiments/{expid}/runs``: the launches of Autosubmit, the oldest first."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The runs of an experiment",
            path=(EXPID,),
            answer=record(
                {
                    "runs": listed(
                        record(
                            {
                                "run_id": whole(3),
                                "start": INSTANT,
                                "finish": INSTANT,
                                "created": or_null(text("2026-11-18-21:50:00")),
                                "modified": or_null(text("2026-11-18-21:50:00")),
                                "chunk_unit": or_null(text("month")),
                                "chunk_size": or_null(whole(12)),
                                **{
                                    name: whole()
                                    for name in (
                                        *("total", "completed", "failed", "queuing"),
                                        *("running", "submitted", "suspended"),
                                    )
                                },
                            }
                        )
                    )
                }
            ),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(runs_answer, expid)


class RunConfiguration(V4Handler):
    """``GET /v4/experiments/{expid}/runs/{run_id}/config``: the configuration a run started with."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The configuration that a run started with",
            path=(
                EXPID,
                Text(name="run_id", meaning="The number of the run.", example="3", longest=None),
            ),
            answer=record({"run_id": or_null(whole(3)), "config": CONFIGURATION}),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(_run_configuration, **self.arguments())


def _run_configuration(experiment: Experiment, *, run_id: str) -> dict[str, Any]:
    """Return the configuration of a run; a text that is no number is a run that is not there."""
    try:
        number = Integer(name="run_id", meaning="").read(run_id)
    except ValueError:
        number = -1
    return run_configuration_answer(experiment, number)


class FileConfiguration(V4Handler):
    """``GET /v4/experiments/{expid}/filesystem-config``: the configuration in the files of now."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The configuration as Autosubmit would resolve it now",
            path=(EXPID,),
            answer=record({"config": CONFIGURATION}),
            refusals={
                **NO_EXPERIMENT,
                503: "The files cannot be read as a configuration, or the server is busy.",
            },
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(file_configuration_answer, expid)


class UserMetrics(V4Handler):
    """``GET /v4/experiments/{expid}/runs/{run_id}/user-metrics``: what jobs of a run reported."""

    operations: ClassVar = {
        "get": Operation(
            summary="The values that the jobs of a run reported themselves",
            path=(
                Text(name="expid", meaning="The experiment.", example="a0k2", longest=None),
                Integer(name="run_id", meaning="The number of the run.", example=1),
            ),
            answer=record(
                {
                    "run_id": whole(1),
                    "metrics": listed(
                        record(
                            {
                                "job_name": text("a0k2_20150101_fc0_1_SIM"),
                                "metric_name": text("sypd"),
                                "metric_value": or_null(text("11.5")),
                                "modified": or_null(text("2026-11-20T00:00:00Z")),
                            }
                        )
                    ),
                }
            ),
            refusals={**NO_EXPERIMENT, **WRONG, **BUSY},
        )
    }

    async def get(self, **path: str) -> None:
        await self.answer(user_metrics_answer, **self.arguments())


class UserMetricsRuns(V4Handler):
    """``GET /v4/experiments/{expid}/user-metrics-runs``: the runs that have such values."""

    operations: ClassVar = {
        "get": Operation(
            summary="The runs in which jobs reported values themselves",
            path=(EXPID,),
            answer=record({"runs": listed(record({"run_id": whole(1)}))}),
            refusals={**NO_EXPERIMENT, **BUSY},
        )
    }

    async def get(self, expid: str) -> None:
        await self.answer(user_metrics_runs_answer, expid)


routes = [
    Route("/v4/experiments/{expid}/runs", Runs),
    Route("/v4/experiments/{expid}/runs/{run_id}/config", RunConfiguration),
    Route("/v4/experiments/{expid}/runs/{run_id}/user-metrics", UserMetrics),
    Route("/v4/experiments/{expid}/user-metrics-runs", UserMetricsRuns),
    Route("/v4/experiments/{expid}/filesystem-config", FileConfiguration),
]
