"""Tables to take away, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.performance import performance_answer
from autosubmit_core.answers.v4.exports import FORMS, MEDIA_TYPES, TABLES, export, table_of
from autosubmit_core.answers.v4.selection import JobFilter
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import RequestError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, RunTable

SIM, INI = "t000_20200101_fc0_1_SIM", "t000_INI"
NOW = 1_780_000_000


def _rows(experiment: Experiment, table: str, **options: Any) -> list[dict[str, str]]:
    text = export(experiment, table=table, **options).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def made(tmp_path: Path) -> Experiment:
    history = JobHistory.of(
        1,
        job_name=[SIM],
        section=["SIM"],
        status=[Status.COMPLETED],
        last=[True],
        chunk=[1],
        run_id=[1],
        submit=[NOW],
        start=[NOW + 5],
        finish=[NOW + 10],
        energy=[12.5],
        out=['a "quoted", name\n'],
    )
    runs = RunTable.of(1, run_id=[1], chunk_unit=["month"], chunk_size=[4])
    jobs = demo.jobs_named([INI, SIM], status=[Status.WAITING, Status.COMPLETED])
    demo.make_experiment(tmp_path, jobs=jobs, history=history, runs=runs)
    return open_archive(tmp_path).experiment("t000", now=NOW + 100)


def test_jobs_have_a_line_each_and_empty_cells_where_there_is_nothing(made: Experiment) -> None:
    first, second = _rows(made, "jobs")
    assert (first["name"], first["status"], first["chunk"], first["submit"]) == (
        INI,
        "WAITING",
        "",
        "",
    )
    assert (second["chunk"], second["priority"], second["run_seconds"]) == ("1", "0", "5")
    assert second["submit"].startswith("2026-05-28T20:26:40")
    # Four months in five seconds: 86400 / 3 / 5
    assert float(second["SYPD"]) == pytest.approx(5760)
    assert float(second["ASYPD"]) == pytest.approx(2880)


def test_jobs_are_filtered_and_sorted(made: Experiment) -> None:
    assert [row["name"] for row in _rows(made, "jobs", order_by="name")] == [SIM, INI]
    found = _rows(made, "jobs", wanted=JobFilter(section=("SIM",)))
    assert [row["name"] for row in found] == [SIM]


def test_the_history_has_every_attempt(made: Experiment) -> None:
    (row,) = _rows(made, "history")
    assert (row["job_name"], row["status"], row["energy_joules"]) == (SIM, "COMPLETED", "12.5")
    assert row["out"] == 'a "quoted", name\n'
    assert float(row["SYPD"]) == pytest.approx(5760)


def test_the_performance_of_a_real_experiment_is_that_of_its_answer(
    reference_archive: Archive,
) -> None:
    experiment = reference_archive.experiment("a3tb")
    told = performance_answer(experiment)["considered"]
    rows = _rows(experiment, "performance")
    assert [row["name"] for row in rows] == [job["name"] for job in told]
    for row, job in zip(rows, told):
        assert float(row["SYPD"]) == pytest.approx(job["SYPD"], abs=0.005)
        assert float(row["JPSY"]) == pytest.approx(job["JPSY"])
        assert row["considered"] == "1"


@pytest.mark.parametrize("table", TABLES)
def test_both_forms_hold_the_same(experiment: Experiment, table: str) -> None:
    rows = _rows(experiment, table)
    content = export(experiment, table=table, form="parquet")
    found = pyarrow.parquet.read_table(io.BytesIO(content))
    assert found.num_rows == len(rows)
    if rows:
        assert found.column_names == list(rows[0])
        for name in found.column_names:
            empty = [row[name] == "" for row in rows]
            nulls = [value in (None, "") for value in found[name].to_pylist()]
            assert empty == nulls, name


def test_instants_of_parquet_are_timestamps(made: Experiment) -> None:
    content = export(made, table="jobs", form="parquet")
    submit = pyarrow.parquet.read_table(io.BytesIO(content))["submit"]
    assert str(submit.type) in ("timestamp[s, tz=UTC]", "timestamp[ms, tz=UTC]")
    first, second = submit.to_pylist()
    assert first is None
    assert second.timestamp() == NOW


def test_without_pyarrow_csv_is_still_there(
    made: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RequestError, match="pyarrow is not installed"):
        export(made, table="jobs", form="parquet")
    assert _rows(made, "jobs")


def test_what_there_is_not_is_refused(made: Experiment) -> None:
    with pytest.raises(RequestError, match="no table 'colours'"):
        export(made, table="colours")
    assert MEDIA_TYPES.keys() == set(FORMS)


def test_an_experiment_without_history_has_tables_of_names_alone(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named([INI]))
    experiment = open_archive(tmp_path).experiment("t000")
    assert export(experiment, table="history").startswith(b"run_id,job_name,")
    assert export(experiment, table="performance").count(b"\n") == 1
    assert len(_rows(experiment, "jobs")) == 1


@pytest.mark.parametrize("form", FORMS)
def test_an_experiment_without_jobs_has_tables_of_names_alone(tmp_path: Path, form: str) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named([]))
    experiment = open_archive(tmp_path).experiment("t000")
    for table in TABLES:
        names = [column.name for column in table_of(experiment, table)]
        content = export(experiment, table=table, form=form)
        if form == "csv":
            assert content.decode() == ",".join(names) + "\r\n"
        else:
            found = pyarrow.parquet.read_table(io.BytesIO(content))
            assert (found.num_rows, found.column_names) == (0, names)


def test_what_a_spreadsheet_takes_for_a_formula_stays_as_it_was_written(tmp_path: Path) -> None:
    """A file is for programs too, which would read a protecting quote as part of the value."""
    written = {"platform": "=1+1", "qos": "@SUM(A1)", "out": "-1", "workflow_commit": "+1"}
    columns: dict[str, Any] = {name: [value] for name, value in written.items()}
    history = JobHistory.of(1, job_name=[SIM], section=["SIM"], run_id=[1], **columns)
    demo.make_experiment(tmp_path, jobs=demo.jobs_named([SIM]), history=history)
    experiment = open_archive(tmp_path).experiment("t000")
    (row,) = _rows(experiment, "history")
    assert {name: row[name] for name in written} == written
