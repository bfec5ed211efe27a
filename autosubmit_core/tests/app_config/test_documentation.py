"""The documentation is of what there is: settings, metrics and routes that it names exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from autosubmit_core.api.settings import Settings, option

TOP = Path(__file__).resolve().parents[3]
PAGES = sorted((TOP / "docs").glob("*.md"))
#: Those of Autosubmit API that the page about it tells to be gone, and those of the site.
OF_OTHERS = {"PORT", "WEB_CONCURRENCY", "TOKEN"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_setting_that_a_page_names_is_one(
    page: Path, is_setting: Callable[[str], bool]
) -> None:
    text = page.read_text()
    named = set(
        re.findall(r"\b((?:AUTOSUBMIT(?!_TEST_)|AS_API|CAS|OIDC|GITHUB)_[A-Z_]*[A-Z])\b", text)
    )
    assert {name for name in named if not is_setting(name)} == set()
    if page.stem != "development":
        options = set(re.findall(r"`(--[a-z-]+)", text))
        assert {name for name in options if not is_setting(name)} <= {"--state"}


def test_what_a_page_takes_over_is_there() -> None:
    for page in PAGES:
        for path, title in re.findall(r"^<!-- part: (\S+) # (.+) -->$", page.read_text(), re.M):
            assert re.search(rf"^#+ {re.escape(title)}$", (TOP / path).read_text(), re.M), title


def test_the_documentation_tells_every_setting_once() -> None:
    """By taking over the one table: a second one would fall behind."""
    told = [page.stem for page in PAGES if "README.md # Settings -->" in page.read_text()]
    assert told == ["configure", "site"]
    for one in fields(Settings):
        row = f"| `{option(one)}` |"
        assert not [page for page in PAGES if row in page.read_text()]
