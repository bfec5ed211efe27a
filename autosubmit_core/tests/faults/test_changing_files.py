"""Files of an experiment are replaced, cut, half written, deleted and forbidden while they are served."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.demo.hand_made import register
from autosubmit_core.demo.installation import write_experiment
from autosubmit_core.demo.stories import STORIES

#: What is asked about an experiment: each part of it is read for one of these at least.
PATHS = ("jobs", "counts", "dependencies", "wrappers", "attempts")

SOURCES = {
    "job list": "{0}/pkl/job_list_{0}.pkl",
    "history": "metadata/data/job_data_{0}.db",
    "structure": "metadata/structures/structure_{0}.db",
    "wrappers": "{0}/pkl/job_packages_{0}.db",
}


def put(path: Path, content: bytes) -> None:
    """Put a file in the place of another at once, as Autosubmit stores its lists."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, path)


def replaced(
    path: Path, before: bytes, after: bytes, seconds: float, chance: random.Random
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        put(path, chance.choice((before, after)))
        time.sleep(chance.uniform(0, 0.05))
    put(path, after)


def truncated(
    path: Path, before: bytes, after: bytes, seconds: float, chance: random.Random
) -> None:
    end = time.monotonic() + seconds
    while True:
        put(path, after)
        os.truncate(path, chance.randrange(1, len(after)))
        if time.monotonic() > end:
            return
        time.sleep(chance.uniform(0, 0.05))


def half_written(
    path: Path, before: bytes, after: bytes, seconds: float, chance: random.Random
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cut = chance.randrange(1, len(after))
        with path.open("r+b", buffering=0) as file:
            # Never empty: that is what Autosubmit's databases are before they have tables.
            file.truncate(cut)
            file.write(after[:cut])
            time.sleep(chance.uniform(0, 0.05))
            file.write(after[cut:])
        time.sleep(chance.uniform(0, 0.05))


def deleted(path: Path, before: bytes, after: bytes, seconds: float, chance: random.Random) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        put(path, before)
        time.sleep(chance.uniform(0, 0.05))
        path.unlink()
        time.sleep(chance.uniform(0, 0.05))


def forbidden(
    path: Path, before: bytes, after: bytes, seconds: float, chance: random.Random
) -> None:
    end = time.monotonic() + seconds
    while True:
        path.chmod(0o644)
        time.sleep(chance.uniform(0, 0.05))
        path.chmod(0)
        if time.monotonic() > end:
            return
        time.sleep(chance.uniform(0, 0.05))


FAULTS = (replaced, truncated, half_written, deleted, forbidden)


@pytest.fixture(scope="module")
def story() -> Any:
    """An experiment of a late version with wrappers and a history."""
    return next(story for story in STORIES if story.expid == "a0k2")


def written(folder: Path, story: Any, expid: str, seed: int) -> dict[str, bytes]:
    """Write an experiment, and return its sources."""
    records = replace(story, expid=expid).records(seed=seed, now=1_780_000_000)
    write_experiment(folder, records)
    register(folder, records)
    found = {name: folder / place.format(expid) for name, place in SOURCES.items()}
    return {name: path.read_bytes() for name, path in found.items()}


def test_no_answer_is_a_mixture_while_files_change(
    tmp_path: Path,
    story: Any,
    serve_apart: Callable[..., Any],
    load: Callable[..., Any],
    until: Callable[..., None],
    without_rights: list[str],
    fault_seconds: float,
) -> None:
    folder = tmp_path / "installation"
    before = written(folder, story, "t000", 1)
    written(folder, story, "t001", 2)
    after = written(tmp_path / "other", story, "t000", 3)
    server = serve_apart(folder / "autosubmitrc", "--disable-bg-tasks", before=without_rights)
    chance = random.Random(1)
    asked = [f"/v4/experiments/{expid}/{part}" for expid in ("t000", "t001") for part in PATHS]
    hurt = frozenset(path for path in asked if "t000" in path)
    right = {path: frozenset([server.ask(path).body]) for path in asked}

    def as_before() -> bool:
        return all({server.ask(path).body} == set(right[path]) for path in hurt)

    #: What is right as well with the other content of a source.
    others = {}
    for name, place in SOURCES.items():
        put(folder / place.format("t000"), after[name])
        others[name] = {path: right[path] | {server.ask(path).body} for path in hurt}
        put(folder / place.format("t000"), before[name])
        until(as_before)
    clients = load(server, asked, 2)
    clients.rounds(1)
    open_files, memory = server.descriptors(), server.resident()
    for fault in FAULTS:
        for name, place in SOURCES.items():
            path = folder / place.format("t000")
            clients.right = {**right, **others[name]}
            # Files are put in the place of others at once: nobody sees less than one of them.
            clients.faulty = hurt if fault is not replaced else frozenset()
            fault(path, before[name], after[name], fault_seconds / 5, chance)
            clients.rounds(1)
            put(path, before[name])
            until(as_before)
            clients.rounds(1)
            clients.right, clients.faulty = dict(right), frozenset()
            assert not clients.wrong, (fault.__name__, name, clients.wrong[:3])
    clients.stop()
    assert not server.failures()
    # Nothing stays open, but for connections that the server has not yet seen the end of.
    until(lambda: server.descriptors() <= open_files)
    print(clients.statuses, max(clients.longest.values()), memory, server.resident())
