"""Nine real experiments, in all layouts of pickles, beside what was answered of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core.demo.writing.job_lists import write_dictionary_pickle, write_graph_pickle
from autosubmit_core.readers.job_list import read_job_list
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure

EXPERIMENTS = ["a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f"]
#: The answers know splits of the dictionary layout only.
DICTIONARIES = {"a1vj", "a1vx", "aa6f"}


def body(jobs: JobTable, row: int) -> dict[str, Any]:
    """Return a job in the shape of the recorded answers."""
    date = jobs.date[row]
    return {
        "name": jobs.name[row],
        "status": Status(jobs.status[row]).name,
        "priority": int(jobs.priority[row]),
        "section": jobs.section[row],
        "date": None if np.isnat(date) else str(date.astype("datetime64[D]")),
        "member": jobs.member[row],
        "chunk": int(jobs.chunk[row]) or None,
        "split": int(jobs.split[row]) or None,
        "splits": int(jobs.splits[row]) or None,
        "out_path_local": jobs.local_out[row],
        "err_path_local": jobs.local_err[row],
        "out_path_remote": jobs.remote_out[row],
        "err_path_remote": jobs.remote_err[row],
    }


@pytest.mark.parametrize("expid", EXPERIMENTS)
def test_real_job_lists_hold_what_was_answered(
    expid: str, reference_experiments: Path, reference_answers: Path
) -> None:
    answer = reference_answers / expid / f"v4__experiments__{expid}__jobs.json"
    expected = json.loads(answer.read_text())["body"]["jobs"]
    jobs = read_job_list(reference_experiments / expid / "pkl" / f"job_list_{expid}.pkl")
    found = [body(jobs, row) for row in range(len(jobs))]
    found.sort(key=lambda job: (job["name"].lower(), job["name"]))
    if expid not in DICTIONARIES:
        for job in (*found, *expected):
            del job["split"], job["splits"]
    assert found == expected


def test_splits_of_a_graph_are_read_too(reference_experiments: Path) -> None:
    # The recorded answers say null here: their reader looked for names that do not exist.
    jobs = read_job_list(reference_experiments / "a1ve" / "pkl" / "job_list_a1ve.pkl")
    splits = dict(zip(jobs.name.tolist(), zip(jobs.split.tolist(), jobs.splits.tolist())))
    assert [splits[f"a1ve_{split}_ASIM"] for split in (1, 2, 3)] == [(1, 3), (2, 3), (3, 3)]
    assert splits["a1ve_SIM"] == (0, 0)


def test_jobs_of_4_1_17_tell_when_they_were_submitted(reference_experiments: Path) -> None:
    jobs = read_job_list(reference_experiments / "aa6f" / "pkl" / "job_list_aa6f.pkl")
    assert (jobs.submit > 1_781_000_000).all()
    assert (jobs.start >= jobs.submit).all()
    assert (jobs.scheduler_id > 2_000_000).all()
    assert set(jobs.platform.tolist()) == {"LOCAL", "MN5"}


#: Loads both layouts with the real classes and says what it found.
LOAD = """
import pickle, sys
import autosubmit.job.job, networkx
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        top = pickle.load(file)
    if isinstance(top, dict):
        print(len(top), [state["_chunk"] for state in top.values()])
    else:
        chunks = [top.nodes[name]["job"]._chunk for name in top]
        print(type(top).__name__, len(top.edges), chunks)
"""


def test_autosubmit_itself_can_load_what_the_writers_write(
    tmp_path: Path, jobs: JobTable, structure: Structure, autosubmit_python: Path
) -> None:
    paths = [tmp_path / "dictionary.pkl", tmp_path / "graph.pkl"]
    write_dictionary_pickle(paths[0], jobs)
    write_graph_pickle(paths[1], jobs, structure)
    done = subprocess.run(
        [autosubmit_python, "-c", LOAD, *paths], capture_output=True, text=True, check=True
    )
    chunks = "[None, None, 1, 2, None, None, None]"
    assert done.stdout == f"7 {chunks}\nDiGraph 5 {chunks}\n"
