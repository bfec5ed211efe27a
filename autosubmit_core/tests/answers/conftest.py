"""How answers are held against those that Autosubmit API 4.2.0 was recorded to give.

What is compared and how is what ``check_reference.py`` does beside the recorded answers: every
recorded key is there with an equal value, numbers within 1e-6, and leaves that change with the
clock or the machine are passed over. Where a better answer is wanted, ``deviations.json`` there
says so, and the test says which.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.demo.writing.servers import move_to_server

EXPIDS = ("a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f")

#: Leaves that depend on the clock or the machine.
CHANGING = {
    *("owner", "owner_id", "time_last_access", "time_last_mod", "pkl_timestamp", "timediff"),
    *("lastModified", "timeStamp", "modified_date", "modified", "From", "To", "x", "y", "graphviz"),
    # It can hold a password, so ours is blank (E3-11, E4-11).
    "DATABASE_CONN_URL",
    # All were recorded of files.
    "DATABASE_BACKEND",
}
#: Lists whose order means nothing.
UNORDERED = {
    *("children_list", "parent_list", "packages", "differences", "tree_parents"),
    *("warnings_job_data", "JobStatistics"),
}


class Agrees(Protocol):
    """Holds an answer against a recording, which may leave out keys."""

    def __call__(
        self, answer: Any, recording: dict[str, Any], *, passed_over: frozenset[str] = frozenset()
    ) -> None: ...


@pytest.fixture(scope="session", autouse=True)
def _zone() -> Iterator[None]:
    """The answers were recorded in UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(scope="session", params=["files", "server"])
def reference_archive(
    request: pytest.FixtureRequest,
    reference_experiments: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Archive:
    """The installation of the nine recorded experiments, in files and on a PostgreSQL server."""
    root = reference_experiments
    if request.param == "server":
        root = tmp_path_factory.mktemp("server") / "experiments"
        shutil.copytree(reference_experiments, root)
    run_control = tmp_path_factory.mktemp("home") / "autosubmitrc"
    run_control.write_text(
        f"[database]\npath = {root}\n[local]\npath = {root}\n"
        f"[structures]\npath = {root}/metadata/structures\n"
        f"[historicdb]\npath = {root}/metadata/data\n"
        f"[historiclog]\npath = {root}/metadata/logs\n"
        f"[globallogs]\npath = {root}/logs\n"
        f"[graph]\npath = {root}/metadata/graph\n"
    )
    if request.param == "server":
        move_to_server(run_control, request.getfixturevalue("postgres").new_database())
    return open_archive(run_control)


@pytest.fixture(params=EXPIDS)
def expid(request: pytest.FixtureRequest) -> str:
    """The name of each recorded experiment in turn."""
    return str(request.param)


@pytest.fixture
def experiment(reference_archive: Archive, expid: str) -> Experiment:
    """Each recorded experiment in turn."""
    return reference_archive.experiment(expid)


@pytest.fixture
def recorded(reference_answers: Path, reference_archive: Archive) -> Callable[[str, str], Any]:
    """Reads the recorded answer of an experiment, or ``_shared``, to a request; skips if there is none."""
    root = str(reference_archive.installation.local_root_dir)

    def read(expid: str, name: str) -> Any:
        path = reference_answers / expid / f"{name}.json"
        if not path.exists():
            pytest.skip(f"nothing was recorded for {name}")
        return json.loads(path.read_text().replace("{ROOT}", root))

    return read


@pytest.fixture
def recordings(
    reference_answers: Path, recorded: Callable[[str, str], Any]
) -> Callable[[str, str], list[Any]]:
    """Reads all recorded answers of an experiment whose requested paths match a regular expression."""

    def read(expid: str, pattern: str) -> list[Any]:
        names = [path.name.removesuffix(".json") for path in (reference_answers / expid).iterdir()]
        found = [recorded(expid, name) for name in sorted(names)]
        return [made for made in found if re.fullmatch(pattern, made["path"])]

    return read


@pytest.fixture(scope="session")
def assert_agrees() -> Agrees:
    """Holds an answer against a recording."""

    def check(
        answer: Any, recording: dict[str, Any], *, passed_over: frozenset[str] = frozenset()
    ) -> None:
        volatile, ignored = set(recording["volatile"]), CHANGING | passed_over
        body = json.loads(json_bytes(answer))
        assert list(_differences(recording["body"], body, "", volatile, ignored, "")) == []

    return check


@pytest.fixture(scope="session")
def as_json() -> Callable[[object], Any]:
    """Turns an answer into what a client reads: columns are lists there."""
    return lambda answer: json.loads(json_bytes(answer))


def _differences(
    want: Any, got: Any, where: str, volatile: set[str], ignored: set[str], key: str
) -> Iterator[str]:
    if where in volatile or key in ignored:
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for name, value in want.items():
            if name in ("error", "error_message"):
                continue  # v3 endpoints add them to every answer
            if name not in got and name not in ignored:
                yield f"{where}/{name} is missing"
            elif name in got:
                yield from _differences(
                    value, got[name], f"{where}/{name}", volatile, ignored, name
                )
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            yield f"{where}: {len(got)} items instead of {len(want)}"
        if key in UNORDERED:
            want, got = sorted(want, key=str), sorted(got, key=str)
        for index, (one, other) in enumerate(zip(want, got)):
            yield from _differences(one, other, f"{where}/{index}", volatile, ignored, key)
    elif _is_number(want) and _is_number(got):
        if not math.isclose(want, got, rel_tol=1e-6, abs_tol=1e-9):
            yield f"{where}: {got!r} instead of {want!r}"
    elif want != got:
        yield f"{where}: {got!r} instead of {want!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
