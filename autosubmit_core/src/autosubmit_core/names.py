"""What the name of an experiment or of a job tells."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = [
    "EXPERIMENT_TYPES",
    "experiment_type",
    "is_expid",
    "is_sim_job",
    "name_filter",
    "natural_key",
    "whole_filter",
]

_EXPID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

_DIGITS = re.compile(r"\d+", re.ASCII)
#: More digits than any date or number in a name has.
_LONGEST_NUMBER = 20

#: The types that an expid's first letter tells apart.
EXPERIMENT_TYPES = ("test", "operational", "experiment")


def is_expid(text: str) -> bool:
    """Tell whether a text may be the name of an experiment, and so a part of a path.

    >>> is_expid("a003"), is_expid(".."), is_expid("a003/conf"), is_expid("")
    (True, False, False, False)
    """
    return _EXPID.fullmatch(text) is not None


def experiment_type(expid: str) -> str:
    """Return ``test``, ``operational`` or ``experiment``, told by the first letter.

    >>> experiment_type("t0ab"), experiment_type("o0ab"), experiment_type("a003")
    ('test', 'operational', 'experiment')
    """
    return {"t": "test", "o": "operational"}.get(expid[:1], "experiment")


def is_sim_job(job_name: str) -> bool:
    """Tell whether the name has the part ``SIM`` between underscores.

    >>> is_sim_job("a003_20220401_fc0_1_SIM"), is_sim_job("a003_SIMULATE")
    (True, False)
    """
    return "SIM" in job_name.split("_")


def name_filter(pattern: str) -> re.Pattern[str]:
    """Compile a filter of job names: found anywhere, without case; ``*`` is any text.

    The leading ``!`` that negates a filter is the caller's to cut; every other character stands
    for itself. Use :meth:`re.Pattern.search`.

    >>> bool(name_filter("a003_*_sim").search("a003_20220401_fc0_1_SIM"))
    True
    """
    parts = [re.escape(part) for part in pattern.split("*") if part]
    if len(parts) <= 1:
        return re.compile("".join(parts), re.IGNORECASE)
    # S-24: each part is found at its first place after the one before and stays there, as a group
    # that is looked ahead for and then repeated does. With a plain .* many stars take for ever, and
    # without \A so does one star in a very long name.
    found = (f"(?=(?P<p{at}>.*?{part}))(?P=p{at})" for at, part in enumerate(parts))
    return re.compile(r"\A" + "".join(found), re.IGNORECASE | re.DOTALL)


def whole_filter(pattern: str) -> Callable[[str], bool]:
    """Return the test of a filter that a whole text has to match, without case.

    ``*`` is any text, also none, and a leading ``!`` negates the rest; every other character stands
    for itself.

    >>> matches = whole_filter("4.*")
    >>> matches("4.1.17"), matches("3.14.1"), whole_filter("!4.*")("3.14.1")
    (True, False, True)
    """
    negated = pattern.startswith("!")
    first, *others = pattern[negated:].lower().split("*")

    def matches(text: str) -> bool:
        return _matches(text.lower(), first, others) != negated

    return matches


def _matches(text: str, first: str, others: list[str]) -> bool:
    """Tell whether a text is ``first``, then each of the others after any text, the last at its end.

    The earliest place of each is as good as any, so this never goes back, whatever the pattern.
    """
    if not others:
        return text == first
    if not text.startswith(first):
        return False
    place = len(first)
    for part in others[:-1]:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(text) - len(others[-1]) >= place and text.endswith(others[-1])


def natural_key(name: str) -> str:
    """Return a text that sorts as people do: without case, numbers by their size.

    >>> sorted(["a_10_SIM", "a_2_SIM", "a_INI"], key=natural_key)
    ['a_2_SIM', 'a_10_SIM', 'a_INI']
    """
    return _DIGITS.sub(lambda digits: digits[0].zfill(_LONGEST_NUMBER), name.lower())
