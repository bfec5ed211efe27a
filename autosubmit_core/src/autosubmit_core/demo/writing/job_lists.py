"""Writes the job list of an experiment, in each form that Autosubmit has kept it.

Each writer leaves out what its form has no place for: lists have no splits and no instants, and
of the instants only those of 4.1 and later are kept.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from autosubmit_core.demo.writing.databases import new_database
from autosubmit_core.demo.writing.job_states import (
    ALWAYS,
    ALWAYS_IN_DICTIONARY,
    ALWAYS_IN_GRAPH,
    JobRow,
    job_rows,
    stamp,
    state_in_dictionary,
    state_in_graph,
)
from autosubmit_core.demo.writing.pickle_stream import (
    Built,
    Global,
    Noted,
    PickleStream,
    date_payload,
)
from autosubmit_core.status import Status
from autosubmit_core.tables import JobTable, Structure

__all__ = [
    "write_dictionary_pickle",
    "write_graph_pickle",
    "write_jobs_table",
    "write_list_pickle",
]


def write_list_pickle(path: Path, jobs: JobTable, *, python2: bool = False) -> None:
    """Write a list of tuples: 13 values at protocol 2 as Autosubmit 4.0 does, or, with ``python2``,
    12 values as the text of protocol 0, as 3.13 does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [_entry(job) for job in job_rows(jobs)]
    with path.open("wb") as file:
        if python2:
            file.write(b"".join(_python2_text([entry[:12] for entry in entries])))
        else:
            pickle.dump(entries, file, protocol=2)


def _entry(job: JobRow) -> tuple[Any, ...]:
    return (
        job.name,
        # Numbers that a scheduler gave are text, the one of a job never submitted is not.
        str(job.scheduler_id) if job.scheduler_id else 0,
        job.status,
        job.priority,
        job.section,
        job.date,
        job.member,
        job.chunk,
        job.local_out or "",
        job.local_err or "",
        job.remote_out or "",
        job.remote_err or "",
        job.wrapper_type or "none",
    )


def _python2_text(entries: list[tuple[Any, ...]]) -> Iterator[bytes]:
    """Give the lines of a pickle as Python 2 writes them: bytes in quotes, each object numbered."""
    numbers: dict[object, int] = {}

    def number(value: object) -> int:
        return numbers.setdefault(value, len(numbers))

    def lines(value: Any) -> bytes:
        if value is None:
            return b"N"
        if isinstance(value, int):
            return b"I%d\n" % value
        if value in numbers:
            return b"g%d\n" % numbers[value]
        if isinstance(value, str):
            quoted = repr(value.encode())[1:].encode()
            return b"S%b\np%d\n" % (quoted, number(value))
        if value is datetime:
            return b"cdatetime\ndatetime\np%d\n" % number(value)
        call = lines(datetime)
        payload = date_payload(value)
        quoted = repr(payload)[1:].encode()
        text, arguments = number(payload), number((payload,))
        return call + b"(S%b\np%d\ntp%d\nRp%d\n" % (quoted, text, arguments, number(value))

    yield b"(lp%d\n" % number("the list itself")
    for entry in entries:
        parts = b"".join(map(lines, entry))
        yield b"(%btp%d\na" % (parts, number(entry))
    yield b"."


