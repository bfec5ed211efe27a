"""A network file system loses a server: what lies on it is waited for, and the rest is answered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.api.workers import SILENT_SECONDS
from autosubmit_core.demo.writing.catalogues import write_run_control
from autosubmit_core.status import Status

#: Questions that read different things, more than there are threads.
PARTS = (
    *("jobs", "counts", "sections", "runs", "dependencies", "attempts", "wrappers", "performance"),
    *("heartbeat", "failures", "forecast", "efficiency", "eta", "jobs?view=quick"),
)


def experiment(folder: Path, expid: str) -> None:
    names = [f"{expid}_20200101_fc0_{chunk}_SIM" for chunk in range(1, 50)]
    demo.make_experiment(folder, expid, jobs=demo.jobs_named(names, status=[Status.COMPLETED] * 49))


@pytest.mark.parametrize("stalled", ["t000/pkl/job_list", "t000"], ids=["list", "everything"])
def test_others_are_answered_while_the_files_of_an_experiment_are_silent(
    stalled: str,
    tmp_path: Path,
    serve_apart: Callable[..., Any],
    stalling: Callable[..., Callable[[str], None]],
    until: Callable[..., None],
    fault_seconds: float,
) -> None:
    for expid in ("t000", "t001"):
        experiment(tmp_path / "there", expid)
    stall = stalling(tmp_path / "there", tmp_path / "here")
    write_run_control(tmp_path / "there" / "autosubmitrc", tmp_path / "here")
    server = serve_apart(tmp_path / "here" / "autosubmitrc", "--disable-bg-tasks")
    good = server.ask("/v4/experiments/t001/jobs")
    assert good.status == 200
    stall(stalled)
    answers: list[int] = []

    def ask(part: str) -> None:
        answers.append(server.ask(f"/v4/experiments/t000/{part}", timeout=600).status)

    waiting = [threading.Thread(target=ask, args=(part,)) for part in PARTS]
    for thread in waiting:
        thread.start()
    begun, longest = time.monotonic(), 0.0
    while time.monotonic() < begun + fault_seconds:
        for part in PARTS:
            asked = time.monotonic()
            assert server.ask(f"/v4/experiments/t001/{part}", timeout=60).status == 200
            longest = max(longest, time.monotonic() - asked)
    # Nothing was told of the files that are silent.
    assert len(answers) < len(PARTS)
    assert server.ask("/v4/experiments/t001/jobs").body == good.body
    assert server.ask("/health/live").status == 200
    if fault_seconds > SILENT_SECONDS + 5:
        told = server.ask("/v4/experiments/t000/jobs?view=columns")
        assert (told.status, told.json()["code"]) == (503, "files_silent")
    # What was waiting is answered when the files are back, and what was refused when it asks again.
    stall("")
    for thread in waiting:
        thread.join(120)
    assert len(answers) == len(PARTS)
    assert set(answers) <= {200, 503}
    until(lambda: server.ask("/v4/experiments/t000/jobs").status == 200)
    assert not server.failures()
    print(f"longest of another experiment {longest:.3f} s")
