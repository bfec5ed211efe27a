"""What the demo writes is read back equal by the real readers, without a warning."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from autosubmit_core import demo
from autosubmit_core.archive.archive import Archive, open_archive
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.stories import STORIES
from autosubmit_core.demo.story import Story
from autosubmit_core.errors import SourceMissingError
from autosubmit_core.readers.logs.command_logs import latest_run_log
from autosubmit_core.readers.logs.job_logs import job_logs_of
from autosubmit_core.readers.logs.tails import job_log_tail
from autosubmit_core.status import Status
from autosubmit_core.tables import Table

ON_DISK = [story for story in STORIES if not story.archived]
LAUNCHED = [story for story in ON_DISK if story.launches]

each_on_disk = pytest.mark.parametrize("story", ON_DISK, ids=lambda story: story.expid)
each_launched = pytest.mark.parametrize("story", LAUNCHED, ids=lambda story: story.expid)

#: Columns of the job list that its oldest layouts have no place for.
_TIMES = ("ready", "submit", "start", "fail_count", "platform", "queue", "wallclock")
_SPLITS = ("split", "splits")


@pytest.fixture(scope="module")
def archive(demo_folder: Path) -> Archive:
    return open_archive(demo_folder / "autosubmitrc")


def told(story: Story, now: int) -> Records:
    return story.records(seed=1 + STORIES.index(story), now=now)


def assert_equal(found: Table, written: Table, *, but: tuple[str, ...] = ()) -> None:
    """Assert that two tables hold the same; that a text is missing or empty is the same."""
    assert len(found) == len(written)
    for name, values in written.columns().items():
        if name in but:
            continue
        if values.dtype == object:
            ours = [value or None for value in values]
            assert [value or None for value in found.columns()[name]] == ours, name
        else:
            np.testing.assert_array_equal(found.columns()[name], values, err_msg=name)


def test_the_catalogue_lists_every_experiment(archive: Archive) -> None:
    experiments = archive.experiments()
    assert experiments.name.tolist() == [story.expid for story in STORIES]
    assert experiments.description.tolist() == [story.description for story in STORIES]
    assert experiments.autosubmit_version.tolist() == [story.version for story in STORIES]
    running = experiments.name[experiments.running].tolist()
    assert running == [story.expid for story in STORIES if story.share is not None]
    assert archive.warnings == ()


def test_every_generation_of_autosubmit_is_there() -> None:
    assert {story.version for story in ON_DISK} == {
        "3.13.0",
        "4.1.10",
        "4.1.15.1",
        "4.1.17.1",
        "4.2.0",
    }


@each_on_disk
def test_the_job_list_is_read_back(archive: Archive, story: Story, demo_now: int) -> None:
    records = told(story, demo_now)
    lost: tuple[str, ...] = ("finish", "wrapper_type", "workflow_commit")
    match records.generation.job_list:
        case "python2":
            lost += (*_TIMES, *_SPLITS)
        case "graph":
            lost += _TIMES
        case "table":
            # Autosubmit 4.2 keeps no queue, and leaves the column of the platform empty.
            lost += ("queue", "platform", "fail_count", "ready")
    assert_equal(archive.experiment(story.expid).jobs, records.jobs, but=lost)


@each_on_disk
def test_the_structure_is_read_back(archive: Archive, story: Story, demo_now: int) -> None:
    records, found = told(story, demo_now), archive.experiment(story.expid)
    edges = found.structure.edges_between(found.jobs.name)
    written = records.structure.edges_between(records.jobs.name)
    assert len(found.structure) == len(records.structure) > 0
    assert set(zip(*edges.tolist())) == set(zip(*written.tolist()))


@each_launched
def test_history_and_runs_are_read_back(archive: Archive, story: Story, demo_now: int) -> None:
    records, found = told(story, demo_now), archive.experiment(story.expid)
    assert records.history is not None
    assert records.runs is not None
    assert_equal(found.history, records.history)
    assert_equal(found.runs, records.runs)


@each_launched
def test_total_stats_are_read_back(archive: Archive, story: Story, demo_now: int) -> None:
    attempts = told(story, demo_now).attempts
    assert attempts is not None
    found = archive.experiment(story.expid)
    assert_equal(found.attempts(found.jobs.name.tolist()), attempts)


@each_launched
def test_wrappers_are_read_back(archive: Archive, story: Story, demo_now: int) -> None:
    records = told(story, demo_now)
    assert records.wrappers is not None
    assert_equal(archive.experiment(story.expid).wrappers, records.wrappers)


def test_user_metrics_are_read_back(archive: Archive, demo_now: int) -> None:
    story = next(story for story in STORIES if story.measures)
    metrics = told(story, demo_now).metrics
    assert metrics is not None
    assert_equal(archive.experiment(story.expid).user_metrics, metrics)


@each_on_disk
def test_nothing_is_missing_or_damaged(archive: Archive, story: Story) -> None:
    found = archive.experiment(story.expid)
    sources = (found.folder, found.jobs, found.history, found.runs, found.structure)
    assert all(source is not None for source in sources)
    assert found.wrappers is not None
    assert found.configuration.data
    assert found.warnings == ()


@each_on_disk
def test_the_age_of_the_job_list_tells_whether_it_runs(
    archive: Archive, story: Story, demo_now: int
) -> None:
    modified = archive.experiment(story.expid).jobs_modified
    assert modified is not None
    if story.share is not None:
        assert 0 <= demo_now - modified < 60
    else:
        assert demo_now - modified > 3_600


@each_launched
def test_the_run_log_is_that_of_the_last_run(
    archive: Archive, story: Story, demo_folder: Path, demo_now: int
) -> None:
    log = latest_run_log([demo_folder / story.expid / "tmp" / "ASLOGS"])
    assert log is not None
    start = int(archive.experiment(story.expid).runs.start[-1])
    assert log.path.name == f"{time.strftime('%Y%m%d_%H%M%S', time.localtime(start))}_run.log"
    if story.share is not None:
        assert demo_now - log.path.stat().st_mtime < 60


@each_launched
def test_the_newest_rows_have_readable_logs(
    archive: Archive, story: Story, demo_folder: Path
) -> None:
    history = archive.experiment(story.expid).history
    folder = demo_folder / story.expid / "tmp" / f"LOG_{story.expid}"
    logs = job_logs_of(folder)
    ended = np.flatnonzero(history.last & (history.finish > 0))[-5:]
    assert len(ended) == 5
    for row in ended.tolist():
        name = logs.finished_log(history.job_name[row], "out", history.out[row])
        assert name is not None
        lines = job_log_tail(folder, name).lines
        assert lines[-1].endswith(("completed", "aborted, see the error log"))


def test_old_logs_are_compressed_in_both_ways(demo_folder: Path) -> None:
    suffixes = {path.suffix for path in (demo_folder / "a2m9" / "tmp" / "LOG_a2m9").iterdir()}
    assert {".xz", ".gz", ".out", ".err"} <= suffixes


def test_an_archived_experiment_has_no_folder(archive: Archive, demo_folder: Path) -> None:
    expid = next(story.expid for story in STORIES if story.archived)
    assert not (demo_folder / expid).exists()
    with pytest.raises(SourceMissingError):
        _ = archive.experiment(expid).jobs


def test_the_same_seed_and_moment_give_the_same_tables(
    demo_folder: Path, tmp_path: Path, demo_now: int
) -> None:
    again = demo.build(tmp_path / "again", seed=1, now=demo_now)
    files = sorted(
        path.relative_to(demo_folder) for path in demo_folder.rglob("*.*") if path.is_file()
    )
    assert files == sorted(path.relative_to(again) for path in again.rglob("*.*") if path.is_file())
    for file in files:
        # The run-control file alone names the folder.
        if file.name != "autosubmitrc":
            assert _content(demo_folder / file) == _content(again / file), file


def _content(path: Path) -> str:
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_large_experiment_is_added_on_request(tmp_path: Path, demo_now: int) -> None:
    folder = demo.build(tmp_path, jobs=3_000, stats_files=20, now=demo_now)
    found = open_archive(folder / "autosubmitrc").experiment("abig")
    assert 2_900 < len(found.jobs) < 3_100
    assert len(found.runs) == 3
    status, counts = np.unique(found.jobs.status, return_counts=True)
    count = dict(zip(status.tolist(), counts.tolist()))
    assert count[Status.COMPLETED] > 1_000
    assert count[Status.WAITING] > 100
    assert len(list((folder / "abig" / "tmp").glob("*_TOTAL_STATS"))) == 20


def test_progress_is_told_step_by_step(tmp_path: Path, demo_now: int) -> None:
    lines: list[str] = []
    demo.build(tmp_path, now=demo_now, progress=lines.append)
    assert [line.split()[1].rstrip(":") for line in lines] == [story.expid for story in STORIES]
