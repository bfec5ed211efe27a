"""The commands of the runbook, in its order, and what is left of what servers keep after each.

They are run as they are written, below a folder that stands for the file system. Two programs are
replaced: what makes environments makes some of what is tested here, in which pip has nothing to do, and
``systemctl`` starts and stops what the unit in the documentation says.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import HTTPError

import pytest

from autosubmit_core import demo
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.secret import Keys, Secret
from autosubmit_core.api.access.tokens import Tokens

TOP = Path(__file__).resolve().parents[3]
PAGE = (TOP / "docs" / "operate.md").read_text()
UNIT = (TOP / "app-config" / "README.md").read_text().partition("```ini\n")[2].partition("```")[0]
#: Of the two versions that it installs.
FIRST, NEXT = "0.1.0", "0.2.0"

#: Makes the environment of ``python3 -m venv FOLDER``, and is Python in all else.
PYTHON = """#!/bin/sh
test "$1 $2" = "-m venv" || exec {python} "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\\nexec {python} "$@"\\n' > "$3/bin/python"
printf '#!/bin/sh\\necho "$0 $@" >> {top}/installed\\n' > "$3/bin/pip"
chmod +x "$3/bin/python" "$3/bin/pip"
"""
#: Does what the unit says, on a free port, and is back when that is done.
SYSTEMCTL = """#!{python}
import os, re, signal, subprocess, sys, time
os.chdir({top!r})

def wait(file, pattern):
    for _ in range(2400):
        found = os.path.exists(file) and re.search(pattern, open(file).read())
        if found:
            return found[1]
        time.sleep(0.05)
    sys.exit(file + " does not say so")

assert sys.argv[2:] == ["autosubmit"]
if sys.argv[1] != "start":
    os.kill(int(open("pid").read()), signal.SIGTERM)
    assert wait("exit", "(.*)\\\\n") == "0"
if sys.argv[1] != "stop":
    for file in ("exit", "log"):
        open(file, "w").close()
    unit = open("unit").read()
    told = re.findall("^Environment=(.*)$", unit, re.M)
    told += open(re.findall("^EnvironmentFile=(.*)$", unit, re.M)[0]).read().split()
    command = re.findall("^ExecStart=(.*)$", unit, re.M)[0].split() + ["--port", "0"]
    beside = '"$@" 2> log & echo $! > pid; wait $!; echo $? > exit'
    subprocess.Popen(
        ["/bin/sh", "-c", beside, "sh", *command],
        env=dict(one.split("=", 1) for one in told),
        start_new_session=True,
        **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL),
    )
    port = wait("log", "server is running on port (\\\\d+)")
    open("port", "w").write(port)
