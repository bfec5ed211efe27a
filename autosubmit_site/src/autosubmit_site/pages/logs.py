"""The logs of an experiment: of Autosubmit's own commands, and of its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from autosubmit_core import Experiment, NotFoundError, SourceError, SourceMissingError
from autosubmit_core.server import Integer, Route, Text

from autosubmit_site.pages.base import EXPID, ExperimentPage, operation

__all__ = ["Log", "LogPage", "Logs", "Source", "log_of", "logs_of", "routes"]

#: How many lines are shown unless more are asked for, and the most.
LINES, MOST_LINES = 1_000, 20_000

#: What the newest run log is called in an address, so that the link stays when a run begins.
RUN_LOG = "run"


@dataclass(frozen=True, slots=True)
class Log:
    """The end of a log."""

    name: str
    lines: tuple[str, ...]
    #: The number of the first line shown: from 1 if all is shown, else counted from the end, so that
    #: the last line is -1.
    first: int
    #: Why something is missing; empty if nothing is.
    note: str
    size: int
    modified: int
    packed: str


@dataclass(frozen=True, slots=True)
class Source:
    """A log that can be looked at."""

    name: str
    #: ``run`` or ``recovery``.
    kind: str
    #: What it is of: its file, or a platform.
    of: str


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of an experiment, and the end of one of them."""

    sources: tuple[Source, ...]
    #: None if there is none, or it cannot be read, and then why.
    log: Log | None
    problem: str
    #: How many lines were asked for.
    lines: int
    most_lines: int
    #: The job that the log is of, and its other log; empty if it is of no job.
    job: str = ""
    other: str = ""


def logs_of(experiment: Experiment, log: str = RUN_LOG, lines: int = LINES) -> Logs:
    """Return the logs of an experiment with the end of one; ``run`` is the log of the newest run.

    Raises :class:`~autosubmit_core.NotFoundError` for a log that there is not.
    """
    try:
        sources, problem = _sources(experiment), ""
    except SourceError as error:
        sources, problem = (), f"{error.reason}."
    shown: Log | None = None
    try:
        shown = log_of(experiment, log, lines)
    except SourceMissingError as error:
        if log != RUN_LOG:
            raise NotFoundError(f"There is no log '{log}'.") from error
    except SourceError as error:
        problem = f"{error.reason}."
    job, _, rest = (shown.name if shown else "").partition(".")
    return Logs(
        sources=sources,
        log=shown,
        problem=problem,
        lines=lines,
        most_lines=MOST_LINES,
        job=job if rest and log != RUN_LOG and "_log_recovery" not in log else "",
        other=_other(experiment, shown.name) if shown else "",
    )


def log_of(experiment: Experiment, name: str, lines: int) -> Log:
    """Return the end of a log, by its file name.

    Raises :class:`~autosubmit_core.SourceMissingError` for one that there is not, and
    :class:`~autosubmit_core.SourceUnreadableError`.
    """
    of_commands = _command_logs(experiment)
    if name == RUN_LOG and name not in of_commands:
        raise SourceMissingError(experiment.path, "There is no log of a run yet")
    path = of_commands.get(name)
    end = (
        experiment.logs.job_log(name, lines) if path is None else experiment.logs.tail(path, lines)
    )
    whole = len(end.lines) < lines and end.complete
    return Log(
        name=name if path is None else path.name,
        lines=end.lines,
        first=1 if whole else -len(end.lines),
        note=end.note or "",
        size=end.size,
        modified=end.modified,
        packed="" if end.compression == "none" else end.compression,
    )


def _command_logs(experiment: Experiment) -> dict[str, Path]:
    """Return the logs of commands that may be asked for, by their names."""
    logs = {log.path.name: log.path for log in experiment.logs.recovery_logs()}
    run = experiment.logs.run_log()
    if run is not None:
        logs |= {RUN_LOG: run, run.name: run}
    return logs


def _sources(experiment: Experiment) -> tuple[Source, ...]:
    listed = []
    run = experiment.logs.run_log()
    if run is not None:
        listed.append(Source(RUN_LOG, "run", run.name))
    listed.extend(
        Source(log.path.name, "recovery", log.platform) for log in experiment.logs.recovery_logs()
    )
    return tuple(listed)


def _other(experiment: Experiment, name: str) -> str:
    """Return the other of the two logs of an attempt, if it is there."""
    swapped = name.replace(".out", ".err") if ".out" in name else name.replace(".err", ".out")
    try:
        return swapped if swapped != name and swapped in experiment.logs.of_jobs.names else ""
    except SourceError:
        return ""


_LINES = Integer(
    name="lines", least=1, most=MOST_LINES, default=LINES, meaning="How many lines, from the end."
)


class LogsPage(ExperimentPage):
    """``GET /experiments/{expid}/logs``: the log of the newest run, and what others there are."""

    template = "logs.html.j2"
    view = staticmethod(logs_of)
    operations: ClassVar = {"get": operation("The logs of an experiment", _LINES)}


class LogPage(ExperimentPage):
    """``GET /experiments/{expid}/logs/{log}``: the end of one log."""

    template = "logs.html.j2"
    view = staticmethod(logs_of)
    operations: ClassVar = {
        "get": operation(
            "The end of a log",
            _LINES,
            path=(EXPID, Text(name="log", meaning="Its file name.", example="run")),
        )
    }


routes = [
    Route("/experiments/{expid}/logs", LogsPage),
    Route("/experiments/{expid}/logs/{log}", LogPage),
]
