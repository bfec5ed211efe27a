"""Details of every experiment that can be read, layouts of those that run; nothing else is touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from autosubmit_core.archive import open_archive
from autosubmit_core.readers.places import read_places
from autosubmit_core.workers.details import DetailsTask
from autosubmit_core.workers.layouts import LayoutsTask
from autosubmit_core.workers.passes import PassSummary, Task

Work = Callable[[Task[Any], Path], PassSummary]
Rows = Callable[..., list[tuple[Any, ...]]]

RUNNING = ("a1p7", "o001")


def details(folder: Path, expid: str) -> list[str | None]:
    """Return owner, model, branch and platform of an experiment as they are noted."""
    registered = open_archive(folder).experiment(expid).registered
    return [getattr(registered, name)[0] for name in ("user", "model", "branch", "hpc")]


def test_details_come_from_folder_and_configuration(
    installation: Path, work: Work, rows: Rows
) -> None:
    rows(installation / "autosubmit.db", "DELETE FROM details WHERE exp_id IN (5, 6)")
    rows(installation / "autosubmit.db", "UPDATE details SET branch = 'old' WHERE exp_id = 3")
    work(DetailsTask(), installation)
    experiment = open_archive(installation).experiment("a1p7")
    folder, configuration = experiment.folder, experiment.configuration
    assert folder is not None
    assert details(installation, "a1p7") == [
        *(folder.owner_name, configuration.model, configuration.branch, configuration.main_platform)
    ]
    assert details(installation, "a0k2")[2] == "ssp245-production"


def test_details_are_written_into_a_table_without_a_key(
    installation: Path, work: Work, rows: Rows
) -> None:
    main = installation / "autosubmit.db"
    rows(main, "ALTER TABLE details RENAME TO old_details")
    rows(main, "CREATE TABLE details AS SELECT * FROM old_details")
    rows(main, "INSERT INTO details SELECT * FROM old_details")
    work(DetailsTask(), installation)
    counts: dict[int, int] = dict(
        rows(main, "SELECT exp_id, count(*) FROM details GROUP BY exp_id")
    )
    # That of the archived one is not ours to write: it stays as it was.
    assert {number for number, count in counts.items() if count > 1} == {1}


def test_an_archived_experiment_keeps_its_details(
    installation: Path, work: Work, archive_away: Callable[[Path, str], None]
) -> None:
    work(DetailsTask(), installation)
    before = details(installation, "o001")
    archive_away(installation, "o001")
    work(DetailsTask(), installation)
    assert details(installation, "o001") == before


def test_the_earliest_date_that_was_seen_stays(installation: Path, work: Work, rows: Rows) -> None:
    main = installation / "autosubmit.db"
    rows(main, "UPDATE details SET created = '2001-01-01 00:00:00', \"user\" = '' WHERE exp_id = 2")
    rows(main, "UPDATE details SET created = '2999-01-01T00:00:00+00:00' WHERE exp_id = 3")
    work(DetailsTask(), installation)
    created: dict[int, str] = dict(rows(main, "SELECT exp_id, created FROM details"))
    assert created[2] == "2001-01-01 00:00:00"
    assert created[3] < "2999"


def test_unchanged_experiments_are_not_read_again(installation: Path, work: Work) -> None:
    assert work(DetailsTask(), installation).examined == 8
    assert work(DetailsTask(), installation).examined == 0


def test_layouts_are_made_of_what_runs_and_has_none(installation: Path, work: Work) -> None:
    assert work(LayoutsTask(), installation).examined == 2
    stored = {
        experiment.expid: experiment.workflow.stored
        for experiment in (open_archive(installation).experiment(name) for name in RUNNING)
    }
    for expid, places in stored.items():
        assert places is not None
        drawn = open_archive(installation).experiment(expid).workflow.layered()
        assert places.x.tolist() == drawn.x.tolist()
    assert open_archive(installation).experiment("a0k2").workflow.stored is None


def test_a_layout_that_lacks_a_job_is_made_anew(in_files: Path, work: Work, rows: Rows) -> None:
    work(LayoutsTask(), in_files)
    graph = in_files / "metadata" / "graph" / "graph_data_a1p7.db"
    whole = len(read_places(graph))
    with closing(sqlite3.connect(graph)) as database, database:
        database.execute("DELETE FROM experiment_graph_draw WHERE id = 7")
    work(LayoutsTask(), in_files)
    assert len(read_places(graph)) == whole


def test_no_experiment_is_written_into(installation: Path, work: Work) -> None:
    def below() -> dict[Path, tuple[int, int]]:
        return {
            path: (path.lstat().st_mtime_ns, path.lstat().st_size)
            for expid in ("a00q", "a0k2", "a1p7", "o001")
            for path in [installation / expid, *(installation / expid).rglob("*")]
        }

    before = below()
    for task in (DetailsTask(), LayoutsTask()):
        work(task, installation)
    assert below() == before
