"""Commands on another machine, over SSH: a connection for each question, to hosts that are known."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import cast

from autosubmit_core.errors import CommandError
from autosubmit_core.runners import remote_scripts
from autosubmit_core.runners.machine import Order, Seen
from autosubmit_core.runners.profiles import Login

__all__ = ["SshMachine"]

#: How long a connection may take, and a question besides what it waits for, in seconds.
_CONNECT_SECONDS = 30
_ASK_SECONDS = 30
#: How long one question waits for the end of a command, in seconds.
_WAIT_SECONDS = 20.0


class SshMachine:
    """The machine of an account.

    Its key must be in the file of known hosts (RS-7). It is shown one key, that of the file: no agent
    is asked and no folder searched.
    """

    def __init__(self, login: Login, key: Path | None, known_hosts: Path | None) -> None:
        self._login = login
        self._key = key
        self._known_hosts = known_hosts

    def start(self, order: Order) -> int:
        # What the server itself has in a variable is not the other machine's.
        told = [f"{name}={value}" for name, value in order.environment.items() if value is not None]
        words = ["env", *told, *order.arguments] if told else order.arguments
        script = remote_scripts.start(order.command_id, words, order.seconds, order.output_bytes)
        process = self._ask(script).decode().split()
        if len(process) != 6:
            raise CommandError(f"Autosubmit cannot be started on {self._login.host}.")
        return int(process[2])

    def look(self, command_id: str, seconds: float = 0) -> Seen:
        while True:
            waited = min(seconds, _WAIT_SECONDS)
            seen = _seen(self._ask(remote_scripts.look(command_id, waited), waited))
            seconds -= waited
            if not seen.alive or seen.elsewhere or seconds <= 0:
                return seen

    def output(self, command_id: str, after: int, most: int) -> bytes:
        return self._ask(remote_scripts.output(command_id, after, most))

    def interrupt(self, command_id: str, group: bool) -> None:
        elsewhere = self._ask(remote_scripts.interrupt(command_id, group)).decode().strip()
        if elsewhere:
            raise CommandError(f"It runs on another machine, {elsewhere}.")

    def _ask(self, script: str, waits: float = 0) -> bytes:
        try:
            import asyncssh
        except ImportError:
            raise CommandError(
                "SSH is not installed: pip install 'autosubmit_core[ssh]'."
            ) from None
        key, known = _checked(self._key), self._known_hosts
        if known is None or not known.is_file():
            raise CommandError("No file of known hosts is configured (KNOWN_HOSTS).")

        async def ask() -> bytes:
            async with asyncssh.connect(
                self._login.host,
                self._login.port,
                username=self._login.username,
                known_hosts=str(known),
                client_keys=[str(key)],
                agent_path=None,
                config=None,
                preferred_auth="publickey",
                connect_timeout=_CONNECT_SECONDS,
            ) as connection:
                done = await connection.run(
                    "/bin/sh", input=script.encode(), encoding=None, timeout=_ASK_SECONDS + waits
                )
                return cast(bytes, done.stdout)

        try:
            return asyncio.run(ask())
        except asyncssh.HostKeyNotVerifiable:
            raise CommandError(
                f"The host key of {self._login.host} is not the known one."
            ) from None
        except asyncssh.PermissionDenied:
            raise CommandError(
                f"{self._login.username} on {self._login.host} does not let this server in."
            ) from None
        except (asyncssh.Error, OSError, TimeoutError, asyncio.TimeoutError) as error:
            raise CommandError(f"{self._login.host} cannot be reached over SSH.") from error


def _checked(key: Path | None) -> Path:
    """Return the private key; others must not be able to read it."""
    if key is None or not key.is_file():
        raise CommandError("No key for SSH is configured (SSH_KEY).")
    if key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CommandError("The key for SSH can be read by others than its owner (chmod 600).")
    return key


def _seen(answer: bytes) -> Seen:
    told = answer.decode().split()
    if len(told) != 4:
        return Seen()
    host, pid, alive, ended = told
    over = None if ended == "-" else "timeout" if ended == "124" else ended
    if alive == "elsewhere" and over is None:
        return Seen(int(pid), True, elsewhere=host)
    return Seen(int(pid), alive == "1", over)