"""


class Machine:
    """A folder that stands for the file system of a machine, with the service on it."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for name in ("bin", "etc", "opt", "srv", "var"):
            (top / name).mkdir()
        for name, text in (("python3", PYTHON), ("systemctl", SYSTEMCTL)):
            program = top / "bin" / name
            program.write_text(
                text.replace("{python}", sys.executable)
                .replace("{top!r}", repr(str(top)))
                .replace("{top}", str(top))
            )
            program.chmod(0o755)
        demo.build(top / "srv" / "autosubmit")
        (top / "etc" / "autosubmitrc").symlink_to(top / "srv" / "autosubmit" / "autosubmitrc")
        (top / "unit").write_text(self.here(UNIT))

    def here(self, text: str) -> str:
        """Return commands, or a unit, about this machine instead of the one that they are run on."""
        text = re.sub(r"(?<![\w.])/(?=(opt|srv|etc|var)/)", f"{self.top}/", text)
        return text.replace("http://127.0.0.1:8088", f"http://127.0.0.1:$(cat {self.top}/port)")

    def do(self, heading: str, block: int = 0) -> None:
        """Run a block of commands below a heading of the page."""
        below = PAGE.split(f"\n### {heading}\n")[1].split("\n##")[0]
        commands = re.findall(r"^```sh\n(.*?)^```$", below, re.MULTILINE | re.DOTALL)[block]
        run = subprocess.run(
            ["/bin/sh", "-eu", "-c", self.here(commands)],
            cwd=TOP,
            env={"PATH": f"{self.top}/bin:/usr/bin:/bin", "HOME": str(self.top)},
            capture_output=True,
            text=True,
            check=False,
        )
        log = self.top / "log"
        assert run.returncode == 0, run.stderr + (log.read_text() if log.exists() else "")

    @property
    def key(self) -> str:
        """The key that tokens are signed with."""
        secrets = (self.top / "etc" / "autosubmit" / "secrets").read_text()
        (found,) = re.findall(r"^SECRET_KEY=(\w{64})$", secrets, re.MULTILINE)
        return str(found)

    def token(self) -> str:
        """Return a token of alice, as a login would give her."""
        (issuer,) = re.findall(r"AUTOSUBMIT_PUBLIC_URL=(.*)", UNIT)
        # Where it is kept what was revoked, and how that is asked, does not matter for making some.
        nowhere: Any = None
        made = Tokens(
            Keys.of(Secret(self.key)), issuer=issuer, seconds=3600, database=nowhere, run=nowhere
        )
        return made.make(User("cas", "alice", "alice")).text

    def ask(self, path: str, token: str, body: object = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{(self.top / 'port').read_text()}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, None

    def remembers(self, token: str, revoked: str) -> None:
        """Hold it to what was said before: by whom alice acts, and which token is good no more."""
        status, told = self.ask("/v4/user-settings/preferred-username", token)
        assert (status, told["preferred_username"]) == (200, "bsc1")
        assert self.ask("/v4/experiments", revoked)[0] == 401


@pytest.fixture
def machine(tmp_path: Path, without: Callable[[str], NoReturn]) -> Iterator[Machine]:
    for program in ("curl", "sqlite3"):
        if not shutil.which(program):
            without(program)
    made = Machine(tmp_path)
    yield made
    if (tmp_path / "pid").exists():
        subprocess.run(
            [
                "/bin/sh",
                "-c",
                f"test -s {tmp_path}/exit || {tmp_path}/bin/systemctl stop autosubmit",
            ],
            check=True,
        )


def test_d10_the_runbook_does_what_it_says(machine: Machine) -> None:
    machine.do("Install")
    machine.do("Install", 1)
    token, revoked = machine.token(), machine.token()
    said = {"preferred_username": "bsc1"}
    assert machine.ask("/v4/user-settings/preferred-username", token, said)[0] == 200
    assert machine.ask("/v4/auth/logout", revoked, {})[0] == 200
    machine.do("Save and restore")

    machine.do("Upgrade")
    assert (machine.top / "opt" / "autosubmit" / "current").readlink() == Path(NEXT)
    machine.remembers(token, revoked)
    machine.do("Roll back")
    assert (machine.top / "opt" / "autosubmit" / "current").readlink() == Path(FIRST)
    machine.remembers(token, revoked)

    key = machine.key
    machine.do("Replace the key")
    assert machine.key != key
    secrets = machine.top / "etc" / "autosubmit" / "secrets"
    assert secrets.stat().st_mode & 0o077 == 0
    machine.remembers(token, revoked)
    newer = machine.token()
    machine.do("Replace the key", 1)
    assert machine.ask("/v4/experiments", token)[0] == 401
    machine.remembers(newer, revoked)

    for file in (machine.top / "srv" / "autosubmit").glob("autosubmit_api*"):
        file.write_bytes(b"")
    machine.do("Save and restore", 1)
    status, told = machine.ask("/v4/user-settings/preferred-username", newer)
    assert (status, told["preferred_username"]) == (200, "bsc1")
    # Every block was run, and pip was told of files that are there.
    assert len(re.findall("^```sh$", PAGE, re.MULTILINE)) == 8
    for line in (machine.top / "installed").read_text().splitlines():
        assert (TOP / line.split()[-1]).exists()
