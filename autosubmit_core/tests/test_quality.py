"""Types and style, so that the one test command covers them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]


#: What is looked at besides the package, which has no settings of its own.
FUZZING = ["../fuzzing", "--config", "pyproject.toml"]


@pytest.mark.parametrize(
    "tool",
    [["mypy"], ["ruff", "check", ".", *FUZZING], ["ruff", "format", "--check", ".", *FUZZING]],
    ids=" ".join,
)
def test_the_sources_pass(tool: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *tool], cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
