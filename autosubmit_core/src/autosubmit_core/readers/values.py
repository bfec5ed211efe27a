"""Values of a database, whose columns hold what their writers put there, as columns of one type.

SQLite does not enforce the type of a column: an integer column of a real file holds NULL or text
now and then. Such a value says nothing; it never costs the rest of its column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autosubmit_core.tables import FloatColumn, InstantColumn, TextColumn
from autosubmit_core.times import LARGEST_INSTANT, UNKNOWN_INSTANT

__all__ = ["floats", "instants", "integer", "integers", "text", "texts"]


def integer(value: object, missing: int = 0) -> int:
    """Return the whole number that a value is or spells, ``missing`` if it is none.

    >>> integer(3), integer(2.9), integer("17"), integer(None), integer("NA"), integer("NA", -1)
    (3, 2, 17, 0, 0, -1)
    """
    if not isinstance(value, (int, float, str)):
        return missing
    try:
        return int(value)
    except (ValueError, OverflowError):  # no number; NaN or infinite
        return missing


def integers(
    values: Sequence[object], dtype: npt.DTypeLike = np.int64, missing: int = 0
) -> npt.NDArray[np.signedinteger]:
    """Return a column of whole numbers, (n,); what is none, or out of the type's range, is missing.

    >>> integers([1, None, "2", 2**40, 1e30], np.int32).tolist()
    [1, 0, 2, 0, 0]
    """
    limits = np.iinfo(np.dtype(dtype))
    lowest, highest = int(limits.min), int(limits.max)
    # What Python takes a whole number from is slow to try, and NULL is what real files hold most.
    known = [missing if value is None else value for value in values]
    try:
        column = np.array(known, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        numbers = [integer(value, missing) for value in known]
        within = [n if lowest <= n <= highest else missing for n in numbers]
        return np.array(within, dtype=dtype)
    column[(column < lowest) | (column > highest)] = missing
    return column.astype(dtype, copy=False)


def instants(values: Sequence[object]) -> InstantColumn:
    """Return a column of seconds since 1970, (n,); what is none, or is no date, is unknown.

    >>> instants([1705069800, "1705069800", None, 2**62]).tolist()
    [1705069800, 1705069800, 0, 0]
    """
    column = integers(values, missing=UNKNOWN_INSTANT)
    column[column >= LARGEST_INSTANT] = UNKNOWN_INSTANT
    return column


def floats(values: Sequence[object]) -> FloatColumn:
    """Return a column of numbers, (n,) float64; what is none, or not finite, is 0.

    >>> floats([40590, 0.5, None, "4.2", "NA"]).tolist()
    [40590.0, 0.5, 0.0, 4.2, 0.0]
    """
    if set(map(type, values)) <= {int, float}:
        column = np.array(values, dtype=np.float64)
    else:
        column = np.array([_number(value) for value in values], dtype=np.float64)
    column[~np.isfinite(column)] = 0.0
    return column


def _number(value: object) -> float:
    if not isinstance(value, (int, float, str)):
        return 0.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def text(value: object) -> str | None:
    """Return a value as text, None for NULL; bytes are taken as UTF-8.

    >>> text("a003"), text(None), text(17), text(b"fc0")
    ('a003', None, '17', 'fc0')
    """
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def texts(values: Sequence[object], *, empty: str | None = "") -> TextColumn:
    """Return a column of texts, (n,) str.

    ``empty`` stands in for empty texts: None where the source means "none" by them.
    """
    listed: Sequence[object] = values
    if not set(map(type, listed)) <= {str, type(None)}:
        listed = [text(value) for value in listed]
    if empty != "":
        listed = [empty if value == "" else value for value in listed]
    column: TextColumn = np.empty(len(values), dtype=object)
    column[:] = listed
    return column
