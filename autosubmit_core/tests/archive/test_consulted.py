"""What an answer depends on is noted, and looked at again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autosubmit_core.archive import Consulted
from autosubmit_core.archive.consulted import SLOT_SECONDS
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.versions import database_versions, file_version


def test_a_file_that_changes_or_goes_or_comes_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for change in (lambda: path.write_text("1"), lambda: path.write_text("22"), path.unlink):
        consulted = Consulted()
        consulted.files((file_version(path),))
        assert consulted.holds()
        change()
        assert not consulted.holds()


def test_the_files_beside_a_database_count(tmp_path: Path) -> None:
    consulted = Consulted()
    consulted.files(database_versions(tmp_path / "a.db"))
    (tmp_path / "a.db-wal").write_text("newest")
    assert not consulted.holds()


def test_a_question_that_is_answered_differently_is_seen() -> None:
    names, consulted = ["a"], Consulted()
    assert consulted.look(len, names) == 1
    assert consulted.holds()
    names.append("b")
    assert not consulted.holds()


def test_a_question_that_cannot_be_answered_any_more_is_seen(tmp_path: Path) -> None:
    broken: list[bool] = []

    def ask() -> int:
        if broken:
            raise SourceUnreadableError(tmp_path, "locked")
        return 1

    consulted = Consulted()
    consulted.look(ask)
    broken.append(True)
    assert not consulted.holds()


def test_what_fails_may_succeed_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read looks the same when it may."""

    def refuse() -> int:
        raise SourceUnreadableError("log", "may not be read")

    begin = time.time()
    for failing in (lambda one: one.look(refuse), lambda one: fail_in(one, refuse)):
        consulted = Consulted()
        with pytest.raises(SourceUnreadableError):
            failing(consulted)
        monkeypatch.setattr(time, "time", lambda: begin + 10)
        assert not consulted.holds()
        monkeypatch.undo()


def fail_in(consulted: Consulted, fail: Callable[[], object]) -> None:
    with consulted.momentary_failures():
        fail()


@pytest.mark.parametrize(("later", "holds"), [(0, True), (4, True), (5, False), (-1, False)])
def test_the_present_lasts_to_the_end_of_its_slot(
    monkeypatch: pytest.MonkeyPatch, later: int, holds: bool
) -> None:
    """Whichever way the clock goes."""
    moment = 1_750_000_000
    consulted = Consulted()
    consulted.moment(moment)
    monkeypatch.setattr(time, "time", lambda: float(moment + later))
    assert consulted.holds() is holds


def test_everything_is_counted(tmp_path: Path) -> None:
    consulted: Consulted = Consulted()
    ask: Callable[[], int] = int
    consulted.files([file_version(tmp_path), file_version(tmp_path)])
    consulted.look(ask)
    assert len(consulted) == 2


def test_the_files_of_single_jobs_are_looked_at_once_in_each_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, path = 1_780_000_000.0, tmp_path / "a000_INI_TOTAL_STATS"
    monkeypatch.setattr(time, "time", lambda: now)
    consulted = Consulted()
    consulted.files_of_jobs((file_version(path),))
    assert consulted.holds()
    path.write_text("20260101000000\n")
    assert consulted.holds()
    now += SLOT_SECONDS
    assert not consulted.holds()
    assert (len(consulted), len(consulted.versions)) == (1, 1)
