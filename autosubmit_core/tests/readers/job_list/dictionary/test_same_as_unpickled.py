"""Without unpickling, a job list says what it says when it is unpickled."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from autosubmit_core.demo.writing.job_lists import write_dictionary_pickle
from autosubmit_core.readers.job_list import pickles, read_job_list
from autosubmit_core.readers.job_list.dictionary import UnfamiliarError
from autosubmit_core.readers.job_list.unpickle import STATE_KEYS
from autosubmit_core.tables import JobTable

ReadBytes = Callable[[bytes], JobTable]

NUMBERS = (0, 1, 255, 256, 65_535, 65_536, -1, 2**31 - 1, -(2**31), 2**40, 20261120170238, 2**70)
TEXTS = ("", "SIM", "fc0", "20261028055725", "años", "Ô\x94", "x" * 148, "y" * 300, "\ud800")


def assert_same(one: JobTable, other: JobTable) -> None:
    for name, column in one.columns().items():
        # Not a time is not equal to itself; its text is.
        assert column.astype(str).tolist() == other.columns()[name].astype(str).tolist(), name


def states(seed: int, jobs: int, confusing: bool = False) -> dict[str, dict[str, Any]]:
    """Return made-up states, with all that real ones have between what is asked for.

    Confusing ones say with the values of a key what could be taken for the next keys.
    """
    draw = random.Random(seed)
    shared = [datetime(1940, 3, 4) + timedelta(days=at) for at in range(3)], ("", ""), "shared"
    keys = [key for keys in STATE_KEYS.values() for key in keys]
    others = ["parameters", "_log_path", "edge_info", "type", "date_split", "_dependencies"]
    order = draw.sample(keys + others, len(keys + others))
    lacking = draw.choice(order[1:])

    def value(key: str) -> Any:
        if key == "date" or key == "date_split":
            return draw.choice([None, *shared[0], datetime(2020, 2, draw.randint(1, 28), 6)])
        if key in ("_local_logs", "_remote_logs"):
            name = f"a000_{draw.random()}.out"
            return draw.choice([shared[1], (name, name), (name, "a.err"), None, ()])
        if key in others:
            within = keys if confusing else ["one", "two", "three"]
            nested = {key: draw.choice(TEXTS) for key in draw.sample(within, draw.randint(0, 3))}
            path = PurePosixPath("/", *draw.sample(["a", "b", "c"], 2))
            numbers = {draw.choice(NUMBERS): [1.5, {"deep": (nested, True)}]}
            return draw.choice([None, nested, path, numbers, {"one"}, [], {}, "x" * 60_000])
        plain = [None, shared[2], draw.choice(TEXTS), draw.choice(NUMBERS), 2.5, True]
        return draw.choice([*plain, *draw.sample(order, 2)] if confusing else plain)

    return {
        f"a000_{at}_SIM": {
            key: value(key) for key in order if key != lacking or at == 0 or draw.random() < 0.5
        }
        for at in range(jobs)
    }


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("protocol", [4, 5])
def test_whatever_states_hold(
    read_places: ReadBytes, read_objects: ReadBytes, seed: int, protocol: int
) -> None:
    data = pickle.dumps(states(seed, jobs=1 + seed**2), protocol)
    if data[2:3] != b"\x95":
        pytest.skip("too short for a frame")
    assert_same(read_places(data), read_objects(data))


@pytest.mark.parametrize("seed", range(25))
def test_what_could_be_taken_for_something_else_is_not(
    read_places: ReadBytes, read_objects: ReadBytes, seed: int
) -> None:
    made = states(seed, jobs=1 + seed**2, confusing=True)
    # The first job, whose keys are spelled out, is a plain one.
    plain = {"a000_SETUP": dict.fromkeys(made["a000_0_SIM"])}
    data = pickle.dumps(plain | made, 5)
    try:
        found = read_places(data)
    except UnfamiliarError:
        return  # It is unpickled then.
    assert_same(found, read_objects(data))


@pytest.mark.parametrize("jobs", [1, 2, 999, 1000, 1001, 2000, 2001, 9001])
def test_however_many_jobs_there_are(
    read_places: ReadBytes, read_objects: ReadBytes, jobs: int
) -> None:
    made = {f"a000_{at}_SIM": {"_section": "SIM", "id": at, "_chunk": 1 + at} for at in range(jobs)}
    padding = {f"key{at}": None for at in range(110)}
    data = pickle.dumps({name: state | padding for name, state in made.items()}, 5)
    read = read_places(data)
    assert_same(read, read_objects(data))
    assert read.chunk.tolist() == list(range(1, jobs + 1))


def test_jobs_with_their_keys_in_another_order_or_fewer(
    read_places: ReadBytes, read_objects: ReadBytes
) -> None:
    keys = ["rerun", *(f"key{at}" for at in range(20)), "_section", "_chunk", "_status", "last"]
    orders = [keys, [keys[0], *reversed(keys)][:-1], keys[:-2], keys[:2]]
    made = {
        f"a000_{at}_SIM": {key: f"{key} {at % 7}" for key in orders[at % 3 if at % 50 else 3]}
        | ({"_chunk": at} if at % 50 else {})
        for at in range(1500)
        if at
    }
    data = pickle.dumps({"a000_0_SIM": dict.fromkeys(keys)} | made, 5)
    assert_same(read_places(data), read_objects(data))


def test_no_process_is_started_for_it(
    tmp_path: Path, jobs: JobTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pickles, "_unpickled", lambda *_: pytest.fail("was unpickled"))
    write_dictionary_pickle(tmp_path / "dictionary.pkl", jobs)
    assert read_job_list(tmp_path / "dictionary.pkl").name.tolist() == jobs.name.tolist()


def test_recorded_job_lists_in_dictionary_layout_are_read_so(
    reference_experiments: Path, read_places: ReadBytes, read_objects: ReadBytes
) -> None:
    read = []
    for path in sorted(reference_experiments.glob("*/pkl/job_list_*.pkl")):
        data = path.read_bytes()
        try:
            found = read_places(data)
        except UnfamiliarError:
            continue
        assert_same(found, read_objects(data))
        read.append(path.parent.parent.name)
    # The others are lists of tuples, graphs, or without jobs.
    assert read == ["a1vj", "a1vx", "aa6f"]
