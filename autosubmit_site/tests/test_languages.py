"""Every text of the pages is there in every language, with the same places for values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from autosubmit_core import Status
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from autosubmit_site.appearance import LANGUAGES
from autosubmit_site.languages import LOCALE, translations
from autosubmit_site.themes import TEMPLATES

OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def texts() -> Iterator[tuple[str, ...]]:
    """Yield the texts of all templates and of the statuses, with their plurals."""
    for template in TEMPLATES.rglob("*.j2"):
        found: Any = babel_extract(BytesIO(template.read_bytes()), ("_", "ngettext"), (), {})
        for _, function, message, _ in found:
            parts = message if isinstance(message, tuple) else (message,)
            # The meaning of a status is a variable, and told below.
            if parts[0] is not None:
                yield parts[: 2 if function == "ngettext" else 1]
    for status in Status:
        yield (status.meaning,)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_and_none_is_left_over(language: str) -> None:
    with (LOCALE / language / "LC_MESSAGES" / "site.po").open("rb") as lines:
        catalogue = read_po(lines)
    known: dict[Any, Any] = {
        message.id if isinstance(message.id, tuple) else (message.id,): message.string
        for message in catalogue
        if message.id
    }
    used = set(texts())
    assert used - set(known) == set()
    assert set(known) - used == set()
    for ids, strings in known.items():
        for string in strings if isinstance(strings, tuple) else (strings,):
            assert string
            assert set(PLACE.findall(str(string))) == set(PLACE.findall(ids[0]))


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_compiled(language: str) -> None:
    assert translations(language).gettext("Jobs") != "Jobs"
