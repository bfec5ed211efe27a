"""``/v4`` over HTTP: arguments, answers and refusals; ``GET /v4/experiments/{expid}/jobs`` above all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.errors import SourceMissingError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]
GZIP = {"Accept-Encoding": "gzip"}
JOBS = "/v4/experiments/a000/jobs"


@pytest.fixture
def archive(small_archive: Any, jobs: Callable[[int], JobTable]) -> Any:
    missing = SourceMissingError("/srv/pkl", "The job list of 'a001' is missing.")
    return small_archive(a000=jobs(9), a001=missing)


def test_the_whole_list_is_one_page(serve: Serve, archive: Any) -> None:
    body = serve(archive).ask(JOBS).json()
    assert set(body) == {"jobs", "pagination"}
    assert body["pagination"] == {
        "page": 1,
        "page_size": None,
        "total_pages": 1,
        "page_items": 9,
        "total_items": 9,
    }
    assert len(body["jobs"][0]) == 13


def test_every_argument_arrives(serve: Serve, archive: Any) -> None:
    query = "view=quick&job_name=sim&status=FAILED&page=2&page_size=1"
    # Every second job is SIM, every third has failed: the sixth is both, and the only one.
    body = serve(archive).ask(f"{JOBS}?{query}").json()
    assert body["pagination"]["total_items"] == 1
    assert (body["pagination"]["page"], body["jobs"]) == (2, [])
    found = serve(archive).ask(f"{JOBS}?{query.replace('page=2', 'page=1')}").json()["jobs"]
    assert found == [{"name": "a000_20220401_fc0_6_SIM", "status": "FAILED"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("view=all", "Invalid value for 'view': Input should be 'quick', 'base' or 'columns'"),
        ("page=0", "Invalid value for 'page': Input should be greater than or equal to 1"),
        (
            "page=0&page_size=1001",
            "Invalid value for 'page': Input should be greater than or equal to 1; "
            "Invalid value for 'page_size': Input should be less than or equal to 1000",
        ),
        (
            "page_size=x",
            "Invalid value for 'page_size': Input should be a valid integer, "
            "unable to parse string as an integer",
        ),
        (
            "status=failed",
            "Invalid job status. Allowed values: COMPLETED, DELAYED, FAILED, HELD, PREPARED, "
            "QUEUING, READY, RUNNING, SKIPPED, SUBMITTED, SUSPENDED, UNKNOWN, WAITING",
        ),
    ],
)
def test_a_wrong_argument_is_422_in_the_published_words(
    serve: Serve, archive: Any, query: str, message: str
) -> None:
    answer = serve(archive).ask(f"{JOBS}?{query}")
    assert answer.status == 422
    assert answer.json() == {"error": True, "error_message": message, "code": "invalid_parameter"}


@pytest.mark.parametrize(
    ("job_name", "found"),
    [
        ("*" * 200 + "Z", 0),
        ("*" * 255, 5_000),
        ("_*" * 127 + "Z", 0),
        ("0*" * 127 + "Z", 0),
        ("a*0*_*_SIM*", 2_500),
        ("!a000*1_P", 4_500),
    ],
)
def test_a_filter_of_many_stars_takes_no_longer_than_one_of_few(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable], job_name: str, found: int
) -> None:
    """S-24: and it finds the same jobs."""
    server, began = serve(small_archive(a000=jobs(5_000))), time.monotonic()
    body = server.ask(f"{JOBS}?view=quick&page_size=1&job_name={quote(job_name)}").json()
    assert body["pagination"]["total_items"] == found
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("status", [status.name for status in Status])
def test_every_status_can_be_asked_for(serve: Serve, archive: Any, status: str) -> None:
    assert serve(archive).ask(f"{JOBS}?status={status}").status == 200


@pytest.mark.parametrize("expid", ["zzzz", "..", ".", "A000", "a000\n", "*", "a" * 300, "a000 "])
def test_an_unknown_experiment_is_404(serve: Serve, demo_archive: Any, expid: str) -> None:
    """E4-01, S-17: also where the name is none, or would lead elsewhere."""
    answer = serve(demo_archive).ask(f"/v4/experiments/{quote(expid, safe='')}/jobs")
    assert answer.status == 404
    assert answer.json() == {
        "error": True,
        "error_message": f"Experiment with expid '{expid}' not found.",
        "code": "experiment_not_found",
    }


def test_an_experiment_without_its_job_list_is_503(serve: Serve, archive: Any) -> None:
    answer = serve(archive).ask("/v4/experiments/a001/jobs")
    assert answer.status == 503
    assert answer.json()["error_message"] == "The job list of 'a001' is missing."


def test_every_experiment_of_the_demo_answers(serve: Serve, demo_archive: Any) -> None:
    server, statuses = serve(demo_archive), set()
    for expid in demo_archive.experiments().name:
        answer = server.ask(f"/v4/experiments/{expid}/jobs")
        statuses.add(answer.status)
        if answer.status == 200:
            assert answer.json()["pagination"]["total_items"] == len(answer.json()["jobs"])
        else:
            # One experiment of the demo is archived: registered, and its folder gone.
            assert answer.json()["error_message"] == f"The job list of '{expid}' is missing."
    assert statuses <= {200, 503}


# -- further answers ---------------------------------------------------------------------------------


def test_columns_may_have_large_pages(demo_server: Any) -> None:
    jobs = "/v4/experiments/a1p7/jobs"
    body = demo_server.ask(f"{jobs}?view=columns&page_size=100000&fields=name,status").json()
    assert body["n"] == 573
    assert set(body["columns"]) == {"index", "name", "status"}
    for query in ("page_size=1001", "view=quick&page_size=1001", "view=columns&page_size=100001"):
        assert demo_server.ask(f"{jobs}?{query}").status == 422


def test_filters_are_repeated_and_all_of_them_count(demo_server: Any) -> None:
    jobs = "/v4/experiments/a2m9/jobs"

    def total(query: str) -> int:
        return int(demo_server.ask(f"{jobs}?{query}").json()["pagination"]["total_items"])

    assert total("section=SIM&section=POST") == total("section=SIM") + total("section=POST")
    assert total("section=SIM&member=fc0") == total("section=SIM") // 3
    assert total("section=") == total("") == 156
    assert total("date=null") == total("member=null&chunk=null&date=null") > 0


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("jobs?status=", "Invalid job status. Allowed values: COMPLETED, DELAYED, FAILED, HELD"),
        ("jobs?fields=name,nothing", "Invalid value for 'fields': Input should be 'name', "),
        ("counts?by=colour", "Invalid value for 'by': Input should be 'status', 'date'"),
        ("jobs/detail?" + "name=x&" * 101, "Invalid value for 'name': List should have at most"),
        ("layout?layout=x", "Invalid value for 'layout': Input should be 'standard', 'lanes' or"),
        ("runs/x/user-metrics", "Invalid value for 'run_id': Input should be a valid integer"),
        ("jobs.xml", "Invalid value for 'form': Input should be 'csv' or 'parquet'"),
    ],
)
def test_words_that_are_none_are_422(demo_server: Any, query: str, message: str) -> None:
    answer = demo_server.ask(f"/v4/experiments/a2m9/{query}")
    assert answer.status == 422
    assert answer.json()["error_message"].startswith(message)


def test_several_jobs_are_told_at_once(demo_server: Any) -> None:
    names = "name=a2m9_LOCAL_SETUP&name=nobody&name=a2m9_SYNCHRONIZE"
    body = demo_server.ask(f"/v4/experiments/a2m9/jobs/detail?{names}").json()
    assert [job["name"] for job in body["jobs"]] == ["a2m9_LOCAL_SETUP", "a2m9_SYNCHRONIZE"]
    assert body["missing"] == ["nobody"]


def test_a_run_that_is_none_has_no_configuration(demo_server: Any) -> None:
    for run in ("99", "last", "-1", str(10**30)):
        body = demo_server.ask(f"/v4/experiments/a2m9/runs/{run}/config").json()
        assert body == {"run_id": None, "config": {"contains_nones": True}}


def test_what_makes_no_sense_for_the_experiment_is_400(demo_server: Any) -> None:
    answer = demo_server.ask("/v4/experiments/a2m9/eta?section=NOPE")
    assert answer.status == 400
    assert answer.json() == {
        "error": True,
        "error_message": "No jobs found for section 'NOPE' in experiment 'a2m9'",
        "code": "invalid_request",
    }


def test_an_unknown_job_is_404(demo_server: Any) -> None:
    answer = demo_server.ask("/v4/experiments/a2m9/jobs/nope")
    assert (answer.status, answer.json()["code"]) == (404, "job_not_found")
    assert answer.json()["error_message"] == "Job with name 'nope' not found in experiment 'a2m9'"


def test_files_that_are_no_configuration_are_503_and_named(serve: Serve, tmp_path: Path) -> None:
    folder = make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    broken = next((folder / "conf").glob("*.yml"))
    broken.write_text("JOBS:\n  SIM: [\n")
    server = serve(open_archive(tmp_path))
    answer = server.ask("/v4/experiments/a000/filesystem-config")
    assert (answer.status, answer.json()["code"]) == (503, "configuration_invalid")
    assert broken.name in answer.json()["error_message"]
    assert str(tmp_path) not in answer.json()["error_message"]
    assert server.ask("/v4/experiments/a000/jobs").status == 200


@pytest.mark.parametrize(
    ("form", "media", "beginning"),
    [
        ("csv", "text/csv; charset=utf-8", b""),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)
@pytest.mark.parametrize("table", ["jobs", "history", "performance"])
def test_tables_are_taken_away_as_files(
    demo_server: Any, table: str, form: str, media: str, beginning: bytes
) -> None:
    path = f"/v4/experiments/a2m9/{table}.{form}"
    answer = demo_server.ask(path, headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.headers["Content-Type"]) == (200, media)
    name = f'attachment; filename="a2m9_{table}.{form}"'
    assert answer.headers["Content-Disposition"] == name
    assert answer.body.startswith(beginning)
    assert ("Content-Encoding" in answer.headers) == (form == "csv")
    again = demo_server.ask(path, headers={"If-None-Match": answer.headers["ETag"], **GZIP})
    assert again.status == 304


def test_a_file_of_jobs_holds_the_jobs_that_are_wanted(demo_server: Any) -> None:
    answer = demo_server.ask("/v4/experiments/a2m9/jobs.csv?status=FAILED&order_by=name")
    lines = answer.body.decode().splitlines()
    assert lines[0].startswith("name,status,")
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "a2m9_19611101_fc0_4_POST",
        "a2m9_19611101_fc1_3_POST",
        "a2m9_19611101_fc1_4_POST",
        "a2m9_19631101_fc1_4_SIM",
    ]


def test_the_routes_are_listed_under_the_path_that_was_asked_for(
    serve: Serve, demo_archive: Any
) -> None:
    server = serve(demo_archive, root_path="/api")
    plain = server.ask("/v4").json()["routes"]
    assert {"path": "/v4/experiments", "methods": ["GET", "HEAD"]} in plain
    under = server.ask("/api//v4/").json()["routes"]
    assert [route["path"] for route in under] == [f"/api{route['path']}" for route in plain]
    assert all(route["path"].startswith("/v4") for route in plain)


def differences(answered: Any, recorded: Any) -> list[tuple[str, str, Any, Any]]:
    """Return where an answer says another thing than the recorded one.

    The reference looks for splits under names that no DiGraph pickle has, and answers null for
    the jobs that have them.
    """
    if "jobs" not in recorded:
        return [
            ("", key, answered.get(key), was)
            for key, was in recorded.items()
            if answered.get(key) != was
        ]
    assert answered["pagination"] == recorded["pagination"]
    return [
        (job["name"], key, value, was[key])
        for job, was in zip(answered["jobs"], recorded["jobs"], strict=True)
        for key, value in job.items()
        if value != was[key] and not (key in ("split", "splits") and was[key] is None)
    ]


def test_the_recorded_answers_are_answered(
    serve: Serve, reference_experiments: Path, reference_answers: Path
) -> None:
    server = serve(open_archive(reference_experiments))
    asked = 0
    for recorded in sorted(reference_answers.glob("*/v4__experiments__*__jobs*.json")):
        record = json.loads(recorded.read_text())
        if "/jobs/" in record["path"]:
            continue
        answer, asked = server.ask(record["path"]), asked + 1
        assert answer.status == record["status"], record["path"]
        assert differences(answer.json(), record["body"]) == [], record["path"]
    assert asked >= 19


# -- what this server does not do -----------------------------------------------------------------


def test_no_command_can_be_run(demo_server: Any) -> None:
    """The published client shows a command unless it is named here as off, and polls for it."""
    answer = demo_server.ask("/v4/runners/configuration/endpoints")
    assert answer.status == 200
    assert answer.json() == {
        name: {"ENABLED": False}
        for name in (
            *("RUNNER_RUN", "SET_JOB_STATUS", "CREATE_EXPERIMENT", "UPDATE_EXPERIMENT_DETAILS"),
        )
    }


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer abc"}])
def test_no_token_is_good(demo_server: Any, headers: dict[str, str]) -> None:
    """Any 2xx would send visitors of the published client away from its login page."""
    answer = demo_server.ask("/v4/auth/verify-token", headers=headers)
    assert answer.status == 401
    assert answer.json() == {"authenticated": False, "user": None}
