"""When an experiment will be done, in words and as fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v4.forecast import forecast_answer
from autosubmit_core.archive import Archive, Experiment, forecast, open_archive
from autosubmit_core.metrics.back_test import BackTest
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory, Structure

NOW = 1_780_000_000
MEMBERS, CHUNKS, LAG, RUN = ("fc0", "fc1"), 30, 60, 600


def halfway(
    root: Path, status: list[Status] | None = None, structure: Structure | None = None
) -> Experiment:
    """Make an experiment of two members of thirty chunks of 660 s; of fc0 24 are done, of fc1 23."""
    names = [f"t000_20200101_{m}_{chunk}_SIM" for m in MEMBERS for chunk in range(1, CHUNKS + 1)]
    done = {"fc0": 24, "fc1": 23}
    states = [
        Status.COMPLETED if chunk <= done[m] else Status.WAITING
        for m in MEMBERS
        for chunk in range(1, CHUNKS + 1)
    ]
    for place, state in enumerate(status or ()):
        states[-1 - place] = state
    ended = [(m, chunk) for m in MEMBERS for chunk in range(1, done[m] + 1)]
    # Both members' last chunk ended just now.
    finish = [NOW - (done[m] - chunk) * (LAG + RUN) for m, chunk in ended]
    history = JobHistory.of(
        len(ended),
        id=range(1, len(ended) + 1),
        job_name=[f"t000_20200101_{m}_{chunk}_SIM" for m, chunk in ended],
        section=["SIM"] * len(ended),
        status=[Status.COMPLETED] * len(ended),
        last=[True] * len(ended),
        run_id=[1] * len(ended),
        submit=[at - RUN - LAG for at in finish],
        start=[at - RUN for at in finish],
        finish=finish,
    )
    demo.make_experiment(
        root,
        jobs=demo.jobs_named(names, status=states),
        history=history,
        structure=Structure.of_edges(
            names[: CHUNKS - 1] + names[CHUNKS:-1], names[1:CHUNKS] + names[CHUNKS + 1 :]
        )
        if structure is None
        else structure,
    )
    return open_archive(root).experiment("t000", now=NOW)


def test_a_steady_experiment_is_done_when_its_slowest_member_is(tmp_path: Path) -> None:
    made = forecast_answer(halfway(tmp_path))
    # fc1 has seven chunks left: 4620 s; fc0 six.
    assert (
        made["sentence"]
        == "Done in about 1 h 17 min; in 8 of 10 cases in 1 h 17 min to 1 h 17 min."
    )
    assert (made["remaining_jobs"], made["stuck_jobs"]) == (13, 0)
    assert made["end"]["seconds"] == made["end"]["seconds_high"] == 4620
    fc0, fc1 = made["members"]
    assert (fc0["end"]["seconds"], fc0["decides"], fc0["slack_seconds"]) == (3960, 0.0, 660)
    assert (fc1["member"], fc1["decides"], fc1["slack_seconds"]) == ("fc1", 1.0, 0)
    path = made["critical_path"]
    assert (path["jobs"], path["seconds"]) == (7, 4620)
    assert path["job_names"][0] == "t000_20200101_fc1_24_SIM"


def test_the_error_of_the_past_stands_beside_that_of_the_published_estimates(
    tmp_path: Path,
) -> None:
    made = forecast_answer(halfway(tmp_path))["back_test"]
    assert made["error"] == pytest.approx(0, abs=1e-6)
    assert made["within_interval"] == len(made["moments"]) == 3
    # By chunk numbers, the two members of a chunk begin a chunk apart: it is far off.
    assert made["eta_error"] > made["section_error"]


def test_what_waits_for_a_failed_job_is_left_out(tmp_path: Path) -> None:
    # The 27th chunk of fc1 failed: four jobs are stuck, and its end is that of the 26th.
    stuck = [Status.WAITING] * 3 + [Status.FAILED]
    made = forecast_answer(halfway(tmp_path, status=stuck))
    assert (made["stuck_jobs"], made["remaining_jobs"]) == (4, 9)
    assert made["end"]["seconds"] == 3960
    assert made["sentence"].endswith("4 jobs failed, are suspended, or wait for such ones.")


def test_nothing_is_foretold_of_what_never_ran_or_is_done(tmp_path: Path) -> None:
    demo.make_experiment(tmp_path, jobs=demo.jobs_named(["t000_INI"]))
    archive = open_archive(tmp_path)
    made = forecast_answer(archive.experiment("t000", now=NOW))
    assert (made["end"], made["members"], made["back_test"]) == (None, [], None)
    assert made["sentence"].startswith("Nothing was completed yet")
    demo.make_experiment(
        tmp_path, jobs=demo.jobs_named(["t000_INI"], status=[Status.COMPLETED]), modified=NOW
    )
    made = forecast_answer(archive.experiment("t000", now=NOW))
    assert made["sentence"] == "Nothing is left that can be done."


@pytest.fixture(scope="module")
def demo_at(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo"), now=NOW))


def test_the_demo_was_foretold_better_than_by_the_published_estimate(demo_at: Archive) -> None:
    for expid in ("a0k2", "a07w", "a2m9", "a1p7"):
        made = forecast_answer(demo_at.experiment(expid, now=NOW))["back_test"]
        assert made["section_error"] < min(made["eta_error"], 0.15), expid


def test_the_back_test_is_made_once_for_as_long_as_the_files_are_the_same(
    demo_at: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast_answer(demo_at.experiment("a1p7", now=NOW))

    def again(*given: object) -> BackTest:
        raise AssertionError("the past is gone through again")

    monkeypatch.setattr(forecast, "back_test", again)
    assert forecast_answer(demo_at.experiment("a1p7", now=NOW))["back_test"]


def test_nothing_is_foretold_without_dependencies(tmp_path: Path) -> None:
    made = forecast_answer(halfway(tmp_path, structure=Structure.empty()))
    assert made["end"] is None
    assert made["sentence"].startswith("Which job waits for which is not known")


def test_a_section_that_is_not_there_has_no_errors_of_its_own(tmp_path: Path) -> None:
    made = forecast_answer(halfway(tmp_path), section="NOTHING")["back_test"]
    assert made["error"] == pytest.approx(0, abs=1e-6)
    assert (made["section_error"], made["eta_error"]) == (None, None)


def test_the_recorded_experiments(experiment: Experiment) -> None:
    made = forecast_answer(experiment)
    left = made["remaining_jobs"] + made["stuck_jobs"]
    done = sum(experiment.counters()[status] for status in (Status.COMPLETED, Status.SKIPPED))
    assert left == len(experiment.jobs) - done
    if made["end"]:
        end = made["end"]
        assert 0 < end["seconds_low"] <= end["seconds"] <= end["seconds_high"]
        assert made["critical_path"]["jobs"] <= made["remaining_jobs"]
