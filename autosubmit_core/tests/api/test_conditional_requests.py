"""A client that has an answer is told so, at the price of a look at the files behind it."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api import encoding, handlers
from autosubmit_core.archive import Archive, consulted, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.demo.writing.job_lists import write_list_pickle
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]
TREE, JOBS = "/v3/tree/a000", "/v4/experiments/a000/jobs"
#: When files changed: what is made of one that has just changed does not last.
LONG_AGO = (1_700_000_100, 1_700_000_100)


def jobs(n: int, status: Status = Status.COMPLETED) -> JobTable:
    names = [f"a000_20220401_fc0_{row + 1}_SIM" for row in range(n)]
    made = jobs_named(names)
    return JobTable.of(n, name=made.name, status=[int(status)] * n, section=["SIM"] * n)


def age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, LONG_AGO)


def write_jobs(archive: Archive, made: JobTable) -> None:
    path = archive.installation.job_list_pickle("a000")
    write_list_pickle(path, made)
    age(path.parent)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    make_experiment(tmp_path, "a000", jobs=jobs(3))
    age(tmp_path)
    return open_archive(tmp_path)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each answer that is really made."""
    made: list[str] = []

    def note(archive: Archive, question: encoding.Question) -> Any:
        made.append(question.answer.__name__)
        return encoding.answered(archive, question)

    monkeypatch.setattr(handlers, "answered", note)
    return made


def again(server: Any, path: str, etag: str) -> int:
    return int(server.ask(path, headers={"If-None-Match": etag}).status)


# -- what lasts ----------------------------------------------------------------------------------


