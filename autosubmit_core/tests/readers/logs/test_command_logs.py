from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from autosubmit_core.readers.logs import CommandLog, latest_run_log, newest_run_log, recovery_logs
from autosubmit_core.readers.logs.command_logs import MOST_PLATFORMS


@pytest.fixture
def aslogs(tmp_path: Path) -> Path:
    made = tmp_path / "ASLOGS"
    made.mkdir()
    return made


def put(folder: Path, *names: str) -> None:
    """Make files of which each is changed a second after the one before."""
    for second, name in enumerate(names):
        (folder / name).touch()
        os.utime(folder / name, (0, 1_700_000_000 + second))


def newest_name(aslogs: Path) -> str | None:
    found = newest_run_log([aslogs, aslogs.parent])
    return None if found is None else str(found.relative_to(aslogs.parent))


def test_the_newest_run_log_is_newest_by_name_not_by_file_time(aslogs: Path) -> None:
    put(aslogs, "20240112_163324_run.log", "20230101_000000_run.log")
    assert newest_name(aslogs) == "ASLOGS/20240112_163324_run.log"


def test_a_dry_run_and_errors_are_not_the_run_log(aslogs: Path) -> None:
    put(
        aslogs,
        "20240112_163324_run.log",
        "20240113_163324_dryrun.log",
        "20240114_163324_run_err.log",
        "20240115_163324_create.log",
        "99999999_999999_run.log",
    )
    assert newest_name(aslogs) == "ASLOGS/20240112_163324_run.log"


def test_a_packed_run_log_is_one(aslogs: Path) -> None:
    put(aslogs, "20230101_000000_run.log", "20240112_163324_run.log.xz")
    assert newest_name(aslogs) == "ASLOGS/20240112_163324_run.log.xz"
    put(aslogs, "20240112_163324_run.log")
    assert newest_name(aslogs) == "ASLOGS/20240112_163324_run.log"


def test_where_no_name_is_right_a_name_with_run_log_in_it_will_do(aslogs: Path) -> None:
    put(aslogs, "20240113_163324_dryrun.log", "old_run.log.bz2", "20990101_000000_run_err.log")
    assert newest_name(aslogs) == "ASLOGS/old_run.log.bz2"


def test_tmp_is_asked_only_where_aslogs_has_none(aslogs: Path) -> None:
    put(aslogs.parent, "20250101_000000_run.log")
    assert newest_name(aslogs) == "20250101_000000_run.log"
    put(aslogs, "20200101_000000_run.log")
    assert newest_name(aslogs) == "ASLOGS/20200101_000000_run.log"


def test_folders_and_links_named_like_logs_are_none(aslogs: Path) -> None:
    (aslogs / "20240112_163324_run.log").mkdir()
    (aslogs / "20240113_163324_run.log").symlink_to("gone")
    (aslogs / "20240114_163324_run.log").symlink_to("/etc/passwd")
    (aslogs / "20240114_163324_mn5_log_recovery.log").symlink_to("/etc/passwd")
    (aslogs / "20240114_163324_local_log_recovery.log").mkdir()
    assert newest_run_log([aslogs]) is None
    assert latest_run_log([aslogs]) is None
    assert recovery_logs(aslogs) == ()


def test_names_that_nobody_can_ask_for_are_no_logs(aslogs: Path) -> None:
    put(aslogs, "20240114_163324_mn5_log_recovery.log")
    for name in (b".a_run.log", b"a\\b_run.log", b"a\xff_run.log"):
        (aslogs / os.fsdecode(name)).write_text("hidden")
    (aslogs / os.fsdecode(b"20240114_163324_m\xe9_log_recovery.log")).write_text("hidden")
    assert newest_run_log([aslogs]) is None
    assert latest_run_log([aslogs]) is None
    assert [log.platform for log in recovery_logs(aslogs)] == ["mn5"]


def test_of_very_many_platforms_the_newest_logs_are_shown(aslogs: Path) -> None:
    put(aslogs, *(f"202401{day:02}_000000_p{31 - day}_log_recovery.log" for day in range(1, 31)))
    shown = [log.platform for log in recovery_logs(aslogs)]
    assert shown == sorted(f"p{number}" for number in range(1, MOST_PLATFORMS + 1))


def test_no_folder_and_an_empty_one_hold_no_logs(aslogs: Path) -> None:
    for folder in (aslogs, aslogs / "gone"):
        assert newest_run_log([folder]) is None
        assert latest_run_log([folder]) is None
        assert recovery_logs(folder) == ()


def test_activity_is_told_by_the_run_log_that_changed_last(aslogs: Path) -> None:
    put(
        aslogs,
        "20240112_163324_run.log",
        "20230101_000000_run.log.gz",
        "20240113_163324_dryrun.log",
    )
    found = latest_run_log([aslogs, aslogs.parent])
    assert found is not None
    assert (found.path, found.modified) == (aslogs / "20230101_000000_run.log.gz", 1_700_000_001)


def test_activity_is_looked_for_in_the_order_of_folders_that_the_caller_knows(aslogs: Path) -> None:
    put(aslogs.parent, "20240112_163324_run.log")
    put(aslogs, "20230101_000000_run.log")
    for folders in ([aslogs, aslogs.parent], [aslogs.parent, aslogs]):
        found = latest_run_log(folders)
        assert found is not None
        assert found.path.parent == folders[0]


def test_each_platform_shows_its_newest_recovery_log_in_the_order_of_platforms(
    aslogs: Path,
) -> None:
    put(
        aslogs,
        "20250513_124457_mn5_log_recovery.log.xz",
        "20250512_124457_mn5_log_recovery.log",
        "20240101_000000_hpc_2_arctic_log_recovery.log",
        "20250513_124457_local_log_recovery.log.gz",
        "20250513_124457_local_log_recovery.log",
        "20250601_000000_local_log_recovery_err.log",
        "99999999_999999_local_log_recovery.log",
        "20250601_000000_log_recovery.log",
    )
    shown = [(log.platform, log.path.name, log.started) for log in recovery_logs(aslogs)]
    new = datetime(2025, 5, 13, 12, 44, 57)
    assert shown == [
        ("hpc_2_arctic", "20240101_000000_hpc_2_arctic_log_recovery.log", datetime(2024, 1, 1)),
        ("local", "20250513_124457_local_log_recovery.log", new),
        ("mn5", "20250513_124457_mn5_log_recovery.log.xz", new),
    ]


def test_a_log_that_is_gone_between_listing_and_looking_is_left_out(
    aslogs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(aslogs, "20230101_000000_run.log", "20240101_000000_run.log")
    stat = os.stat

    def losing(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if Path(path).name == "20240101_000000_run.log":
            raise FileNotFoundError(2, "gone")
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "stat", losing)
    found = latest_run_log([aslogs])
    assert found is not None
    assert found.path.name == "20230101_000000_run.log"


def test_the_name_of_a_log_tells_when_its_command_began(aslogs: Path) -> None:
    put(aslogs, "20240112_163324_run.log")
    found = latest_run_log([aslogs])
    assert found is not None
    assert found.began == datetime(2024, 1, 12, 16, 33, 24).timestamp()
    assert CommandLog(aslogs / "old_run.log", modified=5).began == 0
