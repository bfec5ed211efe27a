"""What this machine says of a command whose start was not seen, and of a folder that is spoilt."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autosubmit_core.errors import CommandError, UnconfirmedError
from autosubmit_core.runners import local
from autosubmit_core.runners.local import LocalMachine
from autosubmit_core.runners.machine import Order

NAME = "ab" * 16


def order(*arguments: str) -> Order:
    return Order(command_id=NAME, arguments=arguments, environment={}, seconds=5)


def test_a_start_that_takes_too_long_may_have_been_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "_START_SECONDS", 0.001)
    with pytest.raises(UnconfirmedError):
        LocalMachine(tmp_path / "runs").start(order(sys.executable, "-c", "pass"))
    # It held values of the environment.
    assert not (tmp_path / "runs" / NAME / "command.json").exists()


def test_what_cannot_be_executed_was_not_started(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/nowhere/python\n")
    program.chmod(0o755)
    with pytest.raises(CommandError, match="cannot be started") as raised:
        LocalMachine(tmp_path / "runs").start(order(str(program)))
    assert not isinstance(raised.value, UnconfirmedError)
