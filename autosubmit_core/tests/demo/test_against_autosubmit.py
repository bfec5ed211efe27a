"""Autosubmit itself reads what the demo writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autosubmit_core.archive.archive import open_archive
from autosubmit_core.demo.stories import STORIES
from autosubmit_core.status import Status
from autosubmit_core.tables import Structure

_STATES = """
import json, pickle, sys
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        jobs = pickle.load(file)
    told = {name: [job["_status"], job["_section"], job["_chunk"]] for name, job in jobs.items()}
    print(json.dumps(told))
"""

_JOBS = """
import json, pickle, sys
from autosubmit.job.job import Job
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        states = pickle.load(file)
    jobs = [Job(loaded_data=state) for state in states.values()]
    print(json.dumps({job.name: [job.status, job.section, job.chunk] for job in jobs}))
"""

_GRAPH = """
import json, pickle, sys
with open(sys.argv[1], "rb") as file:
    graph = pickle.load(file)
nodes = {name: type(node["job"]).__name__ for name, node in graph.nodes.items()}
print(json.dumps([nodes, sorted(map(list, graph.edges))]))
"""

_CONFIGURATION = """
import json, sys
from autosubmit.config.configcommon import AutosubmitConfig
for expid in sys.argv[1:]:
    configuration = AutosubmitConfig(expid)
    configuration.reload(force_load=True)
    print(json.dumps(configuration.experiment_data, default=str))
"""

WITH_DICTIONARY = ["a0k2", "a1p7", "a2m9", "t0ab"]


@pytest.fixture(scope="module")
def installation(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo that Autosubmit may write into, as it does even when it only reads."""
    copy = tmp_path_factory.mktemp("autosubmit") / "demo"
    shutil.copytree(demo_folder, copy)
    run_control = copy / "autosubmitrc"
    run_control.write_text(run_control.read_text().replace(str(demo_folder), str(copy)))
    return copy


def answers(python: Path, installation: Path, program: str, arguments: list[str]) -> list[Any]:
    """Return the JSON that a program prints for each argument, run by Autosubmit's Python."""
    done = subprocess.run(
        [python, "-c", program, *arguments],
        env=os.environ | {"AUTOSUBMIT_CONFIGURATION": str(installation / "autosubmitrc")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    # Autosubmit tells, in colour, which files it loads.
    return [json.loads(line) for line in done.stdout.splitlines() if line[:1] in ("{", "[")]


def pickle_of(installation: Path, expid: str) -> str:
    return str(installation / expid / "pkl" / f"job_list_{expid}.pkl")


@pytest.mark.parametrize("program", [_STATES, _JOBS], ids=["states", "jobs"])
def test_dictionary_pickles_load(autosubmit_python: Path, installation: Path, program: str) -> None:
    archive = open_archive(installation / "autosubmitrc")
    paths = [pickle_of(installation, expid) for expid in WITH_DICTIONARY]
    loaded = answers(autosubmit_python, installation, program, paths)
    for expid, found in zip(WITH_DICTIONARY, loaded, strict=True):
        jobs = archive.experiment(expid).jobs
        status = jobs.status.copy()
        if program is _JOBS:
            # Autosubmit finds out anew which jobs are ready when it makes jobs of their states.
            status[status == Status.READY] = Status.WAITING
        columns = zip(jobs.name, status.tolist(), jobs.section, jobs.chunk.tolist())
        assert found == {name: [code, part, chunk or None] for name, code, part, chunk in columns}


def test_the_graph_pickle_loads(autosubmit_python: Path, installation: Path) -> None:
    found = open_archive(installation / "autosubmitrc").experiment("a07w")
    path = pickle_of(installation, "a07w")
    # Attributes of a job of 4.1.10 have other names in the class that today's Autosubmit has.
    [[nodes, edges]] = answers(autosubmit_python, installation, _GRAPH, [path])
    assert nodes == dict.fromkeys(found.jobs.name, "Job")
    ends = np.stack([found.structure.parent, found.structure.child])
    assert edges == sorted(map(list, zip(*found.structure.job[ends].tolist())))


def test_configurations_resolve_to_the_same(autosubmit_python: Path, installation: Path) -> None:
    archive = open_archive(installation / "autosubmitrc")
    stories = [story for story in STORIES if not story.archived and story.version >= "4"]
    expids = [story.expid for story in stories]
    loaded = answers(autosubmit_python, installation, _CONFIGURATION, expids)
    for expid, theirs in zip(expids, loaded, strict=True):
        ours = archive.experiment(expid).configuration.data
        for section in ("CONFIG", "DEFAULT", "EXPERIMENT", "JOBS", "PLATFORMS"):
            assert ours[section] == theirs[section]
        assert ours.get("WRAPPERS") == theirs.get("WRAPPERS")


@pytest.mark.parametrize("expid", ["a1p7", "a2m9"])
def test_autosubmit_monitors_the_same_jobs_and_keeps_the_structure(
    autosubmit_python: Path, installation: Path, expid: str
) -> None:
    before = open_archive(installation / "autosubmitrc").experiment(expid)
    edges = named_edges(before.structure)
    program = str(autosubmit_python.with_name("autosubmit"))
    subprocess.run(
        [program, "monitor", expid, "--hide", "-o", "txt"],
        env=os.environ | {"AUTOSUBMIT_CONFIGURATION": str(installation / "autosubmitrc")},
        capture_output=True,
        check=True,
        timeout=120,
    )
    [report] = (installation / expid / "status").glob("*.txt")
    listed = re.findall(r"^[ |]*(\w+) (?:~ .*)?\[([A-Z]+)\]", report.read_text(), re.MULTILINE)
    status = np.where(before.jobs.status == Status.READY, Status.WAITING, before.jobs.status)
    assert dict(listed) == {
        name: Status(code).name for name, code in zip(before.jobs.name, status.tolist())
    }
    # Autosubmit reduces the dependencies anew: there is nothing to leave out, and nothing to add.
    after = open_archive(installation / "autosubmitrc").experiment(expid)
    assert named_edges(after.structure) == edges


def named_edges(structure: Structure) -> set[tuple[str, str]]:
    return set(zip(structure.job[structure.parent], structure.job[structure.child]))
