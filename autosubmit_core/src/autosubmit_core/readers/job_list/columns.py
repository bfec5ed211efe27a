"""From the values that job lists hold, whichever their layout, to a job table.

Job lists are written by programs of many years. A number may be there as text, a missing value as
``None``, 0, -1 or empty text; one odd value never costs more than itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.values import text
from autosubmit_core.status import status_codes
from autosubmit_core.tables import JobTable, TextColumn, TimeColumn
from autosubmit_core.times import epoch_of_stamps

__all__ = ["RawColumn", "job_table", "named_once"]


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of n rows as a source gives it: repeated values may be there only once."""

    #: The values. (k,)
    values: Sequence[Any]
    #: For each row the position of its value; None if row i has value i, so that n is k. (n,) uint
    codes: npt.NDArray[np.unsignedinteger[Any]] | None = None

    @classmethod
    def of(cls, values: Iterable[Any]) -> RawColumn:
        """Return a column of hashable values: each there once, unless floats are among them."""
        values = list(values)
        if float in set(map(type, values)):
            return cls(values)  # 5.0 is equal to 5, and means something else
        place: dict[Any, int] = {}
        codes = [place.setdefault(value, len(place)) for value in values]
        return cls(list(place), np.array(codes, dtype=np.uint32))

    def __len__(self) -> int:
        return len(self.values if self.codes is None else self.codes)

    def characters(self) -> int:
        """Return how many characters the texts of all rows have together."""
        if set(map(type, self.values)) == {str}:
            lengths = list(map(len, self.values))
        else:
            lengths = [len(value) if type(value) is str else 0 for value in self.values]
        return sum(lengths) if self.codes is None else int(np.array(lengths)[self.codes].sum())


def job_table(columns: Mapping[str, RawColumn]) -> JobTable:
    """Return the table of the given columns, by field name; what is not given is missing.

    A row without a name is no job.
    """
    made = {}
    for field, column in columns.items():
        converted = _CONVERSIONS[field](column.values)
        made[field] = converted if column.codes is None else converted[column.codes]
    table = JobTable.of(len(columns["name"]), **made)
    return table if all(table.name) else table.take(np.flatnonzero(table.name))


def named_once(table: JobTable, source: Path | str) -> JobTable:
    """Return a table; raises :class:`SourceUnreadableError` if it has two jobs of one name."""
    if len(set(table.name.tolist())) < len(table):
        raise SourceUnreadableError(source, "damaged: it has two jobs of one name")
    return table


def _text(values: Sequence[Any]) -> TextColumn:
    made: TextColumn = np.empty(len(values), dtype=object)
    if set(map(type, values)) == {str} and "".join(values).isascii():
        made[:] = values
        return made
    made[:] = [
        value if value is None or (type(value) is str and value.isascii()) else _whole(value)
        for value in values
    ]
    return made


def _whole(value: Any) -> str:
    """Return a value as text; half a character, which a pickle can hold, becomes ``?``."""
    return (text(value) or "").encode("utf-8", "replace").decode()


def _text_or_none(values: Sequence[Any]) -> TextColumn:
    return _text([None if value == "" else value for value in values])


def _wrapper_types(values: Sequence[Any]) -> TextColumn:
    # Autosubmit 3.14 to 4.0 wrote the word.
    return _text_or_none([None if value == "none" else value for value in values])


def _integers(
    dtype: type[np.int32 | np.int64], least: int | None = None, missing: int = 0
) -> Callable[[Sequence[Any]], npt.NDArray[Any]]:
    """Return the conversion to integers; ``missing`` for what is none, or below ``least``."""
    limits = np.iinfo(dtype)
    lowest, highest = limits.min if least is None else least, limits.max

    def convert(values: Sequence[Any]) -> npt.NDArray[Any]:
        if set(map(type, values)) == {int}:
            array = np.array(values, np.int64)
            return np.where((array < lowest) | (array > highest), missing, array).astype(dtype)
        numbers = [_integer(value) for value in values]
        return np.array(
            [missing if n is None or not lowest <= n <= highest else n for n in numbers], dtype
        )

    return convert


def _integer(value: Any) -> int | None:
    """Return a whole number that may be there as text; None if it is none.

    >>> _integer("21131676"), _integer(2.0), _integer("-1"), _integer("none"), _integer(None)
    (21131676, 2, -1, None, None)
    """
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 20:
        return None
    digits = value[1:] if value[:1] == "-" else value
    return int(value) if digits.isascii() and digits.isdigit() else None


def _dates(values: Sequence[Any]) -> TimeColumn:
    return np.array([_date(value) for value in values], dtype="datetime64[s]")


def _date(value: Any) -> datetime | None:
    """Return the date of an ISO text, wall clock without a zone."""
    try:
        return datetime.fromisoformat(value).replace(tzinfo=None) if value else None
    except (TypeError, ValueError):
        return None


_number = _integers(np.int32)
_count_from_1 = _integers(np.int32, least=1)

#: How each field is made of what a source holds.
_CONVERSIONS: dict[str, Callable[[Sequence[Any]], npt.NDArray[Any]]] = {
    "name": _text,
    "status": status_codes,
    "priority": _number,
    "section": _text_or_none,
    "date": _dates,
    "member": _text_or_none,
    "chunk": _count_from_1,
    "split": _count_from_1,
    "splits": _count_from_1,
    "scheduler_id": _integers(np.int64),
    # An empty name and none at all are told apart in answers.
    "local_out": _text,
    "local_err": _text,
    "remote_out": _text,
    "remote_err": _text,
    "wrapper_type": _wrapper_types,
    "ready": epoch_of_stamps,
    "submit": epoch_of_stamps,
    "start": epoch_of_stamps,
    "finish": epoch_of_stamps,
    "fail_count": _integers(np.int32, missing=-1),
    "platform": _text_or_none,
    "queue": _text_or_none,
    "wallclock": _text_or_none,
    "workflow_commit": _text_or_none,
}
