"""Which jobs are submitted as one, in each generation of the tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from autosubmit_core.demo.writing.job_lists import write_jobs_table
from autosubmit_core.demo.writing.workflows import write_wrappers
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.wrappers import read_wrappers
from autosubmit_core.tables import JobTable, WrapperTable

Generation = Literal["4.0", "4.1.12", "4.1.17", "4.2"]

#: The fields that the older generations have no place for.
FACTS = {"wrapper_id", "status", "type", "platform", "method", "processors"}
NOT_IN: dict[Generation, set[str]] = {
    "4.0": FACTS | {"wallclock"},
    "4.1.12": FACTS,
    "4.1.17": set(),
    "4.2": set(),
}


def wrappers(*, preview: bool = False) -> WrapperTable:
    """Two wrappers of two chunks each."""
    return WrapperTable.of(
        4,
        preview=preview,
        wrapper=["a0zz_ASThread_SIM_17810117114353_8_2"] * 2
        + ["a0zz_ASThread_SIM_17810117114367_8_2"] * 2,
        job_name=[f"a0zz_{chunk}_SIM" for chunk in (1, 2, 3, 4)],
        wrapper_id=[4711, 4711, 4712, 4712],
        status=["COMPLETED", "COMPLETED", "RUNNING", "RUNNING"],
        type=["vertical"] * 4,
        platform=["MN5"] * 4,
        method=["ASThread"] * 4,
        wallclock=["00:40"] * 4,
        processors=[8] * 4,
    )


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("generation", NOT_IN)
def test_wrappers_are_read_as_they_were_written(
    tmp_path: Path, generation: Generation, preview: bool
) -> None:
    written = wrappers(preview=preview)
    write_wrappers(tmp_path / "packages.db", written, "a0zz", generation=generation)
    read = read_wrappers(tmp_path / "packages.db")
    assert read.preview is preview
    missing = WrapperTable.of(4).columns()
    for name, column in written.columns().items():
        expected = missing[name] if name in NOT_IN[generation] else column
        assert read.columns()[name].tolist() == expected.tolist(), name


def test_wrappers_of_4_2_live_beside_the_jobs(tmp_path: Path) -> None:
    path = tmp_path / "db" / "job_list.db"
    write_jobs_table(path, JobTable.of(1, name=["a0zz_1_SIM"]), modified=0)
    for _ in range(2):
        write_wrappers(path, wrappers(), "a0zz", generation="4.2")
    assert len(read_wrappers(path)) == 4
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (1,)


def add(path: Path, table: str, *rows: tuple[str | None, str | None]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (exp_id, package_name, job_name)")
        connection.executemany(f"INSERT INTO {table} VALUES ('a0zz', ?, ?)", rows)


def test_wrappers_from_before_an_upgrade_are_not_hidden_by_empty_tables(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    write_wrappers(path, WrapperTable.empty(), "a0zz", generation="4.1.17")
    add(path, "wrapper_job_package", ("planned", "a"))
    assert read_wrappers(path).wrapper.tolist() == ["planned"]
    add(path, "job_package", ("submitted", "a"))
    read = read_wrappers(path)
    assert read.wrapper.tolist() == ["submitted"]
    assert not read.preview


def test_wrappers_that_were_submitted_count_before_planned_ones(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    write_wrappers(path, wrappers(preview=True), "a0zz", generation="4.1.17")
    assert read_wrappers(path).preview
    add(path, "job_package", ("old", "a"))
    assert read_wrappers(path).wrapper.tolist() == ["old"]


def test_rows_without_a_name_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    add(path, "job_package", ("w", "a"), ("", "b"), ("w", None), (None, "c"), ("w", "d"))
    assert read_wrappers(path).jobs_of() == {"w": ["a", "d"]}


def test_values_of_another_type_cost_only_themselves(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    write_wrappers(path, wrappers(), "a0zz", generation="4.1.17")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE wrappers_jobs SET job_name = CAST(job_name AS BLOB)")
        connection.execute("UPDATE wrappers_info SET type = x'ff', num_processors = 1e30")
    read = read_wrappers(path)
    assert read.job_name.tolist() == wrappers().job_name.tolist()
    assert read.type.tolist() == ["\ufffd"] * 4
    assert read.processors.tolist() == [0] * 4


def test_a_file_that_may_not_be_looked_at_is_not_missing(tmp_path: Path) -> None:
    (tmp_path / "packages.db").symlink_to("packages.db")
    with pytest.raises(SourceUnreadableError):
        read_wrappers(tmp_path / "packages.db")


def test_the_last_wrapper_of_a_job_counts(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    add(path, "job_package", ("first", "a"), ("first", "b"), ("again", "a"))
    assert read_wrappers(path).wrapper_of() == {"a": "again", "b": "first"}


def test_a_wrapper_that_nothing_is_known_of_is_a_wrapper(tmp_path: Path) -> None:
    path = tmp_path / "packages.db"
    write_wrappers(path, wrappers(), "a0zz", generation="4.1.17")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM wrappers_info WHERE id = 4712")
        connection.execute("UPDATE wrappers_info SET type = '', num_processors = NULL")
    read = read_wrappers(path)
    assert read.platform.tolist() == ["MN5", "MN5", None, None]
    assert read.type.tolist() == [None] * 4
    assert read.processors.tolist() == [0] * 4


def test_an_experiment_without_the_file_or_the_tables_has_no_wrappers(tmp_path: Path) -> None:
    assert len(read_wrappers(tmp_path / "none.db")) == 0
    (tmp_path / "empty.db").touch()
    assert len(read_wrappers(tmp_path / "empty.db")) == 0
    (tmp_path / "text.db").write_text("a text, and long enough for a header of a database " * 3)
    with pytest.raises(SourceUnreadableError):
        read_wrappers(tmp_path / "text.db")


def test_real_previews_are_read(reference_experiments: Path) -> None:
    def packages(expid: str) -> WrapperTable:
        return read_wrappers(reference_experiments / expid / "pkl" / f"job_packages_{expid}.db")

    of_4_0, of_4_1_17 = packages("a6zj"), packages("aa6f")
    assert of_4_0.preview
    assert of_4_1_17.preview
    assert [len(jobs) for jobs in of_4_0.jobs_of().values()] == [4]
    assert [len(jobs) for jobs in of_4_1_17.jobs_of().values()] == [8]
    assert of_4_1_17.wrapper_id.tolist() == [-1] * 8
    assert set(of_4_1_17.wallclock.tolist()) == {"00:40"}
    assert len(packages("a003")) == 0