def write_dictionary_pickle(path: Path, jobs: JobTable) -> None:
    """Write a dictionary of states by job name, as Autosubmit 4.1.12 to 4.1.17 do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        stream = PickleStream(file)
        stream.write(stream.empty_dict())
        stream.write_items(
            stream.value(job.name)
            + (stream.empty_dict() + b"(")
            + stream.fixed_items(ALWAYS)
            + stream.fixed_items(ALWAYS_IN_DICTIONARY)
            + stream.items(state_in_dictionary(job))
            + b"u"
            for job in job_rows(jobs)
        )
        stream.end()


_DIGRAPH = Global("networkx.classes.digraph", "DiGraph")
_NODE_VIEW = Global("networkx.classes.reportviews", "NodeView")
_JOB = Global("autosubmit.job.job", "Job")


def write_graph_pickle(path: Path, jobs: JobTable, structure: Structure) -> None:
    """Write a graph of job objects, as Autosubmit 4.1.0 to 4.1.11 do with networkx."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        stream = PickleStream(file)
        stream.write(stream.new_object(_DIGRAPH) + stream.empty_dict() + b"(")
        factories = ("graph_attr_dict", "node_dict", "node_attr_dict", "adjlist_outer_dict")
        for kind in (*factories, "adjlist_inner_dict", "edge_attr_dict"):
            stream.write(stream.items({f"{kind}_factory": Global("builtins", "dict")}))
        stream.write(stream.items({"graph": {}}))
        nodes = _write_nodes(stream, jobs)
        _write_edges(stream, jobs, structure)
        stream.write(stream.items({"nodes": Built(_NODE_VIEW, {"_nodes": nodes})}) + b"ub")
        stream.end()


def _write_nodes(stream: PickleStream, jobs: JobTable) -> Noted:
    stream.write(stream.value("_node") + stream.empty_dict())
    nodes = stream.last()
    stream.write_items(
        stream.value(job.name)
        + stream.empty_dict()
        + stream.value("job")
        + stream.new_object(_JOB)
        + (stream.empty_dict() + b"(")
        + stream.fixed_items(ALWAYS)
        + stream.fixed_items(ALWAYS_IN_GRAPH)
        + stream.items(state_in_graph(job))
        + b"ubs"
        for job in job_rows(jobs)
    )
    return nodes


def _write_edges(stream: PickleStream, jobs: JobTable, structure: Structure) -> None:
    """Write the edges from both ends; both have the same dictionary of what is known of one."""
    names = jobs.name.tolist()
    children: dict[str, list[str]] = {name: [] for name in names}
    parents: dict[str, list[str]] = {name: [] for name in names}
    for parent, child in structure.edges_between(jobs.name).T.tolist():
        children[names[parent]].append(names[child])
        parents[names[child]].append(names[parent])
    attributes: dict[tuple[str, str], Noted] = {}

    def edge(parent: str, child: str) -> bytes:
        made = stream.value(child) + stream.empty_dict()
        attributes[parent, child] = stream.last()
        return made

    def ends(name: str, pairs: Iterable[bytes]) -> bytes:
        return stream.value(name) + stream.empty_dict() + b"(" + b"".join(pairs) + b"u"

    stream.write(stream.value("_adj") + stream.empty_dict())
    adjacent = stream.last()
    stream.write_items(ends(p, (edge(p, c) for c in children[p])) for p in names)
    stream.write(stream.value("_pred") + stream.empty_dict())
    stream.write_items(
        ends(c, (stream.items({p: attributes[p, c]}) for p in parents[c])) for c in names
    )
    stream.write(stream.items({"_succ": adjacent}))


#: The columns of ``jobs``. Those that :func:`_table_row` does not give are 0 or missing.
_JOBS_COLUMNS = {
    "name": "VARCHAR NOT NULL",
    "id": "INTEGER",
    "script_name": "VARCHAR",
    "priority": "INTEGER",
    "status": "TEXT NOT NULL",
    "frequency": "VARCHAR",
    "synchronize": "BOOLEAN",
    "section": "VARCHAR",
    "chunk": "INTEGER",
    "member": "VARCHAR",
    "splits": "INTEGER",
    "split": "INTEGER",
    "date": "VARCHAR",
    "date_split": "VARCHAR",
    "max_checkpoint_step": "INTEGER NOT NULL DEFAULT 0",
    "start_time": "VARCHAR",
    "start_time_timestamp": "INTEGER",
    "submit_time_timestamp": "INTEGER",
    "finish_time_timestamp": "INTEGER",
    "ready_date": "VARCHAR",
    "local_logs_out": "VARCHAR",
    "local_logs_err": "VARCHAR",
    "remote_logs_out": "VARCHAR",
    "remote_logs_err": "VARCHAR",
    "updated_log": "INTEGER DEFAULT 0",
    "updated_stats": "INTEGER DEFAULT 0",
    "fail_count": "INTEGER DEFAULT 0",
    "retrials": "INTEGER DEFAULT 0",
    "log_recovery_call_count": "INTEGER DEFAULT 0",
    "wrapper_type": "VARCHAR",
    "wallclock": "VARCHAR",
    "packed": "BOOLEAN DEFAULT 0",
    "current_checkpoint_step": "INTEGER DEFAULT 0",
    "platform_name": "VARCHAR",
    "created": "VARCHAR",
    "modified": "VARCHAR",
}


