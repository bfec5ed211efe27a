"""What was read is kept for as long as its files are the same, and no longer."""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from autosubmit_core.archive import kept
from autosubmit_core.archive.kept import Shelf, Versions
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.versions import file_version


class CountedReads:
    """Reads a file as text and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times = 0

    def __call__(self) -> tuple[str, Versions]:
        self.times += 1
        versions = (file_version(self.path),)
        if not self.path.exists():
            return "", versions
        text = self.path.read_text()
        if text == "damaged":
            raise SourceUnreadableError(self.path, "damaged")
        return text, versions


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("first")
    return path


def get(shelf: Shelf, read: Callable[[], tuple[str, Versions]], key: str = "key") -> str:
    return shelf.get(key, read, len)[0]


def test_an_unchanged_file_is_read_once(source: Path) -> None:
    shelf, read = Shelf(100), CountedReads(source)
    assert [get(shelf, read), get(shelf, read)] == ["first", "first"]
    assert read.times == 1


def test_a_changed_file_is_read_again(source: Path) -> None:
    shelf, read = Shelf(100), CountedReads(source)
    get(shelf, read)
    source.write_text("second")
    assert get(shelf, read) == "second"


def test_a_file_replaced_by_one_of_equal_size_and_time_is_read_again(source: Path) -> None:
    shelf, read = Shelf(100), CountedReads(source)
    get(shelf, read)
    times = source.stat()
    other = source.with_name("other")
    other.write_text("other")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(source)
    assert get(shelf, read) == "other"


def test_a_file_that_appears_is_read(tmp_path: Path) -> None:
    shelf, read = Shelf(100), CountedReads(tmp_path / "later")
    assert get(shelf, read) == ""
    read.path.write_text("there")
    assert get(shelf, read) == "there"


def test_the_longest_unused_value_goes_when_the_bound_is_reached(tmp_path: Path) -> None:
    shelf = Shelf(10)
    reads = {}
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("four")
        reads[name] = CountedReads(tmp_path / name)
    get(shelf, reads["a"], "a")
    get(shelf, reads["b"], "b")
    get(shelf, reads["a"], "a")
    get(shelf, reads["c"], "c")
    assert shelf.kept_bytes() == 8
    for name in ("a", "b", "c"):
        get(shelf, reads[name], name)
    assert {name: read.times for name, read in reads.items()} == {"a": 1, "b": 2, "c": 2}


def test_a_value_larger_than_the_bound_is_handed_out_and_not_kept(source: Path) -> None:
    shelf, read = Shelf(3), CountedReads(source)
    assert get(shelf, read) == "first"
    assert shelf.kept_bytes() == 0


def test_a_source_that_cannot_be_read_is_not_tried_again_at_once(source: Path) -> None:
    source.write_text("damaged")
    shelf, read = Shelf(100), CountedReads(source)
    for _ in range(3):
        with pytest.raises(SourceUnreadableError, match="damaged"):
            get(shelf, read)
    assert read.times == 1
    source.write_text("mended")
    assert get(shelf, read) == "mended"


def test_a_failure_does_not_keep_what_had_been_read(source: Path) -> None:
    class Rows(list[int]):
        """What a reader holds when it meets the damage."""

    left: list[weakref.ref[Rows]] = []

    def read() -> tuple[str, Versions]:
        rows = Rows([1, 2, 3])
        left.append(weakref.ref(rows))
        try:
            raise ValueError(f"damaged after {len(rows)} rows")
        except ValueError as error:
            raise SourceUnreadableError(source, "damaged") from error

    shelf = Shelf(100)
    for _ in range(3):
        with pytest.raises(SourceUnreadableError, match="damaged"):
            get(shelf, read)
    gc.collect()
    assert [rows() for rows in left] == [None]


def test_a_failure_is_forgotten_after_a_while(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "FAILURE_SECONDS", -1.0)
    source.write_text("damaged")
    shelf, read = Shelf(100), CountedReads(source)
    for _ in range(2):
        with pytest.raises(SourceUnreadableError):
            get(shelf, read)
    assert read.times == 2


def test_a_value_that_lacks_a_source_is_made_again_after_a_while(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, read = Shelf(100), CountedReads(source)

    def ask(lacking: bool) -> str:
        return shelf.get("key", read, len, lambda text: lacking)[0]

    assert [ask(True), ask(True)] == ["first", "first"]
    assert read.times == 1
    later = time.monotonic() + kept.FAILURE_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert [ask(False), ask(True)] == ["first", "first"]
    assert read.times == 2


@pytest.mark.parametrize("bound", [100, 3])
def test_many_who_ask_at_once_share_one_read_also_of_what_is_not_kept(
    source: Path, bound: int
) -> None:
    shelf, read = Shelf(bound), CountedReads(source)
    started, go_on = threading.Event(), threading.Event()

    def slow_read() -> tuple[str, Versions]:
        started.set()
        assert go_on.wait(10)
        return read()

    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(get(shelf, slow_read))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    deadline = time.monotonic() + 10
    while shelf._asked["key"].users < 8 and time.monotonic() < deadline:
        time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join()
    assert texts == ["first"] * 8
    assert read.times == 1


def test_what_had_to_make_room_is_counted_and_what_is_made_anew_is_not(source: Path) -> None:
    shelf, read = Shelf(8), CountedReads(source)
    for key in ("one", "two", "one"):  # five bytes each: there is room for one of them
        get(shelf, read, key)
    source.write_text("other")
    get(shelf, read, "one")
    assert {kind: tally.evicted for kind, tally in shelf.tallies().items()} == {"one": 1, "two": 1}
