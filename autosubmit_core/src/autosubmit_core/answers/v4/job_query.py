"""The small language in which jobs are asked for: ``section:SIM status:FAILED member:fc0 run>2h``.

::

    query    = { term }                       all terms hold; without any, every job is meant
    term     = [ "-" ] ( word | condition )   a minus: the jobs for which it does not hold
    word     = a part of the job's name       "*" is any text
    condition = field ":" value { "," value } any of the values
              | field ( ">" | ">=" | "<" | "<=" | "=" ) value
    value    = text without blanks, or in double quotes

Texts are compared whole and without case, ``*`` is any text, and ``null`` stands for jobs that have
none. Numbers may be ranges (``chunk:3-7``), durations have units (``run>1h30m``; ``d h m s``, a bare
number is seconds), instants are dates (``start>=2026-11-21T06:00``) in the zone of the server. A job
that has no such number, or no such instant, passes no comparison with it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from autosubmit_core.answers.v4.fields import INSTANTS, STATUS_NAMES, numbers_of, words_of
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError
from autosubmit_core.names import name_filter, whole_filter
from autosubmit_core.tables import BoolColumn

__all__ = [
    "QUERY_FIELDS",
    "JobQuery",
    "JobQueryError",
    "Term",
    "find_jobs",
    "parse_query",
    "query_mask",
]

#: Fields whose values are texts.
_TEXTS = ("name", "status", "section", "member", "date", "wrapper", "platform", "queue")
#: Fields whose values are numbers, durations and instants, with their names in other answers.
_NUMBERS = {
    "chunk": "chunk",
    "split": "split",
    "priority": "priority",
    "processors": "processors",
    "id": "scheduler_id",
}
_DURATIONS = {"run": "run_seconds", "wait": "queue_seconds"}

#: Everything that can be asked for.
QUERY_FIELDS = (*_TEXTS, *_NUMBERS, *_DURATIONS, *INSTANTS)

#: More terms, or parts of names in all of them, are no question that a person asks.
_MOST_TERMS = 100

_TERM = re.compile(
    r'(?P<minus>-)?(?:(?P<field>[A-Za-z_]+)(?P<sign>:|>=|<=|>|<|=))?(?P<value>(?:"[^"]*"|[^\s"])*)'
)
_PART = re.compile(r'((?:"[^"]*"|[^,"])*)(?:,|$)')
_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_DURATION = re.compile(
    r"(?=.)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m(?:in)?)?(?:(\d{1,9})s?)?", re.ASCII
)
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


class JobQueryError(RequestError):
    """A query that cannot be understood; says where, and what could stand there."""

    code = "invalid_query"

    def __init__(self, place: int, message: str) -> None:
        super().__init__(message)
        #: Where in the query, counted in characters from 0.
        self.place = place


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    #: One of :data:`QUERY_FIELDS`.
    field: str
    #: ``:`` or a comparison.
    sign: str
    #: Any of these; of a comparison there is one.
    values: tuple[str, ...]
    negated: bool = False
    #: Where it begins in the query.
    place: int = 0


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Conditions that all have to hold."""

    terms: tuple[Term, ...]


def parse_query(text: str) -> JobQuery:
    """Return a query as its conditions; raises :class:`JobQueryError`.

    >>> [term.field for term in parse_query("SIM status:FAILED,RUNNING run>2h").terms]
    ['name', 'status', 'run']
    """
    terms: list[Term] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _TERM.match(text, place)
        end = place if found is None else found.end()
        if text[end : end + 1] == '"':
            raise JobQueryError(end, f"A quote is not closed at character {end + 1}.")
        if found is None or not found["value"]:
            raise JobQueryError(place, _incomplete(text, place))
        terms.append(_term(found))
        place = end
    parts = sum(len(term.values) for term in terms if term.field == "name")
    if max(len(terms), parts) > _MOST_TERMS:
        raise JobQueryError(0, f"A query has at most {_MOST_TERMS} terms and parts of names.")
    return JobQuery(tuple(terms))


def find_jobs(experiment: Experiment, query: str) -> npt.NDArray[np.int64]:
    """Return the rows of the jobs that a query means in the job list, ascending.

    Raises :class:`JobQueryError`, and :class:`~autosubmit_core.SourceError` if the job list cannot
    be read.
    """
    return np.flatnonzero(query_mask(experiment, parse_query(query))).astype(np.int64)


def query_mask(experiment: Experiment, query: JobQuery) -> BoolColumn:
    """Tell which jobs a query means, (n,) bool; raises as :func:`find_jobs` does."""
    mask = np.ones(len(experiment.jobs), dtype=np.bool_)
    for term in query.terms:
        if not mask.any():
            break
        mask &= _holds(experiment, term) ^ term.negated
    return mask


