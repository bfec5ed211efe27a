"""The site uses what the core offers to those outside, and nothing else of it."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

SITE = Path(__file__).resolve().parents[1]
#: Where the core's public names are; its tests hold these lists to its README.
PUBLIC = (
    "autosubmit_core",
    "autosubmit_core.access",
    "autosubmit_core.commands",
    "autosubmit_core.published",
    "autosubmit_core.server",
)
SOURCES = sorted((SITE / "src").rglob("*.py"))


def private(source: str) -> list[str]:
    """Return the imports of a module that are of the core and not public."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported = [("", alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [(str(node.module), alias.name) for alias in node.names]
        else:
            continue
        for module, name in imported:
            of_core = (module or name).partition(".")[0] == "autosubmit_core"
            if of_core and not (
                module in PUBLIC and name in importlib.import_module(module).__all__
            ):
                found.append(f"{module}.{name}")
    return found


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(SITE / "src")))
def test_s21_pages_start_no_process(file: Path) -> None:
    assert not re.search(
        r"subprocess|multiprocessing|os\.(system|popen|exec|spawn|kill)", file.read_text()
    )


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(SITE / "src")))
def test_a_module_uses_public_names_alone(file: Path) -> None:
    assert private(file.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "from autosubmit_core.answers.v4.eta import eta_answer",
        "from autosubmit_core.published import experiments",
        "from autosubmit_core import demo",
        "def late():\n    import autosubmit_core.api.app",
    ],
)
def test_the_reader_of_imports_sees_what_is_not_public(source: str) -> None:
    assert len(private(source)) == 1
