"""What is told of each experiment of the demo agrees in all its tables, and is believable."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autosubmit_core.chunks import years_per_chunk
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.stories import STORIES, large_story
from autosubmit_core.demo.story import Story
from autosubmit_core.demo.writing.instants import local_stamp
from autosubmit_core.status import Status
from autosubmit_core.tables import UNWRAPPED, Int32Column, JobHistory, positions

NOW = 1_770_000_000
LAUNCHED = [story for story in STORIES if story.launches]
_ON_PLATFORM = (Status.SUBMITTED, Status.QUEUING, Status.RUNNING)


def named(expid: str, seed: int = 1) -> Records:
    story = next(story for story in STORIES if story.expid == expid)
    return story.records(seed=seed, now=NOW)


def past(records: Records) -> JobHistory:
    assert records.history is not None
    return records.history


def newest(records: Records) -> tuple[JobHistory, Int32Column]:
    """Return the newest row of each job that has one, and where the job is in the list."""
    rows = past(records).take(np.flatnonzero(past(records).last))
    return rows, positions(rows.job_name, records.jobs.name)


@pytest.fixture(scope="module", params=LAUNCHED, ids=lambda story: story.expid)
def records(request: pytest.FixtureRequest) -> Records:
    story: Story = request.param
    return story.records(seed=5, now=NOW)


def test_expids_differ_and_look_like_expids() -> None:
    expids = [story.expid for story in STORIES]
    assert len(set(expids)) == len(expids)
    assert all(re.fullmatch("[a-z][a-z0-9]{3}", expid) for expid in expids)


def test_each_job_has_one_newest_row_and_its_status(records: Records) -> None:
    rows, place = newest(records)
    assert len(set(rows.job_name.tolist())) == len(rows)
    ended = np.isin(records.jobs.status, (Status.COMPLETED, Status.FAILED))
    with_row = np.zeros(len(records.jobs), dtype=bool)
    with_row[place] = True
    assert with_row[ended].all()
    same = records.jobs.status[place] == rows.status
    # Where they differ the job failed, and is being or about to be tried again.
    assert set(rows.status[~same].tolist()) <= {Status.FAILED}


def test_rows_are_in_order_of_insertion_and_counted_per_job(records: Records) -> None:
    history = past(records)
    assert history.id.tolist() == list(range(1, len(history) + 1))
    assert (np.diff(history.finish[history.finish > 0]) >= 0).all() or not (
        records.generation.told_at_end
    )
    for name in set(history.job_name.tolist()):
        rows = history.job_name == name
        assert history.counter[rows].tolist() == list(range(int(rows.sum())))


def test_instants_are_past_and_in_order(records: Records) -> None:
    history = past(records)
    for early, late in ((history.submit, history.start), (history.start, history.finish)):
        known = late > 0
        assert (early[known] > 0).all()
        assert (early[known] <= late[known]).all()
    assert history.submit.min() > NOW - 6 * 365 * 86_400
    assert max(history.submit.max(), history.start.max(), history.finish.max()) <= NOW


def test_total_stats_and_history_tell_the_same(records: Records) -> None:
    attempts, history = records.attempts, past(records)
    assert attempts is not None
    names = records.jobs.name[attempts.job]
    told = zip(names, attempts.submit.tolist(), attempts.start.tolist(), attempts.finish.tolist())
    rows = zip(
        history.job_name, history.submit.tolist(), history.start.tolist(), history.finish.tolist()
    )
    assert sorted(told) == sorted(rows)


def test_runs_follow_each_other_and_hold_their_rows(records: Records) -> None:
    runs, history = records.runs, past(records)
    assert runs is not None
    assert runs.run_id.tolist() == list(range(1, len(runs) + 1))
    assert (runs.start[1:] > runs.finish[:-1]).all()
    place = history.run_id - 1
    assert (history.submit >= runs.start[place]).all()
    closed = runs.finish[place] > 0
    assert (history.finish[closed] <= runs.finish[place][closed]).all()


def test_the_last_run_counts_the_jobs_as_the_list_has_them(records: Records) -> None:
    runs, status = records.runs, records.jobs.status
    assert runs is not None
    assert runs.total[-1] == len(status)
    assert runs.completed[-1] == (status == Status.COMPLETED).sum()
    assert runs.failed[-1] == (status == Status.FAILED).sum()
    assert runs.running[-1] == (status == Status.RUNNING).sum()
    assert runs.queuing[-1] == (status == Status.QUEUING).sum()
    assert runs.submitted[-1] == (status == Status.SUBMITTED).sum()


def test_only_children_of_completed_jobs_have_begun(records: Records) -> None:
    parents, children = records.structure.edges_between(records.jobs.name)
    begun = ~np.isin(records.jobs.status[children], (Status.WAITING,))
    # In a wrapper the later jobs queue while the first runs.
    wrapped = set(records.wrappers.job_name.tolist()) if records.wrappers is not None else set()
    loose = np.array([name not in wrapped for name in records.jobs.name[children]])
    assert set(records.jobs.status[parents[begun & loose]].tolist()) == {Status.COMPLETED}


def test_log_names_have_the_stamp_of_the_submission(records: Records) -> None:
    history = past(records)
    for row in np.flatnonzero(history.finish > 0)[:50].tolist():
        stem = f"{history.job_name[row]}.{local_stamp(int(history.submit[row]))}"
        assert re.fullmatch(rf"{re.escape(stem)}\.out(_attempt_\d)?", history.out[row])
        assert history.err[row] == history.out[row].replace(".out", ".err")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.expid)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_story_is_the_same_whatever_the_seed(story: Story, seed: int) -> None:
    records = story.records(seed=seed, now=NOW)
    states = set(records.jobs.status.tolist())
    if not story.launches:
        assert states == {Status.READY, Status.WAITING}
        assert len(past(records)) == 0
    elif story.share is not None:
        assert records.running
        assert {Status.COMPLETED, Status.WAITING, Status.RUNNING, Status.SUBMITTED} <= states
        assert NOW - 60 < records.modified <= NOW
    elif story.expid == "a2m9":
        assert states == {Status.COMPLETED, Status.FAILED, Status.WAITING}
    else:
        assert states == {Status.COMPLETED}
        assert not records.running


def test_the_scenario_is_as_fast_and_as_dear_as_such_models_are() -> None:
    records = named("a0k2")
    history = past(records)
    sim = (history.section == "SIM") & (history.status == Status.COMPLETED)
    seconds = (history.finish - history.start)[sim]
    years = years_per_chunk("year", 1) * len(seconds)
    assert 12 < 86_400 * years / seconds.sum() < 16
    core_hours = (history.ncpus[sim] * seconds).sum() / 3_600 / years
    assert 1_000 < core_hours < 2_500
    # Kilowatt-hours of a simulated year.
    assert 5 < history.energy[sim].sum() / 3.6e6 / years < 20
    assert records.metrics is not None
    assert len(records.metrics) == 3 * sim.sum()


def test_wrapped_rows_carry_the_code_of_their_wrapper_only_up_to_4_1_16() -> None:
    old, new = named("a07w"), named("a1p7")
    assert old.wrappers is not None
    codes = {int(name.split("_")[2]) for name in old.wrappers.wrapper}
    wrapped = past(old).section == "SIM"
    assert set(past(old).rowtype[wrapped].tolist()) == codes
    assert set(past(new).rowtype.tolist()) == {UNWRAPPED}


def test_wrappers_tell_what_they_are() -> None:
    wrappers = named("a1p7").wrappers
    assert wrappers is not None
    assert set(wrappers.type) == {"vertical"}
    assert {"COMPLETED"} < set(wrappers.status)
    # Three jobs of 04:00 each, on 24 nodes of 128.
    assert set(wrappers.wallclock) == {"12:00"}
    assert set(wrappers.processors.tolist()) == {3_072}
    assert all(re.fullmatch(r"a1p7_ASThread_SIM_\d{14}_3072_3", name) for name in wrappers.wrapper)


def test_jobs_that_the_platform_has_say_when_they_were_submitted() -> None:
    for expid in ("a1p7", "o001"):
        records = named(expid)
        jobs = records.jobs.take(np.flatnonzero(np.isin(records.jobs.status, _ON_PLATFORM)))
        assert len(jobs) > 5
        assert (jobs.submit > 0).all()
        assert (jobs.submit <= NOW).all()
        assert (jobs.scheduler_id > 0).all()


def test_the_decadal_hindcast_failed_and_was_tried_again() -> None:
    history = past(named("a2m9"))
    assert (history.status == Status.FAILED).sum() > 20
    assert history.fail_count.max() == 2
    assert any(name.endswith(".out_attempt_2") for name in history.out)


@pytest.mark.parametrize("wanted", [20, 400, 5_000])
def test_a_large_story_has_about_the_jobs_asked_for(wanted: int) -> None:
    jobs = large_story(wanted).records(seed=1, now=NOW).jobs
    assert abs(len(jobs) - wanted) < 0.1 * wanted + 5
    assert (jobs.status == Status.COMPLETED).any()
    assert (jobs.status == Status.WAITING).any()
