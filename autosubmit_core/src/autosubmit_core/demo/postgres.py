"""A PostgreSQL server of one's own, to keep installations on for a while: on the loopback, with a password.

It stands here because the tests of both packages use it.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

__all__ = ["PostgresServer", "postgres_programs", "running_postgres", "unused_port"]

#: How long a server may take to start, in seconds.
START_SECONDS = 30.0

#: Below what systems hand out, so that nobody is given one between its choice and its use.
_PORTS = iter(range(20_000 + os.getpid() % 1_000 * 10, 32_768))


class PostgresServer:
    """A server and its first user, made in an empty folder; it can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._port, password = unused_port(), secrets.token_hex(16)
        self._root = sa.make_url(
            f"postgresql://postgres:{password}@127.0.0.1:{self._port}/postgres"
        )
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None
        #: The server refuses to run as root.
        self._as_whom: dict[str, Any] = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as_whom = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        (folder / "password").write_text(password)
        subprocess.run(
            [
                *(programs / "initdb", "-D", folder / "data", "-U", "postgres"),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
                f"--pwfile={folder / 'password'}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **self._as_whom,
        )

    def start(self) -> None:
        """Start it, and wait until it answers; raises :class:`OSError` if it does not."""
        options = (
            *(f"port={self._port}", "listen_addresses=127.0.0.1", "unix_socket_directories="),
            # Every database that was made keeps the connections that were used.
            *("fsync=off", "max_connections=500"),
        )
        program = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        with (self._folder / "log").open("ab") as log:
            self._process = started = subprocess.Popen(
                [*program, *(f"--{option}" for option in options)],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as_whom,
            )
        _wait_for(started, self._port)

    def stop(self) -> None:
        """Stop it at once, without waiting for its clients."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        self._made += 1
        name = f"autosubmit_{self._made}"
        engine = sa.create_engine(
            self._root.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._root.set(database=name).render_as_string(hide_password=False)


def unused_port() -> int:
    """Return a port of the loopback on which nobody listens, another one at each call.

    Raises :class:`OSError` if there is none left.
    """
    for port in _PORTS:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("no port of the loopback is left below those that the system hands out")


def postgres_programs() -> Path | None:
    """Return the folder of ``initdb`` and ``postgres``, the newest that the system has; None if none."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(installed, key=lambda folder: -int(folder.parent.name))
    if found := shutil.which("initdb"):
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """Let a server run for as long as the block lasts; nothing of it is left.

    Raises :class:`OSError` if it does not start.
    """
    # Not below folders that nobody else may enter: it does not run as root.
    with TemporaryDirectory(prefix="autosubmit-postgres-") as folder:
        server = PostgresServer(programs, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise ChildProcessError("PostgreSQL ended before it began")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"PostgreSQL did not start within {START_SECONDS:.0f} seconds")
