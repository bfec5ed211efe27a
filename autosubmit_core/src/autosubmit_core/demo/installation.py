"""Writes whole installations: experiments, each in its version's formats, and their catalogue."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from autosubmit_core.demo.narration import write_logs
from autosubmit_core.demo.noted import note_past
from autosubmit_core.demo.records import Records
from autosubmit_core.demo.stories import NEGLECTED, STORIES, large_story
from autosubmit_core.demo.writing.catalogues import write_catalogue, write_run_control
from autosubmit_core.demo.writing.configurations import write_as3, write_as4
from autosubmit_core.demo.writing.histories import (
    write_history,
    write_total_stats,
    write_user_metrics,
)
from autosubmit_core.demo.writing.instants import local_text
from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_jobs_table,
    write_list_pickle,
)
from autosubmit_core.demo.writing.workflows import write_structure, write_wrappers
from autosubmit_core.errors import InstallationError
from autosubmit_core.tables import AttemptTable, ExperimentTable

__all__ = ["build", "catalogue_rows", "write_experiment"]

#: Job logs, newest first, that an experiment of the demo keeps beside those of failed jobs.
_NEWEST_LOGS = 60


def build(
    folder: Path,
    *,
    seed: int = 1,
    now: int | None = None,
    noted: bool = False,
    jobs: int = 0,
    stats_files: int = 5_000,
    progress: Callable[[str], None] = lambda line: None,
) -> Path:
    """Build a small installation of Autosubmit with experiments of many kinds, and return it.

    ``folder`` then holds an ``autosubmitrc``, the main database, ``metadata`` and a folder for each
    of :data:`~autosubmit_core.demo.stories.STORIES`, except the archived one, which only the
    catalogue knows. With ``noted`` there are two more, one stalled and one abandoned, and what happened
    in the last week is written down as background tasks would have. With ``jobs``, ``abig`` is added,
    a running experiment of about that many jobs, in seconds; TOTAL_STATS files, one a job, are
    written for its newest ``stats_files`` jobs only.

    Equal ``seed`` and ``now`` (seconds since 1970 UTC; the present if None) give equal tables. The
    experiments that run look alive at ``now``. ``progress`` is called with a line on each step.

    Raises :class:`InstallationError` if the folder is not empty: it may hold a real installation.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InstallationError(f"{folder} is not empty: a demo needs a folder of its own.")
    now = int(time.time()) if now is None else now
    neglected = NEGLECTED if noted else ()
    stories = [*STORIES, *neglected, *([large_story(jobs)] if jobs else [])]
    written = []
    for number, story in enumerate(stories):
        progress(f"{number + 1}/{len(stories)} {story.expid}: {story.description}")
        records = story.records(seed=seed + number, now=now)
        if story.expid == "abig" and records.attempts is not None:
            few = _newest_jobs(records.attempts, stats_files)
            records = replace(records, attempts=few)
        if not story.archived:
            write_experiment(folder, records, newest_logs=_NEWEST_LOGS)
        written.append(records)
    write_run_control(folder / "autosubmitrc", folder.absolute())
    write_catalogue(folder, catalogue_rows(written))
    if noted:
        note_past(folder, stories, seed=seed, now=now)
    return folder


def write_experiment(folder: Path, records: Records, *, newest_logs: int = 0) -> Path:
    """Write one experiment into an installation's folder, but not into its catalogue.

    With ``newest_logs``, its command logs and so many job logs too. Returns the experiment's folder.
    """
    root, expid, made = folder / records.expid, records.expid, records.generation
    for place in ("conf", "tmp/ASLOGS", f"tmp/LOG_{expid}", "plot", "status"):
        (root / place).mkdir(parents=True, exist_ok=True)
    if made.yaml:
        write_as4(root, records.configuration, version=records.version)
    else:
        write_as3(root, expid, records.configuration)
    _write_jobs(folder, records)
    _write_past(folder, records)
    if newest_logs:
        write_logs(root, records, newest=newest_logs)
    for changed in (root, root / "conf"):
        os.utime(changed, (records.modified, records.modified))
    return root


def catalogue_rows(written: Sequence[Records], *, first_id: int = 1) -> ExperimentTable:
    """Return the rows that the catalogue of an installation has for experiments."""
    rows = [_catalogue_row(records) for records in written]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return ExperimentTable.of(len(rows), id=np.arange(first_id, first_id + len(rows)), **columns)


def _catalogue_row(records: Records) -> dict[str, Any]:
    offset = records.generation.text_has_offset
    settings, noted = records.configuration.get("exp", records.configuration), records.user
    return {
        "name": records.expid,
        "description": records.description,
        "autosubmit_version": records.version,
        "user": records.user,
        "created": local_text(records.created, offset=True) if noted else None,
        "model": records.model if noted else None,
        "branch": records.branch if noted else None,
        "hpc": settings["DEFAULT"]["HPCARCH"] if noted else None,
        "running": records.running,
        "status_modified": local_text(records.modified, offset=offset),
    }


def _write_jobs(folder: Path, records: Records) -> None:
    """Write the job list, what it hangs together by, and the wrappers."""
    root, expid, made = folder / records.expid, records.expid, records.generation
    pickle, database = root / "pkl" / f"job_list_{expid}.pkl", root / "db" / "job_list.db"
    if made.job_list == "table":
        write_jobs_table(database, records.jobs, modified=records.modified)
    elif made.job_list == "dictionary":
        write_dictionary_pickle(pickle, records.jobs)
    elif made.job_list == "graph":
        write_graph_pickle(pickle, records.jobs, records.structure)
    else:
        write_list_pickle(pickle, records.jobs, python2=made.job_list == "python2")
    at_4_2 = made.structure == "4.2"
    structure = folder / "metadata" / "structures" / f"structure_{expid}.db"
    write_structure(
        database if at_4_2 else structure,
        records.structure,
        records.jobs,
        generation=made.structure,
    )
    if records.wrappers is not None:
        packages = root / "pkl" / f"job_packages_{expid}.db"
        write_wrappers(
            database if at_4_2 else packages, records.wrappers, expid, generation=made.wrappers
        )
    # The age of the job list tells whether Autosubmit is at work.
    listed = database if at_4_2 else pickle
    os.utime(listed, (records.modified, records.modified))


def _write_past(folder: Path, records: Records) -> None:
    """Write the historical database, the TOTAL_STATS files and the user metrics."""
    expid, made = records.expid, records.generation
    if records.history is not None and records.runs is not None:
        configuration = json.dumps(records.configuration)
        database = folder / "metadata" / "data" / f"job_data_{expid}.db"
        write_history(
            database,
            records.history,
            records.runs,
            schema=made.history_schema,
            metadata={run: configuration for run in records.runs.run_id.tolist()},
        )
        os.utime(database, (records.modified, records.modified))
    if records.attempts is not None:
        write_total_stats(folder / expid / "tmp", records.jobs.name.tolist(), records.attempts)
    if records.metrics is not None:
        write_user_metrics(folder / expid / "tmp" / f"metrics_{expid}.db", records.metrics)


def _newest_jobs(attempts: AttemptTable, count: int) -> AttemptTable:
    """Return the lines of the jobs that were submitted last."""
    submitted = np.zeros(int(attempts.job.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(submitted, attempts.job, attempts.submit)
    chosen = np.zeros(len(submitted), dtype=bool)
    chosen[np.argsort(submitted, kind="stable")[-count:] if count else []] = True
    return attempts.take(np.flatnonzero(chosen[attempts.job]))
