"""What each layout of a job list says, and that all say the same of the same jobs."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autosubmit_core.demo.writing.job_lists import (
    write_dictionary_pickle,
    write_graph_pickle,
    write_jobs_table,
    write_list_pickle,
)
from autosubmit_core.demo.writing.pickle_stream import Built, Global
from autosubmit_core.errors import SourceUnreadableError
from autosubmit_core.readers.job_list import read_job_list, read_job_list_bytes, read_jobs_table
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure

#: The fields that lists of tuples have no place for.
NOT_IN_LISTS = {"split", "splits", "ready", "submit", "start", "finish", "fail_count"}
NOT_IN_LISTS |= {"platform", "queue", "wallclock", "workflow_commit"}


def assert_same(read: JobTable, written: JobTable, leaving_out: set[str]) -> None:
    missing = JobTable.of(len(written)).columns()
    for name, column in written.columns().items():
        found = read.columns()[name]
        assert found.dtype == column.dtype
        expected = missing[name] if name in leaving_out else column
        assert found.tolist() == expected.tolist(), name


def test_a_list_of_tuples_is_read_as_it_was_written(tmp_path: Path, jobs: JobTable) -> None:
    write_list_pickle(tmp_path / "list.pkl", jobs)
    assert_same(read_job_list(tmp_path / "list.pkl"), jobs, NOT_IN_LISTS)


def test_a_list_of_python_2_is_read_as_it_was_written(tmp_path: Path, jobs: JobTable) -> None:
    path = tmp_path / "list.pkl"
    write_list_pickle(path, jobs, python2=True)
    # 2020 is 0x07e4: the date is a text with characters above 127.
    assert path.read_bytes().startswith(b"(lp0\n(S'a0zz_SETUP'\np1\n")
    assert rb"(S'\x07\xe4\x02\x1c\x06\x00\x00\x00\x00\x00'" in path.read_bytes()
    assert_same(read_job_list(path), jobs, NOT_IN_LISTS | {"wrapper_type"})


def test_raw_bytes_in_a_list_of_python_2_are_read_too(tmp_path: Path, jobs: JobTable) -> None:
    path = tmp_path / "list.pkl"
    write_list_pickle(path, jobs, python2=True)
    path.write_bytes(path.read_bytes().replace(rb"\xe4", b"\xe4"))
    assert read_job_list(path).date.tolist() == jobs.date.tolist()


def test_a_graph_is_read_as_it_was_written(
    tmp_path: Path, jobs: JobTable, structure: Structure
) -> None:
    write_graph_pickle(tmp_path / "graph.pkl", jobs, structure)
    missing = {"ready", "start", "workflow_commit"}
    assert_same(read_job_list(tmp_path / "graph.pkl"), jobs, missing)


def test_a_dictionary_is_read_as_it_was_written(tmp_path: Path, jobs: JobTable) -> None:
    write_dictionary_pickle(tmp_path / "dictionary.pkl", jobs)
    assert_same(read_job_list(tmp_path / "dictionary.pkl"), jobs, set())


def test_a_table_and_a_pickle_of_the_same_workflow_give_the_same_jobs(
    tmp_path: Path, jobs: JobTable
) -> None:
    write_dictionary_pickle(tmp_path / "dictionary.pkl", jobs)
    write_jobs_table(tmp_path / "job_list.db", jobs, modified=1_700_000_000)
    from_pickle = read_job_list(tmp_path / "dictionary.pkl")
    from_table = read_jobs_table(tmp_path / "job_list.db")
    assert_same(from_table, from_pickle, {"queue", "workflow_commit"})


def test_a_dictionary_of_thousands_of_jobs_keeps_their_order(tmp_path: Path) -> None:
    # Picklers write dictionaries in batches of 1000, and files in frames of 64 KB.
    n = 2501
    names = [f"a0zz_{at}_SIM" for at in range(n)]
    jobs = JobTable.of(n, name=names, section=["SIM"] * n, scheduler_id=np.arange(n))
    write_dictionary_pickle(tmp_path / "dictionary.pkl", jobs)
    read = read_job_list(tmp_path / "dictionary.pkl")
    assert read.name.tolist() == names
    assert read.scheduler_id.tolist() == list(range(n))
    # Equal texts are one object.
    assert len({id(section) for section in read.section}) == 1


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_every_protocol_is_read(read_states: Callable[..., JobTable], protocol: int) -> None:
    read = read_states({"date": datetime(2020, 2, 28)}, {"_chunk": 3}, protocol=protocol)
    assert read.name.tolist() == ["a0zz_1_SIM", "a0zz_2_SIM"]
    assert read.chunk.tolist() == [0, 3]
    assert read.date[0] == np.datetime64("2020-02-28")


def test_bytes_from_elsewhere_are_read_like_a_file(tmp_path: Path, jobs: JobTable) -> None:
    write_dictionary_pickle(tmp_path / "dictionary.pkl", jobs)
    data = (tmp_path / "dictionary.pkl").read_bytes()
    assert_same(read_job_list_bytes(data, Path("job_pkl/a0zz")), jobs, set())
    with pytest.raises(SourceUnreadableError, match="job_pkl/a0zz: stops in the middle"):
        read_job_list_bytes(data[:-1], Path("job_pkl/a0zz"))


ENTRY = ("a0zz_1_SIM", 0, 0, 1, "SIM", None, None, 1, "", "", "", "")


def test_scheduler_ids_are_numbers_or_texts_in_one_list(
    read_pickle: Callable[[bytes], JobTable],
) -> None:
    ids = [24411, "21128294", "SUBMITTED", None, "", 2**70, "-4"]
    entries = [(f"{at}", scheduler_id, *ENTRY[2:]) for at, scheduler_id in enumerate(ids)]
    read = read_pickle(pickle.dumps(entries, 2))
    # A job stays, whatever its number.
    assert read.scheduler_id.tolist() == [24411, 21128294, 0, 0, 0, 0, -4]


def test_the_wrapper_type_none_is_no_type(read_pickle: Callable[[bytes], JobTable]) -> None:
    read = read_pickle(pickle.dumps([(*ENTRY, "none"), ("other", *ENTRY[1:], "vertical")], 2))
    assert read.wrapper_type.tolist() == [None, "vertical"]


def test_a_tuple_may_have_more_values_than_known(
    read_pickle: Callable[[bytes], JobTable],
) -> None:
    read = read_pickle(pickle.dumps([(*ENTRY, "none", "of the future")], 2))
    assert read.section.tolist() == ["SIM"]


def test_a_tuple_of_eleven_is_no_job(read_pickle: Callable[[bytes], JobTable]) -> None:
    with pytest.raises(SourceUnreadableError, match="an entry in it is not a job"):
        read_pickle(pickle.dumps([ENTRY, ENTRY[:11]], 2))


@pytest.mark.parametrize("empty", [[], {}])
def test_a_list_without_jobs_has_none(
    read_pickle: Callable[[bytes], JobTable], empty: object
) -> None:
    for protocol in (0, 2, 5):
        assert len(read_pickle(pickle.dumps(empty, protocol))) == 0


DIGRAPH = Global("networkx.classes.digraph", "DiGraph")
JOB = Global("autosubmit.job.job", "Job")


def test_a_graph_without_jobs_has_none(
    read_pickle: Callable[[bytes], JobTable], streamed: Callable[[Any], bytes]
) -> None:
    assert len(read_pickle(streamed(Built(DIGRAPH, {"_node": {}, "_adj": {}})))) == 0


def test_a_node_that_an_edge_left_over_is_no_job(
    read_pickle: Callable[[bytes], JobTable], streamed: Callable[[Any], bytes]
) -> None:
    job = Built(JOB, {"_section": "SIM", "status": 5, "_split": 2, "_splits": 3})
    nodes = {"a0zz_GONE": {}, "a0zz_2_SIM": {"job": job}, "a0zz_LOST": {"job": None}}
    read = read_pickle(streamed(Built(DIGRAPH, {"_node": nodes})))
    assert read.name.tolist() == ["a0zz_2_SIM"]
    assert read.status.tolist() == [Status.COMPLETED]
    assert (read.split[0], read.splits[0]) == (2, 3)


def test_logs_that_are_no_pair_are_none(read_states: Callable[..., JobTable]) -> None:
    read = read_states(
        {"_local_logs": ("a.out", "a.err"), "_remote_logs": None},
        {"_local_logs": ("a.out",), "_remote_logs": ()},
        {"_local_logs": ["", ""], "_remote_logs": ("b.out", None)},
    )
    assert read.local_out.tolist() == ["a.out", None, ""]
    assert read.local_err.tolist() == ["a.err", None, ""]
    assert read.remote_out.tolist() == [None, None, "b.out"]
    assert read.remote_err.tolist() == [None, None, None]


def test_splits_that_are_not_positive_are_none(read_states: Callable[..., JobTable]) -> None:
    read = read_states({"_split": -1}, {"_split": 0}, {"_split": None}, {"_split": 2, "_splits": 4})
    assert read.split.tolist() == [0, 0, 0, 2]
    assert read.splits.tolist() == [0, 0, 0, 4]


def test_a_status_that_is_unknown_or_none_counts_as_unknown(
    read_states: Callable[..., JobTable],
) -> None:
    read = read_states({"_status": None}, {"_status": 42}, {"_status": -3}, {"_status": "FAILED"})
    assert read.status.tolist() == [-2, -2, -3, -1]


def test_stamps_are_texts_numbers_or_seconds(
    read_states: Callable[..., JobTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = int(datetime(2025, 4, 3, 12, 0, 0).timestamp())
    read = read_states(
        {"submit_time_timestamp": "20250403120000", "ready_date": 20250403120000},
        # 4.1.13 to 4.1.15: seconds since 1970.
        {"start_time_timestamp": 1743685600.7032535, "end_time_timestamp": 1743685700},
        {"submit_time_timestamp": 0, "start_time_timestamp": None, "finish_time_timestamp": 0},
    )
    assert read.submit.tolist() == [noon, 0, 0]
    assert read.ready.tolist() == [noon, 0, 0]
    assert read.start.tolist() == [0, 1743685600, 0]
    assert read.finish.tolist() == [0, 1743685700, 0]


def test_a_value_of_an_odd_type_costs_only_itself(read_states: Callable[..., JobTable]) -> None:
    read = read_states(
        {"_member": 7, "_chunk": "3", "priority": None, "date": "20200228"},
        {"_member": ["fc0"], "_chunk": [3], "priority": {}, "date": 20200228},
        {"_member": "", "_chunk": 2**40, "priority": 2.0, "_section": None},
        {"_member": "fc0", "_chunk": float("inf"), "_fail_count": None, "_wallclock": ""},
    )
    assert read.member.tolist() == ["7", None, None, "fc0"]
    assert read.chunk.tolist() == [3, 0, 0, 0]
    assert read.priority.tolist() == [0, 0, 2, 0]
    assert read.section.tolist() == ["SIM", "SIM", None, "SIM"]
    assert np.isnat(read.date[1:]).all()
    assert read.fail_count.tolist() == [-1, -1, -1, -1]
    assert read.wallclock.tolist() == [None] * 4


def test_what_options_of_4_1_17_leave_in_a_state_is_read(
    read_states: Callable[..., JobTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole jobs in ``edge_info``, scalars of the configuration with anchors, maps of its kind."""

    def known_as(module: str, name: str, base: type, **methods: Any) -> Any:
        made = type(name, (base,), {"__module__": module, **methods})
        place = ModuleType(module)
        setattr(place, name, made)
        monkeypatch.setitem(sys.modules, module, place)
        return made

    for package in ("autosubmit", "autosubmit.job", "ruamel", "ruamel.yaml"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    job = known_as("autosubmit.job.job", "Job", object)
    anchor = known_as("ruamel.yaml.anchor", "Anchor", object)
    integer = known_as("ruamel.yaml.scalarint", "ScalarInt", int)
    real = known_as("ruamel.yaml.scalarfloat", "ScalarFloat", float)
    truth = known_as("ruamel.yaml.scalarbool", "ScalarBoolean", int)
    text = known_as("ruamel.yaml.scalarstring", "LiteralScalarString", str)
    mapping = known_as("ruamel.yaml.comments", "CommentedMap", dict)
    mapping.__reduce__ = lambda self: (mapping, (), None, None, iter(self.items()))
    parent, chunk, wallclock = job(), integer(3), text("02:00")
    parent.__dict__ = {"_name": "a0zz_PARENT", "_section": "OTHER"}
    chunk._yaml_anchor = anchor()
    chunk._yaml_anchor.value = "chunks"
    wallclock.comment = None
    read = read_states(
        {
            "_chunk": chunk,
            "_wallclock": wallclock,
            "priority": real(2.0),
            "check": truth(1),
            "edge_info": {"RUNNING": {"a0zz_PARENT": (parent, 0)}},
            "_cpmip_thresholds": mapping(SYPD=5),
        },
        {"_chunk": 4},
    )
    assert read.chunk.tolist() == [3, 4]
    assert read.wallclock.tolist() == ["02:00", None]
    assert type(read.wallclock[0]) is str
    assert read.priority.tolist() == [2, 0]
    assert read.section.tolist() == ["SIM", "SIM"]
