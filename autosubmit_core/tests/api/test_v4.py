"""``GET /v4/experiments/{expid}/jobs`` over HTTP: arguments, answer and refusals."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from autosubmit_core.archive import open_archive
from autosubmit_core.errors import SourceMissingError
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]
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
        ("view=all", "Invalid value for 'view': Input should be 'quick' or 'base'"),
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
