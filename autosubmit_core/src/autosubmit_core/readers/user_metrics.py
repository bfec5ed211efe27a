"""``tmp/metrics_<expid>.db``: values that jobs reported about themselves (Autosubmit 4.1.12 and later)."""

from __future__ import annotations

from autosubmit_core.readers.database import open_readonly
from autosubmit_core.readers.values import integers, texts
from autosubmit_core.readers.versions import Location, is_missing
from autosubmit_core.tables import UserMetricTable

__all__ = ["read_user_metrics"]


def read_user_metrics(location: Location) -> UserMetricTable:
    """Read the metrics of all runs, in the order they were noted; none if there is no file.

    Raises :class:`SourceUnreadableError` if the database is damaged or locked.
    """
    # Most experiments measure nothing, and then Autosubmit creates no file.
    if is_missing(location):
        return UserMetricTable.empty()
    names = ["run_id", "job_name", "metric_name", "metric_value", "modified"]
    with open_readonly(location) as database:
        stored = database.columns("user_metrics", names)
    n = len(next(iter(stored.values()), ()))
    return UserMetricTable.of(
        n,
        **{
            name: integers(values) if name == "run_id" else texts(values)
            for name, values in stored.items()
        },
    )
