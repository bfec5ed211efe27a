"""A job as Autosubmit's own job lists describe it: the values of its state, by their keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from autosubmit_core.demo.writing.instants import local_stamp
from autosubmit_core.demo.writing.pickle_stream import Called, Global
from autosubmit_core.tables import JobTable

__all__ = [
    "ALWAYS",
    "ALWAYS_IN_DICTIONARY",
    "ALWAYS_IN_GRAPH",
    "JobRow",
    "job_rows",
    "stamp",
    "state_in_dictionary",
    "state_in_graph",
]


class JobRow(NamedTuple):
    """A row of a job table as Python values; what is missing is ``None``."""

    name: str
    status: int
    priority: int
    section: str | None
    date: datetime | None
    member: str | None
    chunk: int | None
    split: int | None
    splits: int | None
    scheduler_id: int
    local_out: str | None
    local_err: str | None
    remote_out: str | None
    remote_err: str | None
    wrapper_type: str | None
    ready: int
    submit: int
    start: int
    finish: int
    fail_count: int
    platform: str | None
    queue: str | None
    wallclock: str | None
    workflow_commit: str | None


def job_rows(jobs: JobTable) -> Iterator[JobRow]:
    """Give the rows of a job table."""
    columns = {name: values.tolist() for name, values in jobs.columns().items()}
    for name in ("chunk", "split", "splits"):
        columns[name] = [number or None for number in columns[name]]
    columns["fail_count"] = [max(count, 0) for count in columns["fail_count"]]
    return map(JobRow._make, zip(*(columns[name] for name in JobRow._fields)))


#: :func:`local_stamp`, which many jobs ask for the same instants.
stamp = cache(local_stamp)

_LANGUAGE = Called(Global("autosubmit.job.template", "Language"), ("bash",))

#: The values that all jobs of the writer have, in either layout, besides those of :func:`_state`.
ALWAYS: dict[str, Any] = {
    "rerun_only": False,
    "delay_end": None,
    "_wrapper_queue": None,
    "_partition": "",
    "retry_delay": None,
    "wchunkinc": "",
    "_tasks": "0",
    "_nodes": "",
    "_threads": "1",
    "_processors": "1",
    "_memory": "",
    "_memory_per_task": "",
    "_x11": False,
    "_x11_options": "",
    "_hyperthreading": False,
    "_scratch_free_space": 0,
    "_custom_directives": [],
    "undefined_variables": None,
    "log_retries": 5,
    "hold": False,
    "file": "job.sh",
    "additional_files": [],
    "executable": "bash",
    "_delay": None,
    "_frequency": None,
    "_synchronize": None,
    "skippable": False,
    "repacked": 0,
    "_long_name": None,
    "date_format": "",
    "_retrials": 0,
    "_delay_retrials": None,
    "delete_when_edgeless": True,
    "distance_weight": 0,
    "level": 0,
    "_export": "none",
    "_dependencies": "{}",
    "running": "chunk",
    "start_time": None,
    "ext_header_path": None,
    "ext_tailer_path": None,
    "edge_info": {},
    "total_jobs": 20,
    "max_waiting_jobs": 20,
    "exclusive": "",
    "current_checkpoint_step": 0,
    "max_checkpoint_step": 0,
    "reservation": "",
    "het": {},
    "updated_log": 1,
    "_log_recovery_retries": None,
    "packed_during_building": False,
    "_packed": False,
    "check": True,
    "check_warnings": False,
    "_script": "",
    "_serial_platform": None,
    "_shape": "",
    "_processors_per_node": "1",
    "date_split": None,
    "ec_queue": "",
    "prev_status": 0,
    "new_status": 0,
}
#: What only the dictionary layout has, and only the graph layout.
ALWAYS_IN_DICTIONARY: dict[str, Any] = {
    "_log_path": Called(Global("pathlib", "PosixPath"), ("/", "esarchive", "exps", "LOG")),
    "_notify_on": [],
    "_tmp_path": "/esarchive/exps/tmp",
    "_wallclock_in_seconds": 300,
    "finished_time": None,
    "is_wrapper": False,
    "parameters": None,
    "type": _LANGUAGE,
    "_validate_template": False,
    "wrapper_name": None,
}
ALWAYS_IN_GRAPH: dict[str, Any] = {
    "default_parameters": {"d": "%d%", "m": "%m%", "Y": "%Y%"},
    "log_avaliable": False,
    "log_retrieved": False,
    "ready_start_date": None,
    "script_name_wrapper": None,
    "start_time_placeholder": "",
    "start_time_written": False,
    "type": 0,
    "write_start": False,
}


def _state(job: JobRow) -> dict[str, Any]:
    """Return what differs from job to job and is kept alike in both layouts."""
    return {
        "_name": job.name,
        "script_name": f"{job.name}.cmd",
        "stat_file": f"{job.name}_STAT_",
        "expid": job.name.partition("_")[0],
        "_section": job.section,
        "date": job.date,
        "_member": job.member,
        "_chunk": job.chunk,
        "_split": job.split or -1,
        "id": job.scheduler_id,
        "priority": job.priority,
        "_local_logs": _pair(job.local_out, job.local_err),
        "_remote_logs": _pair(job.remote_out, job.remote_err),
        "wrapper_type": job.wrapper_type,
        "submit_time_timestamp": stamp(job.submit) if job.submit else None,
        "_fail_count": job.fail_count,
        "platform_name": job.platform,
        "_queue": job.queue,
        "_wallclock": job.wallclock,
    }


def _pair(out: str | None, err: str | None) -> tuple[str | None, str | None] | None:
    return None if out is None and err is None else (out, err)


def state_in_dictionary(job: JobRow) -> dict[str, Any]:
    """Return what differs from job to job, as Autosubmit 4.1.12 to 4.1.17 keep it."""
    return _state(job) | {
        "_status": job.status,
        "_splits": job.splits or -1,
        "start_time_timestamp": stamp(job.start) if job.start else None,
        "finish_time_timestamp": job.finish,
        "ready_date": int(stamp(job.ready)) if job.ready else None,
        "workflow_commit": job.workflow_commit,
    }


def state_in_graph(job: JobRow) -> dict[str, Any]:
    """Return what differs from job to job, as Autosubmit 4.1.0 to 4.1.11 keep it."""
    return _state(job) | {
        "status": job.status,
        "_splits": job.splits,
        "finish_time_timestamp": job.finish or None,
        "parameters": _parameters(job),
    }


def _parameters(job: JobRow) -> dict[str, Any]:
    """Return a part of the resolved configuration, of which real jobs have some 200 values."""
    return {
        "JOBNAME": job.name,
        "TASKTYPE": job.section,
        "MEMBER": job.member,
        "CHUNK": job.chunk,
        "SPLIT": job.split,
        "FAIL_COUNT": str(job.fail_count),
        "WALLCLOCK": job.wallclock,
        "HPCARCH": job.platform,
        "HPCUSER": "bsc32000",
        "PLATFORMS.DATA_STORE.PASSWORD": "a secret that nobody meant to keep",
    }
