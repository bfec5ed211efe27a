"""A short round of ``python -m fuzzing``, always the same: files made up of sound ones, by every reader."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

from autosubmit_core import readers

TOP = Path(__file__).resolve().parents[3]

#: Readers that others in the round stand on, and those of no file: of a server, of a folder itself.
NOT_BY_THEMSELVES = {
    *("read_job_list_bytes", "read_head_commit", "read_transaction"),
    *("read_yaml_configuration", "read_ini_configuration"),
    *("read_server_tables", "read_folder_facts"),
}


def test_made_up_files_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fuzzing", "--cases", "60", "--seed", "1"]
    run = subprocess.run(
        [*command, "--findings", str(tmp_path / "findings")],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [file.read_text() for file in sorted(tmp_path.glob("findings/*.txt"))]
    assert run.returncode == 0, "\n".join([run.stdout, run.stderr, *said])
    read = re.findall(r"^\| ([a-z-]+) \| \d+ \| 60 \| (\d+) \|", run.stdout, re.MULTILINE)
    assert len(read) > 20
    # Files of which none is read hold nobody to anything.
    assert {name for name, count in read if count == "0"} <= {"dictionary-pickle"}


def test_every_reader_is_fuzzed() -> None:
    sources = "".join(file.read_text() for file in (TOP / "fuzzing").glob("*.py"))
    found = {
        name
        for module in pkgutil.walk_packages(readers.__path__, "autosubmit_core.readers.")
        for name in getattr(importlib.import_module(module.name), "__all__", ())
        if name.startswith("read_")
    }
    assert len(found) > 20
    assert {name for name in found if name not in sources} == NOT_BY_THEMSELVES
