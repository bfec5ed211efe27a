"""``python -m autosubmit_core.demo`` builds an installation and says how to look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.archive.archive import open_archive
from autosubmit_core.demo.__main__ import main
from autosubmit_core.demo.stories import STORIES


def test_it_builds_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "demo"), "--jobs", "50", "--seed", "4"]) == 0
    printed = capsys.readouterr()
    run_control = tmp_path / "demo" / "autosubmitrc"
    assert printed.out == f"export AUTOSUBMIT_CONFIGURATION={run_control}\n"
    assert len(printed.err.splitlines()) == len(STORIES) + 1
    assert len(open_archive(run_control).experiments()) == len(STORIES) + 1


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "autosubmit.db").write_text("a real one")
    assert main([str(tmp_path)]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["autosubmit.db"]


def test_it_can_be_kept_on_a_server(tmp_path: Path, postgres: Any) -> None:
    url = tmp_path / "connection-url"
    url.write_text(f"{postgres.new_database()}\n")
    assert main([str(tmp_path / "demo"), "--connection-url-file", str(url)]) == 0
    archive = open_archive(tmp_path / "demo")
    assert archive.installation.database_backend == "postgres"
    assert len(archive.experiment("a2m9").jobs) > 0
