"""What this machine says of a command whose start was not seen, and of a folder that is spoilt."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from autosubmit_core.errors import CommandError, UnconfirmedError
from autosubmit_core.runners import local, supervisor
from autosubmit_core.runners.local import LocalMachine
from autosubmit_core.runners.machine import Order, Seen

NAME = "ab" * 16


def order(*arguments: str) -> Order:
    return Order(command_id=NAME, arguments=arguments, environment={}, seconds=5, keep_days=90)


def test_a_start_that_takes_too_long_may_have_been_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_START_SECONDS", 0.001)
    with pytest.raises(UnconfirmedError):
        LocalMachine(tmp_path / "runs").start(order(sys.executable, "-c", "pass"))
    # It held values of the environment.
    assert not (tmp_path / "runs" / NAME / "command.json").exists()


def test_what_is_kept_of_commands_is_kept_for_so_many_days(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    old, new, begins, lost = (base / (digit * 32) for digit in "1234")
    for folder in (old, new, begins, lost):
        folder.mkdir(parents=True)
        (folder / "output").touch()
    base.chmod(0o700)
    for shown, days in ((old / "exit", 91), (new / "exit", 89), (lost / "process", 91)):
        shown.touch()
        os.utime(shown, (0, time.time() - days * 86_400))
    LocalMachine(base).start(order(sys.executable, "-c", "pass"))
    assert sorted(folder.name[0] for folder in base.iterdir()) == ["2", "3", "a"]


def test_what_cannot_be_executed_was_not_started(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/nowhere/python\n")
    program.chmod(0o755)
    with pytest.raises(CommandError, match="cannot be started") as raised:
        LocalMachine(tmp_path / "runs").start(order(str(program)))
    assert not isinstance(raised.value, UnconfirmedError)


def test_what_cannot_be_written_down_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*written: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    begun: list[subprocess.Popen[bytes]] = []
    stop = supervisor.stop

    def noted(child: subprocess.Popen[bytes], why: str) -> str:
        begun.append(child)
        return stop(child, why)

    monkeypatch.setattr(supervisor, "write", full)
    monkeypatch.setattr(supervisor, "stop", noted)
    with pytest.raises(OSError, match="No space left"):
        supervisor.begin(tmp_path, {"arguments": ["sleep", "60"], "environment": {}})
    assert begun[0].returncode == -signal.SIGTERM
    assert begun[0].stdout is not None
    begun[0].stdout.close()


@pytest.mark.parametrize("told", [b"host boot x 1 2 3", b"", b"host boot 1 1", b"\xff\xfe"])
def test_a_spoilt_folder_says_nothing_about_a_command(tmp_path: Path, told: bytes) -> None:
    folder = tmp_path / "runs" / NAME
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    (folder / "process").write_bytes(told)
    with pytest.raises(CommandError):
        LocalMachine(folder.parent).look(NAME)


def test_a_run_of_another_machine_lives_for_as_long_as_it_shows_it(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / NAME
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    process = folder / "process"
    process.write_text("elsewhere another-boot 1 2 3 4")
    assert LocalMachine(folder.parent).look(NAME) == Seen(1, True, elsewhere="elsewhere")
    os.utime(process, (time.time() - 3_600,) * 2)
    assert not LocalMachine(folder.parent).look(NAME).alive


def test_a_command_shows_that_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BEAT", 0.05)
    told = {"arguments": ["sleep", "1"], "environment": {}, "output_bytes": 10, "seconds": 20}
    child = supervisor.begin(tmp_path, told)
    os.utime(tmp_path / "process", (0, 0))
    assert supervisor.watch(tmp_path, told, child) == "0"
    assert (tmp_path / "process").stat().st_mtime > 0
    assert child.stdout is not None
    child.stdout.close()


def test_nothing_is_signalled_for_a_run_of_another_machine(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / NAME
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    with subprocess.Popen(["sleep", "30"]) as other:
        me = supervisor.identity(other.pid)
        for known in (f"elsewhere {boot}", f"{os.uname().nodename} another-boot"):
            (folder / "process").write_text(f"{known} {me} {me}")
            with suppress(CommandError):
                LocalMachine(folder.parent).interrupt(NAME, group=False)
        time.sleep(0.1)
        assert other.poll() is None
        other.terminate()
    (folder / "process").write_text(f"elsewhere {boot} {me} {me}")
    with pytest.raises(CommandError, match="It runs on another machine, elsewhere"):
        LocalMachine(folder.parent).interrupt(NAME, group=False)
