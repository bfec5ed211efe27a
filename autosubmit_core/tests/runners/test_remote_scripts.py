"""Words of a command reach another machine as they are, whatever shell its accounts have (RS-1)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autosubmit_core.runners import remote_scripts
from autosubmit_core.runners.command_lines import StatusChange

NAME = "ab" * 16
WORDS = (
    *("a b", "$(touch mark)", "`touch mark`", '"; touch mark; "', "'; touch mark; '", "é"),
    *("\n touch mark", "&& touch mark", "| touch mark", "> mark", "${IFS}", "!x", "\\", "*", "~"),
)


@pytest.mark.parametrize("shell", ["bash", "dash", "tcsh", "zsh", "fish"])
def test_a_word_is_a_word_in_every_login_shell(tmp_path: Path, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")

    def ask(script: str) -> bytes:
        # As sshd does: the login shell is given one constant word.
        run = subprocess.run(
            [shell, "-c", "/bin/sh"],
            input=script.encode(),
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        before, _, answer = run.stdout.partition(remote_scripts.ANSWER)
        assert before == b""
        return answer

    program = "import sys; print(ascii(sys.argv[1:]))"
    words = [sys.executable, "-c", program, *WORDS]
    old, new = (tmp_path / ".autosubmit_core" / (digit * 32) / "exit" for digit in "01")
    for path in (old, new):
        path.parent.mkdir(parents=True, mode=0o700)
        path.touch(mode=0o600)
    (old.parents[1]).chmod(0o700)
    os.utime(old, (0, time.time() - 10 * 86_400))
    started = ask(remote_scripts.start(NAME, words, None, 10_000, 7))
    assert len(started.split()) == 6
    # What is kept of commands is kept for so many days.
    end = time.monotonic() + 60
    while old.parent.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert new.exists()
    # Where it cannot have been started that is said.
    assert ask(remote_scripts.start(NAME, ["true"], None, 10, 7)) == remote_scripts.REFUSED
    host, _, alive, ended = ask(remote_scripts.look(NAME, 20)).decode().split()
    assert (host, alive, ended) == (os.uname().nodename, "0", "0")
    printed = ask(remote_scripts.output(NAME, 0, 10_000)).decode()
    assert printed == ascii(list(WORDS)) + "\n"
    assert ask(remote_scripts.output(NAME, 1, 4)).decode() == ascii(list(WORDS))[1:5]
    time.sleep(0.1)
    assert not list(tmp_path.rglob("mark"))
    # Nobody else looks into it.
    folder = tmp_path / ".autosubmit_core"
    assert not [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]


def test_very_many_jobs_are_named_in_several_command_lines() -> None:
    names = tuple(f"a000_20200101_fc0_{number}_SIM" for number in range(20_000))
    lines = StatusChange(names=names, status="READY", filters={}).arguments("a000")
    assert len(lines) > 1
    assert all(len(" ".join(line)) < 100_000 for line in lines)
    listed = [line[4].removeprefix("--list=").split() for line in lines]
    assert tuple(name for part in listed for name in part) == names
