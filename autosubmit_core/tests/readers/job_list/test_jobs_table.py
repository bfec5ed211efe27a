"""The table of jobs of Autosubmit 4.2, with the columns that real ones have, more, or fewer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core.demo.writing.job_lists import write_jobs_table
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.job_list import jobs_table_modified, read_jobs_table
from autosubmit_core.tables import JobTable


def make_table(path: Path, **columns: list[Any]) -> Path:
    """Make a database with a table ``jobs`` of the given columns, which have no types."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE jobs ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO jobs VALUES ({marks})", zip(*columns.values()))
    return path


def test_the_table_is_read_as_it_was_written(tmp_path: Path, jobs: JobTable) -> None:
    path = tmp_path / "db" / "job_list.db"
    write_jobs_table(path, jobs, modified=1_700_000_000)
    read = read_jobs_table(path)
    for name, column in jobs.columns().items():
        if name not in ("queue", "workflow_commit"):  # 4.2 stores neither
            assert read.columns()[name].tolist() == column.tolist(), name
    assert jobs_table_modified(path) == 1_700_000_000


def test_jobs_come_in_the_order_of_the_table(tmp_path: Path) -> None:
    # The key is a name, and its index is sorted by it.
    names = ["a0zz_SETUP", "a0zz_10_SIM", "a0zz_9_SIM"]
    write_jobs_table(tmp_path / "jobs.db", JobTable.of(3, name=names), modified=0)
    assert read_jobs_table(tmp_path / "jobs.db").name.tolist() == names


def test_no_splits_logs_and_numbers_are_missing_values(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db",
        name=["a0zz_1_SIM", "a0zz_2_SIM"],
        status=["COMPLETED", "RUNNING"],
        section=["SIM", "SIM"],
        id=[0, None],
        split=[-1, 2],
        splits=[-1, 4],
        chunk=[None, "3"],
        local_logs_out=[None, "a0zz_2_SIM.None.out"],
        remote_logs_out=["", None],
        fail_count=[None, 1],
        submit_time_timestamp=[None, 20240229120000],
    )
    read = read_jobs_table(path)
    assert read.scheduler_id.tolist() == [0, 0]
    assert read.split.tolist() == [0, 2]
    assert read.splits.tolist() == [0, 4]
    assert read.chunk.tolist() == [0, 3]
    assert read.local_out.tolist() == [None, "a0zz_2_SIM.None.out"]
    assert read.remote_out.tolist() == ["", None]
    assert read.fail_count.tolist() == [-1, 1]
    noon = np.datetime64("2024-02-29T12:00").astype("datetime64[s]").astype(int)
    assert abs(read.submit[1] - noon) <= 14 * 3600  # in whichever zone the tests run
    assert read.submit[0] == 0


def test_a_status_of_an_unknown_name_is_unknown(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db", name=["a", "b"], status=["PAUSED", None], section=["A", "B"]
    )
    assert read_jobs_table(path).status.tolist() == [-2, -2]


def test_columns_that_are_missing_or_not_known_do_not_matter(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db", section=["SIM"], mood=["good"], status=["READY"], name=["a0zz_SIM"]
    )
    read = read_jobs_table(path)
    assert read.name.tolist() == ["a0zz_SIM"]
    assert read.status.tolist() == [1]
    assert read.member.tolist() == [None]
    assert jobs_table_modified(path) == 0


@pytest.mark.parametrize("column", ["name", "status", "section"])
def test_a_table_without_what_makes_a_job_is_unreadable(tmp_path: Path, column: str) -> None:
    columns = {"name": ["a0zz_SIM"], "status": ["READY"], "section": ["SIM"]}
    del columns[column]
    path = make_table(tmp_path / "jobs.db", **columns)
    with pytest.raises(SourceUnreadableError, match=f"no column '{column}'"):
        read_jobs_table(path)


def test_dates_are_iso_texts(tmp_path: Path) -> None:
    dates = ["2000-01-01T00:00:00", "2000-01-01 06:30:00", "2000-01-01", None, "soon", 5]
    n = len(dates)
    path = make_table(
        tmp_path / "jobs.db",
        name=[str(at) for at in range(n)],
        status=["READY"] * n,
        section=["SIM"] * n,
        date=dates,
    )
    read = read_jobs_table(path).date
    assert read[0] == read[2] == np.datetime64("2000-01-01")
    assert read[1] == np.datetime64("2000-01-01T06:30")
    assert np.isnat(read[3:]).all()


def test_the_newest_change_is_in_utc(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db",
        name=["a", "b", "c"],
        modified=["2024-02-29 11:59:59", "2024-02-29 12:00:00", None],
    )
    assert jobs_table_modified(path) == 1_709_208_000


def test_a_change_noted_as_something_else_than_text_is_none(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {"name": ["a", "b", "c"], "modified": [17, b"\xff", None]}
    assert jobs_table_modified(make_table(tmp_path / "jobs.db", **columns)) == 0


def test_a_row_without_a_name_is_no_job(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db",
        name=[None, "a0zz_SIM", ""],
        status=["READY", "RUNNING", "FAILED"],
        section=["SIM", None, "SIM"],
    )
    read = read_jobs_table(path)
    assert (read.name.tolist(), read.status.tolist()) == (["a0zz_SIM"], [4])


def test_bytes_are_read_as_text(tmp_path: Path) -> None:
    path = make_table(
        tmp_path / "jobs.db", name=[b"a0zz_SIM"], status=["READY"], section=[b"S\xffM"]
    )
    read = read_jobs_table(path)
    assert (read.name.tolist(), read.section.tolist()) == (["a0zz_SIM"], ["S\ufffdM"])


def test_a_database_without_the_table_is_a_missing_source(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    for path in (tmp_path / "empty.db", tmp_path / "none.db"):
        for read in (read_jobs_table, jobs_table_modified):
            with pytest.raises(SourceMissingError):
                read(path)
    (tmp_path / "text.db").write_text("a text, and long enough for a header of a database " * 3)
    with pytest.raises(SourceUnreadableError):
        read_jobs_table(tmp_path / "text.db")


def test_an_empty_table_has_no_jobs(tmp_path: Path) -> None:
    write_jobs_table(tmp_path / "jobs.db", JobTable.empty(), modified=0)
    assert len(read_jobs_table(tmp_path / "jobs.db")) == 0
    assert jobs_table_modified(tmp_path / "jobs.db") == 0


def test_two_jobs_of_one_name_are_damage(tmp_path: Path) -> None:
    path = make_table(tmp_path / "jobs.db", name=["a", "a"], status=[5, 0], section=["S", "S"])
    with pytest.raises(SourceUnreadableError, match="two jobs of one name"):
        read_jobs_table(path)


@pytest.mark.parametrize("statuses", [[5, 5.0], [5.0, 5]])
def test_a_number_of_another_kind_is_no_other_jobs_number(
    tmp_path: Path, statuses: list[float]
) -> None:
    path = make_table(tmp_path / "jobs.db", name=["a", "b"], status=statuses, section=["S", "S"])
    expected = [5 if type(status) is int else -2 for status in statuses]
    assert read_jobs_table(path).status.tolist() == expected
