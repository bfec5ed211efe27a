"""A server that runs commands, with a program in the place of Autosubmit that tells what it was given."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from autosubmit_core import demo
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.archive import open_archive

_FAKE = """#!{python} -IS
import fcntl, json, os, sys, time
folder = {folder!r}
def called():
    with open(folder + "/calls", "a") as calls:
        told = [sys.argv[1:], dict(os.environ), os.getcwd(), sys.stdin.read()]
        print(json.dumps(told), file=calls)
if sys.argv[1:] == ["setstatus", "--help"]:
    called()
    print("usage: autosubmit setstatus -t STATUS, --status_final {READY,COMPLETED,WAITING,SUSPENDED}")
    sys.exit(1)
if sys.argv[1] == "expid":
    print("\\x1b[32m[INFO] Experiment a0zz created\\x1b[0m")
with open(folder + "/behaviour") as file:
    told = json.load(file)
print(told.get("says", ""), flush=True)
def wait():
    while not os.path.exists(folder + "/go"):
        time.sleep(0.02)
try:
    called()
    if told.get("waits"):
        wait()
    while told.get("endless"):
        print("again and again")
    if told.get("forks"):
        lock = open(folder + "/lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.fork()
    time.sleep(told.get("seconds", 0))
except KeyboardInterrupt:
    if told.get("lingers"):
        wait()
    sys.exit(told.get("interrupted", 0))
sys.exit(told.get("exit", 0))
"""


class Fake:
    """A virtual environment whose autosubmit does as it is told, and tells what it was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        program = folder / "bin" / "autosubmit"
        program.write_text(
            _FAKE.replace("{python}", sys.executable).replace("{folder!r}", repr(str(folder)))
        )
        program.chmod(0o755)
        self.behaves()

    def behaves(self, **how: Any) -> None:
        """Let it print what it ``says``, sleep for ``seconds``, and end with ``exit``.

        One that ``waits`` goes on, and one that ``lingers`` ends after SIGINT, when it is let go. One
        that ``forks`` is two, which hold the file ``lock`` while either lives.
        """
        (self.folder / "behaviour").write_text(json.dumps(how))

    def let_go(self) -> None:
        """Let those go on that wait, and all that come."""
        (self.folder / "go").touch()

    def wait_for_a_call(self, calls: int = 1) -> None:
        """Wait until it has been called, so many times."""
        while len(self.calls) < calls:
            time.sleep(0.02)

    @property
    def calls(self) -> list[list[Any]]:
        """Arguments, environment, folder and input of each call but questions for help."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if call[0][1:] != ["--help"]]

    @property
    def arguments(self) -> list[list[str]]:
        return [call[0] for call in self.calls]


@dataclass
class Desk:
    """A server that runs commands, and the program that it runs."""

    server: Any
    fake: Fake
    #: The installation, and the file of profiles.
    folder: Path
    file: Path

    def post(self, action: str, user: str = "alice", /, **body: Any) -> Any:
        """Ask for a command; a profile that is not named is ``here``."""
        if action != "get-runner-run-status":
            body.setdefault("profile_name", "here")
        return self.ask(f"/v4/runners/command/{action}", user, "POST", body)

    def ask(self, path: str, user: str, method: str = "GET", body: Any = None) -> Any:
        """Send a request of a user; of nobody if the name is empty."""
        token = self.server.app.service.access.tokens.make(User("cas", user, user)).text
        headers = {"Authorization": f"Bearer {token}"} if user else {}
        return self.server.ask(path, method, body, headers, timeout=60)

    def status(self, expid: str) -> str | None:
        answer = self.post("get-runner-run-status", expid=expid)
        return str(answer.json()["status"]) if answer.json()["status"] else None

    def wait_for(self, expid: str, status: str, seconds: float = 20) -> None:
        """Wait until the newest run of an experiment has a status."""
        end = time.monotonic() + seconds
        while (now := self.status(expid)) != status:
            assert time.monotonic() < end, now
            time.sleep(0.05)

    def configure(self, **sections: Any) -> None:
        """Write other things into the configuration."""
        told = yaml.safe_load(self.file.read_text())
        told["RUNNER_CONFIGURATION"] |= sections
        self.file.write_text(yaml.safe_dump(told))


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("files"))


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path / "venvs" / "fake")


@pytest.fixture
def profiles(fake: Fake) -> dict[str, Any]:
    """The profiles of the server; a test adds its own before the desk opens."""
    here = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "VENV", "MODULES": str(fake.folder)}
    return {"here": here, "open": {**here, "ALLOW": "any"}}


@pytest.fixture
def make_desk(
    serve: Callable[..., Any],
    demo_files: Path,
    tmp_path: Path,
    fake: Fake,
    profiles: dict[str, Any],
) -> Callable[..., Desk]:
    """Open a desk: alice owns all experiments, boss may do anything, others own nothing."""
    folder = tmp_path / "installation"
    shutil.copytree(demo_files, folder)
    rc = folder / "autosubmitrc"
    rc.write_text(rc.read_text().replace(str(demo_files), str(folder)))
    file = tmp_path / "runners.yaml"
    owner = pwd.getpwuid(os.getuid()).pw_name

    def make(**settings: Any) -> Desk:
        told = {
            "PROFILES": profiles,
            "ACCOUNTS": {"cas:alice": [owner]},
            "ADMINISTRATORS": ["cas:boss"],
            "COMMAND_SECONDS": 20,
            "SAFE_ROOT_PATH": str(fake.folder.parent),
        }
        if not file.exists():
            file.write_text(yaml.safe_dump({"RUNNER_CONFIGURATION": told}))
        known = {
            "protection_level": Level.ALL,
            "anonymous_commands": False,
            "secret_key": Secret("a key of the tests, of more than 32 bytes"),
            "api_config_file": file,
        }
        return Desk(serve(open_archive(rc), **{**known, **settings}), fake, folder, file)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
