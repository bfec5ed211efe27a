"""``python -m fuzzing``: read made-up files until something goes wrong, or time is over."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autosubmit_core import demo
from fuzzing.child import Work
from fuzzing.findings import Figures, Findings
from fuzzing.targets import NAMES

TOP = Path(__file__).resolve().parents[1]


#: A target whose files have ended so many processes is left alone.
_MOST_ENDS = 3


def main() -> int:
    """Return 1 if something was found, else 0."""
    asked = _arguments()
    names = asked.targets or list(NAMES)
    total = {name: Figures() for name in names}
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as folder:
        made = demo.build(Path(folder) / "demo", seed=1, now=1_705_069_800, noted=True)
        # Guided by coverage, one process has one target.
        for together in [[name] for name in names] if asked.guided else [names]:
            work = Work(
                demo=str(made),
                folder=str(Path(folder) / "files"),
                findings=str(asked.findings),
                names=together,
                seconds=asked.seconds,
                cases=asked.cases,
                seed=asked.seed,
            )
            _read_all(work, asked.guided, total)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(_table(total))
    print(f"{used.ru_utime + used.ru_stime:.0f} seconds of a processor")
    return 1 if any(figures.findings for figures in total.values()) else 0


def _read_all(work: Work, guided: bool, total: dict[str, Figures]) -> None:
    """Run processes until all targets have had their time, and add up what came of them."""
    findings = Findings(Path(work.findings))
    ends = 0
    while work.names:
        Path(work.folder).mkdir(parents=True, exist_ok=True)
        findings.forget_figures()
        status, said = _run(work, guided)
        done = findings.figures()
        for name, figures in done.items():
            total[name].add(figures)
        if status == 0:
            return
        if not done:
            sys.exit(said)
        # It did not come back from a file of the last target that has figures.
        name = list(done)[-1]
        place = f"the process ended with {status}: {_last_frame(said)}"
        total[name].add(Figures(findings={place: 1}))
        findings.keep(name, place, findings.current.read_bytes(), said)
        ends = ends + 1 if name == work.names[0] else 1
        others = work.names[work.names.index(name) :]
        over = work.cases or ends >= _MOST_ENDS
        work = work._replace(names=others[1:] if over else others, seed=work.seed + 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=60, help="for each target (60)")
    parser.add_argument("--cases", type=int, default=0, help="so many files each, however long")
    parser.add_argument(
        "--seed", type=int, default=int(time.time()), help="what decides which files"
    )
    parser.add_argument("--guided", action="store_true", help="by coverage; takes atheris")
    parser.add_argument("--findings", type=Path, default=TOP / ".cache" / "fuzzing")
    asked = parser.parse_args()
    if unknown := set(asked.targets) - set(NAMES):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    return asked


def _run(work: Work, guided: bool) -> tuple[int, str]:
    """Run the process that reads; return how it ended, and what it said."""
    module = "fuzzing.guided" if guided else "fuzzing.child"
    done = subprocess.run(
        [sys.executable, "-m", module, json.dumps(work._asdict())],
        cwd=TOP,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # More threads of NumPy would only take address space.
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TZ": "UTC"},
        check=False,
    )
    return done.returncode, done.stderr.decode("utf-8", "replace")[-20_000:]


def _last_frame(said: str) -> str:
    frames = [line.strip() for line in said.splitlines() if "autosubmit_core" in line]
    return frames[0] if frames else said.strip().splitlines()[-1] if said.strip() else ""


def _table(total: dict[str, Figures]) -> str:
    lines = [
        "| target | seconds | files | read | refused | findings |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in total.items():
        found = sum(one.findings.values())
        lines.append(
            f"| {name} | {one.seconds:.0f} | {one.cases} | {one.read} | {one.refused} | {found} |"
        )
    for name, one in total.items():
        lines += [f"{name}: {count} times {place}" for place, count in one.findings.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
