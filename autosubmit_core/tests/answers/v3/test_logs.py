"""The logs of Autosubmit itself, of which one that cannot be read costs no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core.answers.v3.logs import recovery_logs_answer
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.logs import LogTail


def test_a_recovery_log_that_cannot_be_read_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aslogs = make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"])) / "tmp" / "ASLOGS"
    aslogs.mkdir(parents=True, exist_ok=True)
    for platform in ("a", "b"):
        (aslogs / f"20240101_000000_{platform}_log_recovery.log").write_text("line\n")
    experiment = open_archive(tmp_path).experiment("a000")
    tail = experiment.logs.tail

    def refusing(log: Path) -> LogTail:
        if "_a_" in log.name:
            raise SourceUnreadableError(log, "may not be read")
        return tail(log)

    monkeypatch.setattr(experiment.logs, "tail", refusing)
    (shown,) = recovery_logs_answer(experiment)["platform_recovery_logs"]
    assert (shown["platform"], shown["content"]) == ("b", [{"index": 0, "content": "line"}])
    assert [warning.source for warning in experiment.warnings] == ["logs"]
