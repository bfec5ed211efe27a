"""An installation is found and read as Autosubmit finds and reads it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.archive import Archive
from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.errors import ExperimentNotFoundError, InstallationError
from autosubmit_core.readers.installation import Installation, read_installation
from autosubmit_core.tables import ExperimentTable


class Places:
    """The four places that run-control files are looked for in, below one folder."""

    def __init__(self, root: Path) -> None:
        self.cwd, self.home, self.etc = root / "cwd", root / "home", root / "etc"
        for folder in (self.cwd, self.home, self.etc):
            folder.mkdir()

    def find(self, **environ: str) -> Installation:
        return read_installation(environ=environ, cwd=self.cwd, home=self.home, etc=self.etc)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Installation]:
    def read_content(content: str) -> Installation:
        (tmp_path / "autosubmitrc").write_text(content)
        return read_installation(tmp_path / "autosubmitrc", home=Path("/home/u"))

    return read_content


def control(root: str) -> str:
    return f"[local]\npath = {root}\n"


# Where it is found


def test_the_first_place_with_a_file_counts(places: Places, tmp_path: Path) -> None:
    named = tmp_path / "named"
    files = [
        named,
        places.cwd / ".autosubmitrc",
        places.home / ".autosubmitrc",
        places.etc / "autosubmitrc",
        places.etc / ".autosubmitrc",
    ]
    for file in files:
        file.write_text(control(f"/{file.parent.name}"))
    environ = {"AUTOSUBMIT_CONFIGURATION": str(named)}
    found = []
    for file in files[:4]:
        installation = places.find(**environ)
        found.append(installation.local_root_dir.name)
        assert installation.files[-1] == file
        file.unlink()
    assert found == [tmp_path.name, "cwd", "home", "etc"]
    assert places.find(**environ).files == (files[4],)


def test_a_named_file_that_does_not_exist_is_passed_over(places: Places) -> None:
    (places.home / ".autosubmitrc").write_text(control("/data"))
    assert places.find(AUTOSUBMIT_CONFIGURATION="/absent").local_root_dir == Path("/data")


def test_a_named_folder_is_a_hit_with_nothing_in_it(places: Places, tmp_path: Path) -> None:
    (places.home / ".autosubmitrc").write_text(control("/data"))
    installation = places.find(AUTOSUBMIT_CONFIGURATION=str(tmp_path))
    assert installation.files == ()
    assert installation.local_root_dir == places.home / "debug" / "autosubmit"


def test_the_newer_file_of_etc_overrides_the_older_key_by_key(places: Places) -> None:
    old = "[local]\npath = /old\n[structures]\npath = /old/s\n[graph]\npath = /old/g\n"
    (places.etc / ".autosubmitrc").write_text(old)
    (places.etc / "autosubmitrc").write_text(control("/new"))
    installation = places.find()
    assert installation.local_root_dir == Path("/new")
    assert installation.structures_dir == Path("/old/s")
    # The server's own option was never looked for in the older file.
    assert installation.graphdata_dir == Path("/new/metadata/graph")


def test_without_any_file_the_defaults_hold(places: Places) -> None:
    installation = places.find()
    debug = places.home / "debug" / "autosubmit"
    assert installation.main_database() == debug / "autosubmit.db"
    assert installation.experiment_folder("a000") == debug / "a000"
    assert installation.graphdata_dir == places.home / "autosubmit" / "metadata" / "graph"
    assert installation.jobdata_dir == Path("/esarchive/autosubmit/as_metadata/data")
    assert installation.settings()["CONFIG_FILE_FOUND"] is False


def test_a_user_without_a_home_has_an_installation_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    write_run_control(tmp_path / "autosubmitrc", tmp_path)
    assert read_installation(tmp_path).local_root_dir == tmp_path


# How it parses


def test_every_option_is_read(read: Callable[[str], Installation]) -> None:
    installation = read(
        """\
