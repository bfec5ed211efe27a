"""An experiment reads each source once, and a damaged one costs only itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import Experiment, open_archive
from autosubmit_core.demo.writing.histories import write_history
from autosubmit_core.errors import (
    JobNotFoundError,
    RunNotFoundError,
    SourceMissingError,
    SourceUnreadableError,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import AttemptTable, JobHistory, RunTable, Structure, WrapperTable

NOW = 1_700_010_000
#: A simulation that was submitted at 1000, started at 1100 and took six hours.
BEGIN, SIX_HOURS = 1_700_000_000, 6 * 3600


def simulated(root: Path, **columns: object) -> Path:
    """Make an experiment of two completed chunks of four months, six hours each."""
    names = ["t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM"]
    history = JobHistory.of(
        2,
        job_name=names,
        section=["SIM"] * 2,
        status=[Status.COMPLETED] * 2,
        last=[True] * 2,
        submit=[BEGIN, BEGIN + SIX_HOURS],
        start=[BEGIN + 100, BEGIN + SIX_HOURS + 200],
        finish=[BEGIN + 100 + SIX_HOURS, BEGIN + 200 + 2 * SIX_HOURS],
        energy=[3.6e9, 3.6e9],
        run_id=[1, 1],
        id=[1, 2],
        counter=[1, 2],
    )
    runs = RunTable.of(
        1, run_id=[1], chunk_unit=["month"], chunk_size=[4], total=[2], completed=[2], start=[BEGIN]
    )
    return demo.make_experiment(
        root,
        jobs=demo.jobs_named(names, status=[Status.COMPLETED] * 2),
        history=history,
        runs=runs,
        structure=Structure.of_edges(names[:1], names[1:]),
        configuration={
            "DEFAULT": {"EXPID": "t000", "HPCARCH": "MN5"},
            "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 4},
            "JOBS": {"SIM": {"SCRIPT": "sleep 1", "PROCESSORS": 100, "WALLCLOCK": "08:00"}},
            "PLATFORMS": {"MN5": {"TYPE": "slurm", "CF": 400_000, "PUE": 1.5}},
        },
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    simulated(tmp_path)
    return tmp_path


def experiment_in(root: Path) -> Experiment:
    return open_archive(root).experiment("t000", now=NOW)


def test_sypd_counts_every_completed_chunk(root: Path) -> None:
    # 8 months in 12 hours: (8/12 year) / (1/2 day)
    assert experiment_in(root).performance().simulated_years_per_day == pytest.approx(4 / 3)


def test_asypd_counts_the_time_in_the_queue(root: Path) -> None:
    # 8 months in 12 hours and 300 seconds
    performance = experiment_in(root).performance()
    expected = 8 / 12 * 86400 / (2 * SIX_HOURS + 300)
    assert performance.actual_simulated_years_per_day == pytest.approx(expected)


def test_the_footprint_takes_cf_and_pue_of_the_platform_of_sim(root: Path) -> None:
    # 2 MWh in all, at 400 kg and a PUE of 1.5
    assert experiment_in(root).performance().total_footprint == pytest.approx(2 * 400_000 * 1.5)


def test_chsy_takes_the_processors_of_the_configuration(root: Path) -> None:
    # 100 processors, six hours, a third of a year
    performance = experiment_in(root).performance()
    assert performance.core_hours_per_simulated_year == pytest.approx(100 * 6 * 3)


def test_everything_an_experiment_says_is_of_one_moment(root: Path) -> None:
    experiment = experiment_in(root)
    assert len(experiment.jobs) == 2
    demo.make_experiment(root, jobs=demo.jobs_named(["t000_INI"]))
    assert len(experiment.jobs) == 2
    assert len(experiment_in(root).jobs) == 1


def test_a_job_of_no_section_counts_in_every_answer(tmp_path: Path) -> None:
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named(["t000_INI"], status=[Status.COMPLETED], section=[None]),
        attempts=AttemptTable.of(1, submit=[BEGIN], start=[BEGIN], finish=[BEGIN + 60], fields=[4]),
    )
    experiment = experiment_in(tmp_path)
    assert experiment.statistics().processors.tolist() == [1]
    assert experiment.counters()[Status.COMPLETED] == 1


def test_statistics_hold_attempts_against_the_wallclock(tmp_path: Path) -> None:
    path = simulated(tmp_path)
    stats = path / "tmp" / "t000_20200101_fc0_1_SIM_TOTAL_STATS"
    stats.write_text("20231114100000 20231114110000 20231114130000 COMPLETED")
    made = experiment_in(tmp_path).statistics("SIM")
    # One hour in the queue, two of eight hours asked for, on 100 processors
    assert made.completed_queue.tolist() == [1.0]
    assert made.core_hours.tolist() == [200.0]
    assert made.expected_core_hours.tolist() == [800.0]


def test_statistics_of_a_period_leave_out_older_jobs(tmp_path: Path) -> None:
    jobs = demo.jobs_named(["t000_INI", "t000_POST"], status=[Status.COMPLETED] * 2)
    attempts = AttemptTable.of(
        2,
        job=[0, 1],
        submit=[NOW - 90_000, NOW - 900],
        start=[NOW - 90_000, NOW - 900],
        finish=[NOW - 89_000, NOW - 300],
        fields=[4, 4],
        outcome=[Status.COMPLETED] * 2,
        has_outcome=[True] * 2,
    )
    demo.make_experiment(tmp_path, jobs=jobs, attempts=attempts)
    experiment = experiment_in(tmp_path)
    assert experiment.statistics(hours=1).job.tolist() == [1]
    assert experiment.statistics().job.tolist() == [0, 1]


def test_queues_inside_a_wrapper_are_without_the_time_of_its_other_jobs(tmp_path: Path) -> None:
    names = ["t000_20200101_fc0_1_SIM", "t000_20200101_fc0_2_SIM"]
    history = JobHistory.of(
        2,
        job_name=names,
        status=[Status.COMPLETED] * 2,
        last=[True] * 2,
        submit=[1000, 1000],
        start=[1100, 1700],
        finish=[1700, 2300],
        id=[1, 2],
        counter=[1, 2],
    )
    demo.make_experiment(
        tmp_path,
        jobs=demo.jobs_named(names, status=[Status.COMPLETED] * 2),
        history=history,
        structure=Structure.of_edges(names[:1], names[1:]),
        wrappers=WrapperTable.of(2, wrapper=["t000_ASThread_1_2_3"] * 2, job_name=names),
    )
    # Submitted together; the second began when the first, 600 s long, was done.
    assert experiment_in(tmp_path).times.queue.tolist() == [100, 0]


def test_a_missing_job_list_is_an_error_that_says_so(root: Path) -> None:
    (root / "t000" / "pkl" / "job_list_t000.pkl").unlink()
    with pytest.raises(SourceMissingError, match="job list of 't000' is missing"):
        experiment_in(root).counters()


def test_a_job_list_that_may_not_be_looked_at_is_not_missing(root: Path) -> None:
    """A link to itself stands for the folder of a private experiment: tests may be run by root."""
    listed = root / "t000" / "pkl" / "job_list_t000.pkl"
    listed.unlink()
    listed.symlink_to(listed.name)
    with pytest.raises(SourceUnreadableError, match="may not be read"):
        experiment_in(root).counters()


def test_a_damaged_job_list_is_an_error_and_the_runs_are_still_there(root: Path) -> None:
    (root / "t000" / "pkl" / "job_list_t000.pkl").write_bytes(b"\x80\x05no pickle")
    experiment = experiment_in(root)
    with pytest.raises(SourceUnreadableError):
        experiment.counters()
    assert experiment.run_metrics().simulated_years_per_day.tolist() == [pytest.approx(4 / 3, 1e-2)]


Damage = Callable[[Path], object]


def removed(path: Path) -> None:
    path.unlink()


def garbled(path: Path) -> None:
    path.write_bytes(b"garbage\n\t: [" * 100)


@pytest.mark.parametrize("damage", [removed, garbled])
@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("metadata/data/job_data_t000.db", "job_history"),
        ("metadata/structures/structure_t000.db", "structure"),
    ],
)
def test_a_missing_or_damaged_source_costs_only_itself(
    root: Path, file: str, source: str, damage: Damage
) -> None:
    damage(root / file)
    experiment = experiment_in(root)
    assert len(getattr(experiment, {"job_history": "history"}.get(source, source))) == 0
    assert experiment.summary().simulations == 2
    assert source in {warning.source for warning in experiment.warnings}


def test_a_configuration_that_does_not_parse_costs_only_itself(root: Path) -> None:
    for path in (root / "t000" / "conf").glob("*.yml"):
        path.write_text("JOBS: [unclosed")
    experiment = experiment_in(root)
    assert experiment.performance().simulated_years_per_day == pytest.approx(4 / 3)
    (warning,) = [each for each in experiment.warnings if each.source == "configuration"]
    assert warning.code == "unreadable"
    assert ".yml" in warning.message


def test_a_configuration_includes_files_of_shared_folders_only(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path_factory.mktemp("shared")
    (shared / "platforms.yml").write_text("PLATFORMS: {MN5: {PUE: 1.1, MAX_WALLCLOCK: '48:00'}}")
    custom = f"DEFAULT:\n  CUSTOM_CONFIG: {shared}/platforms.yml\n"
    (root / "t000" / "conf" / "custom.yml").write_text(custom)
    alone = experiment_in(root)
    assert alone.configuration.platform("MN5").max_wallclock == ""
    assert [warning.source for warning in alone.warnings] == ["configuration"]
    monkeypatch.setenv("AUTOSUBMIT_SHARED_FOLDERS", str(shared))
    assert experiment_in(root).configuration.platform("MN5").max_wallclock == "48:00"


def test_no_wrappers_and_no_user_metrics_are_no_reason_for_a_warning(root: Path) -> None:
    experiment = experiment_in(root)
    assert (len(experiment.wrappers), len(experiment.user_metrics)) == (0, 0)
    assert experiment.warnings == ()


def test_a_warning_is_said_once(root: Path) -> None:
    (root / "metadata/structures/structure_t000.db").unlink()
    experiment = experiment_in(root)
    experiment.summary()
    experiment.performance()
    assert len(experiment.structure) == 0
    assert len(experiment.warnings) == 1


def test_an_experiment_without_a_folder_is_still_registered(root: Path) -> None:
    (root / "t000").rename(root / "moved")
    experiment = experiment_in(root)
    assert experiment.folder is None
    assert experiment.description == "made by hand"
    assert len(experiment.runs) == 1


def test_the_stored_configuration_of_a_run_does_not_tell_the_password(root: Path) -> None:
    stored = {"DATABASE_CONN_URL": "postgresql://user:secret@host/db", "DEFAULT": {"EXPID": "t000"}}
    write_history(
        root / "metadata/data/job_data_t000.db",
        JobHistory.empty(),
        RunTable.of(4, run_id=[1, 2, 3, 4]),
        metadata={1: json.dumps(stored), 2: "not JSON", 4: "[" * 100_000},
    )
    experiment = experiment_in(root)
    assert experiment.run_configuration(1) == {**stored, "DATABASE_CONN_URL": ""}
    assert experiment.run_configuration(2) is None
    assert experiment.run_configuration(3) is None
    assert experiment.run_configuration(4) is None
    assert [warning.source for warning in experiment.warnings] == ["run_configuration"] * 2


def test_jobs_and_runs_that_are_not_there_are_named(root: Path) -> None:
    experiment = experiment_in(root)
    assert experiment.job_row("t000_20200101_fc0_2_SIM") == 1
    with pytest.raises(JobNotFoundError, match="'nope'"):
        experiment.job_row("nope")
    with pytest.raises(RunNotFoundError, match="Run 7"):
        experiment.known_run(7)


def test_tables_become_pandas_frames(root: Path) -> None:
    frame = experiment_in(root).jobs.to_pandas()
    assert frame.loc[frame["chunk"] == 2, "name"].tolist() == ["t000_20200101_fc0_2_SIM"]


def test_the_versions_of_what_was_read_are_known(root: Path) -> None:
    experiment = experiment_in(root)
    assert not len(experiment.versions)
    assert len(experiment.jobs) == 2
    assert Path(str(experiment.versions[0][0])).name == "job_list_t000.pkl"
