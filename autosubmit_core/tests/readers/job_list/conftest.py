"""What the tests of job lists share: a workflow, and pickles of anything."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from autosubmit_core.demo.writing.pickle_stream import PickleStream
from autosubmit_core.readers.job_list import read_job_list
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure

ReadPickle: TypeAlias = Callable[[bytes], JobTable]
ReadStates: TypeAlias = Callable[..., JobTable]


@pytest.fixture
def jobs() -> JobTable:
    """Seven jobs of all kinds: once, of a member, of a chunk, of a split; some have run."""
    names = ["SETUP", "20200228_fc0_INI", "20200228_fc0_1_SIM", "20200228_fc0_2_SIM"]
    names += ["1_POST", "2_POST", "20200301_12_CLEAN_UP"]
    names = [f"a0zz_{name}" for name in names]
    n = len(names)
    return JobTable.of(
        n,
        name=names,
        status=[5, 5, -1, 4, 0, 1, -3],
        priority=[0, 1, 2, 2, 3, 3, 4],
        section=["SETUP", "INI", "SIM", "SIM", "POST", "POST", "CLEAN_UP"],
        date=["NaT", *["2020-02-28T06:00"] * 3, "NaT", "NaT", "2020-03-01"],
        member=[None, "fc0", "fc0", "fc0", None, None, "12"],
        chunk=[0, 0, 1, 2, 0, 0, 0],
        split=[0, 0, 0, 0, 1, 2, 0],
        splits=[0, 0, 0, 0, 2, 2, 0],
        scheduler_id=[24411, 21131676, 21131677, 21131678, 0, 0, 0],
        local_out=[f"{name}.20220314090314.out" for name in names[:3]] + [""] * 4,
        local_err=[f"{name}.20220314090314.err" for name in names[:3]] + [""] * 4,
        remote_out=[""] * n,
        remote_err=[""] * n,
        wrapper_type=[None, None, "vertical", "vertical", None, None, None],
        ready=np.array([1, 2, 3, 3, 0, 4, 0]) * 100 + 1_647_000_000,
        submit=np.array([1, 2, 3, 3, 0, 0, 0]) * 101 + 1_647_000_000,
        start=[1_647_000_201, 1_647_000_302, 1_647_000_403, 1_647_000_404, 0, 0, 0],
        finish=[1_647_001_000, 1_647_002_000, 1_647_003_000, 0, 0, 0, 0],
        fail_count=[0, 0, 2, 0, 0, 0, 0],
        platform=["LOCAL", "MN5", "MN5", "MN5", None, None, None],
        queue=[None, "gp_resa", "gp_resa", "gp_resa", None, None, None],
        wallclock=["00:05", "00:10", "02:00", "02:00", None, None, None],
        workflow_commit=["3f786850e387550fdab836ed7e6dc881de23001b", *[None] * 6],
    )


@pytest.fixture
def structure(jobs: JobTable) -> Structure:
    """What waits for what among :func:`jobs`."""
    names = jobs.name.tolist()
    return Structure.of_edges(
        [names[0], names[1], names[2], names[3], names[3]],
        [names[1], names[2], names[3], names[4], names[5]],
    )


@pytest.fixture
def read_pickle(tmp_path: Path) -> ReadPickle:
    """Read a job list from the bytes of a pickle."""

    def read(data: bytes) -> JobTable:
        path = tmp_path / "job_list_a0zz.pkl"
        path.write_bytes(data)
        return read_job_list(path)

    return read


@pytest.fixture
def read_states(read_pickle: ReadPickle) -> ReadStates:
    """Read jobs with the given values in their states from a dictionary layout."""

    def read(*states: dict[str, Any], protocol: int = 5) -> JobTable:
        begin = {"_section": "SIM", "_status": int(Status.WAITING), "priority": 0}
        made = {f"a0zz_{at}_SIM": begin | state for at, state in enumerate(states, 1)}
        return read_pickle(pickle.dumps(made, protocol))

    return read


@pytest.fixture
def streamed(tmp_path: Path) -> Callable[[Any], bytes]:
    """Return the pickle of a value, in which classes are only names."""

    def stream(value: Any) -> bytes:
        path = tmp_path / "streamed.pkl"
        with path.open("wb") as file:
            pickled = PickleStream(file)
            pickled.write(pickled.value(value))
            pickled.end()
        return path.read_bytes()

    return stream
