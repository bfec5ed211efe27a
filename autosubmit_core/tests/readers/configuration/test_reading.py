"""A configuration as a whole: its files, what is added, what makes it unreadable."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autosubmit_core.errors import (
    ConfigurationInvalidError,
    SourceMissingError,
    SourceUnreadableError,
)
from autosubmit_core.readers.configuration import Configuration, read_configuration, sources
from autosubmit_core.readers.versions import file_version

Read = Callable[..., Configuration]
Write = Callable[[Mapping[str, str]], Path]


def test_an_empty_folder_is_a_valid_configuration(write: Write) -> None:
    folder = write({})
    assert read_configuration(folder, "t000").data == {
        "AS_ENV_CURRENT_USER": None,
        "ROOTDIR": str(folder),
        "PROJDIR": f"{folder}/proj/project_files",
        "DEFAULT": {},
        "AUTOSUBMIT": {},
        "HPCARCH": "LOCAL",
        "HPCROOTDIR": f"{folder}/tmp",
        "HPCLOGDIR": f"{folder}/tmp/LOG_t000",
    }


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError, match="conf"):
        read_configuration(tmp_path / "gone", "t000")
    (tmp_path / "conf").write_text("no folder")
    with pytest.raises(SourceUnreadableError, match="not a folder"):
        read_configuration(tmp_path, "t000")


def test_yaml_files_of_conf_are_read_in_order_hidden_ones_too(read: Read) -> None:
    files = {
        "conf/b.yml": "A: b\nB: b\n",
        "conf/a.yaml": "A: a\nC: a\n",
        "conf/.h.yml": "A: h\nC: h\nH: h\n",
        "conf/x.txt": "A: x\n",
        "conf/metadata/experiment_data.yml": "A: m\n",
        "conf/folder.yml/z.yml": "A: z\n",
    }
    data = read(files).data
    assert [data[key] for key in "ABCH"] == ["b", "b", "a", "h"]


def test_the_file_of_the_last_command_describes_nothing(read: Read) -> None:
    files = {"conf/as_misc.yml": "AS_MISC: True\nA: 1\n", "conf/old.yml": "ASMISC: True\nB: 1\n"}
    data = read(files).data
    # Autosubmit before 4.0.95 marked it otherwise. Its keys have always shown.
    assert (data.get("A"), data["ASMISC"], data["B"]) == (None, True, 1)


def test_dates_are_null_in_json_and_dates_besides(read: Read) -> None:
    text = "EXPERIMENT: {DATELIST: 2000-01-01, L: [2000-01-01]}\nTAG: !foo x\nSET: !!set {a}\n"
    configuration = read({"conf/a.yml": text})
    assert configuration.data["EXPERIMENT"] == {"DATELIST": None, "L": [None]}
    day = datetime.date(2000, 1, 1)
    assert configuration.dated["EXPERIMENT"] == {"DATELIST": day, "L": [day]}
    assert (configuration.data["TAG"], configuration.data["SET"]) == ("x", None)


def test_only_a_null_section_counts_as_null(read: Read) -> None:
    options = {"current_user": "me"}
    assert not read({"conf/a.yml": "A: 2000-01-01\nB: {C: ~}\n"}, **options).contains_nones
    assert read({"conf/a.yml": "A: ~\n"}, **options).contains_nones


def test_the_password_of_the_database_is_never_shown(read: Read) -> None:
    text = "A: '%DATABASE_CONN_URL%'\nB: '%^DATABASE_CONN_URL%'\nC: '%DB_DIR%'\n"
    url = "postgresql://user:hunter2@host/db"
    configuration = read(
        {"conf/a.yml": text}, installation={"DATABASE_CONN_URL": url, "DB_DIR": "/db"}
    )
    assert configuration.data["DATABASE_CONN_URL"] == ""
    assert configuration.data["C"] == "/db"
    assert "hunter2" not in str(configuration)


def test_the_environment_of_the_service_is_not_shown(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AS_ENV_SECRET", "hidden")
    monkeypatch.setenv("USER", "service")
    configuration = read({"conf/a.yml": "A: '%AS_ENV_SECRET%'\nAS_ENV_OWN: shown\n"})
    assert "hidden" not in str(configuration)
    assert configuration.data["AS_ENV_CURRENT_USER"] is None
    assert configuration.data["AS_ENV_OWN"] == "shown"


def test_the_settings_of_the_installation_replace_the_experiments(read: Read) -> None:
    files = {"conf/a.yml": "DB_DIR: mine\nROOTDIR: mine\nDEFAULT: {DESCRIPTION: mine}\n"}
    data = read(files, installation={"DB_DIR": "/db"}, description="from the database").data
    assert data["DB_DIR"] == "/db"
    assert data["ROOTDIR"].endswith("/t000")
    assert data["DEFAULT"]["DESCRIPTION"] == "from the database"


def test_a_section_beside_a_single_value_is_refused(read: Read) -> None:
    files = {
        "conf/minimal.yml": "DEFAULT: {CUSTOM_CONFIG: '{FOLDER}/a.yml'}\nEXPERIMENT: {A: 1}\n",
        "a.yml": "EXPERIMENT: text\n",
    }
    with pytest.raises(ConfigurationInvalidError, match="EXPERIMENT: a section here"):
        read(files)


def test_a_text_is_no_configuration(read: Read) -> None:
    with pytest.raises(ConfigurationInvalidError, match="a single value"):
        read({"conf/a.yml": "just text\n"})


def test_a_link_to_nothing_is_an_error_that_names_it(write: Write) -> None:
    folder = write({})
    (folder / "conf" / "gone.yml").symlink_to(folder / "nowhere.yml")
    with pytest.raises(SourceMissingError, match=r"gone\.yml"):
        read_configuration(folder, "t000")


def test_bytes_that_are_not_utf_8_are_an_error_that_names_the_file(write: Write) -> None:
    folder = write({})
    (folder / "conf" / "a.yml").write_bytes(b"A: \xe9\n")
    with pytest.raises(SourceUnreadableError, match=r"a\.yml: not encoded in UTF-8"):
        read_configuration(folder, "t000")


def test_a_byte_order_mark_and_carriage_returns_are_fine(write: Write) -> None:
    folder = write({})
    (folder / "conf" / "a.yml").write_bytes(b"\xef\xbb\xbfA: 1\r\nB: x\r\n")
    data = read_configuration(folder, "t000").data
    assert (data["A"], data["B"]) == (1, "x")


def test_a_file_that_may_not_be_opened_is_an_error_that_names_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"conf/a.yml": "A: 1\n"})

    def refuse(path: object, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SourceUnreadableError, match=r"a\.yml: the file cannot be opened"):
        read_configuration(folder, "t000")


def test_a_pipe_does_not_keep_the_reader_waiting(write: Write) -> None:
    folder = write({})
    os.mkfifo(folder / "conf" / "a.yml")
    with pytest.raises(SourceUnreadableError, match="not an ordinary file"):
        read_configuration(folder, "t000")


def test_a_file_of_many_megabytes_is_refused(write: Write) -> None:
    folder = write({})
    with open(folder / "conf" / "a.yml", "wb") as file:
        file.truncate(5 * 1024 * 1024)
    with pytest.raises(SourceUnreadableError, match="larger than"):
        read_configuration(folder, "t000")


def test_the_versions_are_of_all_that_can_change_the_answer(write: Write) -> None:
    custom = "'{FOLDER}/a.yml,{FOLDER}/d,{FOLDER}/absent.yml'"
    folder = write(
        {
            "conf/minimal.yml": f"DEFAULT: {{CUSTOM_CONFIG: {custom}}}\n",
            "a.yml": "A: 1\n",
            "d/b.yml": "B: 1\n",
        }
    )
    consulted = read_configuration(folder, "t000").consulted
    expected = ["conf", "conf/minimal.yml", "a.yml", "d", "d/b.yml", "absent.yml"]
    assert set(consulted) == {file_version(folder / name) for name in expected}
    assert [version.inode for version in consulted if version.path.endswith("absent.yml")] == [0]


def test_files_that_take_too_long_together_are_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"conf/a.yml": "A: 1\n"})
    monkeypatch.setattr(sources, "MOST_SECONDS", -1.0)
    with pytest.raises(SourceUnreadableError, match="takes more than -1 seconds"):
        read_configuration(folder, "t000")
