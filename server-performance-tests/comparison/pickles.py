"""A job list in which one job has another status, byte for byte as Autosubmit would store it.

Run as a program, in a process of its own: ``python -m comparison.pickles FROM TO``. The classes that
a job list names need not be there: each is stood for by one that loads and stores the same state.
"""

from __future__ import annotations

import copyreg
import gc
import pickle
import sys
import types
from pathlib import Path
from typing import Any

__all__ = ["with_one_job_changed"]

_RUNNING, _COMPLETED = 4, 5
#: The names under which a job keeps its status.
_STATUS_KEYS = ("_status", "status", "new_status")


class _StandIn:
    """An object of a class that is not installed: how it was made, and its state."""

    arguments: tuple[Any, ...]
    called: bool
    state: Any

    def __new__(cls, *arguments: Any) -> _StandIn:
        made = super().__new__(cls)
        made.arguments, made.called, made.state = arguments, False, None
        return made

    def __init__(self, *arguments: Any) -> None:
        # Objects of plain classes come without a call, as their state alone.
        self.called = True

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __reduce__(self) -> tuple[Any, ...]:
        if self.called:
            return type(self), self.arguments, self.state
        return copyreg.__newobj__, (type(self), *self.arguments), self.state  # type: ignore[attr-defined]


class _StandIns(pickle.Unpickler):
    """Loads objects of classes that are not installed, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("builtins", "datetime", "collections", "_codecs", "copyreg"):
            return super().find_class(module, name)
        # Where it is looked for when it is stored again, the packages around it included.
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            around = ".".join(parts[:end])
            sys.modules.setdefault(around, types.ModuleType(around))
        home = sys.modules[module].__dict__
        if name not in home:
            home[name] = type(name, (_StandIn,), {"__module__": module})
        return home[name]


def with_one_job_changed(source: Path, changed: Path) -> None:
    """Store a copy of a job list in which a job that runs has completed, or the first one runs."""
    gc.disable()
    with source.open("rb") as file:
        jobs = _StandIns(file).load()
    if not isinstance(jobs, dict):
        raise SystemExit(f"{source}: only job lists of Autosubmit 4.1.13 and later can be changed")
    job = next(
        (job for job in jobs.values() if _status(job) == _RUNNING), next(iter(jobs.values()))
    )
    other = _COMPLETED if _status(job) == _RUNNING else _RUNNING
    job.update({key: other for key in _STATUS_KEYS if key in job})
    with changed.open("wb") as file:
        pickle.dump(jobs, file, pickle.HIGHEST_PROTOCOL)


def _status(job: dict[str, Any]) -> object:
    return next(job[key] for key in _STATUS_KEYS if key in job)


if __name__ == "__main__":
    with_one_job_changed(Path(sys.argv[1]), Path(sys.argv[2]))
