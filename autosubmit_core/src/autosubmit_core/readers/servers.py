"""PostgreSQL servers, on which Autosubmit 4.1.16 and later may keep what else is in files.

A :class:`Server` is no more than its URL, so that it may be compared, kept and sent to another
process; the connections belong to the process and are few. No text of this module has the password.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from autosubmit_core.errors import InstallationError, SourceUnreadableError

__all__ = ["Server", "Sitting", "server_of", "sitting", "sitting_on"]

#: How many connections a process keeps, how many more it opens when all of them are in use, and how
#: long one is waited for then, in seconds.
KEPT_CONNECTIONS, MORE_CONNECTIONS = 4, 4
POOL_SECONDS = 10.0

#: How long a server may take to let somebody in, to answer a statement, and to get a lock, and for how
#: long it may be silent on the network, in seconds. The last row of a million comes in a few seconds.
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
LOCK_SECONDS = 2
SILENCE_SECONDS = 30

#: How long a server that let nobody in is not tried again, in seconds: an answer that has six sources
#: on it must not wait for it six times.
FAILURE_SECONDS = 3.0

#: The setting that everything about the connection is said in, as users know it.
_SETTING = "DATABASE_CONN_URL ([database] connection_url)"
#: The part of it that names a file with the password, which may be another one tomorrow. PostgreSQL's
#: own `passfile` must be its reader's alone, which the secrets of a cluster are not.
_PASSWORD_FILE = "password_file"

#: What is wrong by the code that a server gives (SQLSTATE, PostgreSQL's appendix A).
_REASONS = {
    "22021": "holds text that is not UTF-8",
    "25006": f"the server of {_SETTING} accepts no changes",
    "40001": "changed while it was read",
    "42501": f"the user of {_SETTING} may not use it",
    "42P01": "changed while it was read",
    "53300": f"the server of {_SETTING} has too many connections",
    "55P03": "locked by a writer",
    "57014": f"the server of {_SETTING} took longer than {STATEMENT_SECONDS} seconds",
}
#: What it says when it lets nobody in: then there is no code, and a part of the text has to do.
_REFUSALS = {
    "password": f"the server of {_SETTING} refuses its user or password",
    "role": f"the server of {_SETTING} refuses its user or password",
    "does not exist": f"the server of {_SETTING} has no such database",
    "too many": _REASONS["53300"],
    "FATAL": f"the server of {_SETTING} refuses the connection",
}

_LIMITS = sa.text(
    f"SELECT set_config('statement_timeout', '{STATEMENT_SECONDS}s', true),"
    f" set_config('lock_timeout', '{LOCK_SECONDS}s', true)"
)


@dataclass(frozen=True, slots=True)
class Server:
    """One database of a PostgreSQL server; :func:`server_of` makes one of a URL."""

    #: Where it is and who we are there, with the password.
    url: str = field(repr=False)
    #: The same for people: host, port and name of the database.
    name: str

    def __str__(self) -> str:
        return self.name

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Give a connection on which nothing can be changed and all that is read is of one moment.

        Raises :class:`SourceUnreadableError`, also for what is done within, if the server cannot be
        reached, lets nobody in, takes too long, or has a table locked. In a :func:`sitting` it is the
        connection of that, as long as nothing has failed on it.
        """
        open_one = sitting_on(self)
        if open_one is None:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            with self._connected(**options) as made:
                yield made
            return
        try:
            with _errors_named(self):
                yield open_one.connection
        except SourceUnreadableError:
            _OPEN.sitting = None  # after an error a server answers nothing more in a transaction
            raise

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Give a connection for one transaction, all of which is done or nothing.

        Raises as :meth:`reading`.
        """
        with self._connected() as made:
            yield made
            made.commit()

    @contextmanager
    def _connected(self, **options: Any) -> Iterator[sa.Connection]:
        pool = _pool(self.url, os.getpid())
        with _errors_named(self), pool.connection() as made:
            connection = made.execution_options(**options)
            connection.execute(_LIMITS)
            yield connection


@dataclass(frozen=True, slots=True)
class Sitting:
    """A connection on which one thread reads many things, all as they are at one moment."""

    server: Server
    connection: sa.Connection
    #: What readers have seen in it, to be looked at no second time: digests of what is in tables by what
    #: these are, and the columns of tables by schema and name.
    digests: dict[Any, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], Any] = field(default_factory=dict)


#: The sitting of each thread.
_OPEN = threading.local()


@contextmanager
def sitting(server: Server) -> Iterator[None]:
    """Let all that this thread reads of a server within be read on one connection, of one moment.

    It holds a lock on each table until it ends, of which a server has some thousands for all: so it is
    for some hundred tables at a time. Raises as :meth:`Server.reading`.
    """
    with server.reading() as connection:
        _OPEN.sitting = Sitting(server, connection)
        try:
            yield
        finally:
            _OPEN.sitting = None


def sitting_on(server: Server) -> Sitting | None:
    """Return the sitting that this thread has on a server, None if it has none."""
    found: Sitting | None = getattr(_OPEN, "sitting", None)
    return found if found and found.server == server else None


@contextmanager
def _errors_named(server: Server) -> Iterator[None]:
    """Let what is wrong with a server be said, in words for a user."""
    try:
        yield
    except _NoConnectionError as error:
        raise SourceUnreadableError(server.name, str(error)) from error
    except exc.TimeoutError as error:
        reason = "all connections of this process to the server are in use"
        raise SourceUnreadableError(server.name, reason) from error
    except exc.DBAPIError as error:
        raise SourceUnreadableError(server.name, _reason(error)) from error
    except UnicodeDecodeError as error:
        raise SourceUnreadableError(server.name, _REASONS["22021"]) from error


class _NoConnectionError(Exception):
    """The server was not reached, or lets nobody in; its text says why."""


class _Pool:
    """The connections of one process to one server."""

    def __init__(self, url: sa.URL) -> None:
        wanted = {
            "application_name": "autosubmit_core",
            "client_encoding": "utf8",
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": SILENCE_SECONDS * 1000,
        }
        password_file = url.query.get(_PASSWORD_FILE)
        self._engine = sa.create_engine(
            url.difference_update_query([_PASSWORD_FILE]),
            connect_args={
                # Poolers in front of a server give each transaction another connection to it.
                "prepare_threshold": None,
                **{name: value for name, value in wanted.items() if name not in url.query},
            },
            pool_size=KEPT_CONNECTIONS,
            max_overflow=MORE_CONNECTIONS,
            pool_timeout=POOL_SECONDS,
            pool_use_lifo=True,
            # A server that was restarted has forgotten the connections that are kept.
            pool_pre_ping=True,
            hide_parameters=True,
        )
        if password_file:
            sa.event.listen(self._engine, "do_connect", _password_in(Path(str(password_file))))
        self._failure = ("", 0.0)

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        reason, until = self._failure
        if time.monotonic() < until:
            raise _NoConnectionError(reason)
        try:
            connection = self._engine.connect()
        except exc.DBAPIError as error:
            reason = _reason(error)
            self._failure = (reason, time.monotonic() + FAILURE_SECONDS)
            raise _NoConnectionError(reason) from error
        with connection:
            yield connection


def _password_in(path: Path) -> Callable[[Any, Any, Any, dict[str, Any]], None]:
    """Return what gives every new connection the password that a file has then."""

    def give(dialect: Any, record: Any, arguments: Any, named: dict[str, Any]) -> None:
        try:
            named["password"] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _NoConnectionError(f"{_PASSWORD_FILE} of {_SETTING} cannot be read") from error

    return give


@cache
def _pool(url: str, process: int) -> _Pool:
    """Return the connections of a process, which a process that forks off must not use."""
    return _Pool(_parsed(url))


def server_of(url: str) -> Server:
    """Return the server of a URL in the form that SQLAlchemy, and so Autosubmit, reads.

    Nothing is connected to yet. Raises :class:`InstallationError` if there is no URL, if it is none of
    a PostgreSQL server, or if what talks to one is not installed.
    """
    if not url:
        raise InstallationError(
            f"The backend of the installation is 'postgres', but {_SETTING} is empty."
        )
    if find_spec("psycopg") is None:
        raise InstallationError(
            "The installation keeps its data on a PostgreSQL server; to read it,"
            " pip install 'autosubmit_core[postgres]'."
        )
    parsed = _parsed(url)
    place = f"{parsed.host or 'localhost'}:{parsed.port or 5432}/{parsed.database or ''}"
    return Server(url, f"postgresql:/{place}")


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        # Not what is wrong with it: the text may hold the password.
        raise InstallationError(
            f"{_SETTING} is no URL of a PostgreSQL server, such as"
            " postgresql://user:password@host:5432/database (with %% for each %)."
        ) from None
    return parsed.set(drivername="postgresql+psycopg")


def _reason(error: exc.DBAPIError) -> str:
    """Return what is wrong, in words for a user: no text of a server, which may name anything."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return _REASONS.get(code, f"the server of {_SETTING} reports an error ({code})")
    said = str(error.orig)
    if "FATAL" in said:
        return next(reason for part, reason in _REFUSALS.items() if part in said)
    return f"the server of {_SETTING} cannot be reached"
