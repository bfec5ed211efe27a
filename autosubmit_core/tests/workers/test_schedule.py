"""However many processes there are, each pass is done by one, and one that is killed is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.demo.writing.servers import move_to_server
from autosubmit_core.errors import LeaseLostError, SourceUnreadableError, StoreError
from autosubmit_core.store.leases import acquire
from autosubmit_core.store.notes import notes_of
from autosubmit_core.store.places import store_of
from autosubmit_core.workers import schedule
from autosubmit_core.workers.details import DetailsTask
from autosubmit_core.workers.ending import Ending
from autosubmit_core.workers.schedule import run_due, run_once, run_until_stopped
from autosubmit_core.workers.settings import Plan
from autosubmit_core.workers.status import StatusTask

#: A worker in a hurry, which writes a line at the beginning and at the end of each experiment. That
#: takes the seconds it is told, and as long as there is a file beside its log; a lease takes the last.
_WORKER = """
import os, sys, time
from pathlib import Path
from autosubmit_core import open_archive
from autosubmit_core.store import leases
from autosubmit_core.workers import schedule
from autosubmit_core.workers.ending import Ending
from autosubmit_core.workers.passes import Task
from autosubmit_core.workers.settings import Plan
folder, log, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
leases.LEASE_SECONDS, schedule.SLEEP_SECONDS = float(sys.argv[4]), 0.02
def say(word):
    with open(log, "a") as lines:
        print(word, os.getpid(), time.time(), file=lines)
class Slow(Task):
    name, key, minutes, meaning = "slow", "SLOW", 1, "something slow"
    def examine(self, experiment):
        say("begin")
        time.sleep(seconds)
        while os.path.exists(log + ".hold"):
            time.sleep(0.02)
        say("end")
        return None
    def write(self, connection, installation, found, *, first):
        pass
    def doubts(self, experiment, note):
        return True
with Ending() as ending:
    schedule.run_until_stopped([Plan(Slow(), 0.5)], open_archive(folder), ending)
"""


@pytest.fixture(params=["file", "server"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An installation of one experiment, in files and on a server."""
    folder = tmp_path / "installation"
    demo.make_experiment(folder, "t000", jobs=demo.jobs_named(["t000_INI"]))
    if request.param == "server":
        write_run_control(folder / "autosubmitrc", folder)
        url = request.getfixturevalue("postgres").new_database()
        move_to_server(folder / "autosubmitrc", url)
    return folder


@pytest.fixture
def in_files(small: Path) -> Path:
    """The same for what is about files alone."""
    if (small / "autosubmitrc").exists():
        pytest.skip("about files")
    return small


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[], list[tuple[str, int, float]]]:
    """What the workers have written until now."""

    def read() -> list[tuple[str, int, float]]:
        path = tmp_path / "log"
        split = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(word, int(pid), float(moment)) for word, pid, moment in split]

    return read


