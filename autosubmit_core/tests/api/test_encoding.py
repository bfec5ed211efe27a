"""Answers become JSON, whatever numbers they hold."""

from __future__ import annotations

import json

import numpy as np

from autosubmit_core.api.encoding import json_bytes


def test_columns_and_numbers_of_numpy_are_plain_json() -> None:
    names = np.array(["a", None], dtype=object)
    value = {"n": np.int32(2), "names": names, "x": np.array([1.5, np.nan])}
    assert json.loads(json_bytes(value)) == {"n": 2, "names": ["a", None], "x": [1.5, None]}


def test_integers_beyond_64_bits_stay_exact() -> None:
    value = {"seed": 2**70, "names": np.array(["é"], dtype=object), "limit": float("inf")}
    assert json.loads(json_bytes(value)) == {"seed": 2**70, "names": ["é"], "limit": None}
    assert b"Infinity" not in json_bytes(value)
