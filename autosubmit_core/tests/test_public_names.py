"""The public names: what is exported is what is listed, and what is listed is documented."""

from __future__ import annotations

import inspect
import re
import types
from importlib.metadata import version
from pathlib import Path

import pytest

import autosubmit_core

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_list_is_what_is_exported() -> None:
    exported = {
        name
        for name, value in vars(autosubmit_core).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    # `version` serves to make `__version__`.
    assert exported - {"version"} == set(autosubmit_core.__all__) - {"__version__"}


def test_the_list_is_sorted_and_names_nothing_twice() -> None:
    assert autosubmit_core.__all__ == sorted(set(autosubmit_core.__all__))


def test_the_version_is_that_of_the_package() -> None:
    assert autosubmit_core.__version__ == version("autosubmit_core")


def test_the_readme_documents_every_public_name_and_no_other() -> None:
    section = README.read_text().split("## Public names\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert documented == set(autosubmit_core.__all__)


@pytest.mark.parametrize("name", sorted(set(autosubmit_core.__all__) - {"__version__"}))
def test_every_public_name_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(autosubmit_core, name))
