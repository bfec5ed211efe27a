"""The Dockerfiles: what they promise, what a linter says, and that their steps do what they should.

There is no container engine here. So their steps are done as they are written, in a folder that stands
for the file system of the build, and what comes of it is run as an image is on OpenShift: by a user
that nobody knows, who can write nowhere but into a temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn

import pytest

from autosubmit_core import demo

TOP = Path(__file__).resolve().parents[3]
APPS = ("api-app", "site-app")
#: A user as OpenShift makes them up.
NOBODY_KNOWN = 1_000_660_000
RUNNING = re.compile(r"server is running on port (\d+)")


class Step(NamedTuple):
    """An instruction of a Dockerfile."""

    verb: str
    said: str


def steps(app: str) -> list[Step]:
    text = (TOP / "app-config" / app / "Dockerfile").read_text()
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [Step(*line.split(maxsplit=1)) for line in lines if line.strip()]


def stages(app: str) -> list[list[Step]]:
    """Return the steps of each stage, without what stands before the first."""
    found: list[list[Step]] = []
    for step in steps(app):
        if step.verb == "FROM":
            found.append([])
        elif found:
            found[-1].append(step)
    return found


@pytest.mark.parametrize("app", APPS)
def test_a_linter_finds_nothing(app: str) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run(
        [hadolint, TOP / "app-config" / app / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("app", APPS)
def test_d4_what_runs_is_not_root_and_has_no_tools(app: str) -> None:
    build, last = stages(app)
    said = {step.verb: step.said for step in last}
    assert said["USER"] == "10001:0"
    assert "HEALTHCHECK" in said
    assert json.loads(said["ENTRYPOINT"])[0] == "python"
    labels = [step.said for step in last if step.verb == "LABEL"]
    assert re.search(r"image\.version=.*image\.revision=", labels[0])
    copied = [step.said for step in last if step.verb == "COPY"]
    assert copied == ["--from=build /opt/app /opt/app"]
    installs = [step.said for step in build if "pip" in step.said and "install" in step.said]
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes" in install or "--no-index" in install


@pytest.mark.parametrize("app", APPS)
def test_every_variable_is_a_setting(app: str, is_setting: Callable[[str], bool]) -> None:
    (said,) = (step.said for step in stages(app)[1] if step.verb == "ENV")
    named = set(re.findall(r"\b(A\w+)=", said))
    assert len(named) >= 3
    # That one the site alone has.
    assert {name for name in named if not is_setting(name)} <= {"AUTOSUBMIT_SITE_STATE"}


@pytest.mark.parametrize("app", APPS)
def test_what_is_built_depends_on_what_is_here_alone(app: str) -> None:
    ignored = (TOP / ".dockerignore").read_text().splitlines()
    for step in stages(app)[0]:
        if step.verb == "COPY":
            source = step.said.split()[0]
            assert (TOP / source).is_dir()
            assert f"!{source}" in ignored


# -- the steps themselves ------------------------------------------------------------------------


@pytest.fixture
def package_index(without: Callable[[str], NoReturn]) -> None:
    """An index to install from."""
    pip = [sys.executable, "-m", "pip", "--quiet", "index", "versions", "hatchling"]
    if subprocess.run(pip, capture_output=True, check=False, timeout=300).returncode:
        without("a package index")


@pytest.fixture
def python_of_all(without: Callable[[str], NoReturn]) -> Path:
    """A Python that whoever wants to may run, with what makes environments."""
    for python in (Path(sys.base_prefix) / "bin" / "python3", Path("/usr/bin/python3")):
        open_to_all = all(parent.stat().st_mode & 0o001 for parent in python.resolve().parents)
        command = [str(python), "-c", "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"]
        if open_to_all and not subprocess.run(command, capture_output=True, check=False).returncode:
            return python
    without("a Python 3.11 or later that all users may run")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that stands for the file system of an image, which all may read."""
    # The folders of pytest are its user's alone.
    with TemporaryDirectory(prefix="autosubmit-image-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        if os.geteuid():
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def test_d4_the_steps_make_what_serves_for_a_user_that_nobody_knows(
    package_index: None, python_of_all: Path, disk: Path
) -> None:
    """Those of the site, and so of the API: its steps are the same but for the pages."""
    build(disk, python_of_all)
    if os.geteuid():  # else it is root's, and another serves
        subprocess.run(["chmod", "-R", "a-w", disk / "opt"], check=True)
    for module, path in (("autosubmit_core.api.app", "/v4/experiments"), ("autosubmit_site", "/")):
        with served(disk, module) as port:
            for asked in (path, "/health/live", "/health/ready"):
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}{asked}", timeout=20
                ) as answer:
                    assert answer.status == 200
    assert list((disk / "tmp").iterdir()) == []
    files = [each for each in (disk / "opt").rglob("*") if each.is_file() and not each.is_symlink()]
    # Beside the base image; unpacked.
    size = sum(each.stat().st_size for each in files)
    assert size < 160 * 10**6, size
    if not may_confine():
        # Which no package can bring.
        pytest.skip("a root who may mount in a namespace of their own")
    for app in APPS:
        with confined(disk, app) as (pid, port):
            hold_to_what_it_may_do(disk, pid, port)


