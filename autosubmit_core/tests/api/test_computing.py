"""The computing process: what crosses, that errors stay what they are, how it ends and is replaced."""

from __future__ import annotations

import errno
import importlib
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autosubmit_core import errors
from autosubmit_core.api import computing as computing_module
from autosubmit_core.api.computing import Computing
from autosubmit_core.api.computing_process import ComputationError
from autosubmit_core.api.encoding import Question, answered
from autosubmit_core.api.handlers import ApiHandler
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.demo.writing.catalogues import write_catalogue
from autosubmit_core.tables import ExperimentTable

#: Functions of a module, as those of answers are.
ASKED = """
import os, time
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.errors import SourceUnreadableError

def pid(archive):
    return os.getpid()

def niceness(archive):
    return os.getpriority(os.PRIO_PROCESS, 0)

def known(archive):
    return archive.experiments().name.tolist()

def sent(archive, *values):
    return values

def fail(archive, error):
    raise error

def divide(archive):
    return 1 / 0

def sleep(archive, path):
    open(path, "w").close()
    time.sleep(60)

def not_to_be_sent(archive):
    return lambda: None

def of_jobs(experiment):
    return experiment.counters()

def of_changes(experiment, since=None):
    return {"cursor": experiment.changes(since).cursor}
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "asked_there.py").write_text(ASKED)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    yield importlib.import_module("asked_there")
    del sys.modules["asked_there"]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    return open_archive(tmp_path)


@pytest.fixture
def computing(archive: Archive) -> Iterator[Computing]:
    made = Computing(archive, 2)
    yield made
    made.close()


def question(function: Callable[..., Any], **arguments: Any) -> Question:
    return Question(function, "a000", tuple(arguments.items()), ApiHandler.envelope)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.ESRCH
    return False


# -- what crosses --------------------------------------------------------------------------------


def test_it_is_another_process_that_gives_way(computing: Computing, asked: ModuleType) -> None:
    assert computing.pid is None
    there = computing.call(asked.pid)
    assert there not in (0, os.getpid())
    assert computing.pid == there
    assert computing.call(asked.niceness) > os.getpriority(os.PRIO_PROCESS, 0)


def test_it_reads_the_same_installation(computing: Computing, asked: ModuleType) -> None:
    assert computing.call(asked.known) == ["a000"]


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 10_000_000])
def test_bodies_of_any_size_arrive_as_they_were(
    computing: Computing, asked: ModuleType, size: int
) -> None:
    body = os.urandom(size)
    assert computing.call(asked.sent, body, "text", body) == (body, "text", body)


def test_whatever_is_asked_side_by_side_gets_its_own_answer(
    computing: Computing, asked: ModuleType
) -> None:
    bodies = [bytes([number]) * 100_000 for number in range(40)]
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(lambda body: computing.call(asked.sent, body), bodies)
        assert [answer for (answer,) in answers] == bodies


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        errors.InstallationError("none"),
        errors.ExperimentNotFoundError("a000"),
        errors.JobNotFoundError("a000", "a000_SIM"),
        errors.RunNotFoundError("a000", 7),
        errors.RequestError("no sense"),
        errors.SourceMissingError("/a/file"),
        errors.SourceUnreadableError("/a/file", "locked"),
        errors.ConfigurationInvalidError("/a/file", "line 3"),
        RefusedError(422, "Wrong.", "wrong", fields=(("name", "reason"),), headers={"A": "b"}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_errors_arrive_as_themselves(
    computing: Computing, asked: ModuleType, error: Exception
) -> None:
    with pytest.raises(type(error)) as raised:
        computing.call(asked.fail, error)
    assert type(raised.value) is type(error)
    assert str(raised.value) == str(error)
    assert vars(raised.value) == vars(error)


def test_a_mistake_arrives_with_its_trace(computing: Computing, asked: ModuleType) -> None:
    with pytest.raises(ComputationError, match=r"in divide\n.*(.|\n)*ZeroDivisionError"):
        computing.call(asked.divide)


def test_what_cannot_cross_is_a_mistake_and_ends_nothing(
    computing: Computing, asked: ModuleType
) -> None:
    there = computing.call(asked.pid)
    with pytest.raises(ComputationError, match="lambda"):
        computing.call(asked.not_to_be_sent)
    with pytest.raises((AttributeError, pickle.PicklingError)):
        computing.call(lambda archive: None)
    assert computing.call(asked.pid) == there


# -- what an answer depends on -------------------------------------------------------------------


def test_what_was_read_there_is_looked_at_here(
    computing: Computing, asked: ModuleType, archive: Archive
) -> None:
    encoded, consulted = computing.call(answered, question(asked.of_jobs))
    assert consulted.holds()
    assert encoded == answered(archive, question(asked.of_jobs))[0]
    os.utime(archive.installation.job_list_pickle("a000"))
    assert not consulted.holds()


def test_what_was_asked_there_is_asked_here(
    computing: Computing, asked: ModuleType, archive: Archive
) -> None:
    """A look at the catalogue is taken at the one of this process."""
    _, consulted = computing.call(answered, question(asked.of_jobs))
    registered = ExperimentTable.of(1, id=[1], name=["a000"], description=["another"])
    write_catalogue(archive.installation.db_dir, registered)
    assert not consulted.holds()


def test_a_cursor_is_known_for_as_long_as_the_process_lives(
    computing: Computing, asked: ModuleType
) -> None:
    _, consulted = computing.call(answered, question(asked.of_changes))
    assert consulted.holds()
    assert computing.pid is not None
    os.kill(computing.pid, signal.SIGKILL)
    while computing.pid is not None:
        time.sleep(0.01)
    computing.start()
    assert not consulted.holds()


# -- how it ends ---------------------------------------------------------------------------------


def under_way(
    computing: Computing, asked: ModuleType, threads: ThreadPoolExecutor, mark: Path
) -> Any:
    """Ask for what takes a minute, and wait until it has begun."""
    asking = threads.submit(computing.call, asked.sleep, str(mark))
    while not mark.exists() and not asking.done():
        time.sleep(0.01)
    return asking


def test_one_that_dies_costs_what_is_under_way_and_is_replaced(
    computing: Computing, asked: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = computing.call(asked.pid)
    with ThreadPoolExecutor(2) as threads:
        asking = [under_way(computing, asked, threads, tmp_path / name) for name in "ab"]
        os.kill(first, signal.SIGKILL)
        for one in asking:
            with pytest.raises(RefusedError, match="has ended") as refused:
                one.result(10)
            assert refused.value.refusal.status == 503
            assert refused.value.refusal.headers == {"Retry-After": "5"}
    assert computing.call(asked.pid) not in (first, os.getpid())
    told = [record.message for record in caplog.records if "unexpectedly" in record.message]
    assert len(told) == 1
    assert f"computing process {first} ended unexpectedly (-9)" in told[0]


def test_half_a_reply_is_never_taken_for_another(
    computing: Computing, asked: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server without memory for a large body gives up the process that sent it."""

    def fail(channel: object) -> list[bytes]:
        raise MemoryError

    computing.start()
    with monkeypatch.context() as change:
        change.setattr(computing_module, "receive", fail)
        with pytest.raises(MemoryError):
            computing.call(asked.sent, "first")
    while computing.pid is not None:
        time.sleep(0.01)
    assert computing.call(asked.sent, "second") == ("second",)


