"""What was aimed at, and whether a run met it.

Times are medians. Aims that are about 100,000 jobs are held against the largest experiment there is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comparison.endpoints import ENDPOINTS, Endpoint, Kind
from comparison.results import Measured, Results
from comparison.shown import amount, ratio_text, seconds_text

__all__ = ["Verdict", "speedup_text", "verdicts"]

#: Seconds that answers may take at most when nothing has changed, and when the client has them.
_WARM_SECONDS = {Kind.SMALL: 0.010, Kind.PAGE: 0.005}
_WARM_RATIO = {Kind.SMALL: 100.0, Kind.WHOLE_LIST: 20.0}
_UNCHANGED_SECONDS = 0.002
_BUSY_SECONDS = 0.050
_LAYOUT_SECONDS = {"layered": 1.5, "lanes": 0.3}
_READ_RATIO = 1.3
_CHANGES_BYTES = 2000
_MEMORY_MEBIBYTES = 600.0
#: What counts as flat: how much more may be held in the second five hundred requests.
_FLAT = 1.10
_GROWTH = 12.0
#: Rows about small things beside large ones, which have an aim of their own.
_NOT_GROWING = ("busy",)
_CATALOGUE_SECONDS = {"search page": 0.020, "full list": 1.0}
_RATE_RATIO = 3.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One aim, what came out, and whether that is enough."""

    what: str
    aim: str
    found: str
    met: bool


@dataclass(frozen=True, slots=True)
class _Case:
    """One thing that an aim is about: its name, how it came out, and whether that is enough."""

    name: str
    found: str
    met: bool


def _speedup(results: Results, row: str, what: str, jobs: int) -> float | None:
    """Return how many times faster we are than the reference; None if either was not measured."""
    ours, other = (results.get(row, what, jobs, server) for server in ("ours", "reference"))
    if ours is None or other is None or other.note or not math.isfinite(ours.median):
        return None
    return other.median / ours.median


def speedup_text(results: Results, row: str, what: str, jobs: int) -> str:
    """Return the same as it is written; empty if there is none."""
    ratio, other = _speedup(results, row, what, jobs), results.get(row, what, jobs, "reference")
    if ratio is None or other is None:
        return ""
    return "≥ " * other.at_least + ratio_text(ratio)


def verdicts(results: Results) -> list[Verdict]:
    """Return what became of each aim of which something was measured."""
    jobs = max((cell.jobs for cell in results.cells.values()), default=0)
    told = [
        *_cold(results, jobs),
        _verdict("reading the job list", f"at most {_READ_RATIO} x bare `pickle.load`", _read(results, jobs)),
        *_warm(results, jobs),
        _verdict(
            "unchanged, `If-None-Match`",
            f"at most {seconds_text(_UNCHANGED_SECONDS)}, no body",
            _within(results, "unchanged", {each.name: _UNCHANGED_SECONDS for each in ENDPOINTS}, jobs),
        ),
        _verdict("one job changed, then `jobs/changes`", "the one read; under 2 kB", _changes(results, jobs)),
        _verdict(
            "light requests while 8 heavy cold ones run",
            f"p99 at most {seconds_text(_BUSY_SECONDS)}",
            _within(results, "busy", {"light, p99": _BUSY_SECONDS}, jobs),
        ),
        _verdict(
            "layout, cold, in process",
            "layered 1.5 s, lanes 0.3 s",
            _within(results, "layout", _LAYOUT_SECONDS, jobs),
        ),
        _verdict("memory", "600 MiB a process; flat over 1,000 requests", _memory(results, jobs)),
        _verdict("growth, the two largest sizes", "at most 12 x in every column", _growths(results)),
        _verdict(
            "catalogue, warm",
            "search page 20 ms, full list 1 s, nothing left open",
            _catalogue(results),
        ),
        _verdict("requests a second, one process", "at least 3 x the reference", _rates(results)),
    ]  # fmt: skip
    return [verdict for verdict in told if verdict is not None]


def _verdict(what: str, aim: str, cases: Iterable[_Case]) -> Verdict | None:
    """Return the verdict on all cases together: the ones that fail are named, else the worst."""
    listed = list(cases)
    if not listed:
        return None
    failed = [case for case in listed if not case.met]
    shown = failed or listed
    found = "; ".join(f"{case.name} {case.found}" for case in shown[:6])
    if len(shown) > 6:
        found += f"; and {len(shown) - 6} more"
    return Verdict(what, aim, found, not failed)


def _cold(results: Results, jobs: int) -> Iterable[Verdict | None]:
    for wanted in sorted({endpoint.cold_ratio for endpoint in ENDPOINTS}):
        group = [endpoint for endpoint in ENDPOINTS if endpoint.cold_ratio == wanted]
        cases = _faster(results, "cold", {endpoint.name: wanted for endpoint in group}, jobs)
        yield _verdict(f"cold, {_names(group)}", f"at least {wanted:g} x faster", cases)