def may_confine() -> bool:
    """Tell whether this machine lets us do what :data:`CONFINED` does."""
    if not all(map(shutil.which, ("unshare", "nsenter", "setpriv"))):
        return False
    mount = "mount --make-rprivate / && mount -t tmpfs none /mnt"
    tried = subprocess.run([*ALONE, "/bin/sh", "-c", mount], capture_output=True, check=False)
    return tried.returncode == 0


def build(disk: Path, python: Path) -> None:
    """Do the steps of the site's build stage below a folder."""
    for name in ("home", "bin", "opt", "tmp"):
        (disk / name).mkdir()
    (disk / "bin" / "python").symlink_to(python)
    told = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "npm_"))}
    told |= {"PATH": f"{disk}/bin:{os.environ['PATH']}", "HOME": str(disk / "home")}
    left_out = shutil.ignore_patterns("tests", "node_modules", "built", "*.egg-info", ".*_cache")

    def here(text: str) -> str:
        return re.sub(r"(?<=\s)/(build|opt)/", lambda found: f"{disk}/{found[1]}/", f" {text}")

    for verb, said in stages("site-app")[0]:
        if verb == "COPY":
            source, target = here(said).split()
            shutil.copytree(TOP / source, target, ignore=left_out)
            continue
        assert verb == "RUN"
        command = ["/bin/sh", "-euc", here(said)]
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=told)
        assert run.returncode == 0, run.stdout + run.stderr


@contextmanager
def served(disk: Path, module: str) -> Iterator[str]:
    """Serve the demo with what was built, as a user that can write into /tmp alone; give the port."""
    temporary = disk / "tmp"
    temporary.chmod(0o1777)
    as_whom: Any = {} if os.geteuid() else {"user": NOBODY_KNOWN, "group": 0, "extra_groups": []}
    server = subprocess.Popen(
        [disk / "opt" / "app" / "bin" / "python", "-m", module, "--demo", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=temporary,
        env={"HOME": str(temporary), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
        **as_whom,
    )
    assert server.stderr is not None
    try:
        yield next(filter(None, map(RUNNING.search, server.stderr)))[1]
        end_well(server)
    finally:
        end(server)


def end_well(server: subprocess.Popen[str]) -> None:
    """Stop a server as an engine does, which it takes well."""
    assert server.stderr is not None
    server.send_signal(signal.SIGTERM)
    server.stderr.read()
    assert server.wait(30) == 0


def end(server: subprocess.Popen[str]) -> None:
    """Leave nothing of a server."""
    assert server.stderr is not None
    server.kill()
    server.wait(10)
    server.stderr.close()


# -- as an image is run --------------------------------------------------------------------------

#: With mounts and a network of its own.
ALONE = ("unshare", "--mount", "--net")
#: ``--read-only --tmpfs /tmp --network none --cap-drop ALL --user …:0`` in the words of Linux: what is
#: mounted is read-only but for a new /tmp and what is named first, no network but a loopback is there,
#: and no right that could be had. What another test has mounted may be gone again.
CONFINED = r"""
mount --make-rprivate /
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=770 tmpfs "$1"
cut -d " " -f 2 /proc/self/mounts | grep -vxE "$1|/(tmp|proc|dev|sys)(/.*)?" |
  while read -r mounted; do mount -o remount,bind,ro "$mounted" || test "$mounted" != /; done
"$2" -c "
import fcntl, socket, struct
up = struct.pack('16sH14x', b'lo', 1)
fcntl.ioctl(socket.socket(), 0x8914, up)
"
user=$3
shift 3
exec setpriv --reuid "$user" --regid 0 --clear-groups --bounding-set=-all --inh-caps=-all \
  --no-new-privs -- "$@"
"""


@contextmanager
def confined(disk: Path, app: str) -> Iterator[tuple[int, int]]:
    """Run what an image runs as strictly as one can be run; give its process and its port."""
    last = {step.verb: step.said for step in stages(app)[1]}
    python, state, installation = disk / "opt/app/bin/python", disk / "state", disk / "srv"
    if not installation.exists():
        demo.build(installation)
        state.mkdir()
    told = dict(each.split("=", 1) for each in last["ENV"].split())
    told |= {"PATH": f"{python.parent}:/usr/bin:/bin", "AUTOSUBMIT_SITE_STATE": str(state)}
    told |= {"AUTOSUBMIT_CONFIGURATION": f"{installation}/autosubmitrc"}
    begun = [*json.loads(last["ENTRYPOINT"]), *json.loads(last["CMD"])]
    inside = [*ALONE, "/bin/sh", "-euc", CONFINED, "sh"]
    server = subprocess.Popen(
        [*inside, state, python, str(NOBODY_KNOWN), *begun],
        stderr=subprocess.PIPE,
        text=True,
        env={**told, "AUTOSUBMIT_STOP_DELAY": "0"},
        cwd="/",
    )
    assert server.stderr is not None
    try:
        said = []
        for line in server.stderr:
            said.append(line)
            if running := RUNNING.search(line):
                break
        else:
            pytest.fail("".join(said))
        yield server.pid, int(running[1])
        check = json.loads(last["HEALTHCHECK"].partition("CMD ")[2])
        asked = ["nsenter", "--target", str(server.pid), "--net", python, *check[1:]]
        until = time.monotonic() + 120
        # Once more if it was too busy, as an engine does.
        while subprocess.run(asked, capture_output=True, check=False).returncode:
            assert time.monotonic() < until
        end_well(server)
    finally:
        end(server)


def hold_to_what_it_may_do(disk: Path, pid: int, port: int) -> None:
    """Nobody's rights, one port, and nothing written before anybody has logged in."""
    process = Path(f"/proc/{pid}")
    facts = dict(re.findall(r"^(\w+):\s+(.*)$", (process / "status").read_text(), re.MULTILINE))
    assert {*facts["Uid"].split()} == {str(NOBODY_KNOWN)}
    assert {int(facts[one], 16) for one in ("CapPrm", "CapEff", "CapBnd", "CapInh")} == {0}
    assert facts["NoNewPrivs"] == "1"
    listening = re.findall(r": \w+:(\w{4}) \w+:0000 0A", (process / "net" / "tcp").read_text())
    assert {int(one, 16) for one in listening} == {port}
    for read in ("/", disk / "opt", disk / "srv"):
        assert os.statvfs(f"{process}/root{read}").f_flag & os.ST_RDONLY
    for written in ("/tmp", disk / "state"):
        assert os.listdir(f"{process}/root{written}") == []
