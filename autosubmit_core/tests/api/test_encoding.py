"""Answers become JSON, whatever numbers they hold."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import numpy as np
import pytest

from autosubmit_core.answers.elements import Always, Elements
from autosubmit_core.api.encoding import (
    GZIP_FROM,
    LARGE_BYTES,
    encode,
    json_bytes,
    json_pieces,
)


def test_columns_and_numbers_of_numpy_are_plain_json() -> None:
    names = np.array(["a", None], dtype=object)
    value = {"n": np.int32(2), "names": names, "x": np.array([1.5, np.nan])}
    assert json.loads(json_bytes(value)) == {"n": 2, "names": ["a", None], "x": [1.5, None]}


def test_integers_beyond_64_bits_stay_exact() -> None:
    value = {"seed": 2**70, "names": np.array(["é"], dtype=object), "limit": float("inf")}
    assert json.loads(json_bytes(value)) == {"seed": 2**70, "names": ["é"], "limit": None}
    assert b"Infinity" not in json_bytes(value)


def pieces_of(value: object) -> list[bytes]:
    return list(json_pieces(value))


def test_long_lists_are_encoded_batch_by_batch() -> None:
    many = 2_500
    value: dict[str, Any] = {
        "a": Elements({"id": list(range(many)), "of": Always(None, many)}),
        "b": {"c": [str(number) for number in range(many)], "d": np.arange(many), "e": {}},
        "f": "é",
    }
    pieces = pieces_of(value)
    assert json.loads(b"".join(pieces)) == json.loads(json_bytes(value))
    assert max(map(len, pieces)) < len(b"".join(pieces)) / 2


@pytest.mark.parametrize("value", [{}, [], [1], {"a": {}}, None, "x", 1.5, {"a": []}])
def test_small_values_are_encoded_as_they_are(value: object) -> None:
    assert json.loads(b"".join(pieces_of(value))) == value


@pytest.mark.parametrize("size", [0, GZIP_FROM - 1, GZIP_FROM, LARGE_BYTES, LARGE_BYTES + 1])
def test_a_body_is_the_same_packed_and_not(size: int) -> None:
    body = random.Random(size).randbytes(size)
    encoded = encode(body)
    assert encoded.size == size
    assert (encoded.packed is None) == (size < GZIP_FROM)
    assert (encoded.plain is None) == (size > LARGE_BYTES)
    if encoded.packed is not None:
        assert gzip.decompress(encoded.packed) == body
        assert b"".join(encoded.unpacked()) == body
    if encoded.plain is not None:
        assert encoded.plain == body


def test_what_shrinks_a_thousandfold_is_unpacked_in_small_pieces() -> None:
    encoded = encode(bytes(20 * LARGE_BYTES))
    assert len(encoded.packed or b"") < LARGE_BYTES / 5
    assert max(map(len, encoded.unpacked())) <= LARGE_BYTES


def test_what_packing_does_not_shrink_stays_as_it_is() -> None:
    encoded = encode(bytes(2 * LARGE_BYTES), packs=False)
    assert (encoded.plain, encoded.packed) == (bytes(2 * LARGE_BYTES), None)
