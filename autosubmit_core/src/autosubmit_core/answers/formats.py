"""How published answers write instants, durations and dates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from autosubmit_core.errors import SourceWarning
from autosubmit_core.tables import FloatColumn, InstantColumn, Int32Column, TimeColumn

__all__ = [
    "date_stamps",
    "date_texts",
    "duration",
    "in_words",
    "instant",
    "instant_utc",
    "instants",
    "log_lines",
    "number_or_none",
    "positive",
    "rounded",
    "rounded_or_none",
    "share",
    "whole_numbers",
    "with_warnings",
]


_DAY = 86_400
#: The last day that a date can name; a damaged source may hold any number.
_END_OF_TIME = 253_402_214_400


def instant(seconds: int | None) -> str | None:
    """Return an instant in the zone of this process, with its offset at that date; None for none.

    >>> instant(0) is None
    True
    """
    if not seconds or not 0 < seconds < _END_OF_TIME:
        return None
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def instants(seconds: InstantColumn) -> list[str | None]:
    """Return :func:`instant` of each, asking the rules of the zone only for each day.

    >>> instants(np.array([0, 1705069800])) == [instant(0), instant(1705069800)]
    True
    """
    texts: list[str | None] = [None] * len(seconds)
    rows = np.flatnonzero((seconds > 0) & (seconds < _END_OF_TIME))
    days, which = np.unique(seconds[rows] // _DAY, return_inverse=True)
    shifts, endings = zip(*map(_zone_of_day, days.tolist())) if len(days) else ((), ())
    local = seconds[rows] + np.array(shifts, dtype=np.int64)[which]
    beginnings: list[str] = np.datetime_as_string(local.astype("datetime64[s]")).tolist()
    for row, beginning, day in zip(rows.tolist(), beginnings, which.tolist()):
        ending = endings[day]
        texts[row] = beginning + ending if ending else instant(int(seconds[row]))
    return texts


def _zone_of_day(day: int) -> tuple[int, str]:
    """Return the offset from UTC on a day since 1970, in seconds and as text; no text if it changes."""
    begin, end = (
        datetime.fromtimestamp(seconds).astimezone()
        for seconds in (day * _DAY, day * _DAY + _DAY - 1)
    )
    shift = begin.utcoffset()
    if shift is None or shift != end.utcoffset():
        return 0, ""
    return int(shift.total_seconds()), begin.isoformat(timespec="seconds")[19:]


def instant_utc(seconds: int | None) -> str | None:
    """Return an instant in UTC; None for none.

    >>> instant_utc(1705069800)
    '2024-01-12T14:30:00+00:00'
    """
    if not seconds or not 0 < seconds < _END_OF_TIME:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    """Return a duration as text, cut to whole seconds.

    >>> duration(12.9), duration(93784)
    ('0:00:12', '1 day, 2:03:04')
    """
    return str(timedelta(seconds=int(seconds)))


def in_words(seconds: float) -> str:
    """Return a duration as people say it, in its two largest units.

    >>> in_words(45), in_words(3_600), in_words(11_580), in_words(2 * 86_400 + 3 * 3_600 + 59)
    ('45 s', '1 h', '3 h 13 min', '2 d 3 h')
    """
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for length, unit in ((_DAY, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, length)
        if count or parts:
            parts.append((count, unit))
    said = " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)
    return said or "0 s"


def date_texts(dates: TimeColumn, form: str) -> list[str | None]:
    """Return each start date in a :func:`~time.strftime` form, None where there is none.

    >>> date_texts(np.array(["2022-04-01", "NaT"], dtype="datetime64[s]"), "%Y-%m-%d")
    ['2022-04-01', None]
    """
    distinct, which = np.unique(dates, return_inverse=True)
    texts = [None if date is None else date.strftime(form) for date in distinct.tolist()]
    return [texts[index] for index in which.tolist()]


def date_stamps(dates: TimeColumn) -> list[str | None]:
    """Return each start date as names of jobs have it, with hour and minute where it has them.

    >>> date_stamps(np.array(["2022-04-01", "2022-04-01T06:00", "NaT"], dtype="datetime64[s]"))
    ['20220401', '2022040106', None]
    """
    distinct, which = np.unique(dates, return_inverse=True)
    texts = [None if date is None else _stamp(date) for date in distinct.tolist()]
    return [texts[index] for index in which.tolist()]


def _stamp(date: datetime) -> str:
    form = "%Y%m%d" + ("%H%M" if date.minute else "%H" if date.hour else "")
    return date.strftime(form)


def log_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the lines of a log as answers list them.

    >>> log_lines(["done"])
    [{'index': 0, 'content': 'done'}]
    """
    return [{"index": index, "content": line} for index, line in enumerate(lines)]


def positive(values: Int32Column) -> list[int | None]:
    """Return numbers that count from one, None where there is none.

    >>> positive(np.array([3, 0, -1]))
    [3, None, None]
    """
    return [value if value > 0 else None for value in values.tolist()]


def number_or_none(value: float) -> float | None:
    """Return a number, None for NaN.

    >>> number_or_none(2.5), number_or_none(math.nan)
    (2.5, None)
    """
    return None if math.isnan(value) else float(value)


def share(part: float, whole: float) -> float | None:
    """Return a part as a share of the whole; None of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return part / whole if whole else None


def rounded(value: float, digits: int) -> float:
    """Return a metric as the published answers round it; 0 for one that cannot be computed.

    >>> rounded(15.78947, 4), rounded(math.nan, 4)
    (15.7895, 0.0)
    """
    return 0.0 if math.isnan(value) else round(float(value), digits)


def rounded_or_none(value: float, digits: int) -> float | None:
    """Return a metric rounded; None for one that cannot be computed.

    >>> rounded_or_none(15.78947, 2), rounded_or_none(math.nan, 2)
    (15.79, None)
    """
    return None if math.isnan(value) else round(float(value), digits)


def whole_numbers(values: FloatColumn) -> list[float]:
    """Return numbers, those that are whole as integers.

    >>> whole_numbers(np.array([90.0, 0.5]))
    [90, 0.5]
    """
    return [int(value) if value.is_integer() else value for value in values.tolist()]


def with_warnings(body: dict[str, Any], warnings: Iterable[SourceWarning]) -> dict[str, Any]:
    """Return an answer with the sentences of its warnings; without the key if there are none."""
    sentences = [warning.message for warning in warnings]
    return {**body, "warnings": sentences} if sentences else body
