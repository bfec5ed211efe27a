"""Long lists of alike objects become objects only where they are taken."""

from __future__ import annotations

import numpy as np
import pytest

from autosubmit_core.answers.elements import Always, Elements, Neighbours
from autosubmit_core.graphs.neighbourhoods import CompressedRows


def test_elements_are_a_list_of_objects_to_whoever_reads_them() -> None:
    made = Elements({"id": ["a", "b", "c"], "none": Always(None, 3)})
    objects = [{"id": letter, "none": None} for letter in "abc"]
    assert list(made) == objects
    assert (made[0], made[-1], made[1:], made[:99], made[5:]) == (
        *(objects[0], objects[-1], objects[1:], objects),
        [],
    )
    assert made == objects
    assert made != objects[:2]
    with pytest.raises(IndexError):
        made[3]


def test_columns_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        Elements({"id": ["a"], "none": Always(None, 2)})


def test_neighbours_are_named_where_they_are_taken() -> None:
    rows = CompressedRows(np.array([0, 2, 2, 3]), np.array([1, 2, 0], dtype=np.int32))
    made = Neighbours(["a", "b", "c"], rows)
    assert list(made) == [["b", "c"], [], ["a"]]
    assert (made[1:], made[0:1], made[2], made[3:], made[:-1]) == (
        *([[], ["a"]], [["b", "c"]], ["a"], []),
        [["b", "c"], []],
    )
