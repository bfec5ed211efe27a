"""What the pages of one experiment say, on the demo: the same as the core, in the words of a page."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from autosubmit_core import (
    Archive,
    Experiment,
    JobHistory,
    JobNotFoundError,
    NotFoundError,
    RunNotFoundError,
    SourceError,
    Status,
    open_archive,
)
from autosubmit_core.demo import jobs_named, make_experiment
from autosubmit_core.published import heartbeat_answer

from autosubmit_site.pages.calendar import calendar_of
from autosubmit_site.pages.comparison import comparison_of
from autosubmit_site.pages.configuration import configuration_of
from autosubmit_site.pages.job import job_of
from autosubmit_site.pages.jobs import PAGE_ROWS, jobs_of
from autosubmit_site.pages.logs import log_of, logs_of
from autosubmit_site.pages.overview import overview_of
from autosubmit_site.pages.performance import MOST_POINTS, performance_of
from autosubmit_site.pages.runs import run_of, runs_page_of
from autosubmit_site.pages.statistics import statistics_of
from autosubmit_site.pages.tree import tree_of

VERDICTS = ("longer", "shorter", "negligible", "not_shown", "too_few")
FAILED = "a2m9_19611101_fc0_4_POST"


@pytest.fixture(scope="module")
def archive(demo: Path) -> Archive:
    return open_archive(demo)


@pytest.fixture
def experiment(archive: Archive) -> Experiment:
    return archive.experiment("a2m9")


def test_the_overview_counts_jobs_and_names_those_that_failed(experiment: Experiment) -> None:
    made = overview_of(experiment)
    assert made.state is not None
    assert made.state.total == len(experiment.jobs)
    assert sum(made.state.counters.values()) == made.state.total
    failed = [job for group in made.state.failures for job in group.jobs]
    assert {job.name for job in failed} == set(experiment.summary().failed_jobs)
    assert all(job.err.startswith(job.name) for job in failed)
    assert ("retry", "autosubmit setstatus a2m9 -fs FAILED -t WAITING -s -np") in made.commands


def test_the_overview_of_a_running_experiment_offers_to_stop_it(archive: Archive) -> None:
    made = overview_of(archive.experiment("a1p7"))
    assert ("stop", "autosubmit stop a1p7") in made.commands
    assert made.state is not None
    assert made.state.eta_instances is not None
    assert made.state.eta_instances > 0


def test_the_overview_tells_whether_an_experiment_is_really_running(archive: Archive) -> None:
    # As it was when the demo was built, however long ago that is.
    alive = archive.experiment("a1p7", now=archive.experiment("a1p7").jobs_modified)
    stopped, running = (overview_of(one).state for one in (archive.experiment("a2m9"), alive))
    assert stopped is not None
    assert running is not None
    assert (stopped.heartbeat["state"], running.heartbeat["state"]) == ("stopped", "running")
    late = [job["job_name"] for job in running.heartbeat["overdue"]]
    assert late != []
    assert late == [job["job_name"] for job in heartbeat_answer(alive)["overdue"]]


def test_the_overview_of_an_archived_experiment_says_why_there_is_no_state(
    archive: Archive,
) -> None:
    made = overview_of(archive.experiment("a00f"))
    assert made.state is None
    assert "is missing" in made.problem


def test_jobs_are_paged_sorted_and_counted(experiment: Experiment) -> None:
    first, second = jobs_of(experiment), jobs_of(experiment, page=2)
    assert (len(first.rows), first.pages, first.matching) == (PAGE_ROWS, 2, 156)
    assert {row.name for row in first.rows}.isdisjoint(row.name for row in second.rows)
    longest = jobs_of(experiment, q="section:SIM", sort="run", desc=True).rows
    runs = [row.run for row in longest]
    assert runs == sorted(runs, reverse=True)
    assert runs[0] == max(experiment.times.run[experiment.jobs.section == "SIM"])
    assert jobs_of(experiment, q="status:FAILED").counters == {Status.FAILED: 4}


def test_jobs_that_have_nothing_in_a_column_come_last_either_way(experiment: Experiment) -> None:
    for desc in (False, True):
        last = jobs_of(experiment, sort="member", desc=desc, page=2).rows[-3:]
        assert [row.member for row in last] == [None, None, None]


def test_a_query_that_makes_no_sense_shows_no_jobs_and_why(experiment: Experiment) -> None:
    made = jobs_of(experiment, q="sction:SIM")
    assert (made.rows, made.matching, made.total) == ((), 0, 156)
    assert "did you mean 'section'?" in made.mistake


def test_a_job_has_its_attempts_neighbours_and_logs(experiment: Experiment) -> None:
    made = job_of(experiment, FAILED)
    assert made.status is Status.FAILED
    assert [parent.name for parent in made.parents] == ["a2m9_19611101_fc0_4_SIM"]
    assert [child.status for child in made.children] == [Status.WAITING]
    assert len(made.attempts) == len(experiment.history_rows(FAILED))
    assert made.err is not None
    assert made.err.name.startswith(FAILED)
    with pytest.raises(JobNotFoundError):
        job_of(experiment, "a2m9_NOPE")


def test_a_job_that_waits_says_why(experiment: Experiment) -> None:
    made = job_of(experiment, FAILED.replace("POST", "CLEAN"))
    assert made.status is Status.WAITING
    assert made.reasons[0].startswith(f"It cannot start before somebody acts: {FAILED} is FAILED")
    assert [other.name for other in made.frontier] == [FAILED]
    done = job_of(experiment, "a2m9_19611101_fc0_4_SIM")
    assert (done.reasons, done.frontier) == ((), ())


def test_a_log_is_numbered_from_1_when_it_is_whole_and_from_its_end_when_not(
    archive: Archive,
) -> None:
    experiment = archive.experiment("a1p7")
    whole, part = logs_of(experiment).log, logs_of(experiment, lines=5).log
    assert whole is not None
    assert part is not None
    assert (whole.first, part.first) == (1, -5)
    assert part.lines == whole.lines[-5:]


def test_no_log_but_those_of_the_experiment_can_be_asked_for(experiment: Experiment) -> None:
    for name in ("../../autosubmitrc", "/etc/passwd", "a2m9.yml", "", "."):
        with pytest.raises(SourceError):
            log_of(experiment, name, 10)


def test_an_experiment_without_a_run_has_no_log_of_one(archive: Archive) -> None:
    made = logs_of(archive.experiment("t0ab"))
    assert (made.log, made.problem) == (None, "")
    with pytest.raises(NotFoundError):
        logs_of(archive.experiment("t0ab"), log="20200101_000000_run.log")


def test_folders_of_the_tree_hold_all_jobs_level_by_level(experiment: Experiment) -> None:
    outer = tree_of(experiment)
    assert sum(branch.total for branch in outer.branches) == 156
    dates = [branch.name for branch in outer.branches]
    assert dates == [None, "19611101", "19621101", "19631101"]
    inner = tree_of(experiment, date="19611101")
    assert sum(branch.total for branch in inner.branches) == outer.branches[1].total
    leaves = tree_of(experiment, date="19611101", member="fc0", section="POST").leaves
    assert FAILED in [leaf.name for leaf in leaves]
    without = tree_of(experiment, date="null", member="null", section="LOCAL_SETUP")
    assert [leaf.name for leaf in without.leaves] == ["a2m9_LOCAL_SETUP"]


def test_the_calendar_knows_which_sections_have_chunks(archive: Archive) -> None:
    made = calendar_of(archive.experiment("a2m9"))
    assert made.sections == ("SIM", "POST", "CLEAN")
    assert sum(made.counters.values()) == 135
    assert calendar_of(archive.experiment("a2m9"), section="SIM").section == "SIM"


def test_where_the_time_goes_adds_up(experiment: Experiment) -> None:
    made = performance_of(experiment)
    assert sum(made.split.parts.values()) == made.split.elapsed > 0
    # All simulations of it count: what they ran is what SYPD is made of.
    per_year = made.split.run / made.split.simulated_years
    assert 86_400 / per_year == pytest.approx(made.sypd, rel=0.01)
    assert len(made.columns["run"]) == made.considered <= MOST_POINTS
    assert sum(made.spread["jobs"]) == made.considered


def test_an_experiment_that_never_ran_has_no_performance(archive: Archive) -> None:
    made = performance_of(archive.experiment("t0ab"))
    assert (made.considered, made.split.elapsed, made.simulations) == (0, 0, ())
    assert math.isnan(made.sypd)


def test_each_simulation_says_why_it_counts_those_that_do_not_first(tmp_path: Path) -> None:
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, 6)]
    run = [3000, 3100, 2900, 3000, 4]
    make_experiment(
        tmp_path,
        jobs=jobs_named(names, status=[Status.COMPLETED] * 5),
        history=JobHistory.of(
            5,
            job_name=names,
            section=["SIM"] * 5,
            status=[Status.COMPLETED] * 5,
            submit=[1_000] * 5,
            start=[1_100] * 5,
            finish=[1_100 + seconds for seconds in run],
            last=[True] * 5,
        ),
    )
    made = performance_of(open_archive(tmp_path).experiment("t000"))
    assert [(one.name, one.reason) for one in made.simulations][:2] == [
        (names[4], "too_short"),
        (names[0], "counts"),
    ]
    assert (made.considered, made.not_considered) == (4, 1)
    assert made.by_status[Status.COMPLETED] == 5


def test_statistics_of_sections_add_up(experiment: Experiment) -> None:
    made = statistics_of(experiment)
    assert sum(row.attempts for row in made.sections) == made.summary.attempts
    assert sum(row.core_hours for row in made.sections) == pytest.approx(made.summary.core_hours)
    assert [row.name for row in statistics_of(experiment, section="SIM").sections] == ["SIM"]


def test_runs_are_the_newest_first_and_each_has_its_attempts(experiment: Experiment) -> None:
    numbers = [row.run.run_id for row in runs_page_of(experiment).rows]
    assert numbers == [3, 2, 1]
    one = run_of(experiment, 2)
    assert (one.before, one.after) == (1, 3)
    assert one.total == sum(one.outcomes.values()) > 0
    with pytest.raises(RunNotFoundError):
        run_of(experiment, 9)


def test_the_configuration_shows_what_differs_first(experiment: Experiment) -> None:
    made = configuration_of(experiment)
    differs = [one.differs for one in made.settings]
    assert differs == sorted(differs, reverse=True)
    assert sum(differs) == made.differing
    found = configuration_of(experiment, q="chunksizeunit").settings
    assert [one.path for one in found] == ["EXPERIMENT.CHUNKSIZEUNIT"]


def test_what_differs_comes_first_in_a_comparison(archive: Archive) -> None:
    sides = (archive.experiment("a2m9"), archive.experiment("a0k2"))
    made = comparison_of(sides, (None, None))
    places = [VERDICTS.index(row["verdict"]) for row in made.times]
    assert [max(place, 1) for place in places] == sorted(max(place, 1) for place in places)
    assert made.significant == sum(place < 2 for place in places) > 0
    assert [metric.name for metric in made.metrics][:2] == ["SYPD", "ASYPD"]
    assert not made.same


def test_a_run_beside_itself_says_so(experiment: Experiment) -> None:
    assert comparison_of((experiment, experiment), (1, 1)).same
