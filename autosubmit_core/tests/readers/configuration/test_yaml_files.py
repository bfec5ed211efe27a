"""YAML as Autosubmit's parser reads it, and nothing more than that."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest

from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_files import MOST_VALUES, parse_yaml
from autosubmit_core.readers.configuration.yaml_scalars import TaggedText


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("0755", 755),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("-_1", -1),
        ("+1", 1),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        (".5e3", ".5e3"),
        ("1.5.2", "1.5.2"),
        (".", "."),
        ("yes", "yes"),
        ("on", "on"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("00:05", "00:05"),
        ("01:30:00", "01:30:00"),
        ("=", "="),
        ("2000-1-1", "2000-1-1"),
        ("2000-01-01", datetime.date(2000, 1, 1)),
        ("2000-01-01 10:00:00", datetime.datetime(2000, 1, 1, 10)),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('"010"', "010"),
        ("!!str 010", "010"),
        ("!!int '010'", 10),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
        ("!!null x", None),
        ("!!binary aGVsbG8=", b"hello"),
        ("! 5", 5),
        ("!!set {a, b}", {"a", "b"}),
        ("!!omap [a: 1, b: 2]", {"a": 1, "b": 2}),
        ("!!pairs [a: 1, a: 2]", [["a", 1], ["a", 2]]),
        ("!foo {x: 1}", {"x": 1}),
    ],
)
def test_a_value_means_what_yaml_1_2_says(text: str, value: Any) -> None:
    parsed = parse_yaml(f"key: {text}\n")["key"]
    assert parsed == value
    assert type(parsed) is type(value)


def test_an_unknown_tag_makes_neither_an_object_nor_a_text() -> None:
    parsed = parse_yaml("a: !!python/object:os.system x\nb: !foo\n")
    assert isinstance(parsed["a"], TaggedText)
    assert (str(parsed["a"]), str(parsed["b"])) == ("x", "")


def test_a_file_may_say_that_it_is_yaml_1_1() -> None:
    assert parse_yaml("%YAML 1.1\n---\na: yes\nb: 010\n") == {"a": True, "b": 8}


def test_an_anchored_boolean_is_a_number() -> None:
    parsed = parse_yaml("a: &x true\nb: *x\nc: false\n")
    assert [type(parsed[key]) for key in "abc"] == [int, int, bool]


def test_own_keys_win_over_merged_ones_and_the_first_merged_over_the_next() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\n"
    assert parse_yaml(text)["c"] == {"y": 3, "x": 1, "z": 2}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [1\n", "line 2"),
        ("a:\n\t- b\n", "line 2"),
        ("a: 1\nb: 2\na: 3\n", "line 3: repeated key 'a'"),
        ("1: a\n1.0: b\n", "line 2: repeated key"),
        ("x: &x {}\ny: {<<: *x, <<: *x}\n", "line 2: repeated merge key"),
        ("x: &x 5\ny: {<<: *x}\n", "line 2: '<<' merges dictionaries only"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document"),
        ("a: *nowhere\n", "line 1: undefined alias 'nowhere'"),
        ("a: &a {b: *a}\n", "line 1: undefined alias 'a'"),
        ("a: 2000-13-45\n", "line 1: month must be in 1..12"),
        ("a: !!int x\n", "line 1: invalid literal"),
        ("a: !!timestamp soon\n", "line 1: 'soon' is no date"),
        ("a: !!timestamp ''\n", "line 1: '' is no date"),
        ("a: !!bool maybe\n", "line 1: 'maybe' is no boolean"),
        ("a: !!binary x\n", "line 1: not base64"),
        ("a: \x07\n", "character 3"),
    ],
)
def test_what_the_parser_refuses_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(BrokenRuleError) as refused:
        parse_yaml(text)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(("text", "value"), [("", None), ("# only\n", None), ("- a\n", ["a"])])
def test_an_empty_file_and_a_list_are_values_too(text: str, value: Any) -> None:
    assert parse_yaml(text) == value


def test_aliases_that_would_unfold_to_billions_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    started = time.thread_time()
    with pytest.raises(BrokenRuleError, match=f"more than {MOST_VALUES} values"):
        parse_yaml("\n".join(lines))
    assert time.thread_time() - started < 2


def test_nesting_has_a_bound() -> None:
    assert parse_yaml("[" * 99 + "]" * 99)
    with pytest.raises(BrokenRuleError, match="nested deeper"):
        parse_yaml("[" * 5000 + "]" * 5000)


def test_a_number_of_a_million_digits_stays_a_text() -> None:
    digits = "9" * 1_000_000
    assert parse_yaml(f"a: {digits}\n") == {"a": digits}


@pytest.mark.parametrize("digits", ["9" * 5000, "f" * 3501])
def test_a_number_that_python_would_not_write_again_is_never_made(digits: str) -> None:
    written = f"0x{digits}" if digits.startswith("f") else digits
    assert parse_yaml(f"a: {written}\n") == {"a": written}
    assert parse_yaml(f"%YAML 1.1\n---\na: {written}\n") == {"a": written}
    with pytest.raises(BrokenRuleError, match="line 1: a number of more than 3500 digits"):
        parse_yaml(f"a: !!int {written}\n")


def test_nesting_has_the_same_bound_where_it_is_made_of_aliases() -> None:
    levels = ["a0: &a0 x"]
    for level in range(1, 40):
        levels.append(f"a{level}: &a{level} {'[' * 90}*a{level - 1}{']' * 90}")
    assert parse_yaml("\n".join(levels[:2]))
    with pytest.raises(BrokenRuleError, match="line 3: nested deeper than 100"):
        parse_yaml("\n".join(levels))


def test_a_long_text_is_not_said_without_end_by_aliases() -> None:
    many = f"a: &a {'x' * 50_000}\nb: [{'*a, ' * 1_000}]\n"
    with pytest.raises(BrokenRuleError, match="line 2: more than 16000000 characters"):
        parse_yaml(many)
    few = parse_yaml(f"a: &a {'x' * 50_000}\nb: [{'*a, ' * 100}]\n")
    assert len(few["b"]) == 100


def test_directives_that_are_compared_to_each_other_are_few() -> None:
    directives = "".join(f"%TAG !a{number}! b\n" for number in range(200_000))
    started = time.thread_time()
    with pytest.raises(BrokenRuleError, match="more than 100 directives"):
        parse_yaml(f"{directives}---\na: b\n")
    assert time.thread_time() - started < 10
    assert parse_yaml("%TAG ! tag:example,2000:\n---\na: '%TAG%'\n") == {"a": "%TAG%"}


def test_a_number_in_sixties_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(BrokenRuleError, match=r"line 3: '1:01:01.* is too large"):
        parse_yaml(f"%YAML 1.1\n---\na: 1{':01' * 1_000}.5\n")
