"""CUSTOM_CONFIG: which files are taken in, in which order, and which are not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autosubmit_core.errors import ConfigurationInvalidError, SourceUnreadableError
from autosubmit_core.readers.configuration import Configuration, read_configuration

Read = Callable[..., Configuration]
Write = Callable[[Mapping[str, str]], Path]


def minimal(custom: str, rest: str = "") -> str:
    return f"DEFAULT: {{EXPID: t000, HPCARCH: local, CUSTOM_CONFIG: {custom}}}\n{rest}"


def test_post_counts_over_conf_over_pre_over_minimal(read: Read) -> None:
    files = {
        "conf/minimal.yml": minimal(
            "{PRE: '{FOLDER}/pre.yml', POST: '{FOLDER}/post.yml'}",
            "A: minimal\nB: minimal\nC: minimal\nD: minimal\n",
        ),
        "pre.yml": "A: pre\nB: pre\nC: pre\n",
        "conf/own.yml": "A: own\nB: own\n",
        "post.yml": "A: post\n",
    }
    data = read(files).data
    assert [data[key] for key in "ABCD"] == ["post", "own", "pre", "minimal"]


def test_a_folder_is_its_yaml_files_in_order(read: Read) -> None:
    files = {
        "conf/minimal.yml": minimal("'%ROOTDIR%/d'"),
        "d/b.yml": "A: b\n",
        "d/a.yaml": "A: a\nB: a\n",
        "d/sub/c.yml": "A: c\n",
        "d/n.txt": "A: n\n",
    }
    data = read(files).data
    assert (data["A"], data["B"]) == ("b", "a")


def test_what_custom_files_name_in_turn_is_taken_in(read: Read) -> None:
    files = {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml'"),
        "a.yml": "A: a\nB: a\nT: c\n"
        "DEFAULT: {CUSTOM_CONFIG: {PRE: '{FOLDER}/b.yml', POST: '{FOLDER}/%T%.yml'}}\n",
        "b.yml": "A: b\nB: b\nC: b\n",
        "c.yml": "A: c\n",
    }
    data = read(files).data
    assert [data[key] for key in "ABC"] == ["c", "a", "b"]
    assert data["DEFAULT"]["CUSTOM_CONFIG"].endswith("/a.yml")


def test_the_post_of_a_file_is_lost_when_a_file_without_follows(read: Read) -> None:
    files = {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml,{FOLDER}/c.yml'"),
        "a.yml": "A: a\nDEFAULT: {CUSTOM_CONFIG: {POST: '{FOLDER}/b.yml'}}\n",
        "b.yml": "A: b\nB: b\n",
        "c.yml": "C: c\n",
    }
    data = read(files).data
    assert (data["A"], data["C"], "B" in data) == ("a", "c", False)


def test_a_circle_of_files_ends(read: Read) -> None:
    files = {
        "conf/minimal.yml": minimal("'{FOLDER}/a.yml'"),
        "a.yml": "A: a\nDEFAULT: {CUSTOM_CONFIG: '{FOLDER}/b.yml'}\n",
        "b.yml": "A: b\nB: b\nDEFAULT: {CUSTOM_CONFIG: '{FOLDER}/a.yml'}\n",
    }
    data = read(files).data
    assert (data["A"], data["B"]) == ("a", "b")


def test_a_thousand_files_are_read_in_good_time(read: Read) -> None:
    files = {f"d/{number:04}.yml": f"K{number}: {number}\n" for number in range(1000)}
    files["conf/minimal.yml"] = minimal("'{FOLDER}/d'")
    started = time.monotonic()
    assert read(files).data["K999"] == 999
    assert time.monotonic() - started < 20


def test_more_files_than_any_experiment_has_are_refused(read: Read) -> None:
    files = {f"d/{number:04}.yml": "" for number in range(2100)}
    files["conf/minimal.yml"] = minimal("'{FOLDER}/d'")
    with pytest.raises(SourceUnreadableError, match="more than 2000 files"):
        read(files)


def test_a_chain_of_a_thousand_files_is_refused(read: Read) -> None:
    files = {
        f"{number}.yml": f"DEFAULT: {{CUSTOM_CONFIG: '{{FOLDER}}/{number + 1}.yml'}}\n"
        for number in range(1000)
    }
    files["conf/minimal.yml"] = minimal("'{FOLDER}/0.yml'")
    with pytest.raises(ConfigurationInvalidError, match="too deep"):
        read(files)


@pytest.mark.parametrize(
    "entry", ["{OUTSIDE}/s.yml", "{OUTSIDE}", "{FOLDER}/../x/s.yml", "~/s.yml"]
)
def test_a_file_outside_is_refused_with_a_warning(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    outside = tmp_path / "x"
    outside.mkdir()
    (outside / "s.yml").write_text("SECRET: hidden\n")
    monkeypatch.setenv("HOME", str(outside))
    custom = entry.replace("{OUTSIDE}", str(outside))
    folder = write({"conf/minimal.yml": minimal(f"'{custom}'", "A: 1\n")})
    configuration = read_configuration(folder, "t000")
    assert configuration.data["A"] == 1
    assert "SECRET" not in configuration.data
    assert [(w.source, w.code) for w in configuration.warnings] == [("configuration", "refused")]


def test_a_link_out_of_the_project_is_refused_too(write: Write, tmp_path: Path) -> None:
    (tmp_path / "s.yml").write_text("SECRET: hidden\n")
    folder = write({"conf/minimal.yml": minimal("'%PROJDIR%'"), "proj/project_files/a.yml": "A: 1"})
    (folder / "proj" / "project_files" / "b.yml").symlink_to(tmp_path / "s.yml")
    configuration = read_configuration(folder, "t000")
    assert configuration.data["A"] == 1
    assert "SECRET" not in configuration.data
    assert configuration.warnings[0].code == "refused"


def test_a_file_of_a_shared_folder_is_read(write: Write, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "platforms.yml").write_text("PLATFORMS: {mn5: {QUEUE: q}}\n")
    folder = write({"conf/minimal.yml": minimal(f"'{shared}/platforms.yml'")})
    configuration = read_configuration(folder, "t000", include_roots=[shared])
    assert configuration.platform("mn5").queue == "q"
    assert not configuration.warnings


def test_a_name_that_no_file_can_have_is_not_there(read: Read) -> None:
    data = read({"conf/minimal.yml": minimal(r'"/a\0b.yml,%NOPE%/a.yml,rel.yml"', "A: 1\n")}).data
    assert data["A"] == 1


def test_a_link_in_conf_counts_where_it_leads(write: Write) -> None:
    folder = write({"conf/m.yml": "A: m\n", "zzz/last.yml": "A: last\n", "aaa.yml": "A: first\n"})
    (folder / "conf" / "a.yml").symlink_to(folder / "zzz" / "last.yml")
    (folder / "conf" / "z.yml").symlink_to(folder / "aaa.yml")
    assert read_configuration(folder, "t000").data["A"] == "last"


def test_a_link_in_conf_to_a_file_of_the_same_owner_is_followed(
    write: Write, tmp_path: Path
) -> None:
    (tmp_path / "mine.yml").write_text("A: mine\n")
    folder = write({})
    (folder / "conf" / "a.yml").symlink_to(tmp_path / "mine.yml")
    assert read_configuration(folder, "t000").data["A"] == "mine"


def test_a_link_in_conf_to_a_file_of_another_owner_is_refused(write: Write) -> None:
    folder = write({"conf/b.yml": "B: 1\n"})
    (folder / "conf" / "a.yml").symlink_to("/etc/passwd")
    if os.geteuid() == 0:
        os.chown(folder, 12345, 12345)
    configuration = read_configuration(folder, "t000")
    assert configuration.data["B"] == 1
    assert "conf/a.yml links to a file outside" in configuration.warnings[0].message
