"""How published answers write instants, durations and dates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from autosubmit_core.errors import SourceWarning
from autosubmit_core.tables import TimeColumn

__all__ = [
    "date_texts",
    "duration",
    "instant",
    "instant_utc",
    "log_lines",
    "number_or_none",
    "rounded",
    "rounded_or_none",
    "with_warnings",
]


def instant(seconds: int | None) -> str | None:
    """Return an instant in the zone of this process, with its offset at that date; None for none.

    >>> instant(0) is None
    True
    """
    if not seconds or seconds < 0:
        return None
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def instant_utc(seconds: int | None) -> str | None:
    """Return an instant in UTC; None for none.

    >>> instant_utc(1705069800)
    '2024-01-12T14:30:00+00:00'
    """
    if not seconds or seconds < 0:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    """Return a duration as text, cut to whole seconds.

    >>> duration(12.9), duration(93784)
    ('0:00:12', '1 day, 2:03:04')
    """
    return str(timedelta(seconds=int(seconds)))


def date_texts(dates: TimeColumn, form: str) -> list[str | None]:
    """Return each start date in a :func:`~time.strftime` form, None where there is none.

    >>> date_texts(np.array(["2022-04-01", "NaT"], dtype="datetime64[s]"), "%Y-%m-%d")
    ['2022-04-01', None]
    """
    distinct, which = np.unique(dates, return_inverse=True)
    texts = [None if date is None else date.strftime(form) for date in distinct.tolist()]
    return [texts[index] for index in which.tolist()]


def log_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the lines of a log as answers list them.

    >>> log_lines(["done"])
    [{'index': 0, 'content': 'done'}]
    """
    return [{"index": index, "content": line} for index, line in enumerate(lines)]


def number_or_none(value: float) -> float | None:
    """Return a number, None for NaN.

    >>> number_or_none(2.5), number_or_none(math.nan)
    (2.5, None)
    """
    return None if math.isnan(value) else float(value)


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


def with_warnings(body: dict[str, Any], warnings: Iterable[SourceWarning]) -> dict[str, Any]:
    """Return an answer with the sentences of its warnings; without the key if there are none."""
    sentences = [warning.message for warning in warnings]
    return {**body, "warnings": sentences} if sentences else body
