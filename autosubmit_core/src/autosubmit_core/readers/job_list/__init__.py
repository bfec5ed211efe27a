"""The current state of every job of an experiment, in each form that Autosubmit has kept it."""

from autosubmit_core.readers.job_list.jobs_table import jobs_table_modified, read_jobs_table
from autosubmit_core.readers.job_list.pickles import (
    job_list_modified,
    read_job_list,
    read_job_list_bytes,
)
from autosubmit_core.readers.job_list.storage import Storage, choose_storage

__all__ = [
    "Storage",
    "choose_storage",
    "job_list_modified",
    "jobs_table_modified",
    "read_job_list",
    "read_job_list_bytes",
    "read_jobs_table",
]
