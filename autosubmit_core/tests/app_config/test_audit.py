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
    tools = tmp_path / "out" / "tools"
    program(tools / "bin" / "pip-audit", packages)
    (tools / "bin" / "python").symlink_to("/bin/true")
    shutil.copy(TOP / "app-config" / "locks" / "audit.txt", tools)
    program(tmp_path / "npm", pages)
    (tmp_path / "npm").write_text(
        (tmp_path / "npm").read_text().replace("\n", '\ntest "$1" = sbom && exit\n', 1)
    )
    run = subprocess.run(
        [sys.executable, TOP / ".ci" / "audit", tmp_path / "out"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == status, run.stderr
    assert said in run.stdout.splitlines()
