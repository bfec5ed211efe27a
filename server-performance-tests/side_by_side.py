#!/usr/bin/env python3
"""Our server and Autosubmit API 4.2.0 beside each other, on the same experiments.

    python side_by_side.py                                    everything, at 1000, 10000, 100000 jobs
    python side_by_side.py --jobs 100000 --rows cold warm --without-reference
    python side_by_side.py --autosubmitrc FILE --expid a000   an experiment that is there

Each server gets a copy of its own of the same files, so that what one writes the other does not
read. What was measured is kept after each step: with --resume a run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from comparison.bench import Asked, Bench, Notes, Patience, Side, say
from comparison.installations import Copy, Subject, demo_installation, subject_of
from comparison.results import Results, machine, versions_of
from comparison.rows import answers, busy, changes, memory, reading, throughput
from comparison.rows.catalogue import catalogue, catalogue_installation
from comparison.servers import Server, environment_of_reference, our_server, reference_server
from comparison.table import markdown

HERE = Path(__file__).resolve().parent

#: What the servers are made of that the numbers depend on most.
OUR_PARTS = ("numpy", "tornado", "orjson")
ITS_PARTS = ("fastapi", "uvicorn", "numpy")

#: What is measured of every experiment, in this order.
ROWS: dict[str, Callable[[Bench], None]] = {
    "read": reading.reading,
    "layout": reading.layouts,
    "cold": answers.cold,
    "changed": answers.changed,
    "warm": answers.warm,
    "packed": answers.packed,
    "polled": answers.polled,
    "unchanged": answers.unchanged,
    "changes": changes.changes,
    "memory": memory.memory,
    "busy": busy.busy,
}
#: What is measured once: requests a second on the smallest experiment, and a long catalogue.
ONCE = ("rate", "catalogue")


def parser() -> argparse.ArgumentParser:
    """Return the options."""
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _add_what(made.add_argument_group("what is measured"))
    _add_servers(made.add_argument_group("the servers"))
    _add_patience(made.add_argument_group("how often, and how long"))
    _add_kept(made.add_argument_group("what is kept"))
    return made


def _add_what(group: argparse._ArgumentGroup) -> None:
    rows = [*ROWS, *ONCE]
    group.add_argument(
        "--jobs",
        type=int,
        nargs="+",
        default=[1_000, 10_000, 100_000],
        help="sizes of the experiments that are built (default: 1000 10000 100000)",
    )
    group.add_argument(
        "--autosubmitrc", type=Path, help="take experiments of this installation instead"
    )
    group.add_argument("--expid", nargs="+", default=[], help="which experiments to take of it")
    group.add_argument(
        "--experiments",
        type=int,
        default=10_000,
        help="experiments in the catalogue (default: %(default)s)",
    )
    group.add_argument(
        "--rows",
        nargs="+",
        choices=rows,
        default=rows,
        metavar="ROW",
        help=f"of: {' '.join(rows)} (default: all)",
    )


def _add_servers(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--without-reference", action="store_true", help="measure ours alone")
    group.add_argument(
        "--reference-python",
        type=Path,
        metavar="PYTHON",
        help="Python of an environment with autosubmit-api; by default one is made",
    )
    group.add_argument(
        "--ours",
        nargs=argparse.REMAINDER,
        default=[],
        help="all that follows are options of our server",
    )


def _add_patience(group: argparse._ArgumentGroup) -> None:
    for option, default, meaning in (
        ("--repeats", 5, "requests for a median"),
        ("--slow-repeats", 2, "requests for a median of those that are slow"),
        ("--slow", 5, "seconds from which a request is slow"),
        ("--timeout", 180, "seconds after which a request is given up"),
    ):
        group.add_argument(
            option, type=int, default=default, metavar="N", help=f"{meaning} (default: {default})"
        )


def _add_kept(group: argparse._ArgumentGroup) -> None:
    cache = HERE.parent / ".cache" / "side_by_side"
    group.add_argument(
        "--cache",
        type=Path,
        default=cache,
        help="where what is built is kept for the next time (default: %(default)s)",
    )
    group.add_argument(
        "--output",
        type=Path,
        default=cache / "table",
        help="the results, to which .json and .md are added (default: %(default)s)",
    )
    group.add_argument(
        "--resume", action="store_true", help="measure only what the .json file does not hold"
    )


class Run:
    """One comparison: the servers that it starts, and what it measures with them."""

    def __init__(self, told: argparse.Namespace) -> None:
        self._told = told
        told.cache.mkdir(parents=True, exist_ok=True)
        told.output.parent.mkdir(parents=True, exist_ok=True)
        self._cache: Path = told.cache.resolve()
        self._reference: Path | None = None
        if not told.without_reference:
            made = told.reference_python or environment_of_reference(self._cache / "reference")
            self._reference = made.absolute()
        self.patience = Patience(told.repeats, told.slow_repeats, told.slow, told.timeout)
        self.results = Results(told.output.with_suffix(".json"), self._about(), told.resume)

    def _about(self) -> dict[str, str]:
        """Return what the numbers were measured with."""
        patience = self.patience
        about = machine()
        about["ours"] = versions_of(sys.executable, ["autosubmit_core", *OUR_PARTS])
        about["options"] = " ".join(self._told.ours)
        if self._reference:
            about["reference"] = versions_of(self._reference, ["autosubmit_api", *ITS_PARTS])
        about["repeats"] = (
            f"Medians of {patience.repeats} requests, of {patience.slow_repeats} where they take more"
            f" than {patience.slow} s; given up after {patience.timeout} s"
        )
        return about

    def measure(self) -> None:
        """Measure all rows that are wanted."""
        for number, subject in enumerate(self._subjects()):
            rows = [ROWS[name] for name in ROWS if name in self._told.rows]
            if number == 0 and "rate" in self._told.rows:
                rows.append(throughput.throughput)
            if rows:
                self._measure_experiment(subject, rows)
        if "catalogue" in self._told.rows:
            self._measure_catalogue()

    def _subjects(self) -> Iterator[Subject]:
        told = self._told
        if told.autosubmitrc:
            for expid in told.expid:
                yield subject_of(told.autosubmitrc.resolve(), expid, self._cache)
        else:
            for jobs in told.jobs:
                yield subject_of(demo_installation(jobs, self._cache), "abig", self._cache)

    def _measure_experiment(
        self, subject: Subject, rows: Sequence[Callable[[Bench], None]]
    ) -> None:
        say(f"{subject.expid} of {subject.config.parent}: {subject.jobs} jobs")
        with self._folder() as folder, contextlib.ExitStack() as running:
            sides = []
            for name in self._names():
                copy = Copy(subject, folder / name)
                server = running.enter_context(self._server(name, copy.config, folder))
                sides.append(Side(server, self.patience, copy=copy))
            bench = Bench(subject.jobs, self.patience, self.results, subject, sides)
            for measure in rows:
                measure(bench)

    def _measure_catalogue(self) -> None:
        with self._folder() as folder, contextlib.ExitStack() as running:
            sides = []
            for name in self._names():
                place = self._cache / f"catalogue{self._told.experiments}_{name}"
                config = catalogue_installation(self._told.experiments, place)
                server = running.enter_context(self._server(name, config, folder))
                sides.append(Asked(server, self.patience))
            catalogue(Notes(0, self.patience, self.results), sides)

    def _names(self) -> Sequence[str]:
        return ("ours", "reference") if self._reference else ("ours",)

    @contextlib.contextmanager
    def _server(self, name: str, config: Path, folder: Path) -> Iterator[Server]:
        log = folder / f"{name}.log"
        if name == "reference" and self._reference:
            server = reference_server(self._reference, config, log)
        else:
            server = our_server(config, log, self._told.ours)
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @contextlib.contextmanager
    def _folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="side_by_side_") as folder:
            yield Path(folder).resolve()


def main() -> None:
    told = parser().parse_args()
    # Leave through the context managers, which stop the servers.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
    run = Run(told)
    run.measure()
    table = markdown(run.results)
    told.output.with_suffix(".md").write_text(table)
    print(table)


if __name__ == "__main__":
    main()
