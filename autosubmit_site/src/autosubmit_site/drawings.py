"""Small charts that the server draws itself: they need no script, and print as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["Dots", "TimeAxis", "dots", "time_axis"]

#: The box in which charts are drawn, and how many dots one has at most.
WIDTH, HEIGHT, MOST = 1000, 200, 400

#: How far apart the marks of a time axis may be, in hours, and how many there are at most.
HOURS = (0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 336, 672, 1344, 2688, 8064)
MOST_MARKS = 6


@dataclass(frozen=True, slots=True)
class Dots:
    """Values in their order, as dots from left to right; the axis begins at 0."""

    #: Places in a box of :data:`WIDTH` by :data:`HEIGHT`, from its upper left corner.
    points: tuple[tuple[float, float], ...]
    #: Values of the axis that are marked, and how far down each is.
    marks: tuple[tuple[float, float], ...]


def dots(values: Sequence[float]) -> Dots | None:
    """Return the chart of some values, of very many every so many; None if there is none to draw.

    >>> made = dots([1.0, 2.0])
    >>> made.points, made.marks
    (((0.0, 100.0), (1000.0, 0.0)), ((0.0, 200.0), (0.5, 150.0), (1.0, 100.0), (1.5, 50.0), (2.0, 0.0)))
    """
    shown = [value for value in values if math.isfinite(value)]
    shown = shown[:: -(-len(shown) // MOST) or 1]
    largest = max(shown, default=0.0)
    if largest <= 0:
        return None
    step = _step(largest / 4)
    top = step * math.ceil(largest / step - 1e-9)
    apart = WIDTH / max(1, len(shown) - 1)
    return Dots(
        points=tuple(
            (round(at * apart, 1), round(_down(value, top), 1)) for at, value in enumerate(shown)
        ),
        marks=tuple(
            (mark * step, round(_down(mark * step, top), 1))
            for mark in range(round(top / step) + 1)
        ),
    )


def _down(value: float, top: float) -> float:
    return HEIGHT * (1 - value / top)


def _step(about: float) -> float:
    """Return the round number next above another: 1, 2 or 5 times a power of ten.

    >>> _step(0.3), _step(2.0), _step(7.0)
    (0.5, 2.0, 10.0)
    """
    power: float = 10.0 ** math.floor(math.log10(about))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= about * (1 - 1e-9))


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A stretch of time from left to right. Instants are in seconds since 1970 UTC"""

    begin: float
    end: float
    #: What marks say, and how many percent from the left edge they are.
    marks: tuple[tuple[str, float], ...]

    def place(self, instant: float) -> float:
        """Return how many percent from the left edge an instant is.

        >>> TimeAxis(100.0, 300.0, ()).place(150.0)
        25.0
        """
        return round(100 * (instant - self.begin) / (self.end - self.begin), 2)


def time_axis(begin: float, end: float) -> TimeAxis:
    """Return an axis with marks at round times of the zone of this process; it has some length.

    >>> [place for _, place in time_axis(0, 6 * 3600).marks]
    [16.67, 33.33, 50.0, 66.67, 83.33]
    """
    end = max(end, begin + 60)
    hours = next((step for step in HOURS if (end - begin) / 3600 / step <= MOST_MARKS), HOURS[-1])
    bare = TimeAxis(begin, end, ())
    day = datetime.fromtimestamp(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    marks: list[tuple[str, float]] = []
    while (instant := day.timestamp()) < end:
        if instant > begin and len(marks) < MOST_MARKS:
            marks.append((_mark(day, hours), bare.place(instant)))
        day += timedelta(hours=hours)
    return TimeAxis(begin, end, tuple(marks))


def _mark(moment: datetime, hours: float) -> str:
    if hours > 336:
        return moment.strftime("%Y-%m-%d")
    midnight = moment.hour == moment.minute == 0
    return moment.strftime("%m-%d" if hours >= 24 or midnight else "%H:%M")
