"""The sources of one experiment at one moment, each read when it is first asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autosubmit_core.archive.kept import Versions
from autosubmit_core.archive.logs import ExperimentLogs
from autosubmit_core.archive.overview import (
    ConfiguredNames,
    RunCounters,
    configured_names,
    last_run_counters,
)
from autosubmit_core.archive.properties import cached_property
from autosubmit_core.archive.reading import FACT_BYTES, ExperimentReading
from autosubmit_core.errors import (
    JobNotFoundError,
    RunNotFoundError,
    SourceError,
    SourceMissingError,
)
from autosubmit_core.readers.configuration import (
    Configuration,
    empty_configuration,
    read_configuration,
)
from autosubmit_core.readers.fleet import read_failures
from autosubmit_core.readers.folder import FolderFacts, read_folder_facts
from autosubmit_core.readers.job_history import (
    last_noted,
    read_job_history,
    read_run_metadata,
    read_runs,
)
from autosubmit_core.readers.job_list import (
    Storage,
    choose_storage,
    job_list_modified,
    jobs_table_modified,
    read_job_list,
    read_jobs_table,
)
from autosubmit_core.readers.job_times import attempts_versions, read_attempts
from autosubmit_core.readers.places import read_places
from autosubmit_core.readers.server_tables import ServerTables
from autosubmit_core.readers.structure import read_structure
from autosubmit_core.readers.user_metrics import read_user_metrics
from autosubmit_core.readers.versions import (
    Location,
    database_versions,
    file_version,
    location_version,
    sqlite_versions,
)
from autosubmit_core.readers.wrappers import read_wrappers
from autosubmit_core.tables import (
    AttemptTable,
    JobHistory,
    JobTable,
    NotedFailureTable,
    PlaceTable,
    RunTable,
    Structure,
    UserMetricTable,
    WrapperTable,
)

__all__ = ["ExperimentSources"]


class ExperimentSources(ExperimentReading):
    """What Autosubmit wrote about one experiment, as it is at one moment.

    Each source is read when it is first asked for, and then stays what it was: everything the
    object says is of one moment, :attr:`now`. Ask the archive again for a later one; what has not
    changed meanwhile is not read again.

    Without a job list there is nothing to say about the jobs, so :attr:`jobs` raises. Every other
    source that is missing or damaged costs only itself: it is empty, and :attr:`warnings` says so.
    """

    # -- what is registered ------------------------------------------------------------------

    @property
    def description(self) -> str:
        """What its owner wrote about it."""
        return str(self.registered.description[0])

    @property
    def autosubmit_version(self) -> str | None:
        """The Autosubmit that created or last upgraded it; None if nothing is noted."""
        version: str | None = self.registered.autosubmit_version[0]
        return version

    @property
    def is_running(self) -> bool:
        """Whether the installation's status database says that it runs."""
        return bool(self.registered.running[0])

    @property
    def path(self) -> Path:
        """The folder of the experiment. It may be gone: archived, or on another machine."""
        return self._installation.experiment_folder(self.expid)

    # -- sources -----------------------------------------------------------------------------

    @cached_property
    def folder(self) -> FolderFacts | None:
        """Owner and times of the experiment's folder; None if it is gone."""
        self._consulted.files((file_version(self.path),))
        try:
            return self._consulted.look(read_folder_facts, self.path)
        except SourceError as error:
            self._without("folder", error)
            return None

    @cached_property
    def jobs(self) -> JobTable:
        """The jobs as they are now.

        Raises :class:`SourceMissingError` or :class:`SourceUnreadableError`.
        """
        location = self._job_list
        reader = read_jobs_table if self._storage == "table" else read_job_list
        try:
            return self._kept("job_list", location, reader)
        except SourceMissingError as error:
            said = f"The job list of '{self.expid}' is missing."
            raise SourceMissingError(str(location), said) from error

    @cached_property
    def jobs_modified(self) -> int | None:
        """When the job list last changed, in seconds since 1970 UTC; None if there is none."""
        reader = jobs_table_modified if self._storage == "table" else job_list_modified
        try:
            return self._fact("jobs_modified", self._job_list, reader) or None
        except SourceMissingError:
            return None
        except SourceError:
            self._consulted.moment(self._now)
            return None

    @cached_property
    def history(self) -> JobHistory:
        """Every attempt of every job that Autosubmit noted; empty if the database is unusable."""
        return self._optional(
            "job_history", self._locations.job_data(self.expid), read_job_history, JobHistory
        )

    @cached_property
    def runs(self) -> RunTable:
        """The runs of the experiment; empty if the database is unusable."""
        return self._optional("runs", self._locations.job_data(self.expid), read_runs, RunTable)

    @cached_property
    def last_run(self) -> RunCounters | None:
        """How far the newest run came; None if there is none, or its database is unusable.

        A small fact for lists of experiments: it is kept where :attr:`runs` are not.
        """
        try:
            return self._fact("last_run", self._locations.job_data(self.expid), last_run_counters)
        except SourceError:
            self._consulted.moment(self._now)
            return None

    @cached_property
    def structure(self) -> Structure:
        """Which job waits for which; empty if the database is unusable."""
        location = self._locations.structure(self.expid, self._storage)
        return self._optional("structure", location, read_structure, Structure)

    @cached_property
    def wrappers(self) -> WrapperTable:
        """Which jobs are submitted as one; empty if none ever were."""
        location = self._locations.wrappers(self.expid, self._storage)
        return self._optional("wrappers", location, read_wrappers, WrapperTable, may_lack=True)

    @cached_property
    def places(self) -> PlaceTable:
        """Where a server drew the jobs; empty if none did."""
        return self._optional(
            "places",
            self._locations.graph_data(self.expid),
            read_places,
            PlaceTable,
            may_lack=True,
        )

    @cached_property
    def user_metrics(self) -> UserMetricTable:
        """Values that the jobs reported themselves; empty if none did."""
        return self._optional(
            "user_metrics",
            self._locations.user_metrics(self.expid),
            read_user_metrics,
            UserMetricTable,
            may_lack=True,
        )

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration on disk, as Autosubmit would resolve it now; empty if it is unusable."""
        try:
            return self.usable_configuration
        except SourceError as error:
            self._consulted.moment(self._now)
            self._without("configuration", error)
            return empty_configuration()

    @cached_property
    def usable_configuration(self) -> Configuration:
        """The same for those that have no answer without it; raises :class:`SourceError`."""

        def read() -> tuple[Configuration, Versions]:
            made = self._read_configuration()
            return made, made.consulted

        found, versions = self._shelf.get(
            ("configuration", self.expid), read, lambda made: _text_bytes(made.data)
        )
        self._consulted.files(versions)
        for warning in found.warnings:
            self._warnings.setdefault(warning)
        return found

    @cached_property
    def configured_names(self) -> ConfiguredNames | None:
        """What the configuration calls platform, version and wrapper; None if it is unusable.

        A small fact for lists of experiments: it is kept where :attr:`configuration` is not.
        """

        def read() -> tuple[ConfiguredNames, Versions]:
            made = self._read_configuration()
            return configured_names(made), made.consulted

        try:
            key = ("configured_names", self.expid)
            names, versions = self._shelf.get(key, read, lambda _: 3 * FACT_BYTES)
        except SourceError:
            self._consulted.moment(self._now)
            return None
        self._consulted.files(versions)
        return names

    @cached_property
    def logs(self) -> ExperimentLogs:
        """The logs of its commands and jobs."""
        place = self._installation
        return ExperimentLogs(
            commands=(place.aslogs(self.expid), place.tmp(self.expid)),
            jobs=place.job_logs(self.expid),
            shelf=self._shelf,
            consulted=self._consulted,
        )

    def written_while_running(self) -> dict[str, tuple[str, int]]:
        """Return what Autosubmit writes into while it runs, but for logs: where, and when it last did.

        The time is in seconds since 1970 UTC, 0 where there is nothing yet.
        """
        history = self._locations.job_data(self.expid)
        return {
            "job_list": self._last_written(self._job_list, lambda: self.jobs_modified or 0),
            "job_history": self._last_written(history, lambda: last_noted(self.history)),
        }

    def _last_written(self, location: Location, noted: Callable[[], int]) -> tuple[str, int]:
        """Return where something is and when it was last written; on a server, what is noted of it."""
        if isinstance(location, ServerTables):
            return location.table, noted()
        versions = sqlite_versions(location)
        self._consulted.files(versions)
        return str(location), max(version.modified for version in versions) // 10**9

    # -- one thing of a source ---------------------------------------------------------------

    def job_row(self, job_name: str) -> int:
        """Return the row of a job in :attr:`jobs`; raises :class:`JobNotFoundError`."""
        rows = np.flatnonzero(self.jobs.name == job_name)
        if not len(rows):
            raise JobNotFoundError(self.expid, job_name)
        return int(rows[0])

    def known_run(self, run_id: int) -> int:
        """Return the number of a run if it is in :attr:`runs`; raises :class:`RunNotFoundError`."""
        if run_id not in self.runs.run_id:
            raise RunNotFoundError(self.expid, run_id)
        return run_id

    def history_of(self, names: Sequence[str]) -> JobHistory:
        """Return what :attr:`history` has of some jobs; it may have more than these.

        Of one job alone only its own rows are read.
        """
        if len(names) != 1:
            return self.history
        location = self._locations.job_data(self.expid)
        self._consulted.files(database_versions(location))
        try:
            return read_job_history(location, names[0])
        except SourceError as error:
            self._without("job_history", error)
            return JobHistory.empty()

    def run_configuration(
        self, run_id: int, *, with_secrets: bool = False
    ) -> dict[str, Any] | None:
        """Return the configuration that a run started with; None if Autosubmit stored none.

        The URL of a database server in it holds a password, and is blank unless ``with_secrets``.
        """
        location = self._locations.job_data(self.expid)
        self._consulted.files(database_versions(location))
        try:
            text = read_run_metadata(location, run_id)
        except SourceError as error:
            self._without("run_configuration", error)
            return None
        if not text:
            return None
        try:
            stored = json.loads(text)
        except (ValueError, RecursionError):  # no JSON; nested deeper than any configuration
            stored = None
        if not isinstance(stored, dict):
            self.warn(
                "run_configuration",
                "unreadable",
                f"The stored configuration of run {run_id} is not JSON.",
            )
            return None
        if "DATABASE_CONN_URL" in stored and not with_secrets:
            stored["DATABASE_CONN_URL"] = ""
        return stored

    def noted_failures(self, templates: Sequence[str]) -> NotedFailureTable | None:
        """Return what a background task noted of failures with some templates, of all experiments.

        None if no task ever looked, or what it noted cannot be read.
        """
        location = self._locations.fleet()
        self._consulted.files(database_versions(location))
        try:
            return read_failures(location, templates)
        except SourceError as error:
            self._without("other_failures", error)
            return None

    def attempts(self, names: Sequence[str]) -> AttemptTable:
        """Return the attempts that the ``TOTAL_STATS`` files of some jobs list."""
        if not names:
            return AttemptTable.empty()
        folder = self._installation.tmp(self.expid)
        try:
            self._consulted.files_of_jobs(attempts_versions(folder, names))
            found = read_attempts(folder, names)
        except SourceError as error:
            self._without("attempts", error)
            return AttemptTable.empty()
        doubtful = int(np.count_nonzero(~found.readable))
        if doubtful:
            self.warn(
                "attempts",
                "invalid_value",
                f"{doubtful} lines of TOTAL_STATS files hold a field that is no date;"
                " they count for no statistics.",
            )
        return found

    @cached_property
    def _storage(self) -> Storage:
        """What the job list is kept in."""
        pickled = location_version(self._locations.job_list(self.expid, "pickle"))
        table = location_version(self._locations.job_list(self.expid, "table"))
        self._consulted.files((pickled, table))
        return choose_storage(self.autosubmit_version, pickled.exists, table.exists)

    @property
    def _job_list(self) -> Location:
        return self._locations.job_list(self.expid, self._storage)

    def _read_configuration(self) -> Configuration:
        return read_configuration(
            self.path,
            self.expid,
            description=self.description,
            installation=self._installation.settings(),
            include_roots=self._installation.shared_folders,
        )


def _text_bytes(data: object) -> int:
    """Return about how much memory nested dictionaries, lists and texts take."""
    return 3 * len(json.dumps(data, default=str))
