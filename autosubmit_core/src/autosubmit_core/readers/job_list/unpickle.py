"""The program that takes a job-list pickle apart, in a process of its own.

Started by :mod:`autosubmit_core.readers.job_list.pickles`, which calls :func:`main` in it; the
pickle is its input, the columns its output.

A pickle is a program for a small machine. What it may call is limited here by a list of permitted
names; how much memory and time it may take is limited by the operating system, because single
instructions of that machine can ask for any amount. Nothing but the standard library is imported,
and of Autosubmit or networkx not even their names exist here: their objects become stubs that
keep the few values a job table needs.

Output, on success (exit status 0): :mod:`marshal` of a dictionary, field of
:class:`~autosubmit_core.tables.JobTable` → :mod:`marshal` of its :data:`Column`: whoever reads
that holds up its other threads for no longer than one column takes. Otherwise the exit status is one of
the constants below; after :data:`REFUSED` and :data:`DAMAGED` the output says more, in UTF-8.
"""

from __future__ import annotations

import gc
import io
import marshal
import os
import resource
import sys

# Every job list waits for these imports. "pickle" adds nothing to its own C module but the work of
# loading regular expressions, and "typing" nothing at all.
from _pickle import Unpickler, UnpicklingError
from array import array
from contextlib import suppress
from datetime import datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, NoReturn

#: Exit statuses. The file stops in the middle; it asks for more memory than it may have; it names
#: what no job list names; it is damaged, or something else than a job list.
TRUNCATED, TOO_LARGE, REFUSED, DAMAGED = 10, 11, 12, 13

#: A column as it travels: values, and for each row the position of its value among them, as
#: unsigned integers of so many bytes. 0 bytes: each row has a value of its own.
Column = tuple[list[object], int, bytes]

#: Where fields are in the state of a job, Autosubmit 4.1.0 to 4.1.17; of several keys the first
#: that holds something counts. ``status`` is the key of the graph layout (up to 4.1.11),
#: ``end_time_timestamp`` is in 4.1.13 only.
STATE_KEYS = {
    "status": ("_status", "status"),
    "priority": ("priority",),
    "section": ("_section",),
    "date": ("date",),
    "member": ("_member",),
    "chunk": ("_chunk",),
    "split": ("_split",),
    "splits": ("_splits",),
    "scheduler_id": ("id",),
    "local_logs": ("_local_logs",),
    "remote_logs": ("_remote_logs",),
    "wrapper_type": ("wrapper_type",),
    "ready": ("ready_date",),
    "submit": ("submit_time_timestamp",),
    "start": ("start_time_timestamp",),
    "finish": ("finish_time_timestamp", "end_time_timestamp"),
    "fail_count": ("_fail_count",),
    "platform": ("platform_name",),
    "queue": ("_queue",),
    "wallclock": ("_wallclock",),
    "workflow_commit": ("workflow_commit",),
}
_KEYS = tuple(key for keys in STATE_KEYS.values() for key in keys)

#: The values of a job in the list layout, Autosubmit 3.13 to 4.0; the last is there since 3.14.
TUPLE_FIELDS = (
    *("name", "scheduler_id", "status", "priority", "section", "date", "member", "chunk"),
    *("local_out", "local_err", "remote_out", "remote_err", "wrapper_type"),
)
_SHORTEST_TUPLE = 12

#: How the dictionary layout (4.1.12 and later) begins: protocol, length of the first frame, an
#: empty dictionary, noted as number 0.
_FRAME = slice(3, 11)
_DICTIONARY = b"}\x94"
#: The same instruction and one more: put ``None``, exchange it for what ``persistent_load`` gives.
_PERSISTENT = b"NQ\x94"

#: How much this gives way to the other processes of the machine, 0 to 19.
NICENESS = 5

_PLAIN = {type(None), bool, float, str}
_HASHABLE = _PLAIN | {int, datetime}
_LARGEST_INTEGER = 2**63
#: How many values at the start of a column tell whether values repeat in it.
_SAMPLE = 512


class RefusedError(Exception):
    """The file names something that no job list names."""


class DamagedError(Exception):
    """The file is a pickle, but not of a job list."""


class Jobs:
    """Stands for the dictionary of a job list: keeps what is needed of each job, drops the rest.

    A state of some hundred values is emptied as soon as it is complete, so that memory never
    holds all of them.
    """

    def __init__(self) -> None:
        self.names: list[Any] = []
        #: The values of :data:`_KEYS`, job after job.
        self.values: list[Any] = []

    def __setitem__(self, name: object, state: Any) -> None:
        if type(state) is not dict:
            raise DamagedError("a job in it has no state")
        self.names.append(name)
        self.values.extend(map(state.get, _KEYS))
        state.clear()

    def __setstate__(self, state: object) -> NoReturn:
        raise DamagedError("its jobs are not in order")

    def columns(self) -> dict[str, Sequence[Any]]:
        column = {key: self.values[at :: len(_KEYS)] for at, key in enumerate(_KEYS)}
        fields: dict[str, Sequence[Any]] = {"name": self.names}
        for field, (key, *others) in STATE_KEYS.items():
            fields[field] = column[key]
            for other in others:
                fields[field] = [
                    b if a is None else a for a, b in zip(fields[field], column[other])
                ]
        for side in ("local", "remote"):
            pairs = fields.pop(f"{side}_logs")
            fields[f"{side}_out"], fields[f"{side}_err"] = _halves(pairs)
        return fields