@contextmanager
def workers(
    count: int, folder: Path, *, seconds: float, lease: float
) -> Iterator[list[subprocess.Popen[bytes]]]:
    told = [str(folder), str(folder.parent / "log"), str(seconds), str(lease)]
    program = [sys.executable, "-c", _WORKER, *told]
    started = [subprocess.Popen(program, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_three_processes_do_each_pass_once(
    small: Path, lines: Callable[[], list[tuple[str, int, float]]]
) -> None:
    with workers(3, small, seconds=0.05, lease=60.0):
        until(lambda: len(lines()) >= 16)
    begins = [moment for word, _, moment in lines() if word == "begin"]
    words = [word for word, _, _ in lines()]
    assert words == [("begin", "end")[row % 2] for row in range(len(words))]
    # One each half second, by whomever: a third of that if each did all of them.
    assert begins[-1] - begins[0] > 0.5 * (len(begins) - 1) - 1


def test_a_process_that_is_told_to_end_ends_between_two_experiments_and_leaves_the_rest(
    in_files: Path, lines: Callable[[], list[tuple[str, int, float]]]
) -> None:
    demo.make_experiment(in_files, "t001", jobs=demo.jobs_named(["t001_INI"]))
    hold = in_files.parent / "log.hold"
    hold.touch()
    with workers(1, in_files, seconds=0.0, lease=60.0) as (worker,):
        until(lambda: len(lines()) == 1)
        worker.terminate()
        hold.unlink()
        assert worker.wait(60) == 0
    # It looked at one of two, and nobody has to wait for the end of its lease.
    assert [word for word, _, _ in lines()] == ["begin", "end"]
    assert acquire(store_of(open_archive(in_files).installation), "slow", "another") is not None


def test_a_process_that_is_killed_at_work_is_replaced(
    small: Path, lines: Callable[[], list[tuple[str, int, float]]]
) -> None:
    with workers(2, small, seconds=600.0, lease=2.0):
        until(lambda: len(lines()) == 1)
        _, pid, _ = lines()[0]
        os.kill(pid, signal.SIGKILL)
        until(lambda: len(lines()) == 2)
        word, other, _ = lines()[1]
    assert word == "begin"
    assert other != pid


def test_a_pass_is_done_when_it_is_due(small: Path) -> None:
    archive, plans = open_archive(small), [Plan(DetailsTask(), 3600.0)]
    assert list(run_due(plans, archive)) == []  # the first is due an hour from now
    time.sleep(0.01)
    assert list(run_due([Plan(DetailsTask(), 0.001)], archive)) != []
    assert list(run_due(plans, archive)) == []


def test_what_another_process_does_is_not_done(small: Path) -> None:
    archive = open_archive(small)
    assert acquire(store_of(archive.installation), "status", "another")
    assert run_once(StatusTask(), archive) is None


def test_a_pass_that_was_taken_over_writes_nothing_more(small: Path) -> None:
    archive = open_archive(small)
    place = store_of(archive.installation)

    class Slow(StatusTask):
        def examine(self, experiment: Any) -> Any:
            assert acquire(place, "status", "another", now=time.time() + 1000)
            return super().examine(experiment)

    with pytest.raises(LeaseLostError):
        run_once(Slow(), archive)
    assert not open_archive(small).experiments().running.any()


def test_a_pass_that_was_stopped_is_left_to_the_next(small: Path) -> None:
    class Stopped(StatusTask):
        def examine(self, experiment: Any) -> Any:
            raise SystemExit

    with pytest.raises(SystemExit):
        run_once(Stopped(), open_archive(small))
    assert list(run_due([Plan(StatusTask(), 3600.0)], open_archive(small))) != []


def test_a_mistake_of_ours_about_one_experiment_keeps_the_task_from_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for expid in ("t000", "t001", "t002"):
        demo.make_experiment(tmp_path, expid, jobs=demo.jobs_named([f"{expid}_INI"]))

    class Mistaken(StatusTask):
        def examine(self, experiment: Any) -> Any:
            if experiment.expid == "t001":
                raise SourceUnreadableError(experiment.path, "of which we make a mistake")
            return super().examine(experiment)

        def without(self, experiment: Any, state: str) -> Any:
            raise KeyError("a mistake")

    for _ in range(2):
        caplog.clear()
        made = run_once(Mistaken(), open_archive(tmp_path))
        assert made is not None
        assert (made.examined + made.unchanged, made.unreadable, made.failed) == (3, 1, 1)
        assert "3 experiments" in made.sentence()
        assert "(1 for a mistake, see the log)" in made.sentence()
        (record,) = caplog.records
        assert "t001" in record.getMessage()
        assert "KeyError: 'a mistake'" in caplog.text  # with its traceback
    noted = notes_of(tmp_path / "autosubmit_api.db", "status").values()
    states = {note.name: note.state for note in noted}
    assert states == {"t000": "present", "t001": "unreadable", "t002": "present"}
    # When it is mended, the experiment is looked at although its files are the same.
    made = run_once(StatusTask(), open_archive(tmp_path))
    assert made is not None
    assert (made.unreadable, made.failed) == (0, 0)


def test_where_nothing_can_be_written_it_is_said_once(
    in_files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (in_files / "autosubmit_api.db").mkdir()

    class ThirdTime(Ending):
        times = 0

        def sleep(self, seconds: float) -> None:
            self.times += 1
            if self.times == 3:
                raise SystemExit

    with pytest.raises(SystemExit):
        run_until_stopped([Plan(StatusTask(), 60.0)], open_archive(in_files), ThirdTime())
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with pytest.raises(StoreError):
        run_once(StatusTask(), open_archive(in_files))


def test_a_task_that_fails_is_logged_and_tried_again(
    in_files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    archive, plans = open_archive(in_files), [Plan(StatusTask(), 0.001)]
    (in_files / "autosubmit.db").write_bytes(b"damaged")
    assert list(run_due(plans, archive)) == []  # it is first due a moment later
    for _ in range(2):
        time.sleep(0.01)
        assert list(run_due(plans, archive)) == []
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert schedule.holder().endswith(str(os.getpid()))
