"""Configurations are written in the files, and read back with the values, that Autosubmit has."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any

import yaml

from autosubmit_core.demo.writing.configurations import write_as3, write_as4


def read_yaml(folder: Path) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for path in sorted((folder / "conf").glob("*.yml")):
        merged |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return merged


def test_yaml_sections_stand_in_the_files_where_users_look_for_them(tmp_path: Path) -> None:
    sections = {"DEFAULT": {"EXPID": "a000"}, "EXPERIMENT": {}, "JOBS": {}, "PLATFORMS": {}}
    write_as4(tmp_path, sections, version="4.1.17")
    files = {path.stem: yaml.safe_load(path.read_text()) for path in tmp_path.glob("conf/*.yml")}
    assert {name: list(content) for name, content in files.items()} == {
        "minimal": ["DEFAULT"],
        "expdef": ["EXPERIMENT"],
        "jobs": ["JOBS"],
        "platforms": ["PLATFORMS"],
        "version": ["CONFIG"],
        "as_misc": ["AS_MISC", "AS_COMMAND"],
    }


def test_yaml_values_come_back_as_they_were(tmp_path: Path) -> None:
    sections = {
        "DEFAULT": {"EXPID": "a000", "HPCARCH": "MARENOSTRUM5"},
        "EXPERIMENT": {"DATELIST": "19900101 19910101", "MEMBERS": "000 001", "CHUNKSIZE": 4},
        "JOBS": {"SIM": {"WALLCLOCK": "02:00", "DEPENDENCIES": "INI SIM-1", "EXCLUSIVE": True}},
        "METADATA": {"AUTHOR": "Núria"},
    }
    write_as4(tmp_path, sections, version="4.1.17")
    assert read_yaml(tmp_path) == sections | {
        "CONFIG": {"AUTOSUBMIT_VERSION": "4.1.17"},
        "AS_MISC": True,
        "AS_COMMAND": "run",
    }


def test_a_section_left_out_has_no_file(tmp_path: Path) -> None:
    write_as4(tmp_path, {"JOBS": {"SIM": {}}}, version="4.0.0", command="create")
    assert sorted(path.name for path in tmp_path.glob("conf/*")) == [
        "as_misc.yml",
        "jobs.yml",
        "version.yml",
    ]
    assert "AS_COMMAND: create" in (tmp_path / "conf" / "as_misc.yml").read_text()


def test_ini_files_come_back_as_they_were(tmp_path: Path) -> None:
    sections = {
        "conf": {"config": {"EXPID": "a000", "SAFETYSLEEPTIME": "10"}},
        "exp": {"DEFAULT": {"HPCARCH": "marenostrum4"}, "experiment": {"CHUNKSIZE": ""}},
        "jobs": {"SIM": {"DEPENDENCIES": "INI SIM-1", "WALLCLOCK": "1:30"}},
    }
    write_as3(tmp_path, "a000", sections)
    names = {"conf": "autosubmit", "exp": "expdef", "jobs": "jobs"}
    for key, name in names.items():
        parser = configparser.ConfigParser()
        parser.optionxform = str  # type: ignore[method-assign,assignment]
        parser.read(tmp_path / "conf" / f"{name}_a000.conf")
        found = {section: dict(parser[section]) for section in parser.sections()}
        default = sections[key].get("DEFAULT", {})
        assert found == {
            section: default | options
            for section, options in sections[key].items()
            if section != "DEFAULT"
        }


def test_all_five_ini_files_are_there_even_if_empty(tmp_path: Path) -> None:
    write_as3(tmp_path, "a000", {})
    assert sorted(path.name for path in tmp_path.glob("conf/*")) == [
        "autosubmit_a000.conf",
        "expdef_a000.conf",
        "jobs_a000.conf",
        "platforms_a000.conf",
        "proj_a000.conf",
    ]
