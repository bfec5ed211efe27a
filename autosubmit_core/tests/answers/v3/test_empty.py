"""An answer that cannot be made has the keys of one that can, with their empty values."""

from __future__ import annotations

from typing import Any

import pytest

from autosubmit_core.answers.v3 import (
    activity,
    configuration,
    counters,
    history,
    information,
    job_log,
    logs,
    performance,
    runs,
    search,
    statistics,
    summary,
)
from autosubmit_core.archive import Archive

JOB = "a003_20220401_fc0_1_SIM"
LOG = "a3tb_19930101_fc01_1_SIM.20220315153049.out"


@pytest.mark.parametrize(
    ("empty", "answer"),
    [
        (activity.EMPTY_ACTIVITY, activity.activity_answer),
        (activity.EMPTY_LOG_ACTIVITY, activity.log_activity_answer),
        (configuration.EMPTY, configuration.configurations_answer),
        (counters.EMPTY, counters.counters_answer),
        (information.EMPTY, information.information),
        (logs.EMPTY_RUN_LOG, logs.run_log_answer),
        (logs.EMPTY_RECOVERY_LOGS, logs.recovery_logs_answer),
        (performance.EMPTY, performance.performance_answer),
        (runs.EMPTY, runs.runs_answer),
        (statistics.EMPTY, statistics.statistics_answer),
        (summary.EMPTY, summary.summary_answer),
    ],
)
def test_the_keys_are_those_of_a_real_answer(
    reference_archive: Archive, empty: dict[str, Any], answer: Any
) -> None:
    made = answer(reference_archive.experiment("a003"))
    # PE is in errors alone, what is without splits in answers alone.
    assert empty.keys() - {"PE"} == made.keys()


def test_so_are_those_of_answers_about_one_thing(reference_archive: Archive) -> None:
    made = history.history_answer(reference_archive.experiment("a003"), job_name=JOB)
    assert history.EMPTY.keys() == made.keys()
    assert job_log.EMPTY.keys() == job_log.job_log_answer(reference_archive, logfile=LOG).keys()
    assert search.EMPTY.keys() == search.running_answer(reference_archive).keys()


def test_recorded_answers_about_an_unknown_experiment_are_these(
    recorded: Any, assert_agrees: Any
) -> None:
    for name, empty in (("expcount", counters.EMPTY), ("expinfo", information.EMPTY)):
        recording = recorded("_shared", f"v3__{name}__zzzz")
        assert_agrees({**empty, "expid": "zzzz"}, recording)
