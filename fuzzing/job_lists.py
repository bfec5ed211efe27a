"""Job lists in pickles, held against Python's own unpickler with nothing to call."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_list_pickle,
)
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.job_list import read_job_list, unpickle
from autosubmit_core.readers.job_list.columns import RawColumn, job_table
from autosubmit_core.readers.job_list.dictionary import UnfamiliarError, read_dictionary, unframed
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure
from fuzzing.pickle_changes import changed_framed_pickle, changed_pickle
from fuzzing.target import Target, same

__all__ = ["DICTIONARIES", "PICKLES", "sound_jobs"]

#: What is raised of instructions that do not fit each other.
_NO_PICKLE = (
    *(pickle.UnpicklingError, EOFError, MemoryError, ArithmeticError, AttributeError),
    *(LookupError, RecursionError, TypeError, ValueError, ImportError, AssertionError),
)


def sound_jobs(n: int = 6) -> JobTable:
    """Return jobs of all kinds."""
    names = [f"a000_20200101_fc{at % 2}_{at // 2 + 1}_SIM" for at in range(n)]
    return JobTable.of(
        n,
        name=names,
        status=[(5, -1, 4, 3, 0, 1)[at % 6] for at in range(n)],
        priority=range(n),
        section=["SIM"] * n,
        date=["2020-01-01"] * n,
        member=[f"fc{at % 2}" for at in range(n)],
        chunk=[at // 2 + 1 for at in range(n)],
        scheduler_id=[21131676 + at for at in range(n)],
        local_out=[f"{name}.20220314090314.out" for name in names],
        local_err=[f"{name}.20220314090314.err" for name in names],
        submit=[1_647_000_000 + at for at in range(n)],
        platform=["MN5"] * n,
        wallclock=["02:00"] * n,
    )


def _sound(folder: Path) -> list[bytes]:
    """Return the same jobs in every layout, and a few values of other protocols."""
    jobs = sound_jobs()
    structure = Structure.of_edges(jobs.name.tolist()[:-1], jobs.name.tolist()[1:])
    made = [folder / name for name in ("list", "python2", "dictionary", "graph", "many")]
    write_list_pickle(made[0], jobs)
    write_list_pickle(made[1], jobs, python2=True)
    write_dictionary_pickle(made[2], jobs)
    write_graph_pickle(made[3], jobs, structure)
    write_dictionary_pickle(made[4], sound_jobs(30))
    states = {"a000_1_SIM": {"_status": 5, "_section": "SIM", "date": datetime(2020, 2, 28)}}
    tuples = [("a000_1_SIM", 7, 5, 0, "SIM", None, "fc0", 1, "o", "e", "", "", None)]
    others = [pickle.dumps(value, version) for value in (states, tuples) for version in range(6)]
    return [path.read_bytes() for path in made] + others


class _Thing:
    """Stands for every object that a job list may name: takes everything, is nothing."""

    state: Any = None

    def __new__(cls, *_: object, **__: object) -> _Thing:
        return super().__new__(cls)

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, key: object, value: object) -> None: ...

    def append(self, value: object) -> None: ...

    def extend(self, values: object) -> None: ...

    add = append


class _Reference(pickle._Unpickler):
    """Python's own unpickler, in which every name but the date is a :class:`_Thing`."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("datetime", "datetime"):
            return datetime
        return type(name, (_Thing,), {})


def _expected(data: bytes) -> list[tuple[Any, Mapping[str, Any]]] | None:
    """Return the names and states of the jobs of a pickle; None for what does not unpickle so."""
    try:
        top = _Reference(io.BytesIO(data), encoding="latin-1").load()
        if isinstance(top, list):
            return [
                (entry[0], dict(zip(unpickle.TUPLE_FIELDS, entry))) for entry in top if entry[0]
            ]
        if isinstance(top, dict):
            return list(top.items())
        nodes = top.state["_node"].items()
        return [(name, node["job"].state) for name, node in nodes if node.get("job") is not None]
    except _NO_PICKLE:
        return None


def _hold_against_reference(jobs: JobTable, data: bytes) -> None:
    expected = _expected(data)
    if expected is None:
        return
    named = [(str(name), state) for name, state in expected if name]
    same("the number of jobs", len(jobs), len(named))
    names = [name.encode("utf-8", "replace").decode() for name, _ in named]
    same("their names", jobs.name.tolist(), names)
    for row, (_, state) in enumerate(named):
        status = _first(state, ("_status", "status"))
        if type(status) in (int, str):
            same(f"status of job {row}", jobs.status[row], Status.of(status))
        section = _first(state, ("_section", "section"))
        if type(section) is str and section.isascii():
            same(f"section of job {row}", jobs.section[row], section or None)
        chunk = _first(state, ("_chunk", "chunk"))
        if type(chunk) is int:
            same(f"chunk of job {row}", jobs.chunk[row], chunk if 0 < chunk < 1 << 31 else 0)
        identity = _first(state, ("id", "scheduler_id"))
        if type(identity) is int and abs(identity) < 1 << 63:
            same(f"id of job {row}", jobs.scheduler_id[row], identity)


def _first(state: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((state[key] for key in keys if state.get(key) is not None), None)


def _read_pickle(folder: Path, data: bytes) -> None:
    path = folder / "job_list_a000.pkl"
    path.write_bytes(data)
    jobs = read_job_list(path)
    same("a code of no status", set(jobs.status.tolist()) - set(map(int, Status)), set())
    same("the number of names", len(set(jobs.name.tolist())), len(jobs))
    _hold_against_reference(jobs, data)


def _read_dictionary(folder: Path, data: bytes) -> None:
    """Read a file without unpickling it; where that will not do, nobody is asked what will."""
    path = folder / "job_list_a000.pkl"
    path.write_bytes(data)
    with path.open("rb") as file:
        try:
            jobs = job_table(read_dictionary(unframed(file.fileno(), len(data))))
        except UnfamiliarError as error:
            raise SourceUnreadableError(path, "unfamiliar") from error
    with io.FileIO(path) as file:
        try:
            columns = unpickle.read(file)
        except (*_NO_PICKLE, unpickle.RefusedError, unpickle.DamagedError):
            return
    plain = {
        field: RawColumn([unpickle.plain(value) for value in values])
        for field, values in columns.items()
    }
    for name, column in job_table(plain).columns().items():
        same(name, jobs.columns()[name].astype(str).tolist(), column.astype(str).tolist())


PICKLES = Target(_sound, changed_pickle, _read_pickle, seconds=120)
DICTIONARIES = Target(_sound, changed_framed_pickle, _read_dictionary)
