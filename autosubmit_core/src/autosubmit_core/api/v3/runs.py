"""``/v3/runs``, ``rundetail`` and ``history``: what was, run by run and job by job."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v3 import history, rundetail, runs
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import (
    EPOCH,
    INSTANT,
    STATUS_NAME,
    boolean,
    listed,
    number,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v3.base import EXPID, V3Handler, whole_number
from autosubmit_core.api.v3.jobs import CHUNKS, LOGS, NAME, REFERENCE, SPEEDS, STATUS, TREE
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError

__all__ = ["routes"]

_COUNTS = ("submitted", "queuing", "running", "completed", "failed", "total", "suspended")


class Runs(V3Handler):
    """``GET /v3/runs/{expid}``: the runs of an experiment, the newest first."""

    operations: ClassVar = {
        "get": Operation(
            summary="The runs of an experiment, with their metrics",
            path=(EXPID,),
            answer=record(
                {
                    "runs": listed(
                        record(
                            {
                                "run_id": whole(3),
                                "created": or_null(text("2026-11-18-21:50:00")),
                                "start": INSTANT,
                                "finish": INSTANT,
                                **CHUNKS,
                                **{name: whole() for name in _COUNTS},
                                "Parallelization": or_null(whole(768)),
                                **SPEEDS,
                                "CHSY": or_null(number(1602.0, "Core hours per simulated year.")),
                            }
                        )
                    )
                }
            ),
        )
    }
    empty = runs.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(_runs, expid)


def _runs(experiment: Experiment) -> dict[str, Any]:
    """Return the runs; an experiment without any has always been told as a failure here."""
    answer = runs.runs_answer(experiment)
    if not answer["runs"]:
        reasons = [
            warning.message
            for warning in experiment.warnings
            if (warning.source, warning.code) == ("runs", "unreadable")
        ]
        raise RequestError(". ".join(["No data", *reasons]))
    return answer


_WALL_TIME = or_null(text("2026-11-21-12:34:56", "Local time without its zone."))


class RunDetail(V3Handler):
    """``GET /v3/rundetail/{expid}/{runid}``: every attempt in one run, in folders."""

    operations: ClassVar = {
        "get": Operation(
            summary="The attempts of jobs in one run, in folders",
            path=(
                EXPID,
                Text(
                    name="runid",
                    argument="run_id",
                    meaning="The number of the run.",
                    example="3",
                    longest=None,
                ),
            ),
            answer=record(
                {
                    "tree": TREE,
                    "jobs": listed(
                        record(
                            {
                                "id": NAME,
                                "internal_id": NAME,
                                "label": NAME,
                                "title": text("a2m9_LOCAL_SETUP", "HTML."),
                                **STATUS,
                                "platform_name": or_null(text("MARENOSTRUM5")),
                                "section": text("SIM"),
                                "member": text("fc0"),
                                "chunk": whole(1),
                                "split": or_null(whole(1)),
                                "splits": or_null(whole(1)),
                                **CHUNKS,
                                "date": text("1961 11 01"),
                                "date_plus": text("1962 11 01"),
                                **SPEEDS,
                                "minutes_queue": whole(612, "Seconds."),
                                "minutes": whole(7509, "Seconds."),
                                "submit": _WALL_TIME,
                                "start": _WALL_TIME,
                                "finish": _WALL_TIME,
                                "queue": or_null(text("gp_bsces")),
                                "processors": whole(768),
                                "wallclock": or_null(text("04:00")),
                                "wrapper": or_null(whole(17128472368642)),
                                "wrapper_code": or_null(whole(17128472368642)),
                                "tree_parents": listed(text("a2m9_19611101_fc0")),
                                **LOGS,
                                "rm_id": whole(1_884_782),
                                "workflow_commit": or_null(text("947903ff8b58")),
                                "sync": boolean(),
                                **{
                                    name: {"type": "null"}
                                    for name in (
                                        *("children", "children_list", "parents"),
                                        *("parent_list", "custom_directives"),
                                    )
                                },
                            }
                        )
                    ),
                    "total": whole(156),
                    "reference": REFERENCE,
                    "pkl_timestamp": EPOCH,
                }
            ),
        )
    }
    empty = rundetail.EMPTY

    async def get(self, **path: str) -> None:
        await self.answer(_run_detail, **self.arguments())


def _run_detail(experiment: Experiment, *, run_id: str) -> dict[str, Any]:
    number = whole_number(run_id, "the number of a run")
    return rundetail.rundetail_answer(experiment, run_id=number)


_SPEED_OR_NA = {"type": ["number", "string", "null"], "examples": [11.5]}


class History(V3Handler):
    """``GET /v3/history/{expid}/{jobname}``: every attempt of one job, the newest first."""

    operations: ClassVar = {
        "get": Operation(
            summary="The attempts of a job",
            path=(
                EXPID,
                Text(
                    name="jobname",
                    argument="job_name",
                    meaning="The name of the job.",
                    example="a2m9_19611101_fc0_4_POST",
                    longest=None,
                ),
            ),
            answer=record(
                {
                    "history": listed(
                        record(
                            {
                                "counter": whole(1),
                                "created": or_null(text("2026-11-18-21:50:00")),
                                "submit": INSTANT,
                                "start": INSTANT,
                                "finish": INSTANT,
                                "queue_time": text("0:10:12"),
                                "run_time": text("2:05:09"),
                                "queue_seconds": whole(612),
                                "run_seconds": whole(7509),
                                "ncpus": whole(768),
                                "wallclock": or_null(text("04:00")),
                                "qos": text("gp_bsces"),
                                "platform": text("MARENOSTRUM5"),
                                "job_id": whole(1_884_782),
                                "nodes": whole(7),
                                "energy": number(28_650_000, "Joules."),
                                "status": STATUS_NAME,
                                "ASYPD": _SPEED_OR_NA,
                                "SYPD": _SPEED_OR_NA,
                                "splits": or_null(whole(1)),
                                "SYPD_per_split": or_null(number(11.5)),
                                "run_id": or_null(whole(3)),
                                "run_created": or_null(text("2026-11-18-21:50:00")),
                                "out": or_null(text("a2m9_19611101_fc0_4_POST.20261119082715.out")),
                                "err": or_null(text("a2m9_19611101_fc0_4_POST.20261119082715.err")),
                            }
                        )
                    ),
                    "path_to_logs": text("/esarchive/autosubmit/a2m9/tmp/LOG_a2m9"),
                }
            ),
        )
    }
    empty = history.EMPTY

    async def get(self, **path: str) -> None:
        await self.answer(history.history_answer, **self.arguments())


routes = [
    Route("/v3/runs/{expid}", Runs),
    Route("/v3/rundetail/{expid}/{runid}", RunDetail),
    Route("/v3/history/{expid}/{jobname}", History),
]
