"""No regular expression of ours takes longer than its text is long, whatever the text.

Each is tried, in the ways in which its module uses it, with texts made from itself: its beginning, and
then what may be repeated in it, many thousand times, with an end that fits nothing. One that goes back
again and again takes seconds to minutes for these, one that does not a few milliseconds.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import autosubmit_core

_HOME = "re._{}" if sys.version_info >= (3, 11) else "sre_{}"
code: Any = importlib.import_module(_HOME.format("constants"))
parser: Any = importlib.import_module(_HOME.format("parser" if "re." in _HOME else "parse"))

#: How long the texts are, and how much of the processor's time one may take, in seconds.
LONG, MOST_SECONDS = 50_000, 1.0

#: Patterns of which texts are shorter, and how long these are at most.
SHORTER = {
    # A line of a log is cut before it is looked at.
    **{("autosubmit_core.metrics.log_lines", name): 2000 for name in ("_CONSEQUENCE", "_CAUSE")},
    **{("autosubmit_core.metrics.log_lines", name): 2000 for name in ("_ERROR", "_NO_ERROR")},
    # The first place that fits nothing is an error, and ends it.
    ("autosubmit_core.readers.configuration.references", "_REFERENCE"): 2000,
}
WAYS = {"match", "fullmatch", "search", "sub", "split", "findall", "finditer"}


def patterns() -> Iterator[tuple[str, str, re.Pattern[str], frozenset[str]]]:
    """Yield all patterns: their module and name, and the ways in which they are used there."""
    for found in pkgutil.walk_packages(autosubmit_core.__path__, "autosubmit_core."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        source = Path(str(module.__file__)).read_text()
        tree = ast.parse(source)
        used = list(uses(tree))
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                ways = frozenset(way for who, way in used if who == name)
                yield found.name, name, value, ways or frozenset({"search"})
            elif isinstance(value, tuple):
                for one in value:
                    for pattern in one if isinstance(one, tuple) else ():
                        if isinstance(pattern, re.Pattern):
                            yield found.name, name, pattern, frozenset({"search"})
        for written, way in used:
            if way in WAYS and not written.isidentifier():
                yield found.name, written, re.compile(written), frozenset({way})


def uses(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield who is asked for what: names of patterns, or what is written where it is used."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        who, way = node.func.value, node.func.attr
        if way in WAYS and isinstance(who, ast.Name) and who.id != "re":
            yield who.id, way
        elif way in WAYS and isinstance(who, ast.Name) and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value), way


def example(parts: Iterable[Any]) -> tuple[str, list[tuple[str, str]]]:
    """Return a short text that fits a pattern, and of all that may be repeated in it: before, and it."""
    text, repeated = "", []
    for kind, told in parts:
        inner: list[Any] = []
        least = 1
        if kind is code.LITERAL:
            text += chr(told)
        elif kind is code.NOT_LITERAL or kind is code.ANY:
            text += "a" if told != ord("a") else "b"
        elif kind is code.IN:
            text += letter_of(told)
        elif kind is code.SUBPATTERN:
            inner = [told[-1]]
        elif kind is code.BRANCH:
            inner = told[1]
        elif kind is code.ASSERT:
            inner, least = [told[1]], 0
        elif kind in (code.MAX_REPEAT, code.MIN_REPEAT):
            least, most, sub = told
            inner = [sub]
            if most is code.MAXREPEAT or most >= 1000:
                repeated.append((text, example(sub)[0]))
        found = [example(one) for one in inner]
        repeated += [(text + before, again) for _, more in found for before, again in more]
        text += found[0][0] * least if found else ""
    return text, repeated


def letter_of(told: list[Any]) -> str:
    """Return a character of a set."""
    inside = re.compile(f"[{''.join(map(written, told))}]")
    return next(filter(inside.match, map(chr, range(ord(" "), 0x2100))), "\n")


def written(part: tuple[Any, Any]) -> str:
    kind, told = part
    if kind is code.NEGATE:
        return "^"
    if kind is code.RANGE:
        return f"{re.escape(chr(told[0]))}-{re.escape(chr(told[1]))}"
    if kind is code.LITERAL:
        return re.escape(chr(told))
    name = str(told).removeprefix("CATEGORY_")
    letter = {"DIGIT": "d", "WORD": "w", "SPACE": "s"}[name.removeprefix("NOT_")]
    return "\\" + (letter.upper() if name.startswith("NOT_") else letter)


def texts(pattern: re.Pattern[str], long: int) -> set[str]:
    """Return texts that a pattern would go back in again and again, if it does for any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole, repeated = example(parser.parse(pattern.pattern, pattern.flags))
    return {
        before + many * (long // len(many)) + end
        for before, again in [*repeated, ("", whole)]
        for many in (again, again + " ", before + again)
        for end in ("\0", "")
        if many
    }


def test_every_pattern_takes_no_longer_than_its_text_is_long() -> None:
    tried, slow = 0, []
    for module, name, pattern, ways in patterns():
        for text in texts(pattern, SHORTER.get((module, name), LONG)):
            for way in ways:
                began = time.thread_time()
                if way == "sub":
                    pattern.sub("", text)
                elif way == "finditer":
                    all(pattern.finditer(text))
                else:
                    getattr(pattern, way)(text)
                tried += 1
                if (took := time.thread_time() - began) > MOST_SECONDS:
                    slow.append(f"{module} {name} {way} {text[:30]!r}: {took:.1f} s")
    assert slow == []
    assert tried > 500


@pytest.mark.parametrize("hostile", ["(a+)+b", "(a|a)*;", "a*a*x", ".*a.*b"])
def test_a_pattern_that_goes_back_again_and_again_is_tried_with_what_it_does_so_for(
    hostile: str,
) -> None:
    assert {"a" * 50, "a" * 50 + "\0"} <= texts(re.compile(hostile), 50)
