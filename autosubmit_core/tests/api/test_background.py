"""A server's background tasks run beside it, in a process of their own, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.api.app import main
from autosubmit_core.api.background import plans_of
from autosubmit_core.api.settings import Settings, read_settings
from autosubmit_core.archive import open_archive

_LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells of processes")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of one experiment that Autosubmit said was running when it was killed."""
    monkeypatch.setenv("AS_API_CONFIG_FILE", str(tmp_path / "none.yaml"))
    folder = tmp_path / "installation"
    demo.make_experiment(folder, "t000", jobs=demo.jobs_named(["t000_INI"]))
    return folder


@contextmanager
def server(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    program = [sys.executable, "-m", "autosubmit_core.api.app", "--port", "0"]
    told = ["--protection-level", "NONE", "--config", str(folder), *options]
    process = subprocess.Popen([*program, *told], stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str], words: str) -> list[str]:
    """Return the lines of the log up to the one with some words."""
    assert process.stderr
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            break
    return lines


def descendants(pid: int) -> set[int]:
    """Return the processes that a process has forked, those of these included, but for others' programs."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after = stat.read_text().rpartition(") ")[2].split()
            if after[0] != "Z":
                parents[int(stat.parent.name)] = int(after[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_tasks_are_done_before_anything_is_answered_where_that_is_wanted(
    installation: Path,
) -> None:
    with server(installation, "--init-bg-tasks") as process:
        lines = said(process, "server is running")
    assert [word for line in lines for word in ("details:", "status:", "graph:") if word in line]
    assert (installation / "autosubmit_api.db").exists()
    assert open_archive(installation).experiments().user[0] is not None


@_LINUX
@pytest.mark.parametrize("options", [(), ("--processes", "2")], ids=["one", "several"])
def test_the_process_beside_ends_with_the_server_however_that_ends(
    installation: Path, options: tuple[str, ...]
) -> None:
    with server(installation, *options) as process:
        said(process, "server is running")
        until((installation / "autosubmit_api.db").exists)
        beside = descendants(process.pid)
        assert len(beside) >= 2
        process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in beside))


@_LINUX
def test_another_takes_the_place_of_a_worker_that_dies(installation: Path) -> None:
    with server(installation, "--disable-bg-tasks") as process:
        said(process, "server is running")
        until(lambda: len(descendants(process.pid)) == 1)  # the one that computes
    with server(installation) as process:
        said(process, "server is running")
        until(lambda: len(descendants(process.pid)) == 3)
        (worker,) = (pid for pid in descendants(process.pid) if _is_grandchild(pid, process.pid))
        os.kill(worker, signal.SIGKILL)
        assert "another takes its place" in said(process, "another takes its place")[-1]
        until(lambda: len(descendants(process.pid)) == 3)
        assert process.poll() is None


def _is_grandchild(pid: int, of: int) -> bool:
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    return parent != of


def test_both_at_once_make_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    """S-26."""
    with pytest.raises(SystemExit) as caught:
        read_settings(["--init-bg-tasks", "--disable-bg-tasks"], {})
    assert caught.value.code == 2
    assert "--disable-bg-tasks" in capsys.readouterr().err


def test_a_wrong_file_ends_the_start_with_a_sentence(
    installation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-26."""
    file = tmp_path / "api.yaml"
    file.write_text("BACKGROUND_TASKS: {TASK_POPDET: {INTERVAL: 0}}")
    assert main(["--config", str(installation), "--api-config-file", str(file), "--port", "0"]) == 2
    assert f"{file}: BACKGROUND_TASKS.TASK_POPDET.INTERVAL" in capsys.readouterr().err


def test_a_demo_and_whoever_wants_none_have_no_tasks(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    assert plans_of(Settings(demo=True, api_config_file=file)) == []
    assert plans_of(Settings(disable_bg_tasks=True, api_config_file=file)) == []
    assert plans_of(Settings(api_config_file=file)) != []


def test_the_published_variables_are_heard() -> None:
    told = read_settings([], {"DISABLE_BACKGROUND_TASKS": "T", "AS_API_CONFIG_FILE": "/x.yaml"})
    assert (told.disable_bg_tasks, told.api_config_file) == (True, Path("/x.yaml"))
    assert read_settings([], {"RUN_BACKGROUND_TASKS_ON_START": "true"}).init_bg_tasks