def write_jobs_table(path: Path, jobs: JobTable, *, modified: int) -> None:
    """Write ``db/job_list.db`` of Autosubmit 4.2 anew, with its tables ``jobs`` and ``sections``.

    ``modified`` is when the rows were changed last, in seconds since 1970. The table has no place
    for queues and commits.
    """
    noted = datetime.fromtimestamp(modified, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    rows = [_table_row(job) | {"created": noted, "modified": noted} for job in job_rows(jobs)]
    declared = ", ".join(f"{name} {kind}" for name, kind in _JOBS_COLUMNS.items())
    with new_database(path) as connection:
        connection.execute(f"CREATE TABLE jobs ({declared}, PRIMARY KEY (name))")
        if rows:
            names, marks = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0])
            connection.executemany(f"INSERT INTO jobs ({names}) VALUES ({marks})", rows)
        connection.execute(
            "CREATE TABLE sections (name VARCHAR NOT NULL, splits INTEGER, dependencies VARCHAR,"
            " datelist VARCHAR, members VARCHAR, numchunks INTEGER, expid VARCHAR,"
            " PRIMARY KEY (name))"
        )
        connection.executemany(
            "INSERT INTO sections VALUES (?, ?, NULL, ?, ?, ?, ?)", _section_rows(jobs)
        )


def _table_row(job: JobRow) -> dict[str, Any]:
    return {
        "name": job.name,
        "id": job.scheduler_id,
        "script_name": f"{job.name}.cmd",
        "priority": job.priority,
        "status": Status(job.status).name,
        "section": job.section,
        "chunk": job.chunk,
        "member": job.member,
        "splits": job.splits or -1,
        "split": job.split or -1,
        "date": job.date.isoformat() if job.date else None,
        "start_time_timestamp": int(stamp(job.start)) if job.start else 0,
        "submit_time_timestamp": int(stamp(job.submit)) if job.submit else 0,
        "finish_time_timestamp": int(stamp(job.finish)) if job.finish else None,
        "ready_date": stamp(job.ready) if job.ready else None,
        "local_logs_out": job.local_out,
        "local_logs_err": job.local_err,
        "remote_logs_out": job.remote_out,
        "remote_logs_err": job.remote_err,
        "fail_count": job.fail_count,
        "wrapper_type": job.wrapper_type,
        "wallclock": job.wallclock,
        "platform_name": job.platform,
    }


def _section_rows(jobs: JobTable) -> Iterator[tuple[Any, ...]]:
    """Give name, splits, dates, members, chunks and expid of each section."""
    sections: dict[str, list[JobRow]] = {}
    for job in job_rows(jobs):
        sections.setdefault(job.section or "", []).append(job)
    for name, members_of in sections.items():
        dates = sorted({f"{job.date:%Y%m%d}" for job in members_of if job.date})
        members = dict.fromkeys(job.member for job in members_of if job.member)
        chunks = max(job.chunk or 0 for job in members_of)
        splits = max(job.splits or 0 for job in members_of)
        expid = members_of[0].name.partition("_")[0]
        listed = (" ".join(dates) or None, " ".join(members) or None, chunks or None)
        yield name, splits or None, *listed, expid
