"""The public names: what is exported is what is listed, and what is listed is documented."""

from __future__ import annotations

import inspect
import re
import types
from importlib.metadata import version
from pathlib import Path

import pytest

import autosubmit_core
from autosubmit_core import access, commands, published, server

README = Path(__file__).resolve().parents[1] / "README.md"
#: The modules that are for those outside, and where the README lists their names.
MODULES = {
    autosubmit_core: "## Public names\n",
    published: "### `autosubmit_core.published`\n",
    server: "### `autosubmit_core.server`\n",
    access: "### `autosubmit_core.access`\n",
    commands: "### `autosubmit_core.commands`\n",
}
NAMES = [(module, name) for module in MODULES for name in module.__all__ if name != "__version__"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_list_is_what_is_exported(module: types.ModuleType) -> None:
    exported = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    # `version` serves to make `__version__`.
    assert exported - {"version"} == set(module.__all__) - {"__version__"}


def test_the_list_is_sorted() -> None:
    assert autosubmit_core.__all__ == sorted(autosubmit_core.__all__)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_list_names_nothing_twice(module: types.ModuleType) -> None:
    assert len(module.__all__) == len(set(module.__all__))


def test_the_version_is_that_of_the_package() -> None:
    assert autosubmit_core.__version__ == version("autosubmit_core")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_readme_documents_every_public_name_and_no_other(module: types.ModuleType) -> None:
    section = re.split(r"\n##", README.read_text().split(MODULES[module])[1])[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert documented == set(module.__all__)


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda one: str(one))
def test_every_public_name_says_what_it_is(module: types.ModuleType, name: str) -> None:
    assert inspect.getdoc(getattr(module, name))
