from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autosubmit_core.errors import SourceMissingError
from autosubmit_core.readers.logs import LogTail, job_log_tail, tail, tails

NAME = "a000_SIM.20240112163324.out"


def tail_of(folder: Path, content: bytes, lines: int = 150) -> LogTail:
    (folder / NAME).write_bytes(content)
    return tail(folder, NAME, lines)


def numbered(count: int, end: str = "\n") -> bytes:
    return "".join(f"line {i}{end}" for i in range(count)).encode()


@pytest.mark.parametrize("count", [0, 1, 149, 150, 151, 5000])
def test_the_last_150_lines_are_shown_oldest_first(folder: Path, count: int) -> None:
    shown = tail_of(folder, numbered(count))
    assert shown.lines == tuple(f"line {i}" for i in range(max(0, count - 150), count))
    assert shown.complete
    assert shown.note is None


@pytest.mark.parametrize("block", [1, 7, 64])
def test_lines_do_not_depend_on_where_blocks_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(tails, "_BLOCK_BYTES", block)
    assert tail_of(folder, numbered(300)).lines == tuple(f"line {i}" for i in range(150, 300))


def test_fewer_lines_can_be_asked_for(folder: Path) -> None:
    assert tail_of(folder, numbered(10), lines=2).lines == ("line 8", "line 9")
    with pytest.raises(ValueError, match="at least one"):
        tail_of(folder, numbered(10), lines=0)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", ()),
        (b"\n", ("",)),
        (b"a\n\n", ("a", "")),
        (b"no line feed at the end", ("no line feed at the end",)),
        (b"a\r\nb\r\n", ("a", "b")),
        (b"a\r\r\n", ("a\r",)),
        (b"10%\r20%\r30%\ndone", ("10%\r20%\r30%", "done")),
        (b"form\x0cfeed\x0b\x1c\x1d\x1e\n", ("form\x0cfeed\x0b\x1c\x1d\x1e",)),
        ("next\x85line\u2028\u2029\n".encode(), ("next\x85line\u2028\u2029",)),
        (b"caf\xe9\n", ("caf\ufffd",)),
        (b"\0\0nul\n", ("\0\0nul",)),
        (b"blanks stay  \t\n", ("blanks stay  \t",)),
    ],
)
def test_a_line_ends_at_a_line_feed_and_nowhere_else(
    folder: Path, content: bytes, lines: tuple[str, ...]
) -> None:
    assert tail_of(folder, content).lines == lines


def test_what_is_known_about_the_file_comes_along(folder: Path) -> None:
    (folder / NAME).write_bytes(b"one\n")
    os.utime(folder / NAME, (1_000_000_000, 1_700_000_000.9))
    shown = tail(folder, NAME)
    assert (shown.size, shown.modified, shown.compression) == (4, 1_700_000_000, "none")


def test_a_large_plain_log_costs_a_block(folder: Path, bytes_read: Callable[[], int]) -> None:
    with (folder / NAME).open("wb") as log:
        log.truncate(10 * 2**30)  # ten gibibytes that take no room on disk
        log.seek(0, os.SEEK_END)
        log.write(b"\n" + numbered(200))
    assert tail(folder, NAME).lines[-1] == "line 199"
    assert bytes_read() <= 2**17


def test_a_line_of_100_megabytes_is_cut_to_its_end(
    folder: Path, bytes_read: Callable[[], int]
) -> None:
    with (folder / NAME).open("wb") as log:
        log.truncate(100 * 2**20)
        log.seek(0, os.SEEK_END)
        log.write(b"the end of it\nlast\n")
    shown = tail(folder, NAME)
    assert [len(line) for line in shown.lines] == [tails.LINE_BYTES, 4]
    assert shown.lines[0].endswith("the end of it")
    assert not shown.complete
    assert shown.note == "Very long lines are cut: only their ends are shown."
    assert bytes_read() <= tails.TAIL_BYTES + 6


def test_a_cut_never_goes_through_a_character(folder: Path) -> None:
    shown = tail_of(folder, "é".encode() * tails.LINE_BYTES + b"x")
    assert set(shown.lines[0]) == {"é", "x"}


def test_a_line_at_the_limit_is_whole(folder: Path) -> None:
    shown = tail_of(folder, b"x" * tails.LINE_BYTES + b"\r\n")
    assert shown.complete
    assert len(shown.lines[0]) == tails.LINE_BYTES


def test_long_lines_that_fit_together_are_all_shown(folder: Path) -> None:
    shown = tail_of(folder, (b"x" * 10_000 + b"\n") * 150)
    assert shown.complete
    assert len(shown.lines) == 150


def test_an_answer_has_a_size_whatever_the_log_holds(folder: Path) -> None:
    # Each of these bytes becomes a replacement character, three bytes of UTF-8.
    shown = tail_of(folder, (b"\xff" * 60_000 + b"\n") * 100)
    assert sum(len(line.encode()) for line in shown.lines) <= tails.TAIL_BYTES
    assert shown.lines[-1] == "\ufffd" * 60_000
    assert not shown.complete
    assert "fewer of them" in str(shown.note)


def test_a_job_log_is_asked_for_by_the_name_of_a_job_log(folder: Path) -> None:
    for name in (NAME, "a000_SIM.cmd", "a000_SIM_STAT", "id_rsa"):
        (folder / name).write_text("content\n")
    assert job_log_tail(folder, NAME).lines == ("content",)
    for name in ("a000_SIM.cmd", "a000_SIM_STAT", "id_rsa"):
        with pytest.raises(SourceMissingError):
            job_log_tail(folder, name)