def _term(found: re.Match[str]) -> Term:
    """Return a term; whether its values make sense for its field is looked at here, not later."""
    place, sign = found.start(), found["sign"] or ":"
    field = (found["field"] or "name").lower()
    if field not in QUERY_FIELDS:
        raise JobQueryError(place, f"There is no field '{field}'{_like(field, QUERY_FIELDS)}")
    values = tuple(_values(found["value"])) if sign == ":" else (found["value"].replace('"', ""),)
    term = Term(field, sign, values, bool(found["minus"]), place)
    if field in _TEXTS and sign not in (":", "="):
        raise JobQueryError(place, f"'{field}' is a text: write {field}:… instead.")
    if field == "status":
        _check_statuses(term)
    elif field not in _TEXTS:
        for value in values:
            _bounds(term, value)
    return term


def _values(text: str) -> list[str]:
    parts = [found[1].replace('"', "") for found in _PART.finditer(text)]
    return [part for part in parts if part] or [""]


def _incomplete(text: str, place: int) -> str:
    word = text[place:].split()[0]
    return f"'{word}' at character {place + 1} says nothing to look for."


def _like(word: str, words: Collection[str]) -> str:
    """Return what may have been meant, as the end of a sentence."""
    close = get_close_matches(word, words, 1)
    return f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(words)}."


def _check_statuses(term: Term) -> None:
    for value in term.values:
        matches = whole_filter(value)
        if not any(map(matches, STATUS_NAMES)):
            close = _like(value.upper(), STATUS_NAMES)
            raise JobQueryError(term.place, f"There is no status '{value}'{close}")


def _holds(experiment: Experiment, term: Term) -> BoolColumn:
    if term.field == "name":
        return _named(experiment, dict.fromkeys(term.values))
    if term.field in _TEXTS:
        matches = list(map(_text_filter, term.values))
        words, places = words_of(experiment, term.field)
        wanted = [at for at, word in enumerate(words) if any(match(word) for match in matches)]
        return np.isin(places, wanted)
    name = {**_NUMBERS, **_DURATIONS}.get(term.field, term.field)
    numbers = numbers_of(experiment, name)
    mask = np.zeros(len(numbers), dtype=np.bool_)
    for value in term.values:
        if value == "null":
            mask |= numbers == 0
        elif term.sign == ":":
            low, high = _bounds(term, value)
            mask |= (numbers >= low) & (numbers <= high) & (numbers != 0)
        else:
            low, _ = _bounds(term, value)
            mask |= _COMPARE[term.sign](numbers, low) & (numbers != 0)
    return mask


def _named(experiment: Experiment, values: Iterable[str]) -> BoolColumn:
    """Tell which jobs have any of some texts in their names, where ``*`` is any text."""
    mask = np.zeros(len(experiment.jobs), dtype=np.bool_)
    lower = [name.lower() for name in experiment.jobs.name]
    for value in values:
        if "*" in value:
            search = name_filter(value).search
            mask |= np.array([search(name) is not None for name in lower], dtype=np.bool_)
        else:
            part = value.lower()
            mask |= np.array([part in name for name in lower], dtype=np.bool_)
    return mask


def _text_filter(value: str) -> Callable[[str | None], bool]:
    matches = whole_filter(value.removeprefix("!"))
    # A date may be written as people do.
    plain = whole_filter(value.replace("-", ""))
    return lambda word: (
        value == "null" if word is None else matches(word) or (word.isdigit() and plain(word))
    )


def _bounds(term: Term, value: str) -> tuple[int, int]:
    """Return the least and the greatest number that a value means; raises :class:`JobQueryError`."""
    if value == "null":
        return 0, 0
    if term.field in INSTANTS:
        return _instants(term, value)
    if term.field in _DURATIONS:
        found = _DURATION.fullmatch(value)
        if not found:
            raise JobQueryError(
                term.place, f"'{value}' is no duration: write {term.field}{term.sign}1h30m."
            )
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return total, total
    if (found := _RANGE.fullmatch(value)) and term.sign == ":":
        return int(found[1]), int(found[2])
    if not _WHOLE.fullmatch(value):
        raise JobQueryError(term.place, f"'{value}' is no number: write {term.field}{term.sign}3.")
    return int(value), int(value)


def _instants(term: Term, value: str) -> tuple[int, int]:
    try:
        begin = datetime.fromisoformat(value)
        first = int(begin.astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        raise JobQueryError(
            term.place, f"'{value}' is no date: write {term.field}{term.sign}2026-11-21."
        ) from None
    # A day is all of it, a minute too.
    return first, first + (86_399 if len(value) <= 10 else 59)
