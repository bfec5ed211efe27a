"""S-21, S-22, RS-1: no shell is told what a client sent, and nobody signals processes but runners."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "autosubmit_core"
FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_source_starts_a_shell(file: Path) -> None:
    forbidden = r"os\.system|os\.popen|shell=True|create_subprocess_shell|subprocess\.getoutput"
    assert not re.search(forbidden, file.read_text())


def test_only_runners_signal_processes() -> None:
    signalling = {
        file.relative_to(SOURCE).parts[0]
        for file in FILES
        if re.search(r"os\.kill(pg)?\b", file.read_text())
    }
    assert signalling <= {"runners", "api"}
    # The server ends its own children, which it started.
    in_api = [file.name for file in (SOURCE / "api").rglob("*.py") if "os.kill" in file.read_text()]
    assert set(in_api) <= {"processes.py"}
