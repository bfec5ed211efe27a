"""Log files: which one is meant, how its end is read, and which ones are refused.

The owner of an experiment puts what they like into its log folders, and a service shows it to
others. So no log is opened but a regular file of that very folder (:mod:`.opening`), and no log,
however large and however packed, costs more than the constants of :mod:`.tails` say.
"""

from autosubmit_core.readers.logs.command_logs import (
    CommandLog,
    RecoveryLog,
    latest_run_log,
    newest_run_log,
    recovery_logs,
)
from autosubmit_core.readers.logs.job_logs import JobLogs, is_job_log_name, job_logs_of
from autosubmit_core.readers.logs.opening import is_plain_name, open_log
from autosubmit_core.readers.logs.tails import LINES, LogTail, job_log_tail, tail

__all__ = [
    "LINES",
    "CommandLog",
    "JobLogs",
    "LogTail",
    "RecoveryLog",
    "is_job_log_name",
    "is_plain_name",
    "job_log_tail",
    "job_logs_of",
    "latest_run_log",
    "newest_run_log",
    "open_log",
    "recovery_logs",
    "tail",
]
