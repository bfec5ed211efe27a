"""One YAML file to plain values: dictionaries, lists, texts, numbers, dates.

The C parser of PyYAML only cuts the file into events, and the values are built here. That gives
what its own constructors do not: YAML 1.2 scalars (:mod:`.yaml_scalars`), repeated keys refused,
tags that are data, and a bound on what aliases can grow to, before it has grown. A configuration
of a thousand sections is read whole in a sixth of the time that a YAML 1.2 library in Python
(ruamel.yaml) takes to parse it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

import yaml

from autosubmit_core.readers.configuration.rules import BrokenRuleError
from autosubmit_core.readers.configuration.yaml_scalars import (
    STANDARD_TAG,
    TaggedText,
    plain_scalar,
    plain_scalar_of_yaml_1_1,
    tagged_scalar,
)

__all__ = ["MOST_VALUES", "parse_yaml"]

_Loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader]
try:
    from yaml import CSafeLoader

    _Loader = CSafeLoader
except ImportError:  # a PyYAML that was built without libyaml
    from yaml import SafeLoader

    _Loader = SafeLoader

#: Most values a file, or a loop, may unfold to. The largest real configuration has some thousands.
MOST_VALUES = 500_000

#: Most characters its texts may unfold to: a text is said once and may be referred to many times.
_MOST_CHARACTERS = 16_000_000

#: Deepest nesting of lists and dictionaries.
_DEEPEST = 100

#: Most directives before a document; the parser compares each to all others.
_MOST_DIRECTIVES = 100
_DIRECTIVE = re.compile(r"^%TAG\s", re.MULTILINE)


def parse_yaml(text: str) -> Any:
    """Return the value of the one document in a YAML text, None if there is none.

    Keys are kept as they are. Raises :class:`BrokenRuleError` naming the line for everything
    that Autosubmit's parser refuses: bad syntax, repeated keys, several documents.
    """
    if len(_DIRECTIVE.findall(text)) > _MOST_DIRECTIVES:
        raise BrokenRuleError("", f"more than {_MOST_DIRECTIVES} directives")
    try:
        return _Document(yaml.parse(text, Loader=_Loader)).value()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BrokenRuleError(_place(mark), error.problem or "not YAML") from error
    except yaml.reader.ReaderError as error:
        raise BrokenRuleError(f"character {error.position}", str(error.reason)) from error
    except yaml.YAMLError as error:
        raise BrokenRuleError("", "not YAML") from error


def _place(mark: Any) -> str:
    return "" if mark is None else f"line {mark.line + 1}"


class _Anchored(NamedTuple):
    """A value with an anchor, and what each reference to it costs."""

    value: Any
    #: How many values and characters it holds, and how many lists and dictionaries within each other.
    values: int
    characters: int
    height: int


class _Document:
    """The values of a stream of parser events, built from the inside out."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._plain = plain_scalar
        self._anchors: dict[str, _Anchored] = {}
        self._values = 0
        self._characters = 0
        self._depth = 0
        #: The largest depth that was reached within the value that is being built.
        self._reached = 0

    def value(self) -> Any:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return None
        if start.version == (1, 1):
            self._plain = plain_scalar_of_yaml_1_1
        value = self._node(next(self._events))
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise BrokenRuleError(_place(after.start_mark), "a second document in one file")
        return value

    def _node(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before, reached = (self._values, self._characters), self._reached
        self._reached = self._depth
        if isinstance(event, yaml.ScalarEvent):
            self._count(1, len(event.value), event)
            value = self._scalar(event)
        else:
            self._count(1, 0, event)
            value = self._collection(event)
        if event.anchor:
            # A boolean loses its kind with an anchor in Autosubmit's parser, also where it stands.
            value = int(value) if isinstance(value, bool) else value
            self._anchors[event.anchor] = _Anchored(
                value,
                self._values - before[0],
                self._characters - before[1],
                self._reached - self._depth,
            )
        self._reached = max(reached, self._reached)
        return value

    def _count(self, values: int, characters: int, event: Any) -> None:
        self._values += values
        self._characters += characters
        if self._values > MOST_VALUES:
            raise BrokenRuleError(_place(event.start_mark), f"more than {MOST_VALUES} values")
        if self._characters > _MOST_CHARACTERS:
            raise BrokenRuleError(
                _place(event.start_mark), f"more than {_MOST_CHARACTERS} characters"
            )

    def _reach(self, depth: int, event: Any) -> None:
        self._reached = max(self._reached, depth)
        if depth > _DEEPEST:
            raise BrokenRuleError(_place(event.start_mark), f"nested deeper than {_DEEPEST}")

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise BrokenRuleError(_place(event.start_mark), f"undefined alias '{event.anchor}'")
        found = self._anchors[event.anchor]
        self._count(found.values, found.characters, event)
        self._reach(self._depth + found.height, event)
        return found.value

    def _scalar(self, event: Any) -> Any:
        try:
            if event.tag not in (None, "!"):
                return tagged_scalar(event.tag, event.value)
            return event.value if event.style else self._plain(event.value)
        except ValueError as error:
            raise BrokenRuleError(_place(event.start_mark), str(error)) from error

    def _collection(self, event: Any) -> Any:
        self._depth += 1
        self._reach(self._depth, event)
        if isinstance(event, yaml.SequenceStartEvent):
            value = _of_sequence_tag(event.tag, self._sequence())
        else:
            mapping = self._mapping()
            value = set(mapping) if event.tag == f"{STANDARD_TAG}set" else mapping
        self._depth -= 1
        return value

    def _sequence(self) -> list[Any]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event))
        return items

    def _mapping(self) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] | None = None
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style:
                if merged is not None:
                    raise BrokenRuleError(_place(event.start_mark), "repeated merge key '<<'")
                merged = _merged(self._node(next(self._events)), event)
                continue
            key = _hashable(self._node(event))
            if key in own:
                raise BrokenRuleError(_place(event.start_mark), f"repeated key '{key}'")
            own[key] = self._node(next(self._events))
        for key, value in (merged or {}).items():
            own.setdefault(key, value)
        return own


def _merged(value: Any, event: Any) -> dict[Any, Any]:
    """Return what ``<<: value`` brings in; the first of several dictionaries wins."""
    merged: dict[Any, Any] = {}
    for source in value if isinstance(value, list) else [value]:
        if not isinstance(source, dict):
            raise BrokenRuleError(_place(event.start_mark), "'<<' merges dictionaries only")
        for key, item in source.items():
            merged.setdefault(key, item)
    return merged


def _hashable(key: Any) -> Hashable:
    if isinstance(key, list):
        return str(tuple(key))
    return str(key) if isinstance(key, (dict, set, TaggedText)) else key


def _of_sequence_tag(tag: str | None, items: list[Any]) -> Any:
    """Return an ordered dictionary or a list of pairs where the tag asks for one."""
    if tag not in (f"{STANDARD_TAG}omap", f"{STANDARD_TAG}pairs"):
        return items
    pairs = [pair for item in items if isinstance(item, dict) for pair in item.items()]
    return dict(pairs) if tag.endswith("omap") else [list(pair) for pair in pairs]