class Inert:
    """What an object becomes that no field is taken from: takes everything, does nothing."""

    __slots__ = ()

    def __new__(cls, *_: object, **__: object) -> Inert:
        return super().__new__(cls)

    # Without a method of its own, "build" of a hostile file would set attributes of the class.
    def __setstate__(self, state: object) -> None: ...

    def __setitem__(self, key: object, value: object) -> None: ...

    def append(self, value: object) -> None: ...

    def extend(self, values: object) -> None: ...


class Job(Inert):
    """A job object of the graph layout: the values of its state, in the order of :data:`_KEYS`."""

    __slots__ = ("values",)

    def __setstate__(self, state: Any) -> None:
        self.values = tuple(map(state.get, _KEYS))
        # The resolved configuration of the job, most of the file; it can hold secrets.
        parameters = state.get("parameters")
        if type(parameters) is dict:
            parameters.clear()
        state.clear()


class Graph(Inert):
    """The graph of the graph layout: its nodes. Edges are read from the structure database."""

    __slots__ = ("nodes",)

    def __setstate__(self, state: Any) -> None:
        self.nodes = state["_node"]


def _latin1(text: str, encoding: str) -> bytes:
    """``_codecs.encode`` as protocol 2 uses it: the payload of a date."""
    if encoding != "latin1":
        raise RefusedError(f"encodes text as {_shown(encoding)}")
    return text.encode("latin-1")


_PERMITTED: dict[tuple[str, str], Any] = {
    ("datetime", "datetime"): datetime,
    ("_codecs", "encode"): _latin1,
    **{("builtins", kind.__name__): kind for kind in (dict, set, frozenset, list, tuple)},
}
_STUBBED = ("autosubmit", "networkx", "pathlib", "ruamel.yaml")
_STUBS = {"autosubmit.job.job": Job, "networkx.classes.digraph": Graph}
#: Numbers and texts of the configuration, by the end of their module's name.
_SCALAR_MODULES: dict[str, type] = {
    "scalarint": int,
    "scalarbool": int,
    "scalarfloat": float,
    "scalarstring": str,
}


def is_permitted(module: str, name: str) -> bool:
    """Tell whether real job lists refer to something of this name."""
    stubbed = any(f"{module}.".startswith(f"{known}.") for known in _STUBBED)
    return (module, name) in _PERMITTED or (stubbed and "." not in name)


class JobListUnpickler(Unpickler):
    """An unpickler that knows the names which real job lists hold, and no others."""

    def __init__(self, file: io.BufferedReader, jobs: Jobs | None) -> None:
        # Python 2 wrote texts and dates as bytes.
        super().__init__(file, encoding="latin-1")
        self._jobs = jobs

    def find_class(self, module: str, name: str) -> Any:
        if not is_permitted(module, name):
            raise RefusedError(f"refers to {_shown(module)}.{_shown(name)}")
        return _PERMITTED.get((module, name)) or _stub(module, name)

    def persistent_load(self, pid: object) -> Jobs:
        """Give the jobs, once, to the instruction that :func:`with_jobs` put into the file."""
        if self._jobs is None:
            raise RefusedError("refers to objects outside of it")
        jobs, self._jobs = self._jobs, None
        return jobs


def _stub(module: str, name: str) -> type:
    """Return a new class for objects of a known package."""
    scalar = _SCALAR_MODULES.get(module.rpartition(".")[2])
    if scalar is None:
        return type(name, (_STUBS.get(module, Inert),), {"__slots__": ()})

    # One argument, for "str" takes an encoding too.
    def new(cls: type, *value: Any) -> Any:
        return scalar.__new__(cls, *value[:1])

    return type(name, (scalar,), {"__new__": new, "__setstate__": Inert.__setstate__})


def _shown(text: str) -> str:
    """Return a text of the file as it may be shown: short, printable."""
    return ascii(text)[1:-1][:80]


