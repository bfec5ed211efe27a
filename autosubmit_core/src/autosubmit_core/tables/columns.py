"""What all tables share: frozen columns of one length, and a few verbs on them.

Numbers live in NumPy columns of their own type. Text lives in object columns of ``str``: most
texts of an experiment repeat (sections, members, platforms), equal ones share one object, and
an answer takes them out again without a conversion. ``None`` in a text column means that the
source says nothing, which some answers tell apart from an empty text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Self

__all__ = [
    "BoolColumn",
    "FloatColumn",
    "InstantColumn",
    "Int8Column",
    "Int32Column",
    "Int64Column",
    "Table",
    "TextColumn",
    "TimeColumn",
    "column",
    "text_column",
]

#: Text: ``str``, or ``None`` where the source says nothing.
TextColumn: TypeAlias = npt.NDArray[np.object_]
Int8Column: TypeAlias = npt.NDArray[np.int8]
Int32Column: TypeAlias = npt.NDArray[np.int32]
Int64Column: TypeAlias = npt.NDArray[np.int64]
#: Seconds since 1970 UTC; 0 where it is not known or has not happened.
InstantColumn: TypeAlias = npt.NDArray[np.int64]
FloatColumn: TypeAlias = npt.NDArray[np.float64]
BoolColumn: TypeAlias = npt.NDArray[np.bool_]
#: Wall-clock dates without a zone, such as the start date of a simulation; NaT where there is none.
TimeColumn: TypeAlias = npt.NDArray[np.datetime64]


def column(dtype: npt.DTypeLike, missing: object = 0) -> Any:
    """Declare a column of a :class:`Table`: its type, and the value where a source has none."""
    return field(metadata={"dtype": np.dtype(dtype), "missing": missing})


def text_column(values: Iterable[str | None]) -> TextColumn:
    """Return an object column in which equal texts are one object."""
    shared: dict[str | None, str | None] = {}
    listed = [shared.setdefault(value, value) for value in values]
    made: TextColumn = np.empty(len(listed), dtype=object)
    made[:] = listed
    return made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Columns of one length n: row i of each column is the same thing."""

    def __post_init__(self) -> None:
        lengths = {len(values) for values in self.columns().values()}
        if len(lengths) > 1:
            raise ValueError(f"{type(self).__name__}: columns of different lengths {lengths}")
        for values in self.columns().values():
            values.flags.writeable = False

    @classmethod
    def of(cls, n: int, **given: Any) -> Self:
        """Return a table of n rows from the columns that a source has; the others say "missing".

        Fields that are no columns are taken as they are. Raises :class:`TypeError` for a name that
        the table does not have.
        """
        made = dict(given)
        for spec in fields(cls):
            if "dtype" not in spec.metadata:
                continue
            dtype, values = spec.metadata["dtype"], given.get(spec.name)
            if values is None:
                made[spec.name] = np.full(n, spec.metadata["missing"], dtype=dtype)
            elif dtype.hasobject and not isinstance(values, np.ndarray):
                made[spec.name] = text_column(values)
            else:
                made[spec.name] = np.asarray(values, dtype=dtype)
        return cls(**made)

    @classmethod
    def empty(cls) -> Self:
        """Return a table without rows."""
        return cls.of(0)

    def columns(self) -> Mapping[str, npt.NDArray[Any]]:
        """Return the columns by name, in the order of their declaration."""
        return {
            spec.name: getattr(self, spec.name) for spec in fields(self) if "dtype" in spec.metadata
        }

    def __len__(self) -> int:
        return len(next(iter(self.columns().values())))

    def take(self, rows: npt.NDArray[Any]) -> Self:
        """Return the rows that an index array or a mask picks, in its order."""
        others = {
            spec.name: getattr(self, spec.name)
            for spec in fields(self)
            if "dtype" not in spec.metadata
        }
        return type(self)(
            **{name: values[rows] for name, values in self.columns().items()}, **others
        )

    def with_rows(self, rows: npt.NDArray[Any], others: Self) -> Self:
        """Return the table with some of its rows exchanged for those of another, in its order."""
        made = {name: values.copy() for name, values in self.columns().items()}
        for name, values in others.columns().items():
            made[name][rows] = values
        return replace(self, **made)

    def memory_bytes(self) -> int:
        """Return about how much memory the columns keep, a text that repeats in one counted once."""
        columns = self.columns().values()
        return sum(map(_memory_bytes, columns))

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a pandas frame, a column each.

        Raises :class:`ModuleNotFoundError` where pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame({name: values.copy() for name, values in self.columns().items()})


#: How many texts of a column tell how long they are.
_SAMPLE = 500


def _memory_bytes(values: npt.NDArray[Any]) -> int:
    if values.dtype != object or not len(values):
        return values.nbytes
    distinct = len(set(map(id, values.tolist())))
    sample = values[:: -(-len(values) // _SAMPLE)].tolist()
    return values.nbytes + distinct * sum(map(sys.getsizeof, sample)) // len(sample)
