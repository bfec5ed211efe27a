"""Job lists in the ``jobs`` table of ``db/job_list.db``: Autosubmit 4.2 and later."""

from __future__ import annotations

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.job_list.columns import RawColumn, job_table, named_once
from autosubmit_core.readers.values import texts
from autosubmit_core.readers.versions import Location
from autosubmit_core.tables import JobTable
from autosubmit_core.times import epoch_of_text

__all__ = ["jobs_table_modified", "read_jobs_table"]

#: The column that each field is in. Autosubmit 4.2 stores neither a queue nor a commit.
_COLUMNS = {
    "name": "name",
    "status": "status",
    "priority": "priority",
    "section": "section",
    "date": "date",
    "member": "member",
    "chunk": "chunk",
    "split": "split",
    "splits": "splits",
    "scheduler_id": "id",
    "local_out": "local_logs_out",
    "local_err": "local_logs_err",
    "remote_out": "remote_logs_out",
    "remote_err": "remote_logs_err",
    "wrapper_type": "wrapper_type",
    "ready": "ready_date",
    "submit": "submit_time_timestamp",
    "start": "start_time_timestamp",
    "finish": "finish_time_timestamp",
    "fail_count": "fail_count",
    "platform": "platform_name",
    "wallclock": "wallclock",
}
#: What a table of jobs cannot do without.
_NEEDED = ("name", "status", "section")


def read_jobs_table(location: Location) -> JobTable:
    """Read the jobs of an experiment from a database of Autosubmit 4.2, in the order of its table.

    Raises :class:`SourceMissingError` if there is no file, or no such table in it, and
    :class:`SourceUnreadableError` if it is damaged, locked, has two jobs of one name or lacks the
    columns that matter.
    """
    with open_readonly(location) as database:
        if "jobs" not in database.tables():
            raise SourceMissingError(str(location), "has no table of jobs")
        found = database.columns("jobs", list(_COLUMNS.values()))
    for column in _NEEDED:
        if column not in found:
            raise SourceUnreadableError(
                str(location), f"its table of jobs has no column '{column}'"
            )
    table = job_table(
        {
            field: RawColumn.of(found[column])
            for field, column in _COLUMNS.items()
            if column in found
        }
    )
    return named_once(table, str(location))


def jobs_table_modified(location: Location) -> int:
    """Return when the newest change of a job was noted, in seconds since 1970; 0 if never.

    Autosubmit 4.2 notes UTC without saying so. Raises as :func:`read_jobs_table`.
    """
    with open_readonly(location) as database:
        if "jobs" not in database.tables():
            raise SourceMissingError(str(location), "has no table of jobs")
        noted = database.columns("jobs", ["modified"]).get("modified", [])
    # The texts sort like the instants.
    return epoch_of_text(max(filter(None, texts(noted)), default=None), utc=True)
