"""The newest states of watched experiments, within a bound of memory."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from autosubmit_core.archive.changes import ChangeLog


def _state(*status: int) -> dict[str, Any]:
    return {"status": np.array(status, dtype=np.int8)}


def test_rows_that_differ_are_told_since_a_cursor() -> None:
    log = ChangeLog()
    begun = log.changes("a", "v1", _state(0, 0, 0))
    later = log.changes("a", "v1", _state(0, 5, 0), begun.cursor)
    assert (later.rows.tolist(), later.reset) == ([1], False)
    assert log.changes("a", "v1", _state(0, 5, 0), later.cursor).rows.tolist() == []
    back = log.changes("a", "v1", _state(0, 0, 0), begun.cursor)
    assert back.rows.tolist() == [1]


def test_nothing_new_leaves_the_cursor_as_it_is() -> None:
    log = ChangeLog()
    begun = log.changes("a", "v1", _state(0, 0))
    assert log.changes("a", "v1", _state(0, 0), begun.cursor).cursor == begun.cursor


def test_experiments_do_not_know_of_each_other() -> None:
    log = ChangeLog()
    cursor = log.changes("a", "v1", _state(0)).cursor
    assert log.changes("b", "v1", _state(0), cursor).reset is True


def test_what_was_not_asked_for_the_longest_is_forgotten() -> None:
    # One state: a status and the number of a change, 9 bytes a job.
    log = ChangeLog(limit_bytes=2_000)
    cursors = {
        expid: log.changes(expid, "v1", _state(*[0] * 100)).cursor for expid in ("a", "b", "c")
    }
    assert log.kept_bytes() == 1_800
    assert log.changes("c", "v1", _state(*[0] * 100), cursors["c"]).reset is False
    assert log.changes("a", "v1", _state(*[0] * 100), cursors["a"]).reset is True


def test_one_state_over_the_bound_is_kept_until_another_comes() -> None:
    log = ChangeLog(limit_bytes=10)
    cursor = log.changes("a", "v1", _state(*[0] * 100)).cursor
    assert log.changes("a", "v1", _state(*[1] * 100), cursor).rows.size == 100
    log.changes("b", "v1", _state(0))
    assert log.kept_bytes() == 9


def test_many_threads_may_ask() -> None:
    log = ChangeLog()
    begun = log.changes("a", "v1", _state(*[0] * 50)).cursor

    def watch(number: int) -> None:
        for step in range(50):
            log.changes("a", "v1", _state(*[number * 50 + step & 7] * 50), begun)

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.kept_bytes() == 50 * 9


def test_the_newest_cursor_alone_is_known() -> None:
    log = ChangeLog()
    first = log.changes("a", "v1", _state(0)).cursor
    assert log.knows("a", first)
    assert not log.knows("b", first)
    log.changes("a", "v1", _state(5))
    assert not log.knows("a", first)
