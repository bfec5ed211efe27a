"""Every error and warning of the library.

::

    AutosubmitError
    ├── InstallationError            no Autosubmit installation, or its run-control file cannot be read
    ├── NotFoundError                what was asked for does not exist
    │   ├── ExperimentNotFoundError
    │   ├── JobNotFoundError
    │   └── RunNotFoundError
    ├── RequestError                 the question makes no sense for this experiment
    ├── CommandError                 a command of Autosubmit was not run, or failed
    │   ├── CommandForbiddenError    whoever asked for it may not
    │   ├── CommandInvalidError      a value of it cannot be
    │   └── AlreadyRunningError      the experiment runs
    ├── LeaseLostError               another process does this work now
    └── SourceError                  a file or database behind the answer
        ├── SourceMissingError       it is not there
        ├── SourceUnreadableError    it is there and cannot be read: damaged, locked, refused
        │   └── ConfigurationInvalidError   a configuration file that Autosubmit would refuse too
        └── StoreError               what we keep ourselves cannot be written

An error is named for what the caller can do about it. What is wrong with *one* of the sources
of an experiment is usually no error at all: the experiment goes on without it and says so in a
:class:`SourceWarning`, a value among its answers.
"""

from __future__ import annotations

import copyreg
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "AlreadyRunningError",
    "AutosubmitError",
    "CommandError",
    "CommandForbiddenError",
    "CommandInvalidError",
    "ConfigurationInvalidError",
    "ExperimentNotFoundError",
    "InstallationError",
    "JobNotFoundError",
    "LeaseLostError",
    "NotFoundError",
    "RequestError",
    "RunNotFoundError",
    "SourceError",
    "SourceMissingError",
    "SourceUnreadableError",
    "SourceWarning",
    "StoreError",
]


class AutosubmitError(Exception):
    """The family of all errors that this library raises on purpose."""

    #: A stable word for programs: answers carry it as ``code``.
    code = "error"

    def __reduce__(self) -> tuple[Any, ...]:
        # Whoever computes in another process gets the same error: it is not made anew of its sentence.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class InstallationError(AutosubmitError):
    """There is no Autosubmit installation where one was looked for, or it cannot be used."""

    code = "installation_invalid"


class NotFoundError(AutosubmitError):
    """What was asked for does not exist."""

    code = "not_found"


class ExperimentNotFoundError(NotFoundError):
    """No experiment of that name is registered in the installation."""

    code = "experiment_not_found"

    def __init__(self, expid: str) -> None:
        super().__init__(f"Experiment with expid '{expid}' not found.")
        self.expid = expid


class JobNotFoundError(NotFoundError):
    """The experiment has no job of that name."""

    code = "job_not_found"

    def __init__(self, expid: str, job_name: str) -> None:
        super().__init__(f"Job with name '{job_name}' not found in experiment '{expid}'")
        self.expid = expid
        self.job_name = job_name


class RunNotFoundError(NotFoundError):
    """The experiment has no run of that number."""

    code = "run_not_found"

    def __init__(self, expid: str, run_id: int) -> None:
        super().__init__(f"Run {run_id} not found in experiment '{expid}'")
        self.expid = expid
        self.run_id = run_id


class RequestError(AutosubmitError):
    """The question is well formed but makes no sense for this experiment."""

    code = "invalid_request"


class CommandError(AutosubmitError):
    """A command of Autosubmit was not run, or failed; the text is the reason, fit for its user."""

    code = "command_failed"


class CommandForbiddenError(CommandError):
    """Whoever asked for the command may not have it."""

    code = "forbidden"


class CommandInvalidError(CommandError):
    """A value that the command was to be given cannot be."""

    code = "invalid_parameter"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"Invalid value for '{field}': {reason}")
        #: The value concerned, as the request names it.
        self.field = field


class UnconfirmedError(CommandError):
    """It is not known whether a command was started: it may run."""


class AlreadyRunningError(CommandError):
    """The experiment was started here before, and still runs."""

    code = "already_running"

    def __init__(self, expid: str) -> None:
        super().__init__(f"Runner for experiment {expid} is already running.")
        self.expid = expid


class LeaseLostError(AutosubmitError):
    """Background work was taken over by another process, because this one was silent for too long."""

    code = "lease_lost"

    def __init__(self, task: str) -> None:
        super().__init__(f"Another process does the work '{task}' now.")
        self.task = task


class SourceError(AutosubmitError):
    """A file or database that an answer needs is missing or cannot be read."""

    code = "source_unusable"

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        #: The file or folder concerned.
        self.path = Path(path)
        #: What is wrong with it, in words that may be shown to a user: no path, no driver's text.
        self.reason = reason


class SourceMissingError(SourceError):
    """The file or database is not there."""

    code = "source_missing"

    def __init__(self, path: Path | str, reason: str = "not found") -> None:
        super().__init__(path, reason)


class SourceUnreadableError(SourceError):
    """The file or database is there, but damaged, locked, truncated or refused as unsafe."""

    code = "source_unreadable"


class ConfigurationInvalidError(SourceUnreadableError):
    """A configuration file does not parse, or breaks a rule that Autosubmit's loader enforces too."""

    code = "configuration_invalid"


class StoreError(SourceError):
    """The database of what we keep ourselves cannot be written: not permitted, locked, full."""

    code = "store_unwritable"


@dataclass(frozen=True, slots=True)
class SourceWarning:
    """What an answer had to do without, or doubts: one sentence a user can act on."""

    #: Which source: ``job_history``, ``structure``, ``configuration``, …
    source: str
    #: A stable word: ``missing``, ``unreadable``, ``invalid_value``, …
    code: str
    #: The sentence.
    message: str
