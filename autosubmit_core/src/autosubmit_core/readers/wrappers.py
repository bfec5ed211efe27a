"""Which jobs are submitted as one, in each form that Autosubmit has kept it."""

from __future__ import annotations

from typing import Any, NamedTuple

from autosubmit_core.readers.database import Database, open_readonly
from autosubmit_core.readers.values import integers, texts
from autosubmit_core.readers.versions import Location, is_missing
from autosubmit_core.tables import WrapperTable

__all__ = ["read_wrappers"]


class _Source(NamedTuple):
    """A pair of tables that wrappers can be in."""

    #: Its rows are (wrapper, job).
    jobs: str
    #: The facts of each wrapper; the tables up to Autosubmit 4.1.16 have none.
    facts: str | None
    preview: bool


#: In the order in which they count: the first that has a row is read. Wrappers that were submitted
#: come before those that were only planned, and tables of 4.1.17 and later before the older ones,
#: which stay in the file when an experiment is upgraded.
_SOURCES = (
    _Source("wrappers_jobs", "wrappers_info", preview=False),
    _Source("job_package", None, preview=False),
    _Source("preview_wrappers_jobs", "preview_wrappers_info", preview=True),
    _Source("wrapper_job_package", None, preview=True),
)

#: Field of :class:`WrapperTable`: its column among the facts.
_FACTS = {
    "wrapper_id": "id",
    "status": "status",
    "type": "type",
    "platform": "platform_name",
    "method": "method",
    "wallclock": "wallclock",
    "processors": "num_processors",
}
_NUMBERS = ("wrapper_id", "processors")


def read_wrappers(location: Location) -> WrapperTable:
    """Read which wrapper each job was submitted in, or is planned to be; empty if there is none.

    Up to Autosubmit 4.1 the path is ``pkl/job_packages_<expid>.db`` of the experiment, in 4.2
    ``db/job_list.db``. Raises :class:`SourceUnreadableError` if the database is damaged or locked.
    """
    if is_missing(location):
        return WrapperTable.empty()
    with open_readonly(location) as database:
        for source in _SOURCES:
            rows = database.columns(source.jobs, ("package_name", "job_name", "wallclock"))
            if rows.get("package_name") and rows.get("job_name"):
                return _wrappers(rows, _facts(database, source.facts), source.preview)
    return WrapperTable.empty()


def _wrappers(
    rows: dict[str, list[Any]], facts: dict[str, dict[str, Any]], preview: bool
) -> WrapperTable:
    """Return the table of rows (wrapper, job) with the facts of their wrappers."""
    named = [bool(name and job) for name, job in zip(rows["package_name"], rows["job_name"])]
    kept = {name: [v for v, keep in zip(values, named) if keep] for name, values in rows.items()}
    wrapper = kept["package_name"]
    columns: dict[str, list[Any]] = {
        field: [values.get(name) for name in wrapper] for field, values in facts.items()
    }
    # Autosubmit 4.1.12 to 4.1.16 kept the wall clock with each job.
    columns.setdefault("wallclock", kept.get("wallclock", [None] * len(wrapper)))
    made = {
        field: integers(values) if field in _NUMBERS else texts(values, empty=None)
        for field, values in columns.items()
    }
    return WrapperTable.of(
        len(wrapper),
        preview=preview,
        wrapper=texts(wrapper),
        job_name=texts(kept["job_name"]),
        **made,
    )


def _facts(database: Database, table: str | None) -> dict[str, dict[str, Any]]:
    """Return what a table knows of each wrapper: field → name of the wrapper → value."""
    if table is None:
        return {}
    found = database.columns(table, ("name", *_FACTS.values()))
    names = found.get("name", [])
    return {
        field: dict(zip(names, found[column]))
        for field, column in _FACTS.items()
        if column in found
    }