# A comment has a line of its own.
[database]
path = /db
filename = main.db
backend = postgres
connection_url = postgresql://u:p%%40ss@host/name
[local]
path = /local
[structures]
path = /s
[historicdb]
path = /h
[historiclog]
path = /hl
[globallogs]
path = /gl
[defaultstats]
path = /ds
[graph]
path = /g
[statusdb]
path = /st
filename = st.db
[clients]
authorized = one two
[conf]
platforms = p.yml
custom_platforms = c.yml
jobs = j.yml
[mail]
smtp_server = mail.example
mail_from = me@example
[hosts]
authorized = [run,stop host1,host2] [all host3]
forbidden = [create host4]
[autosubmitapi]
url = http://192.168.11.91:8081 # Replace me?
[config]
log_recovery_timeout = 45
[unknown]
option = 1
"""
    )
    assert installation == Installation(
        files=installation.files,
        db_dir=Path("/db"),
        db_file="main.db",
        database_backend="postgres",
        database_conn_url="postgresql://u:p%40ss@host/name",
        local_root_dir=Path("/local"),
        structures_dir=Path("/s"),
        jobdata_dir=Path("/h"),
        historical_log_dir=Path("/hl"),
        global_log_dir=Path("/gl"),
        default_output_dir=Path("/ds"),
        graphdata_dir=Path("/g"),
        file_status_dir=Path("/st"),
        file_status_db="st.db",
        allowed_clients=frozenset(["one", "two"]),
        default_platforms_conf="p.yml",
        custom_platforms_path="c.yml",
        default_jobs_conf="j.yml",
        smtp_server="mail.example",
        mail_from="me@example",
        allowed_hosts={"run": ["host1", "host2"], "stop": ["host1", "host2"], "all": ["host3"]},
        denied_hosts={"create": ["host4"]},
        autosubmit_api_url="http://192.168.11.91:8081 # Replace me?",
        log_recovery_timeout=45,
    )


def test_the_root_does_not_follow_the_folder_of_the_database(
    read: Callable[[str], Installation],
) -> None:
    assert read("[database]\npath = /db\n").local_root_dir == Path("/home/u/debug/autosubmit")


def test_names_keep_their_case_and_nothing_is_expanded(
    read: Callable[[str], Installation],
) -> None:
    installation = read("[Local]\npath = /one\n[local]\nPATH = /two\n[graph]\npath = ~/$HOME/g\n")
    assert installation.local_root_dir == Path("/home/u/debug/autosubmit")
    assert installation.graphdata_dir == Path("~/$HOME/g")


@pytest.mark.parametrize(
    "content",
    [
        "path = /data\n",
        "[local]\npath = /one\npath = /two\n",
        "[local]\npath = /one\n[local]\n",
        "[local]\nonly words\n",
        "[local]\npath = /100%/data\n",
    ],
)
def test_a_file_that_does_not_parse_is_named(
    read: Callable[[str], Installation], tmp_path: Path, content: str
) -> None:
    with pytest.raises(InstallationError, match="autosubmitrc") as raised:
        read(content)
    assert str(tmp_path / "autosubmitrc") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_percent_sign_on_its_own_is_explained(read: Callable[[str], Installation]) -> None:
    with pytest.raises(InstallationError, match=r"\[database\] connection_url.*written '%%'"):
        read("[database]\nconnection_url = postgresql://u:p%40ss@host/name\n")


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "autosubmitrc").write_bytes(b"[local]\npath = /\xff\xfe\n")
    with pytest.raises(InstallationError, match="UTF-8"):
        read_installation(tmp_path)


@pytest.mark.parametrize("hosts", ["[run host1][stop host2]", "host1", "[run]", "100%", "[]", ""])
def test_hosts_that_do_not_parse_stay_as_they_are_written(
    read: Callable[[str], Installation], hosts: str
) -> None:
    assert read(f"[hosts]\nauthorized = {hosts}\n").settings()["ALLOWED_HOSTS"] == hosts


def test_a_time_out_that_is_no_number_is_the_default(
    read: Callable[[str], Installation],
) -> None:
    assert read("[config]\nlog_recovery_timeout = soon\n").log_recovery_timeout == 60


# A path that is given


def test_a_folder_with_a_run_control_file_is_that_installation(tmp_path: Path) -> None:
    write_run_control(tmp_path / "autosubmitrc", tmp_path / "100% data")
    installation = read_installation(tmp_path)
    assert installation.files == (tmp_path / "autosubmitrc",)
    assert installation.local_root_dir == tmp_path / "100% data"


def test_a_folder_with_a_main_database_holds_everything(tmp_path: Path) -> None:
    write_catalogue(tmp_path, ExperimentTable.empty())
    installation = read_installation(tmp_path)
    installation.check()
    write_run_control(tmp_path / "autosubmitrc", tmp_path)
    written = read_installation(tmp_path)
    for path in ("structure", "job_data", "graph_data", "user_metrics", "experiment_folder"):
        assert getattr(installation, path)("a000") == getattr(written, path)("a000")
    assert installation.status_database() == written.status_database()


def test_a_folder_with_neither_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InstallationError, match="neither a run-control file"):
            read_installation(path)


def test_a_place_where_the_user_may_not_look_is_passed_over(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places.etc / "autosubmitrc").write_text(control("/etc"))
    stat = os.stat

    def refusing(path: Any, **options: Any) -> os.stat_result:
        if places.home in Path(os.fspath(path)).parents:
            raise PermissionError(13, "Permission denied")
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", refusing)
    assert places.find().files == (places.etc / "autosubmitrc",)


@pytest.mark.parametrize("looped", ["rc", "root/autosubmit.db"])
def test_what_is_named_and_cannot_be_looked_at_is_an_error_that_says_so(
    places: Places, looped: str
) -> None:
    """A link to itself stands for what only its owner may look at, for tests may be run by root."""
    (places.cwd / "root").mkdir()
    (places.cwd / "rc").write_text(f"[database]\npath = {places.cwd}/root\n")
    (places.cwd / looped).unlink(missing_ok=True)
    (places.cwd / looped).symlink_to(places.cwd / looped)
    with pytest.raises(InstallationError, match=r"may (not be )?read"):
        Archive(places.find(AUTOSUBMIT_CONFIGURATION="rc")).check()


def test_a_working_folder_that_is_gone_holds_no_file(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = places.cwd / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert read_installation(environ={}, home=places.home, etc=places.etc).files == ()


def test_an_installation_without_a_main_database_says_what_to_do(places: Places) -> None:
    with pytest.raises(InstallationError, match="AUTOSUBMIT_CONFIGURATION"):
        places.find().check()


def test_a_backend_that_autosubmit_does_not_have_is_named(
    read: Callable[[str], Installation],
) -> None:
    with pytest.raises(InstallationError, match=r"'oracle'.*DATABASE_BACKEND"):
        read("[database]\nbackend = oracle\n").check()


# What follows from it


def test_paths_are_where_autosubmit_puts_them(read: Callable[[str], Installation]) -> None:
    installation = read(
        "[database]\npath = /db\n[local]\npath = /data\n[historicdb]\npath = /h\n"
        "[structures]\npath = /s\n"
    )
    assert str(installation.status_database()) == "/db/as_times.db"
    assert str(installation.preferences_database()) == "/db/autosubmit_api.db"
    assert str(installation.events_database()) == "/db/autosubmit_api_events.db"
    assert str(installation.runner_database()) == "/data/api_runners.db"
    assert str(installation.job_list_pickle("a000")) == "/data/a000/pkl/job_list_a000.pkl"
    assert str(installation.job_list_database("a000")) == "/data/a000/db/job_list.db"
    assert str(installation.job_packages("a000")) == "/data/a000/pkl/job_packages_a000.db"
    assert str(installation.job_data("a000")) == "/h/job_data_a000.db"
    assert str(installation.structure("a000")) == "/s/structure_a000.db"
    assert str(installation.graph_data("a000")) == "/data/metadata/graph/graph_data_a000.db"
    assert str(installation.user_metrics("a000")) == "/data/a000/tmp/metrics_a000.db"
    assert str(installation.conf("a000")) == "/data/a000/conf"
    assert str(installation.proj("a000")) == "/data/a000/proj"
    assert str(installation.aslogs("a000")) == "/data/a000/tmp/ASLOGS"
    assert str(installation.job_logs("a000")) == "/data/a000/tmp/LOG_a000"


@pytest.mark.parametrize("expid", ["..", "a000/..", "", "a\0", "../../etc"])
def test_a_text_that_is_no_expid_is_no_part_of_a_path(
    read: Callable[[str], Installation], expid: str
) -> None:
    installation = read(control("/data"))
    for path in ("experiment_folder", "job_data", "structure", "graph_data", "job_logs"):
        with pytest.raises(ExperimentNotFoundError):
            getattr(installation, path)(expid)


def test_the_password_of_a_server_is_in_no_setting_and_in_no_text(
    read: Callable[[str], Installation],
) -> None:
    installation = read("[database]\nconnection_url = postgresql://u:secret@host/name\n")
    assert installation.database_conn_url.endswith("secret@host/name")
    assert "secret" not in json.dumps(installation.settings())
    assert "secret" not in repr(installation)


def test_settings_are_those_of_the_recorded_answers(
    tmp_path: Path, reference_answers: Path
) -> None:
    write_run_control(tmp_path / "autosubmitrc", Path("/root-folder"))
    settings = read_installation(tmp_path).settings()
    file = reference_answers / "a003" / "v4__experiments__a003__filesystem-config.json"
    answer = json.loads(file.read_text().replace("{ROOT}", "/root-folder"))["body"]["config"]
    assert {name: answer[name] for name in settings} == settings


def test_references_that_grow_without_end_are_refused(read: Callable[[str], Installation]) -> None:
    lines = [f"r{at} = {f'%(r{at + 1})s' * 10}" for at in range(8)]
    with pytest.raises(InstallationError, match=r"\[local\] path: references grow without end"):
        read("\n".join(["[local]", "path = %(r0)s", *lines, "r8 = x", ""]))


def test_a_nul_in_a_path_is_refused(read: Callable[[str], Installation]) -> None:
    with pytest.raises(InstallationError, match=r"\[database\] filename: holds a NUL"):
        read("[database]\nfilename = a\0.db\n")


def test_a_time_out_of_thousands_of_digits_is_none(read: Callable[[str], Installation]) -> None:
    written = read(f"[config]\nlog_recovery_timeout = {'9' * 5000}\n")
    assert written.log_recovery_timeout == 60


def test_a_line_of_blanks_is_refused_before_it_takes_days(
    read: Callable[[str], Installation],
) -> None:
    with pytest.raises(InstallationError, match="line 2: more than 100 blanks in a name"):
        read(f"[local]\npath{' ' * 1_000_000}x\n")
    assert read(f"[local]\npath = {' ' * 1000}/data\n").local_root_dir == Path("/data")