def test_one_that_died_unnoticed_costs_nothing(computing: Computing, asked: ModuleType) -> None:
    first = computing.call(asked.pid)
    os.kill(first, signal.SIGKILL)
    while computing.pid is not None:
        time.sleep(0.01)
    assert computing.call(asked.pid) != first


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_stops_its_server_does_not_stop_it(
    computing: Computing, asked: ModuleType, number: signal.Signals
) -> None:
    """The server ends it, when the requests under way have had their time."""
    there = computing.call(asked.pid)
    os.kill(there, number)
    time.sleep(0.05)
    assert computing.call(asked.pid) == there


@pytest.mark.parametrize("standing_still", [False, True])
def test_closed_it_is_gone_and_who_waits_is_told(
    computing: Computing, asked: ModuleType, tmp_path: Path, standing_still: bool
) -> None:
    there = computing.call(asked.pid)
    with ThreadPoolExecutor(1) as threads:
        asking = under_way(computing, asked, threads, tmp_path / "mark")
        if standing_still:
            os.kill(there, signal.SIGSTOP)
        computing.close()
        with pytest.raises(RefusedError):
            asking.result(10)
    assert is_gone(there)
    with pytest.raises(RefusedError, match="stopping"):
        computing.call(asked.pid)
    computing.close()


def test_forgotten_it_is_gone(archive: Archive, asked: ModuleType) -> None:
    there = Computing(archive, 1).call(asked.pid)
    assert is_gone(there)


def test_it_cannot_be_started_without_processes(
    archive: Archive, asked: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(RefusedError, match="cannot be started"):
        Computing(archive, 1).call(asked.pid)


PROGRAM = """
import sys, time
from autosubmit_core.api.computing import Computing
from autosubmit_core.archive import open_archive
computing = Computing(open_archive(sys.argv[1]), 2)
computing.start()
print(computing.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_its_server_is_killed(archive: Archive) -> None:
    """Both hold the output: its end is seen when both are gone."""
    folder = str(archive.installation.db_dir)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, folder], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert int(server.stdout.readline())
        server.kill()
        server.communicate(timeout=10)
