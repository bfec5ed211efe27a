"""The floors of the house: a room imports only from floors below it.

Every import of the package is read with ``ast``, nothing is run, so that an import that hides in a
function counts too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "autosubmit_core"

#: The floor of each room. ``workers`` and ``cli`` have their places
#: although nobody has moved in yet.
FLOORS = {
    "errors": 0,
    "status": 0,
    "chunks": 0,
    "names": 0,
    "times": 0,
    "tables": 1,
    "readers": 2,
    "metrics": 2,
    "graphs": 2,
    "archive": 3,
    "store": 3,
    "answers": 4,
    "workers": 4,
    "runners": 4,
    # The answers for those outside: nobody inside imports it.
    "published": 5,
    "api": 5,
    "cli": 6,
    "demo": 6,
    # The program that starts everything, the demo included; nobody imports it.
    "api.app": 7,
    # The server for those outside, with that program.
    "server": 8,
    "access": 8,
    "commands": 8,
}

#: Who alone may import what of others. What nobody may: Autosubmit itself, the libraries that its
#: pickles name, and the site.
OTHERS = {
    "tornado": {"api", "demo", "workers.notifications.webhooks"},
    "jwt": {"api", "demo"},
    "prometheus_client": {"api"},
    "yaml": {"readers", "demo"},
    "asyncssh": {"runners"},
    "sqlite3": {"readers", "demo", "store"},
    "autosubmit": set(),
    "autosubmitconfigparser": set(),
    "networkx": set(),
    # S-19: a pickle is read in a process of its own, which can do no harm. S-21: nothing else is.
    # What takes long is computed in another, which ends with its server.
    # Commands of Autosubmit are run by runners alone. A database server for trial is one for itself.
    "subprocess": {"readers", "api.computing", "runners", "demo.postgres"},
    "multiprocessing": set(),
    "autosubmit_site": set(),
}


def room_of(module: str) -> str:
    """Return the room of a module: ``readers`` for ``autosubmit_core.readers.database``."""
    inside = module.split(".")[1:]
    program = ".".join(inside[:2])
    return program if program in FLOORS else ".".join(inside[:1])


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of every module or name that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(module: str, source: str) -> list[str]:
    """Return the imports of a module that the table forbids."""
    room = room_of(module)
    wrong = []
    for imported in imports(ast.parse(source)):
        package = imported.partition(".")[0]
        if package != "autosubmit_core":
            allowed = OTHERS.get(package, {room.partition(".")[0]})
            inside = module.partition(".")[2]
            if not allowed & {room.partition(".")[0], inside}:
                wrong.append(imported)
        elif room_of(imported) not in FLOORS:
            # The public list itself: it is for those outside.
            wrong.append(imported)
        elif room and room_of(imported) != room and FLOORS[room_of(imported)] >= FLOORS[room]:
            wrong.append(imported)
    return wrong


def module_of(file: Path) -> str:
    parts = file.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_room_imports_only_from_floors_below(file: Path) -> None:
    assert wrong_imports(module_of(file), file.read_text()) == []


def test_every_room_has_its_floor() -> None:
    rooms = {file.relative_to(SOURCE).parts[0].removesuffix(".py") for file in FILES}
    assert rooms - {"__init__"} <= set(FLOORS)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("readers.database", "from autosubmit_core.metrics import eta"),
        ("metrics.eta", "from autosubmit_core.readers.database import open_readonly"),
        ("tables.jobs", "import autosubmit_core.archive"),
        ("archive.archive", "def late():\n    from autosubmit_core.api import health"),
        ("answers.report", "from autosubmit_core import open_archive"),
        ("answers.report", "from autosubmit_core import demo"),
        ("api.v4", "from autosubmit_core.api.app import main"),
        ("answers.report", "import tornado.web"),
        ("api.report", "import subprocess"),
        ("archive.archive", "import autosubmit_site.app"),
        ("readers.job_list", "from networkx import DiGraph"),
    ],
)
def test_the_reader_of_imports_sees_what_is_forbidden(module: str, source: str) -> None:
    assert wrong_imports(f"autosubmit_core.{module}", source) != []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("readers.database", "import sqlite3\nfrom autosubmit_core.readers import versions"),
        ("archive.archive", "from autosubmit_core.readers.database import open_readonly"),
        ("api.app", "from autosubmit_core import demo\nimport tornado.web"),
    ],
)
def test_the_reader_of_imports_lets_pass_what_is_allowed(module: str, source: str) -> None:
    assert wrong_imports(f"autosubmit_core.{module}", source) == []


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_imports_stand_at_the_top(file: Path) -> None:
    """Except those of extras, which are there only for those who installed them."""
    tree = ast.parse(file.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
    found = {name for node in functions for name in imports(node)}
    assert {name.partition(".")[0] for name in found} <= {"asyncssh", "pandas", "pyarrow", "scipy"}
