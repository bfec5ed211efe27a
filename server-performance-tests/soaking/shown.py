"""What was found as a table and as a chart over time."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from soaking.sampling import Requests, Sample

__all__ = ["Soak", "chart", "table"]

_HEAD = (
    "| minutes | requests | failed | `error: true` | median | 99 % | processes | memory, all | largest process "
    "| shared once | descriptors | threads | events heard | missed, repeated |"
)
#: A panel of the chart: its size and what is left around it.
_WIDTH, _HEIGHT, _LEFT, _TOP = 400, 80, 60, 40


@dataclass(frozen=True, slots=True)
class Soak:
    """One server under load: what was seen every few seconds, and the requests between."""

    name: str
    samples: Sequence[Sample]
    requests: Requests


def table(soak: Soak, rows: int = 12) -> str:
    """Return a table of so many rows and all together; a row has the most that was seen in its time."""
    last = soak.samples[-1].at
    bounds = [last * row / rows for row in range(rows + 1)]
    made = [_HEAD, "|" + "---:|" * (_HEAD.count("|") - 1)]
    made += [_row(soak, begin, end) for begin, end in itertools.pairwise(bounds)]
    made.append(_row(soak, 0, last + 1))
    return "\n".join(made) + "\n"


def _row(soak: Soak, begin: float, end: float) -> str:
    asked = soak.requests.between(begin, end)
    seen = [one for one in soak.samples if begin <= one.at <= end] or [soak.samples[-1]]
    largest = max(seen, key=lambda one: one.together)
    failures = Counter(asked.status[asked.failed].tolist())
    statuses = ", ".join(f"{status or 'none'}: {n:,}" for status, n in sorted(failures.items()))
    cells = (
        f"{begin / 60:.0f} to {end / 60:.0f}",
        f"{len(asked):,}",
        f"{failures.total():,}" + (f" ({statuses})" if statuses else ""),
        f"{asked.told_error.sum():,}",
        f"{asked.quantile(0.5):,.0f} ms",
        f"{asked.quantile(0.99):,.0f} ms",
        str(max(one.processes for one in seen)),
        f"{largest.together:,.0f} MiB",
        f"{max(max(one.each, default=0) for one in seen):,.0f} MiB",
        f"{max(one.proportional for one in seen):,.0f} MiB",
        str(max(one.descriptors for one in seen)),
        str(max(one.threads for one in seen)),
        f"{seen[-1].events:,}",
        f"{seen[-1].missed}, {seen[-1].repeated}",
    )
    return f"| {' | '.join(cells)} |"


def chart(soaks: Sequence[Soak]) -> str:
    """Return an SVG: a column for each server, a panel of its own scale for each thing that was looked at."""
    columns = [_curves(soak) for soak in soaks]
    panels: list[str] = []
    for across, (soak, curves) in enumerate(zip(soaks, columns)):
        minutes = soak.samples[-1].at / 60
        left = _LEFT + across * (_WIDTH + _LEFT)
        panels.append(f'<text class="name" x="{left}" y="24">{escape(soak.name)}</text>')
        for down, (name, points) in enumerate(curves.items()):
            top = _TOP + 24 + down * (_HEIGHT + _TOP)
            most = max((value for _, value in points), default=0) or 1
            panels.append(_panel(name, points, (left, top), (minutes, most)))
    width = _LEFT * (len(soaks) + 1) + _WIDTH * len(soaks)
    height = _TOP + 24 + len(columns[0]) * (_HEIGHT + _TOP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11" fill="#777">\n'
        "<style>.name{font-size:15px;font-weight:bold} .axis{stroke:#999;fill:none} "
        ".line{stroke:#1f77b4;fill:none;stroke-width:1.2}</style>\n"
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def _curves(soak: Soak) -> Mapping[str, list[tuple[float, float]]]:
    """Return the curves of a server: minutes, and a value, for each sample."""
    samples = soak.samples
    asked = [
        soak.requests.between(before.at, now.at) for before, now in itertools.pairwise(samples)
    ]
    minutes = [one.at / 60 for one in samples]
    seen: dict[str, Callable[[Sample], float]] = {
        "memory of all processes, MiB": lambda one: one.together,
        "memory of the largest, MiB": lambda one: one.each[0] if one.each else 0,
        "descriptors": lambda one: one.descriptors,
        "threads": lambda one: one.threads,
    }
    told: dict[str, Callable[[Requests], float]] = {
        "requests in 10 s": len,
        "failed requests in 10 s": lambda some: float(some.failed.sum()),
        "median, ms": lambda some: some.quantile(0.5),
        "99 %, ms": lambda some: some.quantile(0.99),
    }
    return {
        **{
            name: [(at, value(one)) for at, one in zip(minutes[1:], asked) if len(one)]
            for name, value in told.items()
        },
        **{
            name: [(at, value(one)) for at, one in zip(minutes, samples)]
            for name, value in seen.items()
        },
    }


def _panel(
    name: str,
    points: Sequence[tuple[float, float]],
    corner: tuple[int, int],
    largest: tuple[float, float],
) -> str:
    """Return one panel; both axes begin at 0."""
    (left, top), (minutes, most) = corner, largest
    bottom, right = top + _HEIGHT, left + _WIDTH
    line = " ".join(
        f"{left + _WIDTH * x / minutes:.1f},{bottom - _HEIGHT * y / most:.1f}" for x, y in points
    )
    return (
        f'<text x="{left}" y="{top - 6}">{escape(name)}</text>'
        f'<path class="axis" d="M{left},{top}V{bottom}H{right}"/>'
        f'<text x="{left - 6}" y="{top + 8}" text-anchor="end">{most:,.0f}</text>'
        f'<text x="{left - 6}" y="{bottom}" text-anchor="end">0</text>'
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{minutes:.0f} minutes</text>'
        f'<polyline class="line" points="{line}"/>'
    )
