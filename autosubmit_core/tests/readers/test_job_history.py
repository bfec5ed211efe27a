"""Historical databases of every version give the same tables, with what the version has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core.demo.writing.histories import write_history
from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.job_history import read_job_history, read_run_metadata, read_runs
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable, Table
from autosubmit_core.times import epoch_of_text

#: Since which version the file has a column, where that is not the first.
SINCE = {
    "nnodes": 12,
    "run_id": 12,
    "max_rss": 15,
    "ave_rss": 15,
    "out": 15,
    "err": 15,
    "rowstatus": 15,
    "workflow_commit": 19,
    "split": 20,
    "splits": 20,
    "fail_count": 21,
}


def history() -> JobHistory:
    """Two attempts of a job in a wrapper, and a job of its own that has no member and no chunk."""
    return JobHistory.of(
        3,
        id=[1, 2, 5],
        counter=[0, 1, 0],
        job_name=["a000_20200101_fc0_1_SIM", "a000_20200101_fc0_1_SIM", "a000_CLEAN"],
        created=["2024-01-12-16:33:26"] * 3,
        modified=["2024-01-12-16:33:26", "2024-01-12-16:33:30", "2024-01-12-16:33:31"],
        submit=[100, 200, 300],
        start=[110, 220, 0],
        finish=[150, 290, 0],
        status=[Status.FAILED, Status.COMPLETED, Status.SUBMITTED],
        rowtype=[17128472368642, 17128472368642, 2],
        ncpus=[16, 16, 1],
        nnodes=[2, 2, 0],
        wallclock=["00:30", "00:30", "00:05"],
        qos=["debug", "debug", ""],
        platform=["MN5", "mn5", "NA"],
        energy=[40590.0, 0.5, 0.0],
        date=["2020-01-01 00:00:00", "2020-01-01 00:00:00", None],
        section=["SIM", "SIM", "CLEAN"],
        member=["fc0", "fc0", None],
        chunk=[1, 1, 0],
        split=[1, 1, 0],
        splits=[4, 4, 0],
        last=[False, True, True],
        job_id=[11, 12, 0],
        run_id=[1, 2, 0],
        max_rss=[1.5, 0.0, 0.0],
        ave_rss=[0.5, 0.0, 0.0],
        out=["one.out", "two.out.xz", ""],
        err=["one.err", "two.err.xz", ""],
        rowstatus=[2, 5, 0],
        workflow_commit=["abc", "abc", ""],
        fail_count=[0, 1, 0],
    )


def runs() -> RunTable:
    return RunTable.of(
        2,
        run_id=[1, 2],
        created=["2024-01-12-16:33:20", "2024-01-12-17:33:20"],
        modified=[None, "2024-01-12-18:33:20"],
        start=[90, 190],
        finish=[180, 0],
        chunk_unit=["month", "NA"],
        chunk_size=[4, 0],
        completed=[1, 2],
        total=[3, 3],
        failed=[1, 0],
        queuing=[0, 1],
        running=[1, 0],
        submitted=[0, 2],
        suspended=[0, 1],
    )


def values(table: Table) -> dict[str, list[Any]]:
    return {name: column.tolist() for name, column in table.columns().items()}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a history and then changes it by SQL."""

    def write(*statements: str, schema: int = 21, **given: Any) -> Path:
        path = tmp_path / "job_data_a000.db"
        write_history(path, history(), runs(), schema=schema, **given)
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return path

    return write


def test_of_one_job_its_rows_are_read_in_their_order(written: Callable[..., Path]) -> None:
    path = written()
    whole = read_job_history(path)
    for name in {*whole.job_name, "nobody"}:
        of_one = read_job_history(path, name)
        assert values(of_one) == values(whole.take(np.flatnonzero(whole.job_name == name)))


@pytest.mark.parametrize("schema", range(10, 22))
def test_every_version_is_read_with_what_it_has(written: Callable[..., Path], schema: int) -> None:
    read = values(read_job_history(written(schema=schema)))
    missing = values(JobHistory.of(3))
    for name, expected in values(history()).items():
        assert read[name] == (expected if SINCE.get(name, 10) <= schema else missing[name]), name


@pytest.mark.parametrize("schema", range(10, 22))
def test_runs_of_every_version_are_read(written: Callable[..., Path], schema: int) -> None:
    read = read_runs(written(schema=schema))
    if schema < 12:
        assert len(read) == 0
        return
    expected = values(runs())
    if schema < 14:
        expected["suspended"] = [0, 0]
    if schema < 16:
        expected["modified"] = [None, None]
    assert values(read) == expected


