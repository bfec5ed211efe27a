"""Asked for against used, as fields and as lines of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from autosubmit_core import demo
from autosubmit_core.answers.v4.efficiency import efficiency_answer
from autosubmit_core.archive import Archive, Experiment, open_archive
from autosubmit_core.status import Status
from autosubmit_core.tables import JobHistory

NOW = 1_780_000_000
COUNT, HOUR = 40, 3600


def used(root: Path, version: str = "4.1.17.1", status: Status = Status.COMPLETED) -> Experiment:
    """Make an experiment of forty simulations of one hour on 96 processors, which asked for three."""
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, COUNT + 1)]
    begin = [NOW + chunk * 2 * HOUR for chunk in range(COUNT)]
    section = {"PROCESSORS": "96", "WALLCLOCK": "03:00"}
    platform = {"TYPE": "slurm", "CF": "400000", "PUE": "1.5"}
    configuration = (
        {
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1},
            "JOBS": {"SIM": {"SCRIPT": "sleep 1", **section}},
            "PLATFORMS": {"MN5": platform},
        }
        if version.startswith("4")
        else {
            "conf": {"config": {"EXPID": "t000", "AUTOSUBMIT_VERSION": version}},
            "exp": {
                "DEFAULT": {"EXPID": "t000", "HPCARCH": "mn5"},
                "experiment": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": "1"},
            },
            "jobs": {"SIM": {"FILE": "sim.sh", **section}},
            "platforms": {"mn5": platform},
        }
    )
    demo.make_experiment(
        root,
        version=version,
        jobs=demo.jobs_named(names, status=[status] * COUNT),
        history=JobHistory.of(
            COUNT,
            id=range(1, COUNT + 1),
            job_name=names,
            section=["SIM"] * COUNT,
            status=[status] * COUNT,
            last=[True] * COUNT,
            run_id=[1] * COUNT,
            submit=[at - 600 for at in begin],
            start=begin,
            finish=[at + HOUR for at in begin],
            platform=["mn5"] * COUNT,
            ncpus=[96] * COUNT,
            energy=[3.6e9] * COUNT,
        ),
        configuration=configuration,
    )
    return open_archive(root).experiment("t000", now=NOW)


def test_a_section_is_told_with_the_wall_clock_that_would_do(tmp_path: Path) -> None:
    made = efficiency_answer(used(tmp_path))
    (sim,) = made["sections"]
    assert (sim["wallclock_seconds"], sim["run_seconds_p99"]) == (3 * HOUR, HOUR)
    assert sim["wallclock_used"] == pytest.approx(1 / 3)
    # 600 s in the queue for 3600 s of run
    assert made["queue_share"] == pytest.approx(1 / 7)
    assert (made["core_hours"], made["failed_share"]) == (96 * COUNT, 0.0)
    # An hour and 20 %, in steps of five minutes
    assert sim["suggested_wallclock_seconds"] == 4500


def test_the_suggestion_is_a_configuration(tmp_path: Path) -> None:
    text = efficiency_answer(used(tmp_path))["suggestion"]
    assert yaml.safe_load(text) == {"JOBS": {"SIM": {"WALLCLOCK": "01:15"}}}
    assert "# was 03:00; 99 of 100 of 40 jobs took 1 h or less" in text


def test_the_suggestion_for_autosubmit_3_is_of_its_own_form(tmp_path: Path) -> None:
    text = efficiency_answer(used(tmp_path, version="3.14.1"))["suggestion"]
    assert text.splitlines()[1:] == ["[SIM]", "WALLCLOCK = 01:15"]


def test_the_carbon_is_that_of_all_jobs(tmp_path: Path) -> None:
    made = efficiency_answer(used(tmp_path))["carbon"]
    # Forty times 1 MWh at 400 kg and a PUE of 1.5
    assert made["grams_co2"] == pytest.approx(40 * 400_000 * 1.5)
    assert made["platforms"][0]["measured_joules"] == COUNT * 3.6e9


def test_cpmip_has_what_autosubmit_can_fill(tmp_path: Path) -> None:
    made = {row["metric"]: row for row in efficiency_answer(used(tmp_path))["cpmip"]}
    assert len(made) == 12
    filled = {metric for metric, row in made.items() if row["value"] is not None}
    assert filled >= {"Platform", "Joules per simulated year", "Parallelization"}
    # 96 core hours a month
    assert made["Core hours per simulated year"]["value"] == pytest.approx(96 * 12)
    for metric, row in made.items():
        assert (row["why_not"] is None) == (metric in filled), metric


def test_no_parallelization_is_told_before_a_simulation_completed(tmp_path: Path) -> None:
    cpmip = efficiency_answer(used(tmp_path, status=Status.FAILED))["cpmip"]
    (row,) = [row for row in cpmip if row["metric"] == "Parallelization"]
    assert row["value"] is None
    assert "No completed simulation" in row["why_not"]


@pytest.fixture(scope="module")
def demo_at(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo"), now=NOW))


def test_a_wrapper_of_the_demo_queues_once(demo_at: Archive) -> None:
    for expid in ("a07w", "a1p7"):
        made = efficiency_answer(demo_at.experiment(expid, now=NOW))
        (sim,) = [one for one in made["sections"] if one["section"] == "SIM"]
        # A submission queues for a fifth of a run time, and holds three or four runs.
        assert sim["queue_share"] < 0.15, expid


def test_the_recorded_experiments(experiment: Experiment) -> None:
    made = efficiency_answer(experiment)
    # Old rows of a3tb have section and member exchanged.
    known = set(experiment.jobs.section.tolist())
    assert {section["section"] for section in made["sections"]} <= known
    for section in made["sections"]:
        assert section["failed_core_hours"] <= section["core_hours"]
        assert section["run_seconds_longest"] is None or (
            section["run_seconds_median"] <= section["run_seconds_longest"]
        )
    assert all((row["value"] is None) == (row["why_not"] is not None) for row in made["cpmip"])
