"""Jobs as columns: compact, filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.answers.v4.fields import FIELDS, STATUS_NAMES
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.answers.v4.selection import ORDERS, JobFilter
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.errors import RequestError, SourceMissingError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, WrapperTable

NAMES = [
    "t000_INI",
    "t000_20200101_fc0_10_SIM",
    "t000_20200101_fc0_2_SIM",
    "t000_20210101_fc1_2_SIM",
    "t000_20210101_fc1_2_POST",
]
STATUS = [Status.COMPLETED, Status.WAITING, Status.RUNNING, Status.QUEUING, Status.WAITING]
NOW = 1_780_000_000

ToJson = Callable[[object], Any]


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """Five jobs, two of them wrapped, one of each date running and queuing."""
    history = JobHistory.of(
        3,
        job_name=[NAMES[0], NAMES[2], NAMES[3]],
        status=[Status.COMPLETED, Status.RUNNING, Status.QUEUING],
        last=[True] * 3,
        submit=[NOW - 900, NOW - 300, NOW - 600],
        start=[NOW - 800, NOW - 200, 0],
        finish=[NOW - 700, 0, 0],
    )
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named(NAMES, status=STATUS, priority=[0, 1, 1, 1, 2]),
        history=history,
        wrappers=WrapperTable.of(2, wrapper=["w", "w"], job_name=NAMES[1:3]),
        configuration={
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "LOCAL"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 4},
            "JOBS": {
                "INI": {"SCRIPT": "x"},
                "SIM": {"SCRIPT": "x", "PLATFORM": "MN5", "PROCESSORS": 48},
                "POST": {"SCRIPT": "x", "WALLCLOCK": "00:30"},
            },
        },
    )
    return open_archive(tmp_path).experiment("t000", now=NOW)


def _column(answer: Any, field: str) -> list[Any]:
    """Return what a client makes of a column: one value a job."""
    column, n = answer["columns"][field], answer["n"]
    if column is None:
        return [None] * n
    places = [column["const"]] * n if isinstance(column, dict) else column
    table = answer["tables"].get(field)
    return [table[place] for place in places] if table else places


def test_a_client_gets_back_what_the_base_view_tells(
    experiment: Experiment, as_json: ToJson
) -> None:
    answer = as_json(columns_answer(experiment))
    assert answer["n"] == 5
    assert (answer["chunk_unit"], answer["chunk_size"]) == ("month", 4)
    names = _column(answer, "name")
    assert names == NAMES
    told = {job["name"]: job for job in jobs_answer(experiment)["jobs"]}
    for field in ("status", "section", "member", "priority"):
        assert _column(answer, field) == [told[name][field] for name in names], field
    assert _column(answer, "date") == [None, *["20200101"] * 2, *["20210101"] * 2]
    assert _column(answer, "chunk") == [0, 10, 2, 2, 2]


def test_every_real_experiment_has_columns_that_agree_with_its_base_view(
    reference_archive: Archive, expid: str, as_json: ToJson
) -> None:
    experiment = reference_archive.experiment(expid)
    answer = as_json(columns_answer(experiment))
    told = {job["name"]: job for job in jobs_answer(experiment)["jobs"]}
    for field in ("status", "section", "member", "chunk", "split", "splits", "priority"):
        found = [value or None for value in _column(answer, field)]
        wanted = [told[name][field] or None for name in _column(answer, "name")]
        assert found == wanted, field


def test_times_are_numbers_as_far_as_the_status_lets_them_be_shown(
    experiment: Experiment, as_json: ToJson
) -> None:
    answer = as_json(columns_answer(experiment))
    assert _column(answer, "submit") == [NOW - 900, 0, NOW - 300, NOW - 600, 0]
    assert _column(answer, "start") == [NOW - 800, 0, NOW - 200, 0, 0]
    assert _column(answer, "finish") == [NOW - 700, 0, 0, 0, 0]
    assert _column(answer, "run_seconds") == [100, 0, 200, 0, 0]


def test_what_is_alike_is_said_once_and_what_none_has_not_at_all(
    experiment: Experiment, as_json: ToJson
) -> None:
    columns = as_json(columns_answer(experiment, wanted=JobFilter(section=("SIM",))))["columns"]
    assert columns["processors"] == {"const": 48}
    assert columns["platform"] == {"const": 1}
    assert columns["split"] is None
    assert columns["scheduler_id"] is None
    assert columns["queue"] is None


def test_every_field_is_there_unless_some_are_asked_for(
    experiment: Experiment, as_json: ToJson
) -> None:
    assert tuple(columns_answer(experiment)["columns"]) == ("index", *FIELDS)
    answer = as_json(columns_answer(experiment, fields=("name", "status")))
    assert list(answer["columns"]) == ["index", "name", "status"]
    assert answer["tables"] == {"status": list(STATUS_NAMES)}
    with pytest.raises(RequestError, match="no field 'nonsense'"):
        columns_answer(experiment, fields=("nonsense",))


def _found(experiment: Experiment, as_json: ToJson, **wanted: Any) -> list[int]:
    answer = as_json(columns_answer(experiment, fields=("name",), wanted=JobFilter(**wanted)))
    index = answer["columns"]["index"]
    return list(range(5)) if index is None else list(index)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"status": ("WAITING",)}, [1, 4]),
        ({"status": ("WAITING", "RUNNING")}, [1, 2, 4]),
        ({"section": ("SIM", "INI")}, [0, 1, 2, 3]),
        ({"member": ("fc1",)}, [3, 4]),
        ({"member": ("null",)}, [0]),
        ({"date": ("20200101",)}, [1, 2]),
        ({"date": ("2020-01-01", "null")}, [0, 1, 2]),
        ({"chunk": ("2",)}, [2, 3, 4]),
        ({"chunk": ("null", "10")}, [0, 1]),
        ({"chunk": ("two",)}, []),
        ({"wrapper": ("w",)}, [1, 2]),
        ({"wrapper": ("null",)}, [0, 3, 4]),
        ({"platform": ("mn5",)}, [1, 2, 3]),
        ({"job_name": "*1_2_sim"}, [3]),
        ({"job_name": "!sim"}, [0, 4]),
        ({"section": ("SIM",), "chunk": ("2",), "status": ("RUNNING",)}, [2]),
    ],
)
def test_filters_let_through(
    experiment: Experiment, as_json: ToJson, wanted: dict[str, Any], rows: list[int]
) -> None:
    assert _found(experiment, as_json, **wanted) == rows


def test_a_status_that_there_is_not_is_refused(experiment: Experiment) -> None:
    with pytest.raises(RequestError, match="no status 'running'"):
        columns_answer(experiment, wanted=JobFilter(status=("running",)))


@pytest.mark.parametrize(
    ("order_by", "rows"),
    [
        ("name", [2, 1, 4, 3, 0]),
        ("priority", [0, 1, 2, 3, 4]),
        ("chunk", [0, 2, 3, 4, 1]),
        ("submit", [0, 3, 2, 1, 4]),
    ],
)
def test_orders(experiment: Experiment, order_by: str, rows: list[int]) -> None:
    answer = columns_answer(experiment, order_by=order_by)
    names = [NAMES[row] for row in rows]
    assert answer["columns"]["name"] == names
    base = jobs_answer(experiment, order_by=order_by)["jobs"]
    assert [job["name"] for job in base] == names
    assert order_by in ORDERS


def test_an_order_that_there_is_not_is_refused(experiment: Experiment) -> None:
    with pytest.raises(RequestError, match="not sorted by 'colour'"):
        columns_answer(experiment, order_by="colour")


def test_a_page_tells_which_rows_of_the_list_it_shows(
    experiment: Experiment, as_json: ToJson
) -> None:
    answer = as_json(columns_answer(experiment, order_by="name", page=2, page_size=2))
    assert answer["columns"]["index"] == [4, 3]
    assert answer["n"] == 2
    assert answer["pagination"]["total_items"] == 5
    assert as_json(columns_answer(experiment))["columns"]["index"] is None
    beyond = as_json(columns_answer(experiment, page=9, page_size=2))
    assert beyond["columns"]["name"] == []


def test_the_list_keeps_its_version_while_only_states_change(tmp_path: Path) -> None:
    versions = []
    for names, status in ((NAMES, STATUS), (NAMES, [Status.COMPLETED] * 5), (NAMES[:4], None)):
        jobs = demo.jobs_named(names, **({"status": status} if status else {}))
        demo.make_experiment(tmp_path, jobs=jobs)
        versions.append(columns_answer(open_archive(tmp_path).experiment("t000"))["list_version"])
    assert versions[0] == versions[1] != versions[2]


def test_the_base_view_takes_the_same_filters(experiment: Experiment) -> None:
    answer = jobs_answer(experiment, wanted=JobFilter(date=("20200101",)), status="RUNNING")
    assert [job["name"] for job in answer["jobs"]] == [NAMES[2]]
    assert answer["pagination"]["total_items"] == 1


def test_an_experiment_without_jobs_has_empty_columns(tmp_path: Path, as_json: ToJson) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named([]))
    answer = as_json(columns_answer(open_archive(tmp_path).experiment("t000")))
    assert (answer["n"], answer["columns"]["name"]) == (0, [])
    for order_by in ORDERS:
        columns_answer(open_archive(tmp_path).experiment("t000"), order_by=order_by)


def test_without_a_job_list_there_are_no_columns(experiment: Experiment) -> None:
    (pickle,) = (experiment.path / "pkl").glob("job_list*")
    pickle.unlink()
    with pytest.raises(SourceMissingError):
        columns_answer(experiment)
