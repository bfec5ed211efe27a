"""How measured numbers are written."""

from __future__ import annotations

import math

from comparison.results import Measured

__all__ = ["amount", "bytes_text", "ratio_text", "seconds_text"]


def amount(cell: Measured) -> str:
    """Return the median of a cell with its unit, and what has to be known of it."""
    if not math.isfinite(cell.median):
        return cell.note
    if cell.unit == "s":
        text = seconds_text(cell.median)
    else:
        text = f"{cell.median:.2g}" if 0 < cell.median < 10 else f"{cell.median:,.0f}"
        text += f" {cell.unit}"
    if cell.at_least:
        text = f"≥ {text}"
    return f"{text} ({cell.note})" if cell.note else text


def seconds_text(seconds: float) -> str:
    """Return a time in the unit that fits it.

    >>> seconds_text(0.01234), seconds_text(12.34)
    ('12.3 ms', '12.3 s')
    """
    value, unit = (1000 * seconds, "ms") if seconds < 1 else (seconds, "s")
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def ratio_text(ratio: float) -> str:
    """Return how many times one is the other.

    >>> ratio_text(1.234), ratio_text(1234.5)
    ('1.2 x', '1,234 x')
    """
    return f"{ratio:.1f} x" if ratio < 100 else f"{ratio:,.0f} x"


def bytes_text(size: int) -> str:
    """Return a size as it is said.

    >>> bytes_text(123), bytes_text(1_234_567)
    ('123 B', '1.2 MB')
    """
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"
