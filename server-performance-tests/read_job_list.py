"""Reads job lists beside a bare ``pickle.load`` of the same files: how long, and with how much memory.

usage: python read_job_list.py [--jobs 100000] [--layouts dictionary graph list python2] [--rounds 5]
       python read_job_list.py --file job_list_a000.pkl

Each reading is done in a new process, the two kinds in turn, and each number of the table is the
median of the rounds. "Bare" means: Python's unpickler with a stub for every class, nothing taken
out of the objects; they all stay. "Seconds" do not count the start of either process, but do count
that of the process in which the reader unpickles. "Peak" is the largest memory of a process at any
moment, "kept" what the reading process holds afterwards and did not before. Linux only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_list_pickle,
)
from autosubmit_core.tables import JobTable, Structure, text_column

MEASURE = """
import json, os, resource, sys, time

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def peak(whose):
    return resource.getrusage(whose).ru_maxrss * 1024

def measure(read):
    before, started = resident(), time.perf_counter()
    kept = read()
    seconds = time.perf_counter() - started
    # Whoever reads in a process of its own needs both at once.
    whole = peak(resource.RUSAGE_SELF) + peak(resource.RUSAGE_CHILDREN)
    print(json.dumps({"seconds": seconds, "peak": whole, "kept": resident() - before}))
"""

BARE = f"""{MEASURE}
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

READER = f"""{MEASURE}
from pathlib import Path
from autosubmit_core.readers.job_list import read_job_list

measure(lambda: read_job_list(Path(sys.argv[1])))
"""


def make_jobs(n: int) -> tuple[JobTable, Structure]:
    """Return jobs of three sections in chunks of a hundred members, 6 of 10 done, and their chain."""
    at = np.arange(n)
    section = np.array(["SIM", "POST", "CLEAN"], dtype=object)[at % 3]
    date, member, chunk = 1990 + at % 100 // 10, at % 10, at // 300 + 1
    names = [
        f"a000_{d}0101_fc{m}_{c}_{s}_{i}" for d, m, c, s, i in zip(date, member, chunk, section, at)
    ]
    done = at < 0.6 * n
    submit = np.where(done, 1_700_000_000 + at * 37, 0)
    jobs = JobTable.of(
        n,
        name=names,
        status=np.where(done, 5, 0),
        priority=at % 3,
        section=section,
        date=np.array([f"{year}-01-01" for year in date], dtype="datetime64[s]"),
        member=[f"fc{number}" for number in member],
        chunk=chunk,
        scheduler_id=np.where(done, 1_000_000 + at, 0),
        local_out=[f"{name}.20240101120000.out" for name in names],
        local_err=[f"{name}.20240101120000.err" for name in names],
        remote_out=[""] * n,
        remote_err=[""] * n,
        ready=submit,
        submit=submit,
        start=np.where(done, submit + 300, 0),
        platform=["MN5"] * n,
        wallclock=["02:00"] * n,
    )
    chain = Structure.of(n - 1, job=text_column(names), parent=at[:-1], child=at[1:])
    return jobs, chain


def write(layout: str, path: Path, n: int) -> Path:
    jobs, structure = make_jobs(n)
    if layout == "dictionary":
        write_dictionary_pickle(path, jobs)
    elif layout == "graph":
        write_graph_pickle(path, jobs, structure)
    else:
        write_list_pickle(path, jobs, python2=layout == "python2")
    return path


def measure(program: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def compare(path: Path, label: str, rounds: int) -> None:
    """Print the two lines of a file."""
    path.read_bytes()  # from now on it is in the memory of the system
    measured: dict[str, list[dict[str, float]]] = {"bare": [], "reader": []}
    for _ in range(rounds):
        measured["bare"].append(measure(BARE, path))
        measured["reader"].append(measure(READER, path))
    medians = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in measured.items()
    }
    for name, median in medians.items():
        ratio = median["seconds"] / medians["bare"]["seconds"]
        print(
            f"{label:<12} {path.stat().st_size / 1e6:>6.1f} {name:<7} {median['seconds']:>8.2f}"
            f" {ratio:>6.2f} {median['peak'] / 1e6:>8.0f} {median['kept'] / 1e6:>8.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    layouts = ["dictionary", "graph", "list", "python2"]
    parser.add_argument("--jobs", type=int, default=100_000, help="jobs in the files made")
    parser.add_argument("--layouts", nargs="+", choices=layouts, default=layouts)
    parser.add_argument("--file", type=Path, help="an existing job list, instead of made ones")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print("layout           MB         seconds  ratio  peak MB  kept MB")
    if asked.file:
        compare(asked.file, "file", asked.rounds)
        return
    with TemporaryDirectory() as folder:
        for layout in asked.layouts:
            path = write(layout, Path(folder) / f"{layout}.pkl", asked.jobs)
            compare(path, layout, asked.rounds)


if __name__ == "__main__":
    main()
