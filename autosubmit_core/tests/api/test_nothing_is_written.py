"""S-34: serving every answer leaves an installation byte for byte as it was.

Also where it may not be written into: then by a process without any right to.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from autosubmit_core import demo
from autosubmit_core.api.app import ROUTES
from autosubmit_core.archive import Archive, open_archive

Serve = Callable[..., Any]

#: Queries that read what their route does not read without them.
FURTHER = {
    "/v4/experiments": "?only_active=false&page_size=0&modified_since=1",
    "/v4/experiments/{expid}/jobs": "?view=columns&platform=null&order_by=submit",
    "/v4/experiments/{expid}/layout": "?layout=laplacian",
}


def everything_below(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return what is to be known of every file and folder, its bytes included."""
    found: dict[str, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        facts = path.lstat()
        told = (facts.st_mode, facts.st_uid, facts.st_size, facts.st_mtime_ns, facts.st_ino)
        digest = hashlib.blake2b(path.read_bytes()).digest() if path.is_file() else b""
        found[str(path)] = (*told, digest)
    return found


def every_path(archive: Archive) -> Iterator[str]:
    """Yield the path of every GET request, about every experiment and a few of its jobs."""
    # But of events, which go on for as long as somebody listens, and have a journal of their own.
    routes = [
        route
        for route in ROUTES
        if "get" in route.handler.operations and not route.path.endswith("/events")
    ]
    for experiment in archive.each(archive.experiments()):
        names = experiment.jobs.name[[0, -1]].tolist() if experiment.folder else ["nobody"]
        log = next(iter(experiment.logs.of_jobs.names), f"{experiment.expid}_nothing.out")
        for route in routes:
            for name in names if "job" in route.path else names[:1]:
                values = {"expid": experiment.expid, "job_name": name, "jobname": name}
                path = route.path
                for parameter in route.handler.operations["get"].path:
                    value = {**values, "logfile": log}.get(parameter.name, parameter.example)
                    path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
                yield path
                if route.path in FURTHER:
                    yield path + FURTHER[route.path]


@pytest.fixture(params=["demo", "recorded"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The demo, and a copy of the recorded experiments where these are."""
    if request.param == "demo":
        demo.build(tmp_path / "demo")
        return tmp_path / "demo"
    return Path(
        shutil.copytree(request.getfixturevalue("reference_experiments"), tmp_path / "copy")
    )


def test_s34_nothing_changes_under_every_get_request(serve: Serve, installation: Path) -> None:
    archive = open_archive(installation)
    paths = list(every_path(archive))
    before = everything_below(installation)
    server = serve(archive)
    statuses = {path: server.ask(path, timeout=60).status for path in paths}
    assert set(statuses.values()) <= {200, 400, 401, 404, 429, 503}
    assert len(statuses) > 300
    assert everything_below(installation) == before


#: Names that lead out of their folder, mean something to a file system or a shell, or are too long.
NO_NAMES = ("..", ".", "../..", "a2m9/../..", "a2m9\0", "a2m9%00", "%2e%2e", "*", "x" * 300)


def test_s17_a_name_that_is_none_leads_nowhere_and_leaves_nothing(
    serve: Serve, tmp_path: Path
) -> None:
    """What a path with two dots in it would lead to is there to be found."""
    folder = demo.build(tmp_path / "around" / "demo")
    shutil.copytree(folder / "a2m9", tmp_path / "around", dirs_exist_ok=True)
    marked = tmp_path / "around" / "conf" / "marked.yml"
    marked.write_text("MARKED: outside\n")
    paths = {
        route.path.replace(f"{{{parameter.name}}}", quote(name, safe=""))
        for route in ROUTES
        if "get" in route.handler.operations and not route.path.endswith("/events")
        for parameter in route.handler.operations["get"].path
        if parameter.name in ("expid", "job_name", "jobname", "logfile")
        for name in NO_NAMES
    }
    paths = {path.replace("{expid}", "a2m9") for path in paths}
    before = everything_below(tmp_path)
    server = serve(open_archive(folder))
    answers = {path: server.ask(re.sub(r"{\w+}", "1", path)) for path in paths}
    assert len(answers) > 400
    for path, answer in answers.items():
        assert answer.status in (200, 400, 404, 422), path
        assert b"MARKED" not in answer.body, path
    assert everything_below(tmp_path) == before


# -- without the right to write ------------------------------------------------------------------

#: A user that owns what is served, and is not the one who serves it.
_ANOTHER = 65534


def write_protect(folder: Path) -> None:
    """Let nobody write below a folder, and everybody read."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        path.chmod(0o555 if path.is_dir() else 0o444)
        if os.geteuid() == 0:
            os.chown(path, _ANOTHER, _ANOTHER)


def without_rights() -> list[str]:
    """Return what is put before a command so that it may write only where its user may.

    No right keeps root from writing, so that its capabilities are taken away. It stays itself, for
    its Python is often where only root can reach it.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("run by root, and there is no setpriv to take its rights away")
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


@contextmanager
def served_without_rights(folder: Path) -> Iterator[str]:
    """Serve an installation without any right to write into it; yield where."""
    program = [*without_rights(), sys.executable, "-m", "autosubmit_core.api.app", "--port", "0"]
    server = subprocess.Popen(
        [*program, "--protection-level", "NONE", "--anonymous-commands", "--config", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    assert server.stderr is not None
    lines = iter(server.stderr.readline, "")
    found = next(filter(None, (re.search(r"running on port (\d+)", line) for line in lines)))
    # Read on, or the server waits when the pipe is full.
    copier = threading.Thread(target=server.stderr.read)
    copier.start()
    try:
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        server.terminate()
        server.wait(30)
        copier.join(30)
        server.stderr.close()


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            answer.read()
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_rights_that_are_taken_away_are_needed_to_write(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("")
    write_protect(tmp_path / "folder")
    for write in ("open('folder/file', 'a')", "open('folder/new', 'w')"):
        command = [*without_rights(), sys.executable, "-c", write]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "PermissionError" in run.stderr


def test_s34_every_answer_is_given_without_the_right_to_write(
    installation: Path, serve: Serve
) -> None:
    archive = open_archive(installation)
    paths = list(every_path(archive))
    owner = serve(archive)
    statuses = {path: owner.ask(path, timeout=60).status for path in paths}
    write_protect(installation)
    before = everything_below(installation)
    with served_without_rights(installation) as address:
        assert {path: status(address + path) for path in paths} == statuses
    assert everything_below(installation) == before
