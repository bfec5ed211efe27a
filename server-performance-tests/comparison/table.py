"""The results as one text in Markdown: what was aimed at first, then every number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comparison.aims import speedup_text, verdicts
from comparison.endpoints import ENDPOINTS
from comparison.results import Measured, Results
from comparison.shown import amount, bytes_text

__all__ = ["markdown"]

#: What is shown of every answer, in this order, and what it means.
_ANSWERS = {
    "cold": "Cold: all files of the experiment have just changed.",
    "changed": "One job has just changed in the job list, the rest is as it was (ours).",
    "warm": "Warm: nothing has changed.",
    "packed": "Warm, for a client that takes packed answers (ours; the reference packs none).",
    "polled": "Nothing has changed, but five seconds have passed (ours).",
    "unchanged": "Nothing has changed, and the client says so: `If-None-Match` (ours).",
}
#: What else was measured.
_OTHERS = ("read", "layout", "changes", "rate", "busy", "memory", "catalogue")


def markdown(results: Results) -> str:
    """Return everything that was measured."""
    sizes = sorted({cell.jobs for cell in results.cells.values() if cell.jobs})
    parts = [_about(results), _aims(results)]
    for row, meaning in _ANSWERS.items():
        if any(cell.row == row for cell in results.cells.values()):
            parts.append(f"**{meaning}**\n\n{_answers(results, row, sizes)}")
    parts.append(f"**Everything else.**\n\n{_others(results)}")
    return "\n\n".join(parts) + "\n"


def _about(results: Results) -> str:
    about = results.about
    parts = [
        f"Measured {about['date']} on {about['machine']}.",
        f"Ours: {about['ours']}{'; options ' * bool(about['options'])}{about['options']}.",
        f"Reference: {about['reference']}; one worker." if "reference" in about else "",
        f"{about['repeats']}; how often it was is said where it was less.",
    ]
    return " ".join(filter(None, parts))


def _aims(results: Results) -> str:
    rows = [
        (verdict.what, verdict.aim, verdict.found.strip(), "yes" if verdict.met else "**no**")
        for verdict in verdicts(results)
    ]
    return _table(("what", "aim", "found: what misses it, else the worst", "met"), rows)


def _answers(results: Results, row: str, sizes: Sequence[int]) -> str:
    """Return the table of all answers of a row: for each size ours, the reference, and the ratio."""
    heads = ["answer", "bytes"]
    for jobs in sizes:
        heads += [f"{jobs:,} jobs: ours", "reference", "ratio"]
    lines = []
    for endpoint in ENDPOINTS:
        found = [_compared(results, row, endpoint.name, jobs) for jobs in sizes]
        if any(any(cells) for cells in found):
            ours = [results.get(row, endpoint.name, jobs, "ours") for jobs in sizes]
            size = max((cell.size for cell in ours if cell), default=0)
            lines.append(
                [endpoint.name, bytes_text(size), *(text for three in found for text in three)]
            )
    return _without_empty_columns(heads, lines)


def _compared(results: Results, row: str, what: str, jobs: int) -> tuple[str, str, str]:
    ours, other = (results.get(row, what, jobs, server) for server in ("ours", "reference"))
    return (
        _told(ours) if ours else "",
        _told(other) if other else "",
        speedup_text(results, row, what, jobs),
    )


def _told(cell: Measured) -> str:
    """Return a cell, with how often it was measured where that is not often."""
    return f"{amount(cell)} ({len(cell.values)}x)" if len(cell.values) < 5 else amount(cell)


def _others(results: Results) -> str:
    rows = [
        (
            cell.row,
            cell.what,
            f"{cell.jobs:,}" if cell.jobs else "",
            cell.server,
            amount(cell),
            f"{min(cell.values):.4g} to {max(cell.values):.4g} {cell.unit}, {len(cell.values)}x",
        )
        for row in _OTHERS
        for cell in results.cells.values()
        if cell.row == row
    ]
    return _table(("row", "what", "jobs", "server", "median", "from, to"), [*rows, *_held(results)])


def _held(results: Results) -> Iterable[Sequence[str]]:
    """Yield what the largest process of each server held after the cold answers."""
    held: dict[tuple[int, str], list[float]] = {}
    for cell in results.cells.values():
        if cell.row == "held":
            held.setdefault((cell.jobs, cell.server), []).extend(cell.values)
    for (jobs, server), values in held.items():
        among = f"{min(values):.4g} to {max(values):.4g} MiB, {len(values)}x"
        yield "cold", "largest process", f"{jobs:,}", server, f"{max(values):,.0f} MiB", among


def _without_empty_columns(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    kept = [number for number in range(len(heads)) if any(line[number] for line in lines)]
    return _table(
        [heads[number] for number in kept], [[line[number] for number in kept] for line in lines]
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
