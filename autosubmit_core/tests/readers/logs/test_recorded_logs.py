"""The logs of real experiments, held against what was answered about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from autosubmit_core.readers.logs import (
    job_log_tail,
    job_logs_of,
    latest_run_log,
    newest_run_log,
    recovery_logs,
    tail,
)


def recorded(folder: Path, pattern: str) -> dict[tuple[str, str], Any]:
    """Return the bodies of recorded answers by the experiment's name and the last part of the path."""
    found = {}
    for file in sorted(folder.glob(f"*/{pattern}")):
        answer = json.loads(file.read_text())
        if answer["status"] == 200:
            found[file.parent.name, answer["path"].rpartition("/")[2]] = answer["body"]
    return found


def contents(log: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(line["content"] for line in log)


def test_the_run_log_of_each_experiment(
    reference_experiments: Path, reference_answers: Path
) -> None:
    answers = recorded(reference_answers, "v3__exprun__*")
    assert len(answers) == 9
    for (expid, _), body in answers.items():
        tmp = reference_experiments / expid / "tmp"
        found = newest_run_log([tmp / "ASLOGS", tmp])
        assert (found is not None) == body["found"]
        if found is not None:
            assert found.name == body["logfile"]
            assert tail(found.parent, found.name).lines == contents(body["logcontent"])


def test_the_recovery_logs_of_each_experiment(
    reference_experiments: Path, reference_answers: Path
) -> None:
    answers = recorded(reference_answers, "v3__exp-recovery-logs__*")
    assert len(answers) == 9
    for (expid, _), body in answers.items():
        aslogs = reference_experiments / expid / "tmp" / "ASLOGS"
        ours = [
            {
                "datetime": log.started.isoformat(),
                "filename": log.path.name,
                "platform": log.platform,
                "lines": tail(log.path.parent, log.path.name).lines,
            }
            for log in recovery_logs(aslogs)
        ]
        theirs = [
            {
                **{key: log[key] for key in ("datetime", "filename", "platform")},
                "lines": contents(log["content"]),
            }
            for log in body["platform_recovery_logs"]
        ]
        assert ours == theirs


def test_the_logs_of_jobs_that_were_asked_for(
    reference_experiments: Path, reference_answers: Path
) -> None:
    answers = recorded(reference_answers, "v3__joblog__*")
    assert len(answers) == 5
    for (expid, name), body in answers.items():
        folder = reference_experiments / expid / "tmp" / f"LOG_{expid}"
        shown = job_log_tail(folder, name)
        assert str(folder / name) == body["logfile"].replace("{ROOT}", str(reference_experiments))
        assert shown.lines == contents(body["logcontent"])
        assert shown.complete


def test_the_run_log_that_changed_last(
    reference_experiments: Path, reference_answers: Path
) -> None:
    answers = recorded(reference_answers, "v3__logrun__*")
    assert len(answers) == 9
    for (expid, _), body in answers.items():
        tmp = reference_experiments / expid / "tmp"
        found = latest_run_log([tmp / "ASLOGS", tmp])
        ours = None if found is None else str(found.path)
        path = body["log_path"]
        assert ours == (path and path.replace("{ROOT}", str(reference_experiments)))


def test_the_logs_that_the_tree_names(reference_experiments: Path, reference_answers: Path) -> None:
    named = 0
    for (expid, _), body in recorded(reference_answers, "v3__tree__*").items():
        folder = reference_experiments / expid / "tmp" / f"LOG_{expid}"
        logs = job_logs_of(folder)
        for job in body.get("jobs", []):
            for kind in ("out", "err"):
                if job[kind]:
                    named += 1
                    name = logs.finished_log(job["id"], "out" if kind == "out" else "err")
                    theirs = job[kind].replace("{ROOT}", str(reference_experiments))
                    assert str(folder / str(name)) == theirs
    assert named == 2


def test_packed_logs_are_chosen_too(reference_experiments: Path) -> None:
    logs = job_logs_of(reference_experiments / "a8qc" / "tmp" / "LOG_a8qc")
    job = "a8qc_20220630_000_1_CLEAN"
    assert logs.finished_log(job, "out") == f"{job}.20250312185154.out.xz"
    assert logs.finished_log(job, "err") == f"{job}.20250312185154.err.gz"
