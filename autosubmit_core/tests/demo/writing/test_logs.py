"""Logs get the names, places, compression and times that Autosubmit's own have."""

from __future__ import annotations

import gzip
import lzma
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autosubmit_core.demo.writing.logs import (
    write_command_log,
    write_job_log,
    write_lines,
    write_recovery_log,
)

# 2026-02-02 02:40:00 UTC
INSTANT = 1_770_000_000


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_command_log_is_named_for_its_beginning_and_has_an_empty_error_log(
    tmp_path: Path,
) -> None:
    path = write_command_log(tmp_path / "a000", "run", INSTANT, ["one", "two"], modified=5)
    assert path == tmp_path / "a000" / "tmp" / "ASLOGS" / "20260202_024000_run.log"
    assert path.read_text() == "one\ntwo\n"
    assert path.with_name("20260202_024000_run_err.log").read_bytes() == b""


def test_a_recovery_log_is_named_for_its_platform_in_lower_case(tmp_path: Path) -> None:
    path = write_recovery_log(tmp_path, "LUMI-C", INSTANT, [], modified=5)
    assert path.name == "20260202_024000_lumi-c_log_recovery.log"


def test_job_logs_stand_in_the_folder_of_the_experiment(tmp_path: Path) -> None:
    path = write_job_log(tmp_path / "a000", "a000_SIM.20260202024000.out", ["x"], modified=5)
    assert path.parent == tmp_path / "a000" / "tmp" / "LOG_a000"


def test_the_suffix_decides_the_compression(tmp_path: Path) -> None:
    lines = [f"step {number}" for number in range(300)]
    text = "".join(f"{line}\n" for line in lines).encode()
    plain, xz, gz = (
        write_lines(tmp_path / name, lines, modified=5)
        for name in ("a.out", "a.out.xz", "a.out.gz")
    )
    assert plain.read_bytes() == text
    assert lzma.decompress(xz.read_bytes()) == text
    assert gzip.decompress(gz.read_bytes()) == text


def test_files_have_the_time_of_their_last_line(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.log", ["x"], modified=INSTANT)
    assert path.stat().st_mtime == INSTANT


def test_equal_lines_make_equal_bytes(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "a.gz", ["x"], modified=5).read_bytes()
    assert write_lines(tmp_path / "b.gz", ["x"], modified=6).read_bytes() == one
