"""Browsers as they name themselves, in words that tell somebody's own apart."""

from __future__ import annotations

import re

__all__ = ["browser_of"]

#: What browsers call themselves; those that also name others come first.
_BROWSERS = {
    "Edge": r"\bEdg",
    "Opera": r"\bOPR/",
    "Firefox": r"\b(Firefox|FxiOS)/",
    "Chrome": r"(Chrome|Chromium|CriOS)/",
    "Safari": r"\bSafari/",
}
_SYSTEMS = {
    "Android": r"\bAndroid\b",
    "iOS": r"\b(iPhone|iPad)\b",
    "Windows": r"\bWindows\b",
    "macOS": r"\bMac OS X\b",
    "Linux": r"\bLinux\b",
}


def browser_of(user_agent: str) -> str:
    """Return a browser and its system in a few words; empty if it does not say.

    >>> browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Linux'
    """
    words = (_first(names, user_agent) for names in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, words))


def _first(names: dict[str, str], text: str) -> str:
    return next((name for name, pattern in names.items() if re.search(pattern, text)), "")