def test_columns_that_an_upgrade_added_at_the_end_are_read_by_name(
    written: Callable[..., Path],
) -> None:
    path = written(
        "ALTER TABLE experiment_run ADD COLUMN modified TEXT",
        "ALTER TABLE job_data ADD COLUMN workflow_commit TEXT",
        "UPDATE experiment_run SET modified = 'then'",
        "UPDATE job_data SET workflow_commit = 'abc'",
        "PRAGMA user_version = 0",
        schema=15,
    )
    assert read_runs(path).modified.tolist() == ["then", "then"]
    assert read_runs(path).start.tolist() == [90, 190]
    assert read_job_history(path).workflow_commit.tolist() == ["abc"] * 3


def test_split_without_fail_count_is_read(written: Callable[..., Path]) -> None:
    read = read_job_history(written(schema=20))
    assert read.split.tolist() == [1, 1, 0]
    assert read.fail_count.tolist() == [-1, -1, -1]


def test_rows_with_section_and_member_exchanged_stay_as_they_are_stored(
    written: Callable[..., Path],
) -> None:
    path = written("UPDATE job_data SET section = 'fc0', member = 'SIM' WHERE id < 5", schema=10)
    read = read_job_history(path)
    assert read.section.tolist() == ["fc0", "fc0", "CLEAN"]
    assert read.member.tolist() == ["SIM", "SIM", None]


#: The columns of ``job_data`` that hold numbers.
NUMBERS = [
    "id",
    "counter",
    "submit",
    "start",
    "finish",
    "rowtype",
    "ncpus",
    "nnodes",
    "energy",
    "chunk",
    "split",
    "splits",
    "last",
    "job_id",
    "run_id",
    "MaxRSS",
    "AveRSS",
    "rowstatus",
    "fail_count",
]


def read_value(tmp_path: Path, column: str, stored: str) -> Any:
    """Store an SQL literal in a column of no declared type, and return what is read."""
    path = tmp_path / "job_data_a000.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE job_data (job_name, {column})")
        connection.execute(f"INSERT INTO job_data VALUES ('a000_SIM', {stored})")
    return values(read_job_history(path))[
        {"MaxRSS": "max_rss", "AveRSS": "ave_rss"}.get(column, column)
    ][0]


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("stored", ["NULL", "'NA'", "''", "x'00ff'", "9e999"])
def test_what_is_no_number_in_a_column_of_numbers_says_nothing(
    tmp_path: Path, column: str, stored: str
) -> None:
    expected = {"rowtype": 2, "fail_count": -1, "last": False}.get(column, 0)
    assert read_value(tmp_path, column, stored) == expected


@pytest.mark.parametrize("column", sorted(set(NUMBERS) - {"energy", "MaxRSS", "AveRSS"}))
@pytest.mark.parametrize("stored", ["1e23", "'123456789012345678901234567890'"])
def test_a_number_beyond_64_bits_says_nothing(tmp_path: Path, column: str, stored: str) -> None:
    expected = {"rowtype": 2, "fail_count": -1, "last": False}.get(column, 0)
    assert read_value(tmp_path, column, stored) == expected


@pytest.mark.parametrize("column", ["submit", "start", "finish"])
def test_an_instant_that_is_no_date_is_not_known(tmp_path: Path, column: str) -> None:
    assert read_value(tmp_path, column, "99999999999") == 99_999_999_999
    assert read_value(tmp_path, column, "9223372036854775807") == 0


def test_numbers_of_another_type_are_numbers(tmp_path: Path) -> None:
    assert read_value(tmp_path, "start", "'1705073606'") == 1705073606
    assert read_value(tmp_path, "ncpus", "3.9") == 3
    assert read_value(tmp_path, "energy", "'4.5'") == 4.5
    assert read_value(tmp_path, "last", "'1'") is True
    # More than 32 bits: right for the code of a wrapper, senseless for a chunk.
    assert read_value(tmp_path, "rowtype", "17128472368642") == 17128472368642
    assert read_value(tmp_path, "chunk", "17128472368642") == 0


def test_texts_of_another_type_are_texts(tmp_path: Path) -> None:
    assert read_value(tmp_path, "member", "0") == "0"
    assert read_value(tmp_path, "member", "x'666330'") == "fc0"
    assert read_value(tmp_path, "member", "''") is None
    assert read_value(tmp_path, "out", "''") == ""
    assert read_value(tmp_path, "status", "'ODD'") == Status.UNKNOWN
    assert read_value(tmp_path, "status", "NULL") == Status.UNKNOWN


def test_runs_that_were_never_closed_end_at_0(written: Callable[..., Path]) -> None:
    path = written("UPDATE experiment_run SET finish = NULL WHERE run_id = 1")
    assert read_runs(path).finish.tolist() == [0, 0]


