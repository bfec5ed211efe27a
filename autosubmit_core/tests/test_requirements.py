"""What is required stands in one table, and every test that it names is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
TABLE = (TOP / "docs" / "requirements.yaml").read_text()
#: Thirty-four of safety, sixteen of commands, ten of deployment.
REQUIRED = [
    *(f"S-{number:02}" for number in range(1, 35)),
    *(f"RS-{number}" for number in range(1, 17)),
    *(f"D-{number}" for number in range(1, 11)),
]


@cache
def table() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(TABLE)
    return told


@cache
def names_in(path: str) -> list[str]:
    """Return the names of the tests in a file, as pytest would find them."""
    tree = ast.parse((TOP / path).read_text())
    functions = (
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [one.name for one in functions if one.name.startswith("test_")]


def named() -> Iterator[tuple[str, str, str]]:
    """Yield every requirement with each file and test that shows it."""
    for requirement, told in table().items():
        for path, tests in told["shown"].items():
            for test in tests:
                yield requirement, path, test


def test_every_requirement_is_there_once_and_no_other() -> None:
    # A key that stands twice would be one in the mapping.
    assert [line[:-1] for line in TABLE.splitlines() if line[:1].isupper()] == REQUIRED
    assert list(table()) == REQUIRED


@pytest.mark.parametrize("requirement", REQUIRED)
def test_a_requirement_says_something_and_is_shown(requirement: str) -> None:
    told = table()[requirement]
    assert told.keys() - {"lacks"} == {"says", "shown"}
    assert told["says"].endswith(".")
    assert all(tests for tests in told["shown"].values())
    assert told["shown"]


def test_every_test_that_is_named_is_one() -> None:
    assert [one for one in named() if one[2] not in names_in(one[1])] == []


def test_no_test_is_named_twice_for_one_requirement() -> None:
    assert len(set(named())) == len(list(named()))
