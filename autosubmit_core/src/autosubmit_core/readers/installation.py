"""Where an Autosubmit installation keeps its things: the run-control file ``autosubmitrc``.

:func:`read_installation` finds and reads it; the :class:`Installation` it returns knows the path
of every file and database that the other readers open.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autosubmit_core.errors import ExperimentNotFoundError, InstallationError
from autosubmit_core.names import is_expid
from autosubmit_core.readers.run_control import RunControl, hosts_of, run_control_files
from autosubmit_core.readers.versions import is_missing

__all__ = ["Installation", "folders_of", "read_installation"]

#: Names that no run-control file can change.
_STATUS_DATABASE = "as_times.db"
_TMP = "tmp"
_ASLOGS = "ASLOGS"
_PROJ = "proj"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The settings of one Autosubmit installation, and the paths that follow from them.

    Fields have Autosubmit's own names. Methods that take an expid raise
    :class:`ExperimentNotFoundError` for a text that cannot be one, so no path leaves its folder.
    """

    #: The run-control files that were read, the later ones override; none if all is default.
    files: tuple[Path, ...]
    #: Folder and file name of the main database.
    db_dir: Path
    db_file: str = "autosubmit.db"
    #: ``sqlite`` or ``postgres``, and with the latter the URL of the server, which holds a password.
    database_backend: str = "sqlite"
    database_conn_url: str = field(default="", repr=False)
    #: Folder of the experiments, one folder each.
    local_root_dir: Path
    #: Folders of the structure and of the historical databases, one file per experiment each.
    structures_dir: Path
    jobdata_dir: Path
    #: Folder of the text files in which Autosubmit notes problems of its historical databases.
    historical_log_dir: Path
    #: Folder of the logs of commands that belong to no experiment.
    global_log_dir: Path
    #: Folder of plots that users may not write beside the experiment.
    default_output_dir: Path
    #: Folder in which a server keeps graph layouts.
    graphdata_dir: Path
    #: A database of file systems' states that servers no longer keep.
    file_status_dir: Path
    file_status_db: str = "status.db"
    #: Clients that may log in through CAS.
    allowed_clients: frozenset[str] = frozenset()
    #: Templates for new experiments; empty if the installation has none.
    default_platforms_conf: str = ""
    custom_platforms_path: str = ""
    default_jobs_conf: str = ""
    #: How Autosubmit sends mail; empty if it does not.
    smtp_server: str = ""
    mail_from: str = ""
    #: Which commands may run on which hosts: hosts by command; a text where it does not parse.
    allowed_hosts: Mapping[str, Sequence[str]] | str = ""
    denied_hosts: Mapping[str, Sequence[str]] | str = ""
    #: Where users of this installation find its API.
    autosubmit_api_url: str = "http://192.168.11.91:8081"
    #: Seconds that Autosubmit waits for logs at the end of a run.
    log_recovery_timeout: int = 60
    #: Folders outside the experiments whose files their configurations may include. No option of
    #: Autosubmit's, which lets an experiment show any file that the reader may read.
    shared_folders: tuple[Path, ...] = ()

    def check(self) -> None:
        """Raise :class:`InstallationError` if there is no installation that can be read here."""
        if self.database_backend == "postgres":
            return  # whether there is one is told by the server alone
        if self.database_backend != "sqlite":
            raise InstallationError(
                f"The installation keeps its data in {self.database_backend!r}: DATABASE_BACKEND"
                " ([database] backend) is neither 'sqlite' nor 'postgres'."
            )
        if is_missing(self.main_database()):
            read = " and ".join(map(str, self.files)) or "no run-control file"
            raise InstallationError(
                f"No Autosubmit installation found: {self.main_database()} does not exist"
                f" ({read} was read). Name the run-control file of your installation in the"
                " environment variable AUTOSUBMIT_CONFIGURATION."
            )

    def settings(self) -> dict[str, Any]:
        """Return the settings under Autosubmit's names, as a loaded configuration holds them.

        The URL of the database server is left blank: it holds a password, and this is published.
        """
        return {
            "ALLOWED_HOSTS": self.allowed_hosts,
            "AS_TIMES_DB": _STATUS_DATABASE,
            "AUTOSUBMIT_API_URL": self.autosubmit_api_url,
            "CONFIG_FILE_FOUND": bool(self.files),
            "CUSTOM_PLATFORMS_PATH": self.custom_platforms_path,
            "DATABASE_BACKEND": self.database_backend,
            "DATABASE_CONN_URL": "",
            "DB_DIR": str(self.db_dir),
            "DB_FILE": self.db_file,
            "DB_PATH": str(self.main_database()),
            "DEFAULT_JOBS_CONF": self.default_jobs_conf,
            "DEFAULT_OUTPUT_DIR": str(self.default_output_dir),
            "DEFAULT_PLATFORMS_CONF": self.default_platforms_conf,
            "DENIED_HOSTS": self.denied_hosts,
            "GLOBAL_LOG_DIR": str(self.global_log_dir),
            "HISTORICAL_LOG_DIR": str(self.historical_log_dir),
            "JOBDATA_DIR": str(self.jobdata_dir),
            "LOCAL_ASLOG_DIR": _ASLOGS,
            "LOCAL_PROJ_DIR": _PROJ,
            "LOCAL_ROOT_DIR": str(self.local_root_dir),
            "LOCAL_TMP_DIR": _TMP,
            "LOG_RECOVERY_TIMEOUT": self.log_recovery_timeout,
            "MAIL_FROM": self.mail_from,
            "SMTP_SERVER": self.smtp_server,
            "STRUCTURES_DIR": str(self.structures_dir),
        }

    def main_database(self) -> Path:
        """The database of the experiments and their details."""
        return self.db_dir / self.db_file

    def status_database(self) -> Path:
        """The database of which experiments are running."""
        return self.db_dir / _STATUS_DATABASE

    def preferences_database(self) -> Path:
        """The database of a server's own: about its users, its background work, and all experiments."""
        return self.db_dir / "autosubmit_api.db"

    def events_database(self) -> Path:
        """The journal of a server's own of what it told about experiments."""
        # Where all else is on a PostgreSQL server, the folder of databases need not be there.
        folder = self.local_root_dir if self.database_backend == "postgres" else self.db_dir
        return folder / "autosubmit_api_events.db"

    def runner_database(self) -> Path:
        """The database of the Autosubmit commands that a server has started."""
        return self.local_root_dir / "api_runners.db"

    def experiment_folder(self, expid: str) -> Path:
        """The folder of one experiment."""
        return self.local_root_dir / _part(expid)

    def conf(self, expid: str) -> Path:
        """The folder of its configuration files."""
        return self.experiment_folder(expid) / "conf"

    def tmp(self, expid: str) -> Path:
        """The folder of scripts, logs and times of its jobs."""
        return self.experiment_folder(expid) / _TMP

    def aslogs(self, expid: str) -> Path:
        """The folder of logs of Autosubmit commands; before Autosubmit 3.13 they are in ``tmp``."""
        return self.tmp(expid) / _ASLOGS

    def job_logs(self, expid: str) -> Path:
        """The folder of the jobs' own output."""
        return self.tmp(expid) / f"LOG_{expid}"

    def proj(self, expid: str) -> Path:
        """The folder that its model or workflow is checked out in."""
        return self.experiment_folder(expid) / _PROJ

    def job_list_pickle(self, expid: str) -> Path:
        """The job list up to Autosubmit 4.1."""
        return self.experiment_folder(expid) / "pkl" / f"job_list_{expid}.pkl"

    def job_list_database(self, expid: str) -> Path:
        """The job list, structure and wrappers since Autosubmit 4.2."""
        return self.experiment_folder(expid) / "db" / "job_list.db"

    def job_packages(self, expid: str) -> Path:
        """The database of wrappers up to Autosubmit 4.1."""
        return self.experiment_folder(expid) / "pkl" / f"job_packages_{expid}.db"

    def job_data(self, expid: str) -> Path:
        """The historical database."""
        return self.jobdata_dir / f"job_data_{_part(expid)}.db"

    def structure(self, expid: str) -> Path:
        """The database of dependencies up to Autosubmit 4.1."""
        return self.structures_dir / f"structure_{_part(expid)}.db"

    def graph_data(self, expid: str) -> Path:
        """The database of a server's own with the layout of the experiment's graph."""
        return self.graphdata_dir / f"graph_data_{_part(expid)}.db"

    def user_metrics(self, expid: str) -> Path:
        """The database of values that jobs reported themselves."""
        return self.tmp(expid) / f"metrics_{expid}.db"


