"""Rows of a database, fetched block by block, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["columns_of_blocks"]


def columns_of_blocks(
    names: Sequence[str], blocks: Iterable[Sequence[Sequence[Any]]]
) -> dict[str, list[Any]]:
    """Return the named columns of rows that come in blocks, none of them empty.

    All rows at once would be a lot of memory, and so are texts that repeat: equal ones of a column are
    one object.

    >>> columns_of_blocks(("name", "cores"), [[("SIM", 4), ("SIM", 8)], [("POST", 1)]])
    {'name': ['SIM', 'SIM', 'POST'], 'cores': [4, 8, 1]}
    """
    columns: dict[str, list[Any]] = {name: [] for name in names}
    shared: list[dict[str, str]] = [{} for _ in names]
    for block in blocks:
        for column, known, cells in zip(columns.values(), shared, zip(*block)):
            is_text = isinstance(cells[0], str)
            column.extend(map(known.setdefault, cells, cells) if is_text else cells)
    return columns
