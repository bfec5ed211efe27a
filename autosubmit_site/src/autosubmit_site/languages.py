"""The texts of the pages in other languages: catalogues that the build of the package compiles."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

__all__ = ["LOCALE", "translations"]

#: A folder per language, with ``LC_MESSAGES/site.po`` and what is compiled of it beside.
LOCALE = Path(__file__).parent / "locale"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the texts of a language; those of the source, English, where there is no catalogue."""
    return gettext.translation("site", LOCALE, [language], fallback=True)
