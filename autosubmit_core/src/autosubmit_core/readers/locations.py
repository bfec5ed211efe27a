"""Where an installation keeps what the other readers read: in files, or on a PostgreSQL server.

Folders, configurations, logs and TOTAL_STATS files are in files either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from autosubmit_core.readers.installation import Installation
from autosubmit_core.readers.job_list.storage import Storage
from autosubmit_core.readers.server_tables import ServerTables
from autosubmit_core.readers.servers import Server, server_of
from autosubmit_core.readers.versions import Location

__all__ = ["Locations", "locations_of"]

#: The schema of what belongs to no single experiment.
_PUBLIC = "public"

_WRAPPERS = (
    *("wrappers_jobs", "wrappers_info", "preview_wrappers_jobs", "preview_wrappers_info"),
    *("job_package", "wrapper_job_package"),
)

_FLEET = (
    *("fleet_pulses", "fleet_figures", "fleet_usage", "fleet_events", "fleet_failures"),
    "worker_passes",
)


class Locations(Protocol):
    """The location of each database; those of an experiment by its expid.

    ``storage`` is what its job list is kept in: Autosubmit 4.2 moved what belongs to that, too.
    """

    def experiments(self) -> Location:
        """The experiments and their details."""

    def statuses(self) -> Location:
        """Which experiments are running."""

    def job_list(self, expid: str, storage: Storage) -> Location:
        """The jobs as they are now."""

    def structure(self, expid: str, storage: Storage) -> Location:
        """Which job waits for which."""

    def wrappers(self, expid: str, storage: Storage) -> Location:
        """Which jobs are submitted as one."""

    def job_data(self, expid: str) -> Location:
        """The attempts of the jobs, and the runs."""

    def user_metrics(self, expid: str) -> Location:
        """Values that jobs reported themselves."""

    def graph_data(self, expid: str) -> Location:
        """Where a server drew the jobs."""

    def fleet(self) -> Location:
        """What background tasks noted of all experiments."""


def locations_of(installation: Installation) -> Locations:
    """Return where an installation keeps what it does.

    Raises :class:`InstallationError` if that is a server whose URL cannot be used.
    """
    if installation.database_backend == "postgres":
        return _OnServer(server_of(installation.database_conn_url))
    return _InFiles(installation)


@dataclass(frozen=True)
class _InFiles:
    installation: Installation

    def experiments(self) -> Location:
        return self.installation.main_database()

    def statuses(self) -> Location:
        return self.installation.status_database()

    def job_list(self, expid: str, storage: Storage) -> Location:
        if storage == "table":
            return self.installation.job_list_database(expid)
        return self.installation.job_list_pickle(expid)

    def structure(self, expid: str, storage: Storage) -> Location:
        if storage == "table":
            return self.installation.job_list_database(expid)
        return self.installation.structure(expid)

    def wrappers(self, expid: str, storage: Storage) -> Location:
        if storage == "table":
            return self.installation.job_list_database(expid)
        return self.installation.job_packages(expid)

    def job_data(self, expid: str) -> Location:
        return self.installation.job_data(expid)

    def user_metrics(self, expid: str) -> Location:
        return self.installation.user_metrics(expid)

    def graph_data(self, expid: str) -> Location:
        return self.installation.graph_data(expid)

    def fleet(self) -> Location:
        return self.installation.preferences_database()


@dataclass(frozen=True)
class _OnServer:
    server: Server

    def experiments(self) -> Location:
        return ServerTables(self.server, _PUBLIC, ("experiment", "details"))

    def statuses(self) -> Location:
        return ServerTables(self.server, _PUBLIC, ("experiment_status",))

    def job_list(self, expid: str, storage: Storage) -> Location:
        if storage == "table":
            return self._of(expid, "jobs")
        return ServerTables(self.server, _PUBLIC, ("job_pkl",), expid)

    def structure(self, expid: str, storage: Storage) -> Location:
        return self._of(expid, "experiment_structure")

    def wrappers(self, expid: str, storage: Storage) -> Location:
        return self._of(expid, *_WRAPPERS)

    def job_data(self, expid: str) -> Location:
        return self._of(expid, "job_data", "experiment_run")

    def user_metrics(self, expid: str) -> Location:
        return self._of(expid, "user_metrics")

    def graph_data(self, expid: str) -> Location:
        return self._of(expid, "experiment_graph_draw")

    def fleet(self) -> Location:
        return ServerTables(self.server, _PUBLIC, _FLEET)

    def _of(self, expid: str, *tables: str) -> ServerTables:
        return ServerTables(self.server, expid, tables)