def test_nothing_is_made_again_while_nothing_changes(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    server = serve(archive)
    first = server.ask(TREE)
    assert again(server, TREE, first.headers["ETag"]) == 304
    assert server.ask(TREE).body == first.body
    assert computed == ["tree_answer"]


def test_head_is_answered_from_what_get_made(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    server = serve(archive)
    first = server.ask(TREE)
    assert server.ask(TREE, "HEAD").headers["ETag"] == first.headers["ETag"]
    assert computed == ["tree_answer"]


def test_the_packed_and_the_plain_body_have_tags_of_their_own(
    serve: Serve, archive: Archive
) -> None:
    """A strong tag names bytes."""
    server = serve(archive)
    packed = server.ask(TREE, headers={"Accept-Encoding": "gzip"})
    plain = server.ask(TREE)
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert not packed.headers["ETag"].startswith("W/")


def test_other_arguments_are_another_question(serve: Serve, archive: Archive) -> None:
    server = serve(archive)
    etag = server.ask(JOBS).headers["ETag"]
    assert again(server, f"{JOBS}?view=quick", etag) == 200
    assert again(server, f"{JOBS}?unknown=1", etag) == 304


# -- what changes --------------------------------------------------------------------------------


def test_a_changed_job_list_is_a_new_answer(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    server = serve(archive)
    etag = server.ask(JOBS).headers["ETag"]
    write_jobs(archive, jobs(4))
    assert again(server, JOBS, etag) == 200
    assert len(server.ask(JOBS).json()["jobs"]) == 4
    assert computed == ["jobs_answer"] * 2


def test_a_source_that_appears_is_a_new_answer(serve: Serve, archive: Archive) -> None:
    """What was not there counts among what an answer was made from."""
    server = serve(archive)
    body = server.ask("/v3/exprun/a000").json()
    assert not body["found"]
    logs = archive.installation.aslogs("a000")
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "20220401_120000_run.log").write_text("started\n")
    found = server.ask("/v3/exprun/a000")
    assert found.json()["logcontent"] == [{"index": 0, "content": "started"}]
    with (logs / "20220401_120000_run.log").open("a") as log:
        log.write("went on\n")
    assert len(server.ask("/v3/exprun/a000").json()["logcontent"]) == 2


@pytest.mark.parametrize(
    "path",
    [
        *(TREE, "/v3/graph/a000/standard/none", "/v3/pklinfo/a000/0", "/v3/pkltreeinfo/a000/0"),
        *(f"{JOBS}/a000_20220401_fc0_1_SIM", f"{JOBS}/detail?name=a000_20220401_fc0_1_SIM"),
    ],
)
def test_a_log_that_appears_is_a_new_answer(
    serve: Serve, tmp_path: Path, archive: Archive, path: str
) -> None:
    """It comes from its platform after the job has ended, when nothing else changes."""
    log = archive.installation.job_logs("a000") / "a000_20220401_fc0_1_SIM.20220401120000.out"
    log.parent.mkdir(parents=True, exist_ok=True)
    age(tmp_path)
    server = serve(archive)
    first = server.ask(path)
    assert log.name not in first.body.decode()
    assert again(server, path, first.headers["ETag"]) == 304
    log.write_text("done\n")
    assert again(server, path, first.headers["ETag"]) == 200
    assert log.name in server.ask(path).body.decode()


def test_a_touched_file_with_the_same_content_is_the_same_answer(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    """It is made again, found to be equal, and not sent."""
    server = serve(archive)
    etag = server.ask(JOBS).headers["ETag"]
    os.utime(archive.installation.job_list_pickle("a000"), (1, 1))
    assert again(server, JOBS, etag) == 304
    assert computed == ["jobs_answer"] * 2


def test_another_experiment_that_is_added_changes_lists_alone(
    serve: Serve, tmp_path: Path, archive: Archive, computed: list[str]
) -> None:
    server = serve(archive)
    search = "/v4/experiments?only_active=false"
    tree, found = server.ask(TREE), server.ask(search)
    make_experiment(tmp_path, "a001", jobs=jobs_named(["a001_INI"]))
    assert again(server, TREE, tree.headers["ETag"]) == 304
    assert again(server, search, found.headers["ETag"]) == 200
    assert computed == ["tree_answer", "experiments_answer", "experiments_answer"]


def test_a_failure_is_not_kept(serve: Serve, tmp_path: Path, archive: Archive) -> None:
    server = serve(archive)
    path = archive.installation.job_list_pickle("a000")
    aside = path.rename(path.with_suffix(".aside"))
    assert server.ask(JOBS).status == 503
    assert server.ask(TREE).json()["error"] is True
    aside.rename(path)
    assert server.ask(JOBS).status == 200
    assert server.ask(TREE).json()["error"] is False


# -- the clock -----------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the clock by which answers last."""
    begin = int(time.time()) // consulted.SLOT_SECONDS * consulted.SLOT_SECONDS
    told = [begin + 0.5]

    def set_to(seconds: float) -> None:
        told[0] = begin + seconds

    monkeypatch.setattr("autosubmit_core.archive.consulted.time.time", lambda: told[0])
    return set_to


def test_running_times_are_told_anew_in_the_next_five_seconds(
    serve: Serve, archive: Archive, computed: list[str], clock: Callable[[float], None]
) -> None:
    """P-01: those who poll every five seconds see a job run, and share what they see."""
    write_jobs(archive, jobs(2, Status.RUNNING))
    server, path = serve(archive), "/v3/pklinfo/a000/0"
    etag = server.ask(path).headers["ETag"]
    clock(4.9)
    assert again(server, path, etag) == 304
    assert computed == ["pklinfo_answer"]
    clock(5.1)
    server.ask(path)
    assert computed == ["pklinfo_answer"] * 2


def test_what_is_over_does_not_depend_on_the_clock(
    serve: Serve, archive: Archive, computed: list[str], clock: Callable[[float], None]
) -> None:
    server, path = serve(archive), "/v3/pklinfo/a000/0"
    etag = server.ask(path).headers["ETag"]
    clock(1_000_000)
    assert again(server, path, etag) == 304
    assert computed == ["pklinfo_answer"]


def test_the_age_of_a_log_is_told_anew(
    serve: Serve, archive: Archive, clock: Callable[[float], None], computed: list[str]
) -> None:
    logs = archive.installation.aslogs("a000")
    logs.mkdir(parents=True, exist_ok=True)
    (logs / "20220401_120000_run.log").write_text("started\n")
    server = serve(archive)
    server.ask("/v3/logrun/a000")
    clock(5.1)
    server.ask("/v3/logrun/a000")
    assert computed == ["log_activity_answer"] * 2


def test_a_cursor_that_is_forgotten_is_not_handed_out_again(
    serve: Serve, archive: Archive, tmp_path: Path
) -> None:
    """Or its client would be told to read anew for ever."""
    make_experiment(tmp_path, "a001", jobs=jobs_named(["a001_INI"]))
    server, columns = serve(archive), "/v4/experiments/{}/jobs?view=columns"
    first = server.ask(columns.format("a000")).json()["cursor"]
    assert server.ask(columns.format("a000")).json()["cursor"] == first
    archive._changes._limit = 0
    server.ask(columns.format("a001"))
    second = server.ask(columns.format("a000")).json()["cursor"]
    assert second != first
    changes = server.ask(f"/v4/experiments/a000/jobs/changes?since={second}").json()
    assert changes["reset"] is False


# -- bounds --------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_to_keep_is_still_not_made_for_those_who_have_it(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    write_jobs(archive, jobs(20_000))
    server = serve(archive, answers_memory=1)
    first = server.ask(TREE)
    assert len(gzip.compress(first.body, 9)) > 2**20 / 4
    assert again(server, TREE, first.headers["ETag"]) == 304
    assert computed == ["tree_answer"]
    assert server.ask(TREE).body == first.body
    assert computed == ["tree_answer"] * 2


def test_without_memory_every_answer_is_made_anew(
    serve: Serve, archive: Archive, computed: list[str]
) -> None:
    server = serve(archive, answers_memory=0)
    etag = server.ask(JOBS).headers["ETag"]
    assert again(server, JOBS, etag) == 304
    assert computed == ["jobs_answer"] * 2
    assert server.app.service.answers.kept_bytes() == 0


def test_a_304_takes_no_longer_for_a_large_answer(serve: Serve, tmp_path: Path) -> None:
    """At most 2 ms in the server; a loaded machine that runs tests is given more."""
    make_experiment(tmp_path, "a000", jobs=jobs(20_000))
    server = serve(open_archive(tmp_path))
    path, took = "/v3/graph/a000/standard/none", []
    etag = server.ask(path, timeout=120).headers["ETag"]
    for _ in range(20):
        began = time.perf_counter()
        assert again(server, path, etag) == 304
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.02
