"""The end of a job's log, by its file name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.job_log import EMPTY, job_log_answer
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.errors import SourceUnreadableError

NAME = "t000_INI.20260101000000.out"


@pytest.mark.parametrize("expid", ["a3tb", "a8qc"])
def test_real_logs_answer_as_recorded(
    reference_archive: Archive, expid: str, recordings: Any, assert_agrees: Any
) -> None:
    found = recordings(expid, "/v3/joblog/.*")
    assert found
    for recording in found:
        name = recording["path"].rpartition("/")[2]
        assert_agrees(job_log_answer(reference_archive, logfile=name), recording)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    path = demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    logs = path / "tmp" / "LOG_t000"
    logs.mkdir(parents=True, exist_ok=True)
    (logs / NAME).write_bytes(b"caf\xe9\n")
    return open_archive(tmp_path)


def test_e3_17_bytes_that_are_not_utf8_are_replaced(archive: Archive) -> None:
    answer = job_log_answer(archive, logfile=NAME)
    assert answer["found"] is True
    assert answer["logcontent"] == [{"index": 0, "content": "caf\ufffd"}]
    assert answer["logfile"].endswith(f"t000/tmp/LOG_t000/{NAME}")


@pytest.mark.parametrize(
    "name",
    [
        "t000_INI.20260101000001.out",
        "zzzz_INI.20260101000000.out",
        "t000",
        "",
        "t000_INI.cmd",
    ],
)
def test_what_is_not_there_is_not_found(archive: Archive, name: str) -> None:
    assert job_log_answer(archive, logfile=name) == EMPTY


def test_a_link_out_of_the_folder_is_refused(archive: Archive, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    name = "t000_INI.20260101000009.out"
    (archive.experiment("t000").logs.jobs / name).symlink_to(secret)
    with pytest.raises(SourceUnreadableError):
        job_log_answer(archive, logfile=name)
