"""How a visitor wants the pages: language, light or dark, and the colours of statuses.

It is told by cookies, which the page of preferences sets, and by what the browser says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CHOICES", "LANGUAGES", "Appearance", "appearance_of"]

#: The languages of the pages, by their own names; the first stands for all others.
LANGUAGES = {"en": "English", "es": "Español", "ca": "Català"}

#: What may be chosen, the default first.
CHOICES = {
    "language": tuple(LANGUAGES),
    "scheme": ("auto", "light", "dark"),
    "palette": ("clear", "traditional"),
}

_ACCEPTED = re.compile(r"([a-z]{2})(?:-[A-Za-z]+)?(?:\s*;\s*q=([01](?:\.\d{1,3})?))?")


@dataclass(frozen=True, slots=True)
class Appearance:
    """How a page is shown."""

    language: str = "en"
    #: ``auto`` follows the browser.
    scheme: str = "auto"
    #: ``clear`` can be told apart by everybody, ``traditional`` is Autosubmit's own.
    palette: str = "clear"


def appearance_of(cookie: Callable[[str], str | None], accepted: str) -> Appearance:
    """Return the appearance that cookies choose; without one the language is the browser's.

    >>> appearance_of({"scheme": "dark", "palette": "?"}.get, "fr, ca;q=0.8, en;q=0.5")
    Appearance(language='ca', scheme='dark', palette='clear')
    """
    chosen = {name: cookie(name) for name in CHOICES}
    chosen["language"] = chosen["language"] or _language(accepted)
    valid = {name: word for name, word in chosen.items() if word in CHOICES[name]}
    return Appearance(**{name: word for name, word in valid.items() if word})


def _language(accepted: str) -> str:
    """Return the language that a browser likes best among ours."""
    liked: dict[str, float] = {}
    for part in accepted.split(","):
        if found := _ACCEPTED.fullmatch(part.strip()):
            liked.setdefault(found[1], float(found[2] or 1))
    ours = {language: liked.get(language, 0.0) for language in LANGUAGES}
    return max(ours, key=ours.__getitem__)
