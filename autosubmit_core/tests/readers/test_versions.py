"""A version of a file tells whether it is still the file that was read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from autosubmit_core.readers.versions import file_version, is_current, is_missing

SECOND = 10**9


def change(path: Path, content: str, modified: int) -> None:
    """Write a file in place, on a file system that notes whole seconds."""
    path.write_text(content)
    os.utime(path, ns=(modified, modified))


def test_a_file_that_changes_again_at_once_is_another_as_soon_as_that_can_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = tmp_path / "job_data.db", time.time_ns()
    change(path, "running", now // SECOND * SECOND)
    read = file_version(path)
    assert is_current(read)
    change(path, "is over", now // SECOND * SECOND)
    monkeypatch.setattr(time, "time_ns", lambda: now + 3 * SECOND)
    assert not is_current(read)
    assert file_version(path) != read


def test_a_file_that_has_been_left_alone_stays_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, now = tmp_path / "job_data.db", time.time_ns()
    change(path, "over", now - 10 * SECOND)
    read = file_version(path)
    for later in (1, 60, 10**6):
        monkeypatch.setattr(time, "time_ns", lambda later=later: now + later * SECOND)
        assert is_current(read)
        assert file_version(path) == read


def test_what_is_not_there_is_missing_and_what_may_not_be_looked_at_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    for name in ("absent", "absent/file", "file/file"):
        assert is_missing(tmp_path / name)
        assert is_current(file_version(tmp_path / name))
    for name in ("file", "loop", "x" * 300):
        assert not is_missing(tmp_path / name)