def test_numbers_of_runs_that_cannot_be_say_nothing(written: Callable[..., Path]) -> None:
    path = written("UPDATE experiment_run SET finish = 1e23, total = 1e23, start = 1 << 60")
    read = read_runs(path)
    assert [read.start[0], read.finish[0], read.total[0]] == [0, 0, 0]


def test_empty_tables_and_missing_tables_have_no_rows(tmp_path: Path) -> None:
    # What Autosubmit 3.14.1 leaves behind, and a file between its making and its first table.
    path = tmp_path / "job_data_a000.db"
    write_history(path, JobHistory.empty(), RunTable.empty())
    assert len(read_job_history(path)) == len(read_runs(path)) == 0
    path.write_bytes(b"")
    assert len(read_job_history(path)) == len(read_runs(path)) == 0
    assert read_run_metadata(path, 1) is None


def test_a_missing_database_and_a_damaged_one_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "job_data_a000.db"
    for read in (read_job_history, read_runs):
        with pytest.raises(SourceMissingError):
            read(path)
    path.write_bytes(b"no database at all" * 10)
    for read in (read_job_history, read_runs):
        with pytest.raises(SourceUnreadableError):
            read(path)


def test_the_metadata_of_a_run_is_its_text(written: Callable[..., Path]) -> None:
    path = written(metadata={1: '{"CONFIG": {}}', 2: ""})
    assert read_run_metadata(path, 1) == '{"CONFIG": {}}'
    assert read_run_metadata(path, 2) is None
    assert read_run_metadata(path, 3) is None
    assert read_run_metadata(written(schema=12), 1) is None


def test_equal_texts_of_a_history_are_one_object(written: Callable[..., Path]) -> None:
    read = read_job_history(written())
    assert read.section[0] is read.section[1]


# The nine recorded experiments


def recorded(answers: Path, expid: str, name: str) -> Any:
    return json.loads((answers / expid / f"{name}.json").read_text())["body"]


@pytest.fixture(scope="module")
def job_data(reference_experiments: Path) -> Path:
    return reference_experiments / "metadata" / "data"


EXPIDS = ["a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f"]


@pytest.mark.parametrize("expid", EXPIDS)
def test_recorded_runs_are_read(job_data: Path, reference_answers: Path, expid: str) -> None:
    before = sorted(job_data.iterdir()), job_data.stat().st_mtime_ns
    read = read_runs(job_data / f"job_data_{expid}.db")
    assert (sorted(job_data.iterdir()), job_data.stat().st_mtime_ns) == before
    answer = recorded(reference_answers, expid, f"v4__experiments__{expid}__runs")["runs"]

    def instant(text: str | None) -> int:
        return int(datetime.fromisoformat(text).timestamp()) if text else 0

    assert read.run_id.tolist() == [run["run_id"] for run in answer]
    assert read.start.tolist() == [instant(run["start"]) for run in answer]
    assert read.finish.tolist() == [instant(run["finish"]) for run in answer]


def test_recorded_histories_of_jobs_are_read(job_data: Path, reference_answers: Path) -> None:
    compared = 0
    for file in sorted(reference_answers.glob("*/v3__history__*.json")):
        expid, job = file.stem.split("__")[2:4]
        answer = json.loads(file.read_text())["body"]["history"]
        table = read_job_history(job_data / f"job_data_{expid}.db")
        rows = np.flatnonzero(table.job_name == job)
        newest_first = table.take(rows[np.argsort(-table.counter[rows])])
        read = values(newest_first)
        for instant in ("submit", "start", "finish"):
            assert read[instant] == [epoch_of_text(entry[instant]) for entry in answer], file
        for field, column in RECORDED.items():
            assert read[column] == [entry[field] for entry in answer], (file, field)
        assert [Status(code).name for code in read["status"]] == [e["status"] for e in answer]
        compared += len(answer)
    assert compared > 50


#: The fields of a recorded history that show a column as it is stored.
RECORDED = {
    name: name
    for name in ("counter", "created", "ncpus", "wallclock", "qos", "platform", "job_id", "energy")
}
RECORDED |= {"nodes": "nnodes", "run_id": "run_id", "out": "out", "err": "err"}


def test_the_recorded_history_of_3_13_was_upgraded(job_data: Path) -> None:
    read = read_job_history(job_data / "job_data_a3tb.db")
    assert len(read) == 284
    # One number of this file is stored with a fraction.
    assert 4019999.9999999995 in read.energy.tolist()
    assert read_runs(job_data / "job_data_a3tb.db").modified.tolist().count(None) == 13
