"""Reading the job list beside a bare ``pickle.load``, and drawing: in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys

from comparison.bench import Bench

__all__ = ["layouts", "reading"]

_MEASURE = """
import json, resource, sys, time
from pathlib import Path

def measure(read):
    began = time.perf_counter()
    kept = read()
    seconds = time.perf_counter() - began
    # Whoever reads in a process of its own needs the memory of both at once.
    peak = sum(resource.getrusage(whose).ru_maxrss
               for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps([seconds, peak / 1024]))
"""

#: Python's own unpickler, with a stub for every class, and nothing taken out of the objects.
_BARE = f"""{_MEASURE}
import pickle

class Stub:
    def __init__(self, *arguments): ...
    def __setstate__(self, state): self.state = state

class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module in ("builtins", "datetime", "_codecs"):
            return super().find_class(module, name)
        return type(name, (Stub,), {{}})

with open(sys.argv[1], "rb") as file:
    measure(Unpickler(file, encoding="latin-1").load)
"""

_READER = f"""{_MEASURE}
from autosubmit_core.readers.job_list import read_job_list

measure(lambda: read_job_list(Path(sys.argv[1])))
"""

#: What a drawing is made of is read before; neither it nor anything else is kept from earlier.
_LAYOUT = f"""{_MEASURE}
from autosubmit_core import open_archive

experiment = open_archive(sys.argv[1]).experiment(sys.argv[2])
experiment.jobs, experiment.structure, experiment.wrappers
measure(getattr(experiment.workflow, sys.argv[3]))
"""


def reading(bench: Bench) -> None:
    """Seconds and memory that reading the job list takes, in new processes by turns."""
    if bench.has("read", "job list", "ours"):
        return
    path = bench.sides[0].copy.job_list
    path.read_bytes()  # from now on it is in the memory of the system
    taken: dict[str, list[tuple[float, float]]] = {"bare": [], "ours": []}
    for _ in range(bench.patience.repeats):
        taken["bare"].append(_run(_BARE, str(path)))
        taken["ours"].append(_run(_READER, str(path)))
    for server, runs in taken.items():
        size = path.stat().st_size
        bench.note("read", "job list", server, "s", [seconds for seconds, _ in runs], size)
        bench.note("read", "peak memory", server, "MiB", [peak for _, peak in runs])


def layouts(bench: Bench) -> None:
    """Seconds that drawings of all jobs take, in process, from the tables."""
    for what in ("layered", "lanes"):
        if not bench.has("layout", what, "ours"):
            config = str(bench.sides[0].copy.config)
            runs = [
                _run(_LAYOUT, config, bench.subject.expid, what)
                for _ in range(bench.patience.repeats)
            ]
            bench.note("layout", what, "ours", "s", [seconds for seconds, _ in runs])


def _run(program: str, *arguments: str) -> tuple[float, float]:
    """Return the seconds and the MiB that a program says it took."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, check=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak
