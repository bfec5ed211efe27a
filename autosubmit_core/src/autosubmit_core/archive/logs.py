"""The logs of one experiment: of Autosubmit's commands, and of its jobs."""

from __future__ import annotations

from pathlib import Path

from autosubmit_core.archive.consulted import Consulted
from autosubmit_core.archive.kept import Shelf, Versions
from autosubmit_core.archive.properties import cached_property
from autosubmit_core.archive.reading import FACT_BYTES
from autosubmit_core.metrics.log_lines import Explanation, explanation
from autosubmit_core.readers.logs import (
    LINES,
    CommandLog,
    JobLogs,
    LogTail,
    RecoveryLog,
    is_job_log_name,
    is_plain_name,
    job_log_tail,
    job_logs_of,
    latest_run_log,
    newest_run_log,
    recovery_logs,
    tail,
)
from autosubmit_core.readers.versions import FileVersion, file_version

__all__ = ["ExperimentLogs"]


class ExperimentLogs:
    """The logs of one experiment. Nothing is read before it is asked for, and never a whole log."""

    def __init__(
        self, commands: tuple[Path, ...], jobs: Path, shelf: Shelf, consulted: Consulted
    ) -> None:
        self._shelf = shelf
        self._consulted = consulted
        #: The folders in which Autosubmit's commands leave their logs, in the order to look.
        self.commands = commands
        #: The folder of the jobs' own output.
        self.jobs = jobs

    def run_log(self) -> Path | None:
        """Return the log of the newest ``autosubmit run``; None if there is none.

        Raises :class:`~autosubmit_core.SourceUnreadableError`.
        """
        return self._consulted.look(newest_run_log, self.commands)

    def latest_run_log(self, *, reverse: bool = False) -> CommandLog | None:
        """Return the run log that changed last, which tells whether a run is going on; None if none.

        ``reverse`` looks into the folders the other way round: Autosubmit 3.9, 3.11 and 3.12 wrote
        into the second. Raises :class:`~autosubmit_core.SourceUnreadableError`.
        """
        folders = self.commands[::-1] if reverse else self.commands
        return self._consulted.look(latest_run_log, folders)

    def note_run_log(self) -> None:
        """Let what is made now depend on the version of the run log that changed last.

        Autosubmit writes into it without a change of its folder. Raises as :meth:`latest_run_log`.
        """
        self._consulted.files(map(file_version, self.commands))
        log = self.latest_run_log()
        if log is not None:
            self._consulted.files((file_version(log.path),))

    def recovery_logs(self) -> tuple[RecoveryLog, ...]:
        """Return the newest log of the log recovery of each platform, by platform.

        Raises :class:`~autosubmit_core.SourceUnreadableError`.
        """
        return self._consulted.look(recovery_logs, self.commands[0])

    def tail(self, log: Path, lines: int = LINES) -> LogTail:
        """Return the last lines of a log of a command.

        Raises :class:`~autosubmit_core.SourceError` if it cannot be read, or lies elsewhere.
        """
        self._consulted.files((file_version(log),))
        with self._consulted.momentary_failures():
            return tail(log.parent, log.name, lines)

    def job_log(self, name: str, lines: int = LINES) -> LogTail:
        """Return the last lines of a job's log, by its file name.

        Raises :class:`~autosubmit_core.SourceError` if there is none of that name that may be read.
        """
        if is_job_log_name(name) and is_plain_name(name):
            self._consulted.files((file_version(self.jobs / name),))
        with self._consulted.momentary_failures():
            return job_log_tail(self.jobs, name, lines)

    def explanation(self, name: str) -> Explanation | None:
        """Return the line at the end of a job's log that explains its failure; None if none does.

        It is kept for as long as the log is the same. Raises as :meth:`job_log`.
        """
        path = self.jobs / name

        def read() -> tuple[Explanation | None, Versions]:
            versions = (file_version(path),)
            return explanation(job_log_tail(self.jobs, name).lines), versions

        found, versions = self._shelf.get(("explanation", path), read, lambda _: FACT_BYTES)
        self._consulted.files_of_jobs(v for v in versions if isinstance(v, FileVersion))
        return found

    @cached_property
    def of_jobs(self) -> JobLogs:
        """Which log belongs to which job, from one listing of their folder.

        It is kept until the folder changes. Raises
        :class:`~autosubmit_core.SourceUnreadableError`.
        """

        def read() -> tuple[JobLogs, Versions]:
            versions = (file_version(self.jobs),)
            return job_logs_of(self.jobs), versions

        with self._consulted.momentary_failures():
            found, versions = self._shelf.get(("job_logs", self.jobs), read, JobLogs.memory_bytes)
        self._consulted.files(versions)
        return found
