"""Tables to take away: jobs, history and performance as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from autosubmit_core.answers.formats import instants
from autosubmit_core.answers.v4.fields import FIELDS, INSTANTS, WORDS, numbers_of, words_of
from autosubmit_core.answers.v4.selection import EVERY_JOB, JobFilter, ordered, selected_rows
from autosubmit_core.archive import Experiment
from autosubmit_core.errors import RequestError
from autosubmit_core.status import Status

__all__ = ["FORMS", "MEDIA_TYPES", "TABLES", "Column", "export", "in_form", "numbers", "table_of"]

Kind: TypeAlias = Literal["text", "integer", "number", "instant"]

#: What can be taken away, and in which forms.
TABLES = ("jobs", "history", "performance")
FORMS = ("csv", "parquet")
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


class Column(NamedTuple):
    """One column of a table: None where a row has no value; instants are seconds since 1970 UTC."""

    name: str
    kind: Kind
    values: list[Any]


def export(
    experiment: Experiment,
    *,
    table: str,
    form: str = "csv",
    wanted: JobFilter = EVERY_JOB,
    order_by: str | None = None,
) -> bytes:
    """Return a table in a form; ``wanted`` and ``order_by`` are for jobs alone.

    Raises :class:`RequestError` for Parquet where pyarrow is not installed, and
    :class:`~autosubmit_core.SourceError` if the job list cannot be read.
    """
    columns = table_of(experiment, table, wanted=wanted, order_by=order_by)
    return in_form(columns, form)


def table_of(
    experiment: Experiment,
    table: str,
    *,
    wanted: JobFilter = EVERY_JOB,
    order_by: str | None = None,
) -> list[Column]:
    """Return one of :data:`TABLES`; raises as :func:`export`."""
    match table:
        case "jobs":
            return _jobs(experiment, wanted, order_by)
        case "history":
            return _history(experiment)
        case "performance":
            return _performance(experiment)
    raise RequestError(f"There is no table {table!r}; there are {', '.join(TABLES)}.")


def _jobs(experiment: Experiment, wanted: JobFilter, order_by: str | None) -> list[Column]:
    rows = selected_rows(experiment, wanted)
    if order_by:
        rows = ordered(experiment, rows, order_by)
    columns = [Column("name", "text", experiment.jobs.name[rows].tolist())]
    for field in FIELDS[1:]:
        if field in WORDS:
            words, places = words_of(experiment, field)
            columns.append(Column(field, "text", [words[place] for place in places[rows].tolist()]))
        elif field in INSTANTS:
            columns.append(numbers(field, numbers_of(experiment, field)[rows], kind="instant"))
        else:
            values = numbers_of(experiment, field)[rows]
            zero_is_none = field not in ("priority", "queue_seconds", "run_seconds")
            columns.append(numbers(field, values, zero_is_none=zero_is_none))
    speeds = experiment.speeds()
    return [
        *columns,
        numbers("SYPD", speeds.simulated_years_per_day[rows], kind="number"),
        numbers("ASYPD", speeds.actual_simulated_years_per_day[rows], kind="number"),
    ]


def _history(experiment: Experiment) -> list[Column]:
    """Return every attempt in the order of the database, with its times and speeds."""
    history = experiment.history
    made = experiment.attempt_metrics(np.arange(len(history)))
    names = {int(status): status.name for status in Status}
    texts = ("section", "date", "member")
    return [
        numbers("run_id", history.run_id, zero_is_none=True),
        Column("job_name", "text", history.job_name.tolist()),
        numbers("counter", history.counter),
        Column("status", "text", [names[code] for code in history.status.tolist()]),
        *(Column(name, "text", getattr(history, name).tolist()) for name in texts),
        *(
            numbers(name, np.maximum(getattr(history, name), 0), zero_is_none=True)
            for name in ("chunk", "split", "splits")
        ),
        *(numbers(name, getattr(made, name), kind="instant") for name in INSTANTS),
        numbers("queue_seconds", made.queue),
        numbers("run_seconds", made.run),
        Column("platform", "text", history.platform.tolist()),
        Column("qos", "text", history.qos.tolist()),
        Column("wallclock", "text", history.wallclock.tolist()),
        numbers("ncpus", history.ncpus, zero_is_none=True),
        numbers("nodes", history.nnodes, zero_is_none=True),
        numbers("scheduler_id", history.job_id, zero_is_none=True),
        numbers("energy_joules", history.energy, kind="number", zero_is_none=True),
        numbers("SYPD", made.simulated_years_per_day, kind="number"),
        numbers("ASYPD", made.actual_simulated_years_per_day, kind="number"),
        Column("out", "text", history.out.tolist()),
        Column("err", "text", history.err.tolist()),
        Column("workflow_commit", "text", history.workflow_commit.tolist()),
    ]


def _performance(experiment: Experiment) -> list[Column]:
    """Return the completed simulations, those that count first."""
    made, jobs = experiment.performance(), experiment.jobs

    def both(field: str) -> Any:
        return np.concatenate(
            [getattr(made.considered, field), getattr(made.not_considered, field)]
        )

    rows = both("job")
    counted = [True] * len(made.considered) + [False] * len(made.not_considered)
    return [
        Column("name", "text", jobs.name[rows].tolist()),
        numbers("chunk", jobs.chunk[rows], zero_is_none=True),
        numbers("considered", np.array(counted, dtype=np.int64)),
        numbers("queue_seconds", both("queue")),
        numbers("run_seconds", both("run")),
        Column("processing_elements", "integer", [made.processing_elements] * len(rows)),
        numbers("simulated_years", both("years"), kind="number"),
        *(numbers(name, both(field), kind="number") for name, field in _METRICS.items()),
        Column("reason", "text", both("reason").tolist()),
    ]


_METRICS = {
    "SYPD": "simulated_years_per_day",
    "ASYPD": "actual_simulated_years_per_day",
    "CHSY": "core_hours_per_simulated_year",
    "JPSY": "joules_per_simulated_year",
    "energy_joules": "energy",
    "footprint_grams": "footprint",
}


def numbers(
    name: str,
    values: Any,
    *,
    kind: Kind = "integer",
    zero_is_none: bool = False,
) -> Column:
    """Return a column of numbers; NaN is None, and 0 where that means that there is none."""
    if kind == "instant" or zero_is_none:
        return Column(name, kind, [value or None for value in values.tolist()])
    if kind == "number":
        listed = values.astype(np.float64).tolist()
        return Column(name, kind, [None if math.isnan(value) else value for value in listed])
    return Column(name, kind, values.tolist())


def in_form(columns: list[Column], form: str) -> bytes:
    """Return a table in one of :data:`FORMS`; raises :class:`RequestError` as :func:`export`."""
    return _parquet(columns) if form == "parquet" else _csv(columns)


def _csv(columns: list[Column]) -> bytes:
    """Return a table as CSV: a line of names, empty cells for None, instants as ISO 8601 text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    writer.writerows(zip(*(_cells(column) for column in columns)))
    return text.getvalue().encode("utf-8", "replace")


def _cells(column: Column) -> Iterable[Any]:
    if column.kind != "instant":
        return column.values
    return instants(np.array([value or 0 for value in column.values], dtype=np.int64))


def _parquet(columns: list[Column]) -> bytes:
    """Return a table as Parquet; instants are timestamps in UTC."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise RequestError(
            "This server cannot write Parquet: pyarrow is not installed there."
            " Ask for the same table as CSV."
        ) from error
    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "instant": pa.timestamp("s", tz="UTC"),
    }
    arrays = {column.name: pa.array(column.values, types[column.kind]) for column in columns}
    buffer = io.BytesIO()
    pq.write_table(pa.table(arrays), buffer)
    return buffer.getvalue()
