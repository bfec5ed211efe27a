"""How long background tasks take over a whole installation, ours and those of Autosubmit API, and searching it.

python tasks.py                       # 10,000 experiments
python tasks.py --experiments 500 --tasks status
python tasks.py --autosubmitrc FILE   # an installation that is there, ours alone: its tables are written
"""

from __future__ import annotations

import argparse
import functools
import resource
import sqlite3
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from autosubmit_core import open_archive
from autosubmit_core.answers.v4.digest import digest_answer
from autosubmit_core.answers.v4.fleet import fleet_answer
from autosubmit_core.workers.passes import Task
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import TASKS
from comparison.client import Client
from comparison.reference_tasks import REFERENCE_TASKS, reference_pass
from comparison.rows.catalogue import PATHS, catalogue_installation
from comparison.servers import Server, environment_of_reference, our_server, reference_server

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "tasks"
#: The bound on what a worker keeps, in bytes, as the command has it.
MEMORY_BYTES = 64 * 2**20
#: The tasks that go over all experiments.
OVER_ALL: list[Task[Any]] = [task for task in TASKS if isinstance(task, Task)]


def main() -> None:
    """Measure, and print tables."""
    asked = arguments()
    tasks = [task for task in OVER_ALL if task.name in asked.tasks]
    config = asked.autosubmitrc or installation(asked.experiments, "ours")
    print("| task | | at first (s) | nothing has changed (s) |\n|---|---|---|---|")
    for task in tasks:
        told(task.name, "ours", *ours(task, config))
    if asked.autosubmitrc or asked.without_reference:
        answers(config)
        return
    python = asked.reference_python or environment_of_reference(CACHE / "reference")
    other = installation(asked.experiments, "theirs")
    for task in tasks:
        if task.name in REFERENCE_TASKS:
            told(task.name, "reference", *theirs(python, other, task.name, asked))
    answers(config)
    print("\n| search | | time (s) |\n|---|---|---|")
    search(our_server(config, CACHE / "ours.log"))
    search(reference_server(python, other, CACHE / "reference.log"))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [task.name for task in OVER_ALL]
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--tasks", nargs="+", choices=names, default=names)
    parser.add_argument("--autosubmitrc", type=Path)
    parser.add_argument("--without-reference", action="store_true")
    parser.add_argument("--reference-python", type=Path)
    parser.add_argument(
        "--most-seconds", type=float, default=1800, help="end a pass of the reference after that"
    )
    return parser.parse_args()


def installation(experiments: int, name: str) -> Path:
    """Return an installation of which nothing is noted yet."""
    config = catalogue_installation(experiments, CACHE / f"{name}-{experiments}")
    place = open_archive(config).installation
    place.preferences_database().unlink(missing_ok=True)
    with closing(sqlite3.connect(place.main_database())) as main_database, main_database:
        # As Autosubmit API makes it: it cannot write into one without a key.
        main_database.execute("DROP TABLE details")
        columns = (
            "exp_id INTEGER PRIMARY KEY, user TEXT, created TEXT, model TEXT, branch TEXT, hpc TEXT"
        )
        main_database.execute(f"CREATE TABLE details ({columns})")
    return config


def ours(task: Task[Any], config: Path) -> list[str]:
    """Do a task twice, each time as a process that has just been started."""
    rounds = []
    for _ in range(2):
        made = run_once(task, open_archive(config, memory_bytes=MEMORY_BYTES))
        if made is None:
            raise SystemExit(f"another process does the task {task.name}")
        rounds.append(f"{made.seconds:.2f} ({made.examined:,} looked at)")
    return rounds


def theirs(python: Path, config: Path, task: str, asked: argparse.Namespace) -> list[str]:
    """Do the same with the reference; a pass that takes too long is ended, and not done again."""
    rounds: list[str] = []
    for _ in range(2):
        made = reference_pass(python, config, task, asked.most_seconds)
        if not made.ended:
            return [*rounds, f"≥ {made.seconds:.0f} ({made.detailed:,} done)", ""][:2]
        rounds.append(f"{made.seconds:.2f}")
    return rounds


def told(task: str, whose: str, *rounds: str) -> None:
    print(f"| `{task}` | {whose} | {' | '.join(rounds)} |", flush=True)


def answers(config: Path) -> None:
    """Make the answers of what was noted, and tell how much memory all of it took."""
    archive = open_archive(config, memory_bytes=MEMORY_BYTES)
    for name, answer in (("/v4/fleet", fleet_answer), ("/v4/digest", digest_answer)):
        begun = time.perf_counter()
        answer(archive)
        print(f"\n`{name}`, read anew: {1000 * (time.perf_counter() - begun):.0f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nThe most memory that it took: {peak:.0f} MiB", flush=True)


def search(server: Server) -> None:
    """Ask a server for pages of all experiments, and for the whole list: cold, then the median of three."""
    server.start()
    try:
        with Client(server.port, 600) as client:
            for what, path in PATHS.items():
                ask = functools.partial(client.get, path)
                cold = ask().seconds
                # What takes very long does so every time.
                warm = cold if cold > 20 else statistics.median(ask().seconds for _ in range(3))
                print(f"| {what} | {server.name} | {cold:.3f}, then {warm:.4f} |", flush=True)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
