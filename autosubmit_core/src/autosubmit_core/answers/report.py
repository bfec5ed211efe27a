"""``POST /report``: everything about an experiment in one body.

Each section has the shape in which its own endpoint publishes it, so that whoever knows the one
knows the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autosubmit_core.answers.v3.counters import counters_answer
from autosubmit_core.answers.v3.information import information
from autosubmit_core.answers.v3.logs import recovery_logs_answer, run_log_answer
from autosubmit_core.answers.v3.performance import performance_answer
from autosubmit_core.answers.v3.runs import runs_answer
from autosubmit_core.answers.v3.statistics import ANY_SECTION, statistics_answer
from autosubmit_core.answers.v3.summary import summary_answer
from autosubmit_core.answers.v4.configuration import (
    configuration_answer,
    run_configuration_answer,
)
from autosubmit_core.answers.v4.efficiency import efficiency_answer
from autosubmit_core.answers.v4.eta import eta_answer
from autosubmit_core.answers.v4.failures import failures_answer
from autosubmit_core.answers.v4.forecast import forecast_answer
from autosubmit_core.answers.v4.heartbeat import heartbeat_answer
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.answers.v4.wrappers import wrappers_answer
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError, SourceError

__all__ = ["DEFAULT_SECTIONS", "SECTIONS", "ReportRequest", "envelope", "report", "reports_answer"]


def _configuration(experiment: Experiment, request: ReportRequest) -> Any:
    if request.run_id is None:
        return configuration_answer(experiment)["config"]
    return run_configuration_answer(experiment, request.run_id)["config"]


_ANSWERS: dict[str, Callable[[Experiment, ReportRequest], Any]] = {
    "experiment": lambda experiment, _: information(experiment),
    "counters": lambda experiment, _: counters_answer(experiment),
    "summary": lambda experiment, _: summary_answer(experiment),
    "performance": lambda experiment, _: performance_answer(experiment),
    "statistics": lambda experiment, request: statistics_answer(
        experiment, section=request.statistics_section, hours=request.statistics_hours
    ),
    "eta": lambda experiment, request: eta_answer(experiment, section=request.eta_section),
    "runs": lambda experiment, request: runs_answer(experiment, run_id=request.run_id)["runs"],
    "wrappers": lambda experiment, _: wrappers_answer(experiment)["wrappers"],
    "jobs": lambda experiment, _: jobs_answer(experiment)["jobs"],
    "configuration": _configuration,
    "logs": lambda experiment, _: {
        "run": run_log_answer(experiment),
        **recovery_logs_answer(experiment),
    },
    "heartbeat": lambda experiment, _: heartbeat_answer(experiment),
    "failures": lambda experiment, _: failures_answer(experiment),
    "forecast": lambda experiment, request: forecast_answer(
        experiment, section=request.eta_section
    ),
    "efficiency": lambda experiment, _: efficiency_answer(experiment),
}

#: What a report can hold, in the order of the answer.
SECTIONS = (*_ANSWERS, "warnings")
#: What only those get who ask for it: what is bulky, and what takes long to work out.
_ON_REQUEST = (
    *("jobs", "configuration", "logs"),
    *("heartbeat", "failures", "forecast", "efficiency"),
)
#: What it holds unless told otherwise.
DEFAULT_SECTIONS = tuple(section for section in SECTIONS if section not in _ON_REQUEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What a report is to hold."""

    #: The experiments, in the order of the answer.
    expids: tuple[str, ...]
    #: The sections, of :data:`SECTIONS`.
    sections: tuple[str, ...] = DEFAULT_SECTIONS
    #: The run whose metrics and configuration are wanted; by default all runs, and the files of now.
    run_id: int | None = None
    #: The statistics: a section of jobs, or ``Any``, and how many hours back, 0 for ever.
    statistics_section: str = ANY_SECTION
    statistics_hours: int = 0
    #: The section whose chunks decide when the experiment ends; the forecast is held against it.
    eta_section: str = "SIM"


def report(experiment: Experiment, request: ReportRequest) -> dict[str, Any]:
    """Return the sections of a report of one experiment.

    A section that cannot be made is null, and ``warnings`` says why: an experiment without a
    readable job list still has runs, a configuration and logs.

    Raises :class:`~autosubmit_core.errors.RunNotFoundError` for a run that it does not have.
    """
    if request.run_id is not None:
        experiment.known_run(request.run_id)
    made: dict[str, Any] = {}
    for section, answer in _ANSWERS.items():
        if section not in request.sections:
            continue
        try:
            made[section] = answer(experiment, request)
        except RequestError as error:
            made[section] = None
            experiment.warn(section, error.code, str(error))
        except SourceError as error:
            made[section] = None
            experiment.warn("job_list", error.code, _without_job_list(error))
    if "warnings" in request.sections:
        made["warnings"] = [
            {"source": warning.source, "code": warning.code, "message": warning.message}
            for warning in experiment.warnings
        ]
    return made


def reports_answer(
    experiments: tuple[Experiment, ...], *, request: ReportRequest
) -> dict[str, Any]:
    """Return the whole answer of ``POST /report`` about some experiments; raises as :func:`report`."""
    return envelope({experiment.expid: report(experiment, request) for experiment in experiments})


def envelope(reports: dict[str, Any]) -> dict[str, Any]:
    """Return reports, by the expids of their experiments, as they are answered."""
    return {
        "status": "success",
        "message": "Results generated successfully",
        "report_data": reports,
    }


def _without_job_list(error: SourceError) -> str:
    """Return what is wrong with the job list as a sentence; that it is missing is one already."""
    return error.reason if error.reason.endswith(".") else f"The job list: {error.reason}."
