"""Long lists of alike objects, which become objects only where and when somebody takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, overload

from autosubmit_core.graphs.neighbourhoods import CompressedRows

__all__ = ["Always", "Elements", "Neighbours"]


class Elements(Sequence[dict[str, Any]]):
    """A list of objects that have the same keys, held as a sequence of values for each key.

    A list of 100,000 jobs with forty keys has four million values: as columns most of them are
    shared texts and small numbers. Whoever writes them down takes some thousand objects at a time,
    so that neither memory nor the garbage collector ever meets all of them.

    >>> jobs = Elements({"id": ["a", "b", "c"], "chunk": [1, None, 2]})
    >>> jobs[1], len(jobs[1:])
    ({'id': 'b', 'chunk': None}, 2)
    """

    __slots__ = ("_columns", "_keys", "_length")

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self._keys = tuple(columns)
        self._columns = tuple(columns.values())
        self._length = len(self._columns[0])
        lengths = {len(values) for values in self._columns}
        if len(lengths) > 1:
            raise ValueError(f"Elements: columns of different lengths {lengths}")

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, slice):
            rows = zip(*(values[at] for values in self._columns))
            return [dict(zip(self._keys, row)) for row in rows]
        return dict(zip(self._keys, (values[at] for values in self._columns)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and self[:] == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of every list

    def __repr__(self) -> str:
        return f"Elements of {', '.join(self._keys)}: {len(self)}"


class Always(Sequence[Any]):
    """The same value so many times.

    >>> Always(None, 3)[1:]
    [None, None]
    """

    __slots__ = ("_length", "_value")

    def __init__(self, value: object, length: int) -> None:
        self._value = value
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._value] * len(range(*at.indices(self._length)))
        return self._value


class Neighbours(Sequence[Any]):
    """The names of the neighbours of each job, listed when they are taken.

    >>> import numpy as np
    >>> rows = CompressedRows(np.array([0, 1, 1, 2]), np.array([2, 0]))
    >>> Neighbours(["a", "b", "c"], rows)[:]
    [['c'], [], ['a']]
    """

    __slots__ = ("_names", "_rows")

    def __init__(self, names: list[str], rows: CompressedRows) -> None:
        self._names = names
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            return self[at : at + 1][0]
        begin, end, step = at.indices(len(self))
        if step != 1:
            raise ValueError("neighbours are taken one after the other")
        offsets = self._rows.offsets[begin : max(begin, end) + 1].tolist()
        names, first = self._names, offsets[0]
        targets = [names[row] for row in self._rows.targets[first : offsets[-1]].tolist()]
        return [targets[one - first : after - first] for one, after in pairwise(offsets)]