def _warm(results: Results, jobs: int) -> Iterable[Verdict | None]:
    for kind in Kind:
        group = [endpoint for endpoint in ENDPOINTS if endpoint.kind is kind]
        aims, cases = [], list[_Case]()
        if kind in _WARM_SECONDS:
            most = _WARM_SECONDS[kind]
            aims.append(f"at most {seconds_text(most)}")
            cases += _within(results, "warm", {endpoint.name: most for endpoint in group}, jobs)
        if kind in _WARM_RATIO:
            least = _WARM_RATIO[kind]
            aims.append(f"at least {least:g} x faster")
            cases += _faster(results, "warm", {endpoint.name: least for endpoint in group}, jobs)
        yield _verdict(f"warm, {kind.value}: {_names(group)}", ", ".join(aims), cases)


def _names(endpoints: Sequence[Endpoint]) -> str:
    return ", ".join(endpoint.name for endpoint in endpoints)


def _faster(results: Results, row: str, wanted: dict[str, float], jobs: int) -> list[_Case]:
    """Return the cases that are to be so many times faster than the reference, worst first."""
    found = {what: _speedup(results, row, what, jobs) for what in wanted}
    known = {what: ratio for what, ratio in found.items() if ratio is not None}
    return [
        _Case(what, speedup_text(results, row, what, jobs), ratio >= wanted[what])
        for what, ratio in sorted(known.items(), key=lambda each: each[1] / wanted[each[0]])
    ]


def _within(results: Results, row: str, most: dict[str, float], jobs: int) -> list[_Case]:
    """Return our cases that are to take at most so many seconds, worst first."""
    found = [results.get(row, what, jobs, "ours") for what in most]
    known = sorted(filter(None, found), key=lambda cell: -cell.median / most[cell.what])
    return [_Case(cell.what, amount(cell), cell.median <= most[cell.what]) for cell in known]


def _read(results: Results, jobs: int) -> Iterable[_Case]:
    bare, ours = (results.get("read", "job list", jobs, server) for server in ("bare", "ours"))
    if bare and ours:
        ratio = ours.median / bare.median
        found = f"{amount(ours)} against {amount(bare)}: {ratio_text(ratio)}"
        yield _Case("", found, ratio <= _READ_RATIO)


def _changes(results: Results, jobs: int) -> Iterable[_Case]:
    asked = results.get("changes", "jobs/changes", jobs, "ours")
    read = results.get("read", "job list", jobs, "ours")
    if asked:
        met = asked.size < _CHANGES_BYTES and not asked.note
        found = f"{amount(asked)}, {asked.size} bytes"
        if read:
            found += f"; the read alone {amount(read)}"
            met &= read.median > asked.median / 2
        yield _Case("", found, met)


def _memory(results: Results, jobs: int) -> Iterable[_Case]:
    held = [results.get("held", endpoint.name, jobs, "ours") for endpoint in ENDPOINTS]
    if after := [cell.median for cell in held if cell]:
        met = max(after) <= _MEMORY_MEBIBYTES
        yield _Case("after cold answers", f"at most {max(after):,.0f} MiB", met)
    largest = results.get("memory", "largest process", jobs, "ours")
    if largest:
        yield _Case("after each answer once", amount(largest), largest.median <= _MEMORY_MEBIBYTES)
    further = results.get("memory", "further requests", jobs, "ours")
    if further:
        half = len(further.values) // 2
        before, later = max(further.values[:half]), max(further.values[half:])
        found = f"at most {before:.0f} MiB in the first 500, {later:.0f} MiB in the others"
        met = later <= min(before * _FLAT, _MEMORY_MEBIBYTES)
        yield _Case("over further requests", found, met)


def _growths(results: Results) -> Iterable[_Case]:
    """Return how many times longer answers take in the largest experiment than in the one before."""
    sizes = sorted({cell.jobs for cell in results.cells.values() if cell.jobs})[-2:]
    if len(sizes) < 2:
        return
    found: list[tuple[float, Measured]] = []
    for cell in results.cells.values():
        ours = cell.server == "ours" and cell.unit == "s" and cell.row not in _NOT_GROWING
        if ours and cell.jobs == sizes[1]:
            smaller = results.get(cell.row, cell.what, sizes[0], "ours")
            if smaller:
                found.append((cell.median / smaller.median, cell))
    # Sizes need not be ten times apart.
    most = _GROWTH * sizes[1] / sizes[0] / 10
    for growth, cell in sorted(found, key=lambda each: -each[0]):
        yield _Case(f"{cell.row} {cell.what}", ratio_text(growth), growth <= most)


def _catalogue(results: Results) -> Iterable[_Case]:
    yield from _within(results, "catalogue", _CATALOGUE_SECONDS, 0)
    left = results.get("catalogue", "left open", 0, "ours")
    if left:
        yield _Case("left open", f"{left.median:.0f} files", left.median == 0)


def _rates(results: Results) -> Iterable[_Case]:
    for cell in results.cells.values():
        if cell.row == "rate" and cell.server == "ours":
            other = results.get(cell.row, cell.what, cell.jobs, "reference")
            if other:
                ratio = cell.median / other.median
                found = f"{amount(cell)} against {amount(other)}: {ratio_text(ratio)}"
                yield _Case(f"{cell.what} at {cell.jobs:,} jobs:", found, ratio >= _RATE_RATIO)
