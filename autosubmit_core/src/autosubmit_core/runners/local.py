"""Commands on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from autosubmit_core.errors import CommandError, UnconfirmedError
from autosubmit_core.runners import supervisor
from autosubmit_core.runners.machine import Order, Seen

__all__ = ["LocalMachine"]

#: What every command finds in its environment, of that of the server (RS-12).
_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ")

#: How long the start of a command may take, in seconds.
_START_SECONDS = 30
#: For how long one is believed to live on another machine that shares this folder and shows nothing
#: more, in seconds: what such machines know of each other's files, and their clocks, lag behind.
_SILENT_SECONDS = 10 * supervisor.BEAT
_STEP = 0.1


class LocalMachine:
    """This machine; each command has a folder of its own below one that is the server's alone."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def start(self, order: Order) -> int:
        folder = self._made(order.command_id)
        environment = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
        for name, value in order.environment.items():
            told = os.environ.get(name) if value is None else value
            environment |= {} if told is None else {name: told}
        self._check(order.arguments[0], environment)
        command = {
            "arguments": list(order.arguments),
            "environment": environment,
            "seconds": order.seconds,
            "output_bytes": order.output_bytes,
        }
        supervisor.write(folder, "command.json", json.dumps(command))
        try:
            asked = subprocess.run(
                [sys.executable, "-I", supervisor.__file__, str(folder)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_START_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnconfirmedError("Autosubmit was not seen to start in time.") from None
        finally:
            # It holds values of the environment.
            (folder / "command.json").unlink()
        if not asked.stdout:
            raise UnconfirmedError("Autosubmit was not seen to start.")
        if asked.stdout != "started":
            raise CommandError(f"Autosubmit cannot be started: {asked.stdout}.")
        self._clear(order.keep_days)
        return self.look(order.command_id).pid or 0

    def look(self, command_id: str, seconds: float = 0) -> Seen:
        end = time.monotonic() + seconds
        seen = self._seen(command_id)
        while seen.alive and time.monotonic() < end:
            time.sleep(_STEP)
            seen = self._seen(command_id)
        return seen

    def output(self, command_id: str, after: int, most: int) -> bytes:
        self._check_base()
        try:
            with (self._base / command_id / "output").open("rb") as file:
                file.seek(after)
                return file.read(most)
        except FileNotFoundError:
            return b""

    def interrupt(self, command_id: str, group: bool) -> None:
        told = self._process(command_id)
        # The number of a process of another machine may be that of any process here.
        if told and told[0] != os.uname().nodename:
            raise CommandError(f"It runs on another machine, {told[0]}.")
        if not told or told[1] != _boot() or not _is_there(*told[2:4]):
            return
        try:
            (os.killpg if group else os.kill)(int(told[2]), signal.SIGINT)
        except ProcessLookupError:
            return
        except PermissionError:
            raise CommandError("The process of this run is not this server's to end.") from None

    def _made(self, command_id: str) -> Path:
        folder = self._base / command_id
        try:
            with suppress(FileExistsError):
                self._base.mkdir(mode=0o700)
            self._check_base()
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise CommandError(
                f"The folder of commands cannot be written: {error.strerror}."
            ) from None
        return folder

    def _clear(self, days: int) -> None:
        """Remove the folders of commands of which nothing was shown for so many days.

        What is in the way stays for another time.
        """
        before = time.time() - days * 86_400
        with suppress(OSError):
            for folder in self._base.iterdir():
                if _last_shown(folder) < before:
                    shutil.rmtree(folder, ignore_errors=True)

    def _check_base(self) -> None:
        """Raise :class:`CommandError` if others could have written what is found below the folder."""
        try:
            found = os.lstat(self._base)
        except FileNotFoundError:
            return
        others = found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or others:
            raise CommandError(
                f"The folder of commands, {self._base.name}, is not this server's alone (chmod 700)."
            )

    def _check(self, program: str, environment: dict[str, str]) -> None:
        if shutil.which(program, path=environment.get("PATH", os.defpath)) is None:
            raise CommandError(f"There is no {Path(program).name} on this machine.")

    def _process(self, command_id: str) -> list[str] | None:
        """Return what is written of a process and its supervisor; None if there never was one."""
        self._check_base()
        told = self._read(command_id, "process")
        if told is None:
            return None
        words = told.split()
        if len(words) != 6 or not all(re.fullmatch("[0-9]+", word) for word in words[2:]):
            raise CommandError("What is written of the process of a command makes no sense.")
        return words

    def _read(self, command_id: str, name: str) -> str | None:
        try:
            return (self._base / command_id / name).read_text()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise CommandError("What is written of a command cannot be read.") from None

    def _seen(self, command_id: str) -> Seen:
        told = self._process(command_id)
        if told is None:
            return Seen()
        host, boot, pid = told[0], told[1], int(told[2])
        # In this order: what is over by then has written how it ended before it was gone.
        alive = boot == _boot() and (_is_there(*told[2:4]) or _is_there(*told[4:6]))
        ended = self._read(command_id, "exit")
        if ended is not None:
            return Seen(pid, alive, ended)
        if host != os.uname().nodename:
            # A container that took the place of another has another name; what ran in that is gone.
            shown = (self._base / command_id / "process").stat().st_mtime
            return Seen(pid, time.time() < shown + _SILENT_SECONDS, elsewhere=host)
        return Seen(pid, alive)


def _last_shown(folder: Path) -> float:
    """Return when a command ended, else when it last showed that it lives, in seconds since 1970."""
    for name in ("exit", "process"):
        with suppress(FileNotFoundError):
            return (folder / name).stat().st_mtime
    return folder.stat().st_mtime


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _is_there(pid: str, started: str) -> bool:
    """Tell whether a process lives that has a number and started at a moment; a zombie does not."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return facts[19] == started and facts[0] not in "ZX"
