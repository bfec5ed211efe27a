"""What is not a job list as Autosubmit writes it is left to the unpickler, soon, and never guessed."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from autosubmit_core.readers.job_list import unpickle
from autosubmit_core.readers.job_list.dictionary import UnfamiliarError, all_states, one_state
from autosubmit_core.tables import JobTable

ReadBytes = Callable[[bytes], JobTable]
Framed = Callable[[bytes], bytes]

#: What unpickling raises of damaged bytes, and reading the values that come of it.
DAMAGE = (
    *(unpickle.DamagedError, unpickle.RefusedError, pickle.UnpicklingError, EOFError, MemoryError),
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
)


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode() + b"\x94"


def job(name: str, *items: bytes) -> bytes:
    """Instructions for a job, whose state is made of keys and values."""
    return text(name) + b"}\x94(" + b"".join(items) + b"u"


@pytest.fixture
def sound() -> bytes:
    """A job list of four jobs."""
    made = {
        f"a000_{at}_SIM": {
            "rerun": False,
            "_section": "SIM",
            "_member": f"fc{at}",
            "date": datetime(2020, 2, 28),
            "_local_logs": (f"{at}.out", f"{at}.err"),
            "edge_info": {"a": [1, at]},
            "_status": at,
            "id": 21131676 + at,
            "last": None,
        }
        for at in range(4)
    }
    return pickle.dumps(made, 5)


def test_a_changed_byte_is_noticed_or_does_not_matter_or_is_what_the_file_says(
    read_places: ReadBytes, read_objects: ReadBytes, sound: bytes
) -> None:
    draw = random.Random(0)
    same = 0
    for at in range(11, len(sound)):
        changed = sound[:at] + bytes([draw.choice(sound)]) + sound[at + 1 :]
        try:
            found = read_places(changed)
            expected = read_objects(changed)
        except (UnfamiliarError, *DAMAGE):
            continue
        same += 1
        for name, column in expected.columns().items():
            assert column.astype(str).tolist() == found.columns()[name].astype(str).tolist(), at
    assert same > 100


def test_a_file_that_stops_anywhere_is_not_read_in_part(
    read_places: ReadBytes, sound: bytes
) -> None:
    for end in range(len(sound)):
        with pytest.raises(UnfamiliarError):
            read_places(sound[:end])


@pytest.mark.parametrize("protocol", [0, 1, 2, 3])
def test_other_protocols(read_places: ReadBytes, protocol: int) -> None:
    with pytest.raises(UnfamiliarError):
        read_places(pickle.dumps({"a000_SIM": {"_section": "SIM", "_chunk": 1}}, protocol))


@pytest.mark.parametrize("value", [[1], {}, "SIM", {"a000_SIM": 1}, {"a000_SIM": {}}])
def test_other_things_than_job_lists(read_places: ReadBytes, value: Any) -> None:
    with pytest.raises(UnfamiliarError):
        read_places(pickle.dumps(value, 5))


@pytest.mark.parametrize("key", ["_section", "whatever"])
def test_a_value_made_by_something_that_no_job_list_names(
    read_places: ReadBytes, framed: Framed, key: str
) -> None:
    attack = text("os") + text("system") + b"\x93\x94" + text("true") + b"\x85\x94R\x94"
    first = job("a000_1_SIM", text("rerun"), b"N", text(key), b"N")
    other = job("a000_2_SIM", b"h\x03N", b"h\x04", attack)
    assert (
        len(read_places(framed(b"}\x94(" + first + job("a000_2_SIM", b"h\x03Nh\x04N") + b"u.")))
        == 2
    )
    with pytest.raises(UnfamiliarError):
        read_places(framed(b"}\x94(" + first + other + b"u."))


def test_a_state_with_a_key_twice(read_places: ReadBytes, framed: Framed) -> None:
    first = job("a000_1_SIM", text("_status"), b"K\x05", text("_status"), b"K\x00")
    with pytest.raises(UnfamiliarError):
        read_places(framed(b"}\x94(" + first + b"u."))


def test_something_named_that_is_not_noted(read_places: ReadBytes, framed: Framed) -> None:
    file = job("a000_1_SIM", text("date"), text("datetime") + text("datetime") + b"\x93")
    with pytest.raises(UnfamiliarError):
        read_places(framed(b"}\x94(" + file + b"u."))


@pytest.mark.parametrize(
    "value", [b"h\x63", b"j\xff\xff\xff\xff", b"h\x00", b"h\x02", b"]\x94", b"C\x01a\x94"]
)
def test_a_text_that_is_none(read_places: ReadBytes, framed: Framed, value: bytes) -> None:
    first = job("a000_1_SIM", text("rerun"), b"N", text("_section"), b"N")
    other = job("a000_2_SIM", b"h\x03N", b"h\x04" + value)
    with pytest.raises(UnfamiliarError):
        read_places(framed(b"}\x94(" + first + other + b"u."))


@pytest.mark.parametrize(
    "value",
    [b"N" * 2, b"\x86", b"u", b"e", b"t", b"(", b"a", b"s", b"(u", b"R"],
)
def test_instructions_that_do_not_fit(read_places: ReadBytes, framed: Framed, value: bytes) -> None:
    first = job("a000_1_SIM", text("rerun"), b"N", text("_section"), b"N")
    other = job("a000_2_SIM", b"h\x03", value, b"h\x04N")
    for file in (first + other, job("a000_1_SIM", text("rerun"), value, text("_section"), b"N")):
        with pytest.raises(UnfamiliarError):
            read_places(framed(b"}\x94(" + file + b"u."))


def test_a_state_that_goes_on_and_on(read_places: ReadBytes, framed: Framed) -> None:
    first = job("a000_1_SIM", text("rerun"), b"N", text("_section"), b"N")
    most = max(all_states.MOST_STEPS, one_state.MOST_INSTRUCTIONS)
    endless = b"(" + b"N" * most + b"t\x94"
    for file in (
        first + job("a000_2_SIM", b"h\x03", endless, b"h\x04N"),
        first + job("a000_2_SIM", b"h\x03", b"(" * 9 + b"t" * 9, b"h\x04N"),
        job("a000_1_SIM", text("rerun"), endless, text("_section"), b"N"),
    ):
        with pytest.raises(UnfamiliarError):
            read_places(framed(b"}\x94(" + file + b"u."))


def test_more_states_than_fit_into_the_file(read_places: ReadBytes, framed: Framed) -> None:
    first = job("a000_1_SIM", text("rerun"), b"N", text("_section"), b"N")
    others = b"".join(job(f"a000_{at}", b"h\x03Nh\x04N") for at in range(10_000))
    with pytest.raises(UnfamiliarError):
        read_places(framed(b"}\x94(" + first + others + b"u."))


def test_a_long_text_is_made_once_however_often_it_is_said(
    read_places: ReadBytes, framed: Framed
) -> None:
    long = b"X" + (100_000).to_bytes(4, "little") + b"x" * 100_000 + b"\x94"
    first = job("a000_1_SIM", text("rerun"), b"N", text("_section"), long)
    others = [
        job(f"a000_{at}_SIM", b"h\x03N", b"h\x04" + (text(f"S{at}") if at < 600 else b"h\x05"))
        for at in range(2, 1000)
    ]
    read = read_places(framed(b"}\x94(" + first + b"".join(others) + b"u."))
    assert len({id(section) for section in read.section if len(section) > 10}) == 1
    assert read.section[-1] == "x" * 100_000
