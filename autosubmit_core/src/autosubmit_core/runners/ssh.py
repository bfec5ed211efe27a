"""Commands on another machine, over SSH: a connection for each question, to hosts that are known."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from autosubmit_core.errors import CommandError, UnconfirmedError
from autosubmit_core.runners import remote_scripts
from autosubmit_core.runners.machine import Order, Seen
from autosubmit_core.runners.profiles import Login

if TYPE_CHECKING:
    import asyncssh

__all__ = ["SshMachine"]

#: How long a connection may take, and a question besides what it waits for, in seconds.
_CONNECT_SECONDS = 30
_ASK_SECONDS = 30
#: How long one question waits for the end of a command, in seconds.
_WAIT_SECONDS = 20.0
#: The most that is read of an answer, with what the account prints at every login before it.
_MOST_BYTES = 2**20 + 2**18
_PIECE = 65_536


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
        script = remote_scripts.start(
            *(order.command_id, words, order.seconds, order.output_bytes), order.keep_days
        )
        answer = self._ask(script)
        if answer == remote_scripts.REFUSED:
            raise CommandError(f"Autosubmit cannot be started on {self._login.host}.")
        process = _words(answer)
        if len(process) != 6:
            raise UnconfirmedError(f"Autosubmit was not seen to start on {self._login.host}.")
        return _number(process[2])

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
        elsewhere = _words(self._ask(remote_scripts.interrupt(command_id, group)))
        if elsewhere:
            raise CommandError(f"It runs on another machine, {elsewhere[0]}.")

    def _ask(self, script: str, waits: float = 0) -> bytes:
        """Return the answer of a script.

        Raises :class:`UnconfirmedError` once it may have begun, :class:`CommandError` before.
        """
        try:
            import asyncssh
        except ImportError:
            raise CommandError(
                "SSH is not installed: pip install 'autosubmit_core[ssh]'."
            ) from None
        key, known = _checked(self._key), self._known_hosts
        if known is None or not known.is_file():
            raise CommandError("No file of known hosts is configured (KNOWN_HOSTS).")

        async def told(connection: asyncssh.SSHClientConnection) -> bytes:
            process = await connection.create_process(
                "/bin/sh", encoding=None, stderr=asyncssh.DEVNULL
            )
            process.stdin.write(script.encode())
            process.stdin.write_eof()
            heard = bytearray()
            while piece := await process.stdout.read(_PIECE):
                heard += piece
                if len(heard) > _MOST_BYTES:
                    raise UnconfirmedError(f"{self._login.host} says too much.")
            return bytes(heard)

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
                try:
                    heard = await asyncio.wait_for(told(connection), _ASK_SECONDS + waits)
                except (asyncssh.Error, OSError, TimeoutError, asyncio.TimeoutError) as error:
                    raise UnconfirmedError(
                        f"{self._login.host} has not answered over SSH."
                    ) from error
                return _answer(heard)

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


def _answer(heard: bytes) -> bytes:
    """Return what a script answered, without what the account prints at every login."""
    _, mark, answer = heard.partition(remote_scripts.ANSWER)
    if not mark:
        raise UnconfirmedError("The other machine gives no answer that makes sense.")
    return answer


def _words(answer: bytes) -> list[str]:
    try:
        return answer.decode().split()
    except UnicodeDecodeError:
        raise UnconfirmedError("The other machine gives no answer that makes sense.") from None


def _number(word: str) -> int:
    if not word.isascii() or not word.isdecimal():
        raise UnconfirmedError("The other machine gives no answer that makes sense.")
    return int(word)


def _seen(answer: bytes) -> Seen:
    told = _words(answer)
    if not told:
        return Seen()
    if len(told) != 4:
        raise CommandError("The other machine gives no answer that makes sense.")
    host, number, alive, ended = told
    pid = _number(number)
    over = None if ended == "-" else "timeout" if ended == "124" else ended
    if alive == "elsewhere" and over is None:
        return Seen(pid, True, elsewhere=host)
    return Seen(pid, alive == "1", over)
