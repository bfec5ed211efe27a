"""The facts that the file system keeps about an experiment's folder."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from autosubmit_core.errors import SourceMissingError
from autosubmit_core.readers.folder import read_folder_facts


def test_owner_and_dates_are_those_of_the_folder(tmp_path: Path) -> None:
    os.utime(tmp_path, (1705068000.75, 1705071600.25))
    facts = read_folder_facts(tmp_path)
    assert facts.owner_id == os.getuid()
    assert facts.owner_name == pwd.getpwuid(os.getuid()).pw_name
    assert (facts.accessed, facts.modified) == (1705068000, 1705071600)
    # Not a date of birth: setting the two others has moved it.
    assert facts.created == int(tmp_path.stat().st_ctime)


def test_an_owner_whom_the_machine_does_not_know_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert read_folder_facts(tmp_path).owner_name == ""


def test_a_missing_folder_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "absent", tmp_path / "file" / "a000"):
        with pytest.raises(SourceMissingError):
            read_folder_facts(path)
