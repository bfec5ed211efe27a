"""``/v3`` over HTTP: how failures are told, and the few routes with rules of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.errors import InstallationError, SourceMissingError, SourceUnreadableError
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]


# -- failures ------------------------------------------------------------------------------------


def test_a_failure_has_status_200_and_every_key_of_the_answer(
    serve: Serve, small_archive: Any
) -> None:
    damaged = SourceUnreadableError("/srv/a000/pkl/job_list_a000.pkl", "it is no pickle")
    answer = serve(small_archive(a000=damaged)).ask("/v3/tree/a000")
    assert answer.status == 200
    assert answer.json() == {
        "error": True,
        "error_message": "A source of this answer cannot be used: it is no pickle.",
        "code": "source_unreadable",
        "tree": [],
        "jobs": [],
        "total": 0,
        "reference": [],
        "pkl_timestamp": 0,
    }


def test_a_lost_installation_is_told_the_same_way(serve: Serve, small_archive: Any) -> None:
    lost = InstallationError("The main database /srv/autosubmit.db is gone")
    answer = serve(small_archive(a000=lost)).ask("/v3/performance/a000")
    assert (answer.status, answer.json()["code"]) == (200, "installation_invalid")
    assert answer.json()["considered"] == []
    assert "/srv" not in answer.body.decode()


@pytest.mark.parametrize("route", ["pklinfo", "pkltreeinfo"])
@pytest.mark.parametrize(
    "error",
    [
        SourceUnreadableError("/srv/a000/pkl/job_list_a000.pkl", "it is no pickle"),
        SourceMissingError("/srv/a000/pkl", "The job list of 'a000' is missing."),
        InstallationError("The main database /srv/autosubmit.db is gone"),
    ],
)
def test_a_poll_that_finds_no_job_list_is_503(
    serve: Serve, small_archive: Any, route: str, error: Exception
) -> None:
    """The published client looks up every node of its graph in a 200, and is lost without one."""
    server = serve(small_archive(a000=error))
    answer = server.ask(f"/v3/{route}/a000/0")
    assert answer.status == 503
    assert set(answer.json()) == {"error", "error_message", "code"}
    assert "503" in described_refusals(server, f"/v3/{route}/{{expid}}/{{timeStamp}}")
    unknown = server.ask(f"/v3/{route}/zzzz/0")
    assert (unknown.status, unknown.json()["pkl_content"]) == (200, [])


def described_refusals(server: Any, path: str) -> Any:
    return server.ask("/openapi.json").json()["paths"][path]["get"]["responses"]


def test_a_mistake_of_the_server_is_500(serve: Serve, small_archive: Any) -> None:
    answer = serve(small_archive(a000=ZeroDivisionError("secret"))).ask("/v3/tree/a000")
    assert answer.status == 500
    assert answer.json()["error_message"] == "An unexpected error occurred."
    assert "tree" not in answer.json()


def test_a_busy_server_says_so_with_status_200_and_when_to_come_back(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    """The published client cannot bear another status of ``performance`` and ``exprun``."""
    archive, hold = small_archive(a000=jobs(3)), threading.Event()
    archive.before = lambda expid: hold.wait(10)
    server = serve(archive, computations=1, waiting=1)
    with ThreadPoolExecutor(6) as clients:
        asked = [clients.submit(server.ask, f"/v3/history/a000/{n}") for n in range(6)]
        deadline = time.monotonic() + 5
        while sum(request.done() for request in asked) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        refused = [request.result() for request in asked if request.done()]
        hold.set()
    assert {answer.status for answer in refused} == {200}
    assert {answer.json()["code"] for answer in refused} == {"busy"}
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
    assert all(answer.json()["history"] is None for answer in refused)


def test_a_poll_that_meets_a_busy_server_is_503(
    serve: Serve, small_archive: Any, jobs: Callable[[int], JobTable]
) -> None:
    archive, opened, hold = small_archive(a000=jobs(3)), threading.Event(), threading.Event()

    def wait(expid: str) -> None:
        opened.set()
        assert hold.wait(10)

    archive.before = wait
    server = serve(archive, computations=1, waiting=0)
    with ThreadPoolExecutor(1) as clients:
        held = clients.submit(server.ask, "/v4/experiments/a000/jobs")
        assert opened.wait(5)
        refused = server.ask("/v3/pklinfo/a000/0")
        hold.set()
        assert held.result().status == 200
    assert (refused.status, refused.json()["code"]) == (503, "busy")
    assert refused.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "/v3/graph/a2m9/spiral/none",
            "Invalid value for 'layout': Input should be 'standard' or 'laplacian'",
        ),
        (
            "/v3/graph/a2m9/spiral/all",
            "Invalid value for 'layout': Input should be 'standard' or 'laplacian'; Invalid value "
            "for 'grouped': Input should be 'none', 'status' or 'date-member'",
        ),
    ],
)
def test_a_word_that_is_none_is_422(demo_server: Any, path: str, message: str) -> None:
    answer = demo_server.ask(path)
    assert answer.status == 422
    assert answer.json() == {"error": True, "error_message": message, "code": "invalid_parameter"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v3/stats/a2m9/abc/Any", "'abc' is not a number of hours."),
        ("/v3/stats/a2m9/1.5/Any", "'1.5' is not a number of hours."),
        ("/v3/stats/a2m9/0/NOPE", "No job of section 'NOPE' is in the experiment."),
        ("/v3/rundetail/a2m9/last", "'last' is not the number of a run."),
        ("/v3/rundetail/a2m9/99", "Run 99 not found in experiment 'a2m9'"),
        (f"/v3/rundetail/a2m9/{10**30}", f"'{10**30}' is not the number of a run."),
    ],
)
def test_what_makes_no_sense_is_a_sentence_with_status_200(
    demo_server: Any, path: str, message: str
) -> None:
    answer = demo_server.ask(path)
    assert (answer.status, answer.json()["error_message"]) == (200, message)
    assert answer.json()["error"] is True


@pytest.mark.parametrize("hours", ["-5", "0", "24", "999999999999999999"])
def test_any_number_of_hours_is_one(demo_server: Any, hours: str) -> None:
    assert demo_server.ask(f"/v3/stats/o001/{hours}/Any").json()["error"] is False


# -- rules of their own --------------------------------------------------------------------------


def test_what_an_answer_has_to_do_without_is_said(serve: Serve, tmp_path: Path) -> None:
    """E3-03."""
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    archive = open_archive(tmp_path)
    archive.installation.structure("a000").unlink(missing_ok=True)
    server = serve(archive)
    body = server.ask("/v3/tree/a000").json()
    assert body["error"] is False
    assert any("structure" in sentence for sentence in body["warnings"])
    assert len(body["jobs"]) == 1
    performance = server.ask("/v3/performance/a000").json()
    assert "warnings" not in performance
    assert performance["warnings_job_data"]


def test_performance_is_answered_without_its_prefix_too(demo_server: Any) -> None:
    """E3-02: where the command ``autosubmit report`` looks."""
    prefixed, plain = demo_server.ask("/v3/performance/a2m9"), demo_server.ask("/performance/a2m9")
    assert plain.json() == prefixed.json()
    assert plain.json()["SYPD"] > 0


def test_the_user_who_asks_does_not_matter(demo_server: Any) -> None:
    for path in ("/v3/summary/a2m9", "/v3/tree/a2m9", "/v3/graph/a2m9/standard/none"):
        asked = demo_server.ask(f"{path}?loggedUser=ahill")
        assert asked.json() == demo_server.ask(path).json()


def test_shutdown_does_nothing(demo_server: Any) -> None:
    answer = demo_server.ask("/v3/shutdown/tree?loggedUser=null&expid=a2m9")
    assert (answer.status, answer.json()) == (200, "")
    assert demo_server.ask("/health/live").status == 200


def test_an_experiment_without_runs_is_a_failure_in_two_words(serve: Serve, tmp_path: Path) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    body = serve(open_archive(tmp_path)).ask("/v3/runs/a000").json()
    assert (body["error"], body["error_message"], body["runs"]) == (True, "No data", [])


def test_runs_that_cannot_be_read_are_not_told_as_none(serve: Serve, tmp_path: Path) -> None:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    archive = open_archive(tmp_path)
    database = archive.installation.job_data("a000")
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(b"no database " * 100)
    body = serve(archive).ask("/v3/runs/a000").json()
    assert (body["error"], body["runs"]) == (True, [])
    assert body["error_message"].startswith("No data. The job history database cannot be read (")


def test_an_unknown_experiment_is_named_in_the_failure(demo_server: Any) -> None:
    for path in ("/v3/expinfo/zzzz", "/v3/expcount/zzzz"):
        assert demo_server.ask(path).json()["expid"] == "zzzz"


@pytest.mark.parametrize(
    "name", ["a2m9_..", "a2m9_/etc/passwd", "..", "a2m9_INI.out\0", "a2m9_../../autosubmit.db"]
)
def test_a_name_that_is_no_log_shows_nothing(demo_server: Any, name: str) -> None:
    answer = demo_server.ask(f"/v3/joblog/{quote(name, safe='')}")
    assert answer.status in (200, 404)
    assert answer.status == 404 or not answer.json()["found"]


def test_searches_find_running_experiments(demo_server: Any) -> None:
    """E3-07: other words than ``active`` leave out nothing."""
    running = {each["name"] for each in demo_server.ask("/v3/running/").json()["experiment"]}
    assert running == {"a1p7", "o001"}
    for word, names in (("active", {"a1p7"}), ("all", {"a1p7", "a2m9", "a0k2", "a07w", "a00q"})):
        body = demo_server.ask(f"/v3/search/a/experiment/{word}").json()
        assert names <= {each["name"] for each in body["experiment"]}
        assert word == "all" or "a2m9" not in {each["name"] for each in body["experiment"]}