class _Spliced(io.RawIOBase):
    """A file whose first bytes have been exchanged."""

    def __init__(self, head: bytes, rest: io.FileIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if not self._head:
            return self._rest.readinto(buffer)
        size = min(len(self._head), len(buffer))
        buffer[:size], self._head = self._head[:size], self._head[size:]
        return size


def with_jobs(file: io.FileIO, jobs: Jobs) -> tuple[io.BufferedReader, Jobs | None]:
    """Return the file, changed so that a job list in dictionary layout fills ``jobs`` instead.

    The instruction "empty dictionary" at its start is exchanged for one that asks the unpickler;
    all later instructions then work on ``jobs``. For other layouts the file stays as it is, and
    the second value is ``None``.
    """
    head = file.read(_FRAME.stop + len(_DICTIONARY))
    spliced = None
    if head[:1] == b"\x80" and head[2:3] == b"\x95" and head[_FRAME.stop :] == _DICTIONARY:
        longer = int.from_bytes(head[_FRAME], "little") + len(_PERSISTENT) - len(_DICTIONARY)
        with suppress(OverflowError):  # the largest length there is: damaged, and found to be
            head = head[: _FRAME.start] + longer.to_bytes(8, "little") + _PERSISTENT
            spliced = jobs
    return io.BufferedReader(_Spliced(head, file), 1 << 20), spliced


def read(file: io.FileIO) -> dict[str, Sequence[Any]]:
    """Return the raw columns of a job list in any layout, told by the outermost object."""
    jobs = Jobs()
    source, spliced = with_jobs(file, jobs)
    top = JobListUnpickler(source, spliced).load()
    if type(top) is list:
        return _tuple_columns(top)
    if type(top) is dict:
        for name, state in top.items():
            jobs[name] = state
    elif isinstance(top, Graph):
        for name, attributes in top.nodes.items():
            # An edge to a job that is gone leaves a node without attributes.
            job = attributes.get("job")
            if job is not None:
                jobs.names.append(name)
                jobs.values.extend(job.values)
    elif top is not jobs:
        raise DamagedError("it holds something else")
    return jobs.columns()


def _tuple_columns(entries: list[Any]) -> dict[str, Sequence[Any]]:
    width = len(TUPLE_FIELDS)
    values: list[Any] = []
    for entry in entries:
        if type(entry) is not tuple or len(entry) < _SHORTEST_TUPLE:
            raise DamagedError("an entry in it is not a job")
        values += entry[:width] if len(entry) >= width else (*entry, None)
    return {field: values[at::width] for at, field in enumerate(TUPLE_FIELDS)}


def _halves(pairs: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """Return the first and the second of each pair; None twice for what is not a pair."""
    first, second = [], []
    for pair in pairs:
        known = type(pair) in (tuple, list) and len(pair) >= 2
        first.append(pair[0] if known else None)
        second.append(pair[1] if known else None)
    return first, second


def packed(values: Sequence[Any]) -> Column:
    """Return a column as it travels: each repeated value once."""
    kinds = set(map(type, values))
    if not kinds <= _HASHABLE:
        values = [plain(value) for value in values]
        kinds = set(map(type, values))
    # 5.0 is equal to 5, and means something else.
    if float in kinds or len(set(values[:_SAMPLE])) > _SAMPLE // 2:
        return list(values) if kinds <= _PLAIN else [plain(value) for value in values], 0, b""
    if len(values) > 1 and values.count(values[0]) == len(values):
        return [plain(values[0])], 1, bytes(len(values))
    place = {value: at for at, value in enumerate(dict.fromkeys(values))}
    codes = array("B" if len(place) <= 1 << 8 else "I", map(place.__getitem__, values))
    return [plain(value) for value in place], codes.itemsize, codes.tobytes()


def dumped(column: Column) -> bytes:
    """Return a column as bytes, each text on its own: looking for equal ones takes longer."""
    return marshal.dumps(column, 2)


def plain(value: Any) -> bool | int | float | str | None:
    """Return a value without its class, dates as ISO text; None for what is no single value."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _LARGEST_INTEGER else None
    if isinstance(value, float):
        return float(value)
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else None


def is_cut(error: Exception) -> bool:
    """Tell whether an error of the unpickler says that the file stops in the middle."""
    said = str(error)
    return isinstance(error, EOFError) or "truncated" in said or "exhausted" in said


def limit(name: str, amount: int) -> None:
    """Set a limit of this process, as far as the system knows it (macOS has none on memory)."""
    which = getattr(resource, name)
    most = resource.getrlimit(which)[1]
    soft = amount if most == resource.RLIM_INFINITY else min(amount, most)
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, most))


def leave(status: int, output: bytes = b"") -> NoReturn:
    """Write the output and end at once, without taking millions of objects apart."""
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()
    os._exit(status)


def main(memory_bytes: int, cpu_seconds: int) -> NoReturn:
    gc.disable()  # nothing here is freed in a cycle, and looking for cycles takes half the time
    # Whoever waits for something smaller goes first.
    with suppress(OSError):
        os.nice(NICENESS)
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_CPU", cpu_seconds)
    limit("RLIMIT_AS", memory_bytes)
    try:
        columns = read(io.FileIO(0, closefd=False))
        if not all(type(name) is str for name in columns["name"]):
            raise DamagedError("a job in it has no name")
        output = marshal.dumps({field: dumped(packed(values)) for field, values in columns.items()})
    except MemoryError:
        os._exit(TOO_LARGE)
    except (RefusedError, DamagedError) as error:
        leave(REFUSED if isinstance(error, RefusedError) else DAMAGED, str(error).encode())
    except (EOFError, UnpicklingError) as error:
        leave(TRUNCATED if is_cut(error) else DAMAGED)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        leave(DAMAGED)  # the instructions do not fit each other
    leave(0, output)