def _part(expid: str) -> str:
    """Return an expid that may stand in a path."""
    if not is_expid(expid):
        raise ExperimentNotFoundError(expid)
    return expid


def read_installation(
    path: Path | None = None,
    *,
    shared_folders: Sequence[Path] | None = None,
    environ: Mapping[str, str] = os.environ,
    cwd: Path | None = None,
    home: Path | None = None,
    etc: Path = Path("/etc"),
) -> Installation:
    """Read the settings of an installation; everything a file does not say has its default.

    ``path`` is a run-control file, or a folder with one in it, or a folder with an
    ``autosubmit.db`` and everything else in the places that Autosubmit proposes. Without it the
    file is looked for as Autosubmit does (:func:`~autosubmit_core.readers.run_control.run_control_files`). Whether there is anything
    where the settings point is :meth:`Installation.check`'s to say.

    Without ``shared_folders``, ``environ`` may name them in ``AUTOSUBMIT_SHARED_FOLDERS``.

    Raises :class:`InstallationError` if ``path`` is none of these, or if a file does not parse.
    """
    if shared_folders is None:
        shared_folders = folders_of(environ.get("AUTOSUBMIT_SHARED_FOLDERS", ""))
    found = _located(path, environ, cwd, home, etc)
    return replace(found, shared_folders=tuple(shared_folders))


