"""What the tests share: where real data and real programs are found, and what happens where not.

Most tests stand on experiments that they build themselves. Some hold the library against real
ones: nine recorded experiments beside the checkout, Autosubmit itself, and SSH, PostgreSQL and nginx
servers that are started for them. On a machine without them these tests skip and say why; with
``AUTOSUBMIT_TEST_REQUIRE_ALL=1``, as in continuous integration, they fail instead.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest

from autosubmit_core.demo.postgres import (
    PostgresServer,
    postgres_programs,
    running_postgres,
    unused_port,
)

DAY = 86_400
SHARED = Path(__file__).resolve().parents[3] / "shared"


def without(what: str) -> NoReturn:
    """Skip the test for want of something real, or fail where everything has to be there."""
    if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} must be there when AUTOSUBMIT_TEST_REQUIRE_ALL=1")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of specifications and recorded data beside the checkout."""
    if not SHARED.is_dir():
        without("the folder of recorded data")
    return SHARED


@pytest.fixture(scope="session")
def reference_experiments(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the nine recorded experiments: the root folder of an installation.

    Nothing in it is younger than a day: a log that a fresh checkout has just written would make
    its experiment look as if it ran.
    """
    copy = tmp_path_factory.mktemp("reference") / "experiments"
    shutil.copytree(shared / "reference" / "experiments", copy)
    for path in copy.rglob("*"):
        modified = path.stat().st_mtime - DAY
        os.utime(path, (modified, modified))
    return copy


@pytest.fixture(scope="session")
def reference_answers(shared: Path) -> Path:
    """The folder of recorded answers, one folder an experiment."""
    return shared / "reference" / "answers"


@pytest.fixture(scope="session")
def autosubmit_python() -> Path:
    """The Python of an environment in which Autosubmit itself is installed."""
    named = os.environ.get("AUTOSUBMIT_PYTHON")
    if not named or not Path(named).exists():
        without("an environment with Autosubmit (AUTOSUBMIT_PYTHON)")
    return Path(str(named))


@pytest.fixture(scope="session")
def autosubmit_for_servers(autosubmit_python: Path) -> Path:
    """The same, with what it talks to PostgreSQL servers through."""
    command = [str(autosubmit_python), "-c", "import psycopg2"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        without("psycopg2 in the environment with Autosubmit")
    return autosubmit_python


_RUN_CONTROL = """[database]
path = {folder}
filename = autosubmit.db
backend = sqlite
[local]
path = {folder}
[globallogs]
path = {folder}/logs
[historicdb]
path = {folder}/metadata/data
[structures]
path = {folder}/metadata/structures
[historiclog]
path = {folder}/metadata/logs
"""
_CONFIGURATION = """CONFIG:
  AUTOSUBMIT_VERSION: {version}
  MAXWAITINGJOBS: 8
  TOTALJOBS: 8
  SAFETYSLEEPTIME: 1
  RETRIALS: 0
DEFAULT:
  EXPID: {expid}
  HPCARCH: LOCAL
EXPERIMENT:
  DATELIST: '20200101'
  MEMBERS: 'fc0 fc1'
  CHUNKSIZEUNIT: month
  CHUNKSIZE: '1'
  NUMCHUNKS: '2'
  CHUNKINI: ''
  CALENDAR: standard
PROJECT:
  PROJECT_TYPE: none
JOBS:
  INI: {{SCRIPT: "echo begun; sleep 1", RUNNING: once}}
  SIM: {{SCRIPT: "echo one; sleep 1; echo two", DEPENDENCIES: INI SIM-1, RUNNING: chunk}}
  POST: {{SCRIPT: "echo done", DEPENDENCIES: SIM, RUNNING: once}}
"""


class Autosubmit:
    """An installation of its own."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.folder = folder
        self._program = str(python.with_name("autosubmit"))
        self._python = python
        for name in ("logs", "metadata/data", "metadata/structures", "metadata/logs"):
            (folder / name).mkdir(parents=True)
        self._run_control = folder / "autosubmitrc"
        self._run_control.write_text(_RUN_CONTROL.format(folder=folder))
        self.environment = {**os.environ, "AUTOSUBMIT_CONFIGURATION": str(self._run_control)}

    def do(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def create(self) -> str:
        """Create an experiment of a few jobs of a second, and return its name."""
        self.do("install")
        told = self.do("expid", "-H", "local", "-d", "events", "-min")
        found = re.search(r"Experiment (\w{4}) created", told)
        assert found
        conf = self.folder / found[1] / "conf"
        for file in conf.glob("*.yml"):
            file.unlink()
        code = "from importlib.metadata import version; print(version('autosubmit'))"
        version = subprocess.check_output([self._python, "-c", code], text=True).strip()
        text = _CONFIGURATION.format(version=version, expid=found[1])
        (conf / "minimal.yml").write_text(text)
        self.do("create", found[1], "-np")
        return found[1]


@pytest.fixture
def real_autosubmit(autosubmit_python: Path) -> Callable[[Path], Autosubmit]:
    """Make an installation of Autosubmit itself in a folder."""
    return lambda folder: Autosubmit(autosubmit_python, folder)


@dataclass
class Sshd:
    """A real SSH server of this machine, with keys and a configuration of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def user(self) -> str:
        return pwd.getpwuid(os.getuid()).pw_name

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def make_key(self, name: str) -> list[str]:
        """Make a pair of keys anew, and return the public one in its words."""
        for file in (self.folder / name, self.folder / f"{name}.pub"):
            file.unlink(missing_ok=True)
        program = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
        subprocess.run(program, check=True)
        return (self.folder / f"{name}.pub").read_text().split()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        told = {
            "ListenAddress": f"127.0.0.1:{self.port}",
            "HostKey": self.folder / "host",
            "AuthorizedKeysFile": self.folder / "key.pub",
            "PidFile": "none",
            "StrictModes": "no",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "MaxStartups": 100,
            # What is left there goes with the test.
            "SetEnv": f"HOME={self.folder}",
        }
        file = self.folder / "sshd_config"
        file.write_text("".join(f"{name} {value}\n" for name, value in told.items()))
        with (self.folder / "log").open("ab") as log:
            program = [str(sshd_program()), "-D", "-e", "-f", str(file)]
            self.process = subprocess.Popen(program, stderr=log)
        end = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


def sshd_program() -> Path | None:
    """Return the SSH server of this machine, which is often not on the path of users."""
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    """An SSH server on the loopback that lets the user of the tests in, and is known."""
    if sshd_program() is None:
        without("an SSH server (sshd)")
    if os.geteuid() == 0:
        # It asks for this folder, which some systems make when the service starts.
        Path("/run/sshd").mkdir(exist_ok=True)
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    server = Sshd(folder, unused_port())
    server.make_key("key")
    kind, host_key, *_ = server.make_key("host")
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {kind} {host_key}\n")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def nginx() -> Path:
    """The program of nginx."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        without("nginx")
    return Path(str(found))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, started for the tests and stopped after them."""
    with running_postgres(_postgres_programs()) as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the test's own, which it may stop and start."""
    with running_postgres(_postgres_programs()) as server:
        yield server


def _postgres_programs() -> Path:
    programs = postgres_programs()
    if programs is None:
        without("PostgreSQL (initdb and postgres)")
    return programs


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    return unused_port()


class Receiver:
    """An HTTP server that takes what is posted to it; its answers are the test's to choose."""

    def __init__(self) -> None:
        #: What came, its headers and body, in the order of its coming.
        self.taken: list[tuple[Message, bytes]] = []
        #: The statuses of the next answers; after these 204.
        self.answers: list[int] = []
        #: Called before each answer.
        self.before: Callable[[], object] = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.taken.append((self.headers, body))
                receiver.before()
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                # Where those go that follow redirections.
                self.send_header("Location", receiver.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret/path"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Take nothing any more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(10)
            self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server that messages are posted to."""
    made = Receiver()
    yield made
    made.close()
