from __future__ import annotations

import gzip
import lzma
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from autosubmit_core.readers.logs import LogTail, archives, tail, tails

NAME = "a000_SIM.20240112163324.out"
LINES = [f"line {i}" for i in range(3000)]
TEXT = "".join(line + "\n" for line in LINES).encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {"xz": lzma.compress, "gzip": gzip.compress}

of_each_kind = pytest.mark.parametrize("kind", PACKERS)


def tail_of(folder: Path, content: bytes, name: str = NAME) -> LogTail:
    (folder / name).write_bytes(content)
    return tail(folder, name)


@of_each_kind
@pytest.mark.parametrize("suffix", ["", ".xz", ".gz"])
def test_the_first_bytes_tell_the_kind_not_the_name(folder: Path, kind: str, suffix: str) -> None:
    shown = tail_of(folder, PACKERS[kind](TEXT), NAME + suffix)
    assert shown.lines == tuple(LINES[-150:])
    assert (shown.compression, shown.complete) == (kind, True)
    assert tail_of(folder, b"plain\n", NAME + suffix).compression == "none"


@of_each_kind
def test_blanks_at_the_end_of_packed_lines_are_dropped(folder: Path, kind: str) -> None:
    assert tail_of(folder, PACKERS[kind](b"# \n a\t\r\n")).lines == ("#", " a")


@of_each_kind
def test_several_streams_are_read_one_after_the_other(folder: Path, kind: str) -> None:
    pack = PACKERS[kind]
    packed = pack(TEXT[:10_000]) + pack(b"") + b"\0" * 8 + pack(TEXT[10_000:]) + b"\0" * 4
    shown = tail_of(folder, packed)
    assert shown.lines == tuple(LINES[-150:])
    assert shown.complete


@of_each_kind
def test_an_empty_log_stays_empty_when_packed(folder: Path, kind: str) -> None:
    shown = tail_of(folder, PACKERS[kind](b""))
    assert (shown.lines, shown.complete) == ((), True)


@of_each_kind
def test_of_a_packed_file_that_ends_early_the_beginning_is_shown(folder: Path, kind: str) -> None:
    noise = random.Random(0)
    lines = [f"{noise.random()}" for _ in range(20_000)]
    packed = PACKERS[kind]("\n".join(lines).encode())
    shown = tail_of(folder, packed[: len(packed) // 2])
    assert shown.lines
    first = lines.index(shown.lines[0])
    assert list(shown.lines[:-1]) == lines[first : first + len(shown.lines) - 1]
    assert 5_000 < first < 15_000
    assert not shown.complete
    assert "ends early" in str(shown.note)


@of_each_kind
def test_a_packed_file_of_its_first_bytes_only_shows_nothing_and_says_so(
    folder: Path, kind: str
) -> None:
    shown = tail_of(folder, PACKERS[kind](TEXT)[:6])
    assert (shown.lines, shown.complete) == ((), False)


@of_each_kind
def test_what_precedes_damage_is_kept(folder: Path, kind: str) -> None:
    shown = tail_of(folder, PACKERS[kind](TEXT) + b"no stream at all")
    assert shown.lines == tuple(LINES[-150:])
    assert not shown.complete
    assert "damaged" in str(shown.note)


@of_each_kind
def test_unpacking_stops_at_its_limit_of_volume(
    folder: Path, kind: str, bytes_read: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Ten gibibytes of zeros: a stream of 16 mebibytes, 640 times.
    monkeypatch.setattr(archives, "UNPACKED_BYTES", 32 * 2**20)
    stream = PACKERS[kind](b"\0" * 2**24)
    tracemalloc.start()
    shown = tail_of(folder, stream * 640)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert bytes_read() <= 3 * len(stream) + 2 * 2**16
    assert peak < 40 * 2**20
    assert not shown.complete
    assert "too large" in str(shown.note)
    assert len(shown.lines[0]) == tails.LINE_BYTES


@of_each_kind
def test_unpacking_stops_at_its_limit_of_bytes_read(
    folder: Path, kind: str, bytes_read: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "PACKED_BYTES", 2**18)
    shown = tail_of(folder, PACKERS[kind](random.Random(0).randbytes(2**20)))
    assert bytes_read() <= 2**18 + 2**16 + 6
    assert "too large" in str(shown.note)


@of_each_kind
def test_unpacking_stops_when_its_time_is_over(
    folder: Path, kind: str, bytes_read: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Streams that hold nothing have no volume: only the clock ends them.
    monkeypatch.setattr(archives, "SECONDS", 0.0)
    shown = tail_of(folder, PACKERS[kind](b"") * 10_000)
    assert bytes_read() <= 2**16 + 6
    assert "too large" in str(shown.note)


def test_a_dictionary_larger_than_the_limit_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "DICTIONARY_BYTES", 2**20)
    packed = lzma.compress(TEXT, preset=6)  # whoever unpacks it needs 9 MiB
    tracemalloc.start()
    shown = tail_of(folder, packed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (shown.lines, shown.complete) == ((), False)
    assert "cannot be unpacked" in str(shown.note)
    assert peak < 2**20


@of_each_kind
def test_the_strongest_usual_packing_is_within_the_limits(folder: Path, kind: str) -> None:
    strongest = {"xz": lambda: lzma.compress(TEXT, preset=9), "gzip": lambda: gzip.compress(TEXT)}
    assert tail_of(folder, strongest[kind]()).complete