def folders_of(text: str) -> tuple[Path, ...]:
    """Return the folders that a text names, parted like those of PATH.

    >>> folders_of("/esm:/platforms") == (Path("/esm"), Path("/platforms"))
    True
    """
    return tuple(Path(folder) for folder in text.split(os.pathsep) if folder)


def _located(
    path: Path | None,
    environ: Mapping[str, str],
    cwd: Path | None,
    home: Path | None,
    etc: Path,
) -> Installation:
    # In a container the user may have neither a name nor a home; then "~" stays as it is.
    home = home or Path(os.path.expanduser("~"))
    if path is None:
        files = run_control_files(environ, cwd or _working_folder(), home, etc)
        return _installation(files, home, etc)
    if os.path.isfile(path):
        return _installation((path,), home, etc)
    for name in (".autosubmitrc", "autosubmitrc"):
        if os.path.isfile(path / name):
            return _installation((path / name,), home, etc)
    if os.path.isfile(path / "autosubmit.db"):
        return _installation_below(path)
    raise InstallationError(
        f"{path} is neither a run-control file (autosubmitrc) nor a folder that has one or an"
        " autosubmit.db in it. Name the folder or file that 'autosubmit configure' made, and see"
        " that you may read it."
    )


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it has been removed
        return Path()


def _installation_below(root: Path) -> Installation:
    """Return the installation of a folder in which everything has the place Autosubmit proposes."""
    metadata = root / "metadata"
    return Installation(
        files=(),
        db_dir=root,
        local_root_dir=root,
        structures_dir=metadata / "structures",
        jobdata_dir=metadata / "data",
        historical_log_dir=metadata / "logs",
        global_log_dir=root / "logs",
        default_output_dir=root / "as_output" / "stats",
        graphdata_dir=metadata / "graph",
        file_status_dir=metadata / "test",
    )


def _installation(files: tuple[Path, ...], home: Path, etc: Path) -> Installation:
    """Return the installation that run-control files describe."""
    said = RunControl(files)
    # The server's own option was never looked for in the oldest of the places.
    own = RunControl(tuple(file for file in files if file != etc / ".autosubmitrc"))
    root = said.path("local", "path", home / "debug" / "autosubmit")
    shared = Path("/esarchive/autosubmit")
    graph = (root if files else home / "autosubmit") / "metadata" / "graph"
    return Installation(
        files=files,
        db_dir=said.path("database", "path", home / "debug" / "autosubmit"),
        db_file=said.text("database", "filename", "autosubmit.db"),
        database_backend=said.text("database", "backend", "sqlite"),
        database_conn_url=said.text("database", "connection_url"),
        local_root_dir=root,
        structures_dir=said.path("structures", "path", shared / "as_metadata" / "structures"),
        jobdata_dir=said.path("historicdb", "path", shared / "as_metadata" / "data"),
        historical_log_dir=said.path("historiclog", "path", shared / "as_metadata" / "logs"),
        global_log_dir=said.path("globallogs", "path", shared / "Aslogs"),
        default_output_dir=said.path("defaultstats", "path", shared / "as_output" / "stats"),
        graphdata_dir=own.path("graph", "path", graph),
        file_status_dir=own.path("statusdb", "path", home / "autosubmit" / "metadata" / "test"),
        file_status_db=own.text("statusdb", "filename", "status.db"),
        allowed_clients=frozenset(own.text("clients", "authorized").split()),
        default_platforms_conf=said.text("conf", "platforms"),
        custom_platforms_path=said.text("conf", "custom_platforms"),
        default_jobs_conf=said.text("conf", "jobs"),
        smtp_server=said.text("mail", "smtp_server"),
        mail_from=said.text("mail", "mail_from"),
        allowed_hosts=hosts_of(said.literal("hosts", "authorized")),
        denied_hosts=hosts_of(said.literal("hosts", "forbidden")),
        autosubmit_api_url=said.text("autosubmitapi", "url", "http://192.168.11.91:8081"),
        log_recovery_timeout=_seconds(said.literal("config", "log_recovery_timeout")),
    )


def _seconds(written: str) -> int:
    """Return the time-out that is written; no reader uses it, so what is no number is no error."""
    known = written.isascii() and written.isdigit() and len(written) < 10
    return int(written) if known else 60
