"""Placeholders: what they stand for, when, and how far they may grow."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.configuration import Configuration, placeholders

Resolve = Callable[[str], dict[str, Any]]
Read = Callable[..., Configuration]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%Z%/x", "vAl/x"),
        ("%z%", "vAl"),
        ("%S.X%", "1"),
        ("%Z%%Z%", "vAlvAl"),
        ("%Z%-%Z^^%-%Z,,%", "vAl-VAL-val"),
        ("%Z^^%", "%Z^^%"),
        ("%^Z%", "vAl"),
        ("%^Z^^%", "%^Z^^%"),
        ("%NOPE%", "%NOPE%"),
        ("%S.NOPE.X%", "%S.NOPE.X%"),
        ("100% of %Z%", "100% of vAl"),
        ("%%Z%%", "%%Z%%"),
        ("%S%", "{'X': 1}"),
        ("%ZERO%%NO%", "0False"),
        ("%EMPTY%%NULL%%NONE%", "%EMPTY%%NULL%%NONE%"),
        ("%DAY%", "2000-01-01"),
    ],
)
def test_a_placeholder_is_filled_or_stays(resolve: Resolve, text: str, value: str) -> None:
    data = resolve(
        f"Z: vAl\nS: {{X: 1}}\nZERO: 0\nNO: false\nEMPTY: ''\nNULL: ~\nDAY: 2000-01-01\nA: '{text}'"
    )
    assert data["A"] == value


def test_each_text_of_a_list_is_filled_by_itself(resolve: Resolve) -> None:
    data = resolve("Z: v\nY: w\nA: ['%Z%/%Y%']\nB: ['', '%Z%', k]\n")
    assert data["A"] == ["v/w"]
    assert data["B"] == ["", "v", "k"]


def test_a_text_keeps_the_value_that_was_known_when_its_file_was_read(read: Read) -> None:
    files = {"conf/a.yml": "X: '%M%'\nY: '%^M%'\nM: first\n", "conf/b.yml": "M: second\n"}
    data = read(files).data
    assert (data["X"], data["Y"]) == ("first", "second")


def test_an_added_value_is_known_at_the_end(read: Read) -> None:
    data = read(
        {"conf/a.yml": "X: '%ROOTDIR%|%HPCROOTDIR%|%DB_DIR%|%AS_ENV_CURRENT_USER%'\n"},
        installation={"DB_DIR": "/db"},
        current_user="me",
    ).data
    root = data["ROOTDIR"]
    assert data["X"] == f"{root}|{root}/tmp|/db|me"


@pytest.mark.parametrize("value", ["text", "5", "~", "[1]", "''", "true"])
def test_a_path_through_a_single_value_is_refused(resolve: Resolve, value: str) -> None:
    with pytest.raises(ConfigurationInvalidError, match=r"main\.yml: %Z\.X%: leads through"):
        resolve(f"Z: {value}\nA: '%Z.X%'\n")


@pytest.mark.parametrize("items", ["1, '%Z%'", "~, '%Z%'", "{b: '%Z%'}", "['%Z%']", "!foo '%Z%'"])
def test_a_placeholder_beside_other_than_texts_is_refused(resolve: Resolve, items: str) -> None:
    with pytest.raises(ConfigurationInvalidError, match=r"S\.A: a placeholder among"):
        resolve(f"Z: v\nS: {{A: [{items}]}}\n")


def test_a_tagged_text_with_a_placeholder_is_refused(resolve: Resolve) -> None:
    assert resolve("A: !foo 50%\n")["A"] == "50%"
    with pytest.raises(ConfigurationInvalidError):
        resolve("A: !foo '%Z%'\nZ: v\n")


def test_a_text_that_stands_for_itself_stays_with_a_warning(read: Read) -> None:
    configuration = read({"conf/a.yml": "A: 'x%A%'\nB: 'y%C%'\nC: 'z%b%'\nD: '%A%'\n"})
    assert configuration.data["A"] == "x%A%"
    assert len(str(configuration.data)) < 1000
    assert [warning.code for warning in configuration.warnings] == ["invalid_value"] * 2
    assert "%A%" in configuration.warnings[0].message


def test_circles_end(resolve: Resolve) -> None:
    data = resolve("A: '%B%'\nB: '%A%'\nC: '%D%'\nD: '%E%'\nE: '%C%'\n")
    assert (data["A"], data["B"]) == ("%A%", "%A%")
    assert {data["C"], data["D"], data["E"]} == {"%E%"}


def test_a_chain_of_ten_thousand_is_followed_to_its_end(resolve: Resolve) -> None:
    links = "\n".join(f"K{number}: '%K{number + 1}%'" for number in range(10_000))
    started = time.thread_time()
    assert resolve(f"{links}\nK10000: end\n")["K0"] == "end"
    assert time.thread_time() - started < 10


def test_texts_that_double_at_every_step_are_refused(resolve: Resolve) -> None:
    steps = "\n".join(f"K{number}: '%K{number + 1}%%K{number + 1}%'" for number in range(60))
    with pytest.raises(ConfigurationInvalidError, match="grow without end"):
        resolve(f"{steps}\nK60: end\n")


def test_a_long_list_that_names_itself_is_not_made_a_text_without_end(resolve: Resolve) -> None:
    items = ", ".join(["'%A%'"] * 2_000)
    started = time.thread_time()
    with pytest.raises(ConfigurationInvalidError, match="grow without end"):
        resolve(f"A: [{items}]\nB: '{'%A%' * 20_000}'\n")
    assert time.thread_time() - started < 10


def test_more_placeholders_than_any_experiment_has_are_refused(
    resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placeholders, "MOST_LOOKUPS", 1_000)
    assert resolve(f"A: '{'%NO%' * 100}'\n")
    with pytest.raises(ConfigurationInvalidError, match="too many placeholders"):
        resolve(f"A: '{'%' * 3_000}'\n")
