"""How long the background tasks take over a whole installation: at first, and when nothing has changed.

python tasks.py                       # 10,000 experiments
python tasks.py --experiments 500
python tasks.py --autosubmitrc FILE   # an installation that is there: its tables are written
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from autosubmit_core import open_archive
from autosubmit_core.answers.v4.digest import digest_answer
from autosubmit_core.answers.v4.fleet import fleet_answer
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.settings import TASKS
from comparison.rows.catalogue import catalogue_installation

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "tasks"
#: The bound on what a worker keeps, in bytes, as the command has it.
MEMORY_BYTES = 64 * 2**20


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--autosubmitrc", type=Path)
    asked = parser.parse_args()
    config = asked.autosubmitrc or catalogue_installation(
        asked.experiments, CACHE / str(asked.experiments)
    )
    forget(config)
    print("| task | experiments | cold (s) | unchanged (s) |\n|---|---|---|---|")
    for task in TASKS:
        rounds = []
        for _ in range(2):
            # As a process that has just been started: nothing is in its memory.
            archive = open_archive(config, memory_bytes=MEMORY_BYTES)
            made = run_once(task, archive)
            if made is None:
                raise SystemExit(f"another process does the task {task.name}")
            rounds.append(made)
        cold, unchanged = rounds
        print(
            f"| `{task.name}` | {cold.examined} then {unchanged.examined} | {cold.seconds:.1f} "
            f"| {unchanged.seconds:.2f} |",
            flush=True,
        )
    archive = open_archive(config, memory_bytes=MEMORY_BYTES)
    for name, answer in (("/v4/fleet", fleet_answer), ("/v4/digest", digest_answer)):
        begun = time.perf_counter()
        answer(archive)
        print(f"\n`{name}`, read anew: {1000 * (time.perf_counter() - begun):.0f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nThe most memory that it took: {peak:.0f} MiB")


def forget(config: Path) -> None:
    """Remove what earlier rounds have noted, so that everything is new."""
    own = open_archive(config).installation.preferences_database()
    if CACHE in own.parents:
        own.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
