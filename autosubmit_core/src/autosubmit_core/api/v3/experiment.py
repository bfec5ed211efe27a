"""``/v3/expinfo``, ``expcount``, ``ifrun``, ``logrun``, ``summary``, ``cconfig``: one experiment."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.answers.v3 import configuration as configurations
from autosubmit_core.answers.v3 import counters, information, summary
from autosubmit_core.answers.v3.activity import (
    EMPTY_ACTIVITY,
    EMPTY_LOG_ACTIVITY,
    activity_answer,
    file_status_answer,
    log_activity_answer,
    shutdown_answer,
)
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Text
from autosubmit_core.api.schemas import (
    CONFIGURATION,
    STATUS_NAMES,
    boolean,
    constant,
    listed,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v3.base import EXPID, LOGGED_USER, V3Handler

__all__ = ["routes"]


class Information(V3Handler):
    """``GET /v3/expinfo/{expid}``: what an experiment is, and how far its last run came."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="What an experiment is",
            path=(EXPID,),
            answer=record(
                {
                    "expid": text("a2m9"),
                    "path": text("/esarchive/autosubmit/a2m9"),
                    "owner_id": whole(1000),
                    "owner": text("ahill"),
                    "time_last_access": text("2026-11-21T12:34:56+00:00"),
                    "time_last_mod": text("2026-11-21T12:34:56+00:00"),
                    "description": text("EC-Earth3 DCPP-A decadal hindcast"),
                    "version": text("4.1.17.1"),
                    "model": text("https://git.example.org/ec-earth.git"),
                    "branch": text("main"),
                    "hpc": text("MARENOSTRUM5"),
                    "updateTime": whole(10, "Seconds between two looks of Autosubmit at the jobs."),
                    "running": boolean(),
                    "pkl_timestamp": whole(1_795_264_496, "When the job list last changed."),
                    "chunk_size": whole(12),
                    "chunk_unit": text("month"),
                    "total_jobs": whole(156),
                    "completed_jobs": whole(141),
                    "db_historic_version": constant("NA"),
                    "workflow_commit": or_null(text("947903ff8b58")),
                }
            ),
        )
    }
    empty = information.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(information.information, expid)


class Counters(V3Handler):
    """``GET /v3/expcount/{expid}``: how many jobs are in each status."""

    operations: ClassVar = {
        "get": Operation(
            summary="Jobs by status",
            path=(EXPID,),
            answer=record(
                {
                    "expid": text("a2m9"),
                    "total": whole(156),
                    "counters": record({name: whole() for name in STATUS_NAMES}),
                }
            ),
        )
    }
    empty = counters.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(counters.counters_answer, expid)


class Activity(V3Handler):
    """``GET /v3/ifrun/{expid}``: whether the status database says that it runs."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="Whether an experiment runs",
            path=(EXPID,),
            answer=record({"running": boolean()}),
        )
    }
    empty = EMPTY_ACTIVITY
    unknown_is_no_error = True

    async def get(self, expid: str) -> None:
        await self.answer(activity_answer, expid)


class LogActivity(V3Handler):
    """``GET /v3/logrun/{expid}``: whether its newest run log looks as if it runs."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="Whether the run log of an experiment still grows",
            path=(EXPID,),
            answer=record(
                {
                    "is_running": boolean(),
                    "timediff": whole(2620, "Seconds since the log last changed."),
                    "log_path": or_null(text("/esarchive/autosubmit/a2m9/tmp/ASLOGS/run.log")),
                }
            ),
        )
    }
    empty = EMPTY_LOG_ACTIVITY
    unknown_is_no_error = True

    async def get(self, expid: str) -> None:
        await self.answer(log_activity_answer, expid)


class Summary(V3Handler):
    """``GET /v3/summary/{expid}``: what waits, runs and failed, and how long jobs take."""

    operations: ClassVar = {
        "get": Operation(
            summary="Jobs in short",
            path=(EXPID,),
            query=(LOGGED_USER,),
            answer=record(
                {
                    "n_running": whole(),
                    "n_suspended": whole(),
                    "n_queuing": whole(),
                    "n_failed": whole(4),
                    "n_submitted": whole(),
                    "avg_queue_time": text("0:12:40"),
                    "avg_run_time": text("0:35:10"),
                    "n_sim": whole(45),
                    "avg_sim_queue_time": text("0:20:05"),
                    "avg_sim_run_time": text("1:50:00"),
                    "sim_queue_considered": whole(41),
                    "sim_run_considered": whole(41),
                    "failed_jobs": listed(text("a2m9_19611101_fc0_4_POST")),
                }
            ),
        )
    }
    empty = summary.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(summary.summary_answer, expid)


class Configurations(V3Handler):
    """``GET /v3/cconfig/{expid}``: the configuration of the last run beside that of the files."""

    light = True
    operations: ClassVar = {
        "get": Operation(
            summary="The configuration of the last run and of now",
            path=(EXPID,),
            answer=record(
                {
                    "warning": boolean(),
                    "warning_message": text(),
                    "configuration_current_run": CONFIGURATION,
                    "configuration_filesystem": CONFIGURATION,
                    "are_equal": boolean(),
                    "differences": listed(text("JOBS.SIM.WALLCLOCK")),
                }
            ),
        )
    }
    empty = configurations.EMPTY

    async def get(self, expid: str) -> None:
        await self.answer(configurations.configurations_answer, expid)


class Shutdown(ApiHandler):
    """``GET /v3/shutdown/{route}``: a client leaves a page, which is no reason to stop anything."""

    needs = Needs.ACT
    operations: ClassVar = {
        "get": Operation(
            summary="Accepted, and does nothing",
            path=(
                Text(name="route", meaning="The page.", example="tree", longest=None, ignored=True),
            ),
            query=(
                LOGGED_USER,
                Text(name="expid", meaning="The experiment.", longest=None, ignored=True),
            ),
            answer=constant(""),
        )
    }

    async def get(self, route: str) -> None:
        self.write(json_bytes(shutdown_answer()))


class FileStatus(ApiHandler):
    """``GET /v3/filestatus``: nobody measures the file systems any more."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="Always the same",
            answer=record({name: constant(value) for name, value in file_status_answer().items()}),
        )
    }

    async def get(self) -> None:
        self.write(json_bytes(file_status_answer()))


routes = [
    Route("/v3/expinfo/{expid}", Information),
    Route("/v3/expcount/{expid}", Counters),
    Route("/v3/ifrun/{expid}", Activity),
    Route("/v3/logrun/{expid}", LogActivity),
    Route("/v3/summary/{expid}", Summary),
    Route("/v3/cconfig/{expid}", Configurations),
    Route("/v3/shutdown/{route}", Shutdown),
    Route("/v3/filestatus", FileStatus),
]
