"""What all handlers of ``/v4`` do alike: a status for each kind of failure, and warnings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autosubmit_core.answers.v4.job_query import QUERY_FIELDS
from autosubmit_core.answers.v4.selection import ORDERS, JobFilter
from autosubmit_core.api.handlers import ApiHandler, Operation
from autosubmit_core.api.parameters import Choice, Parameter, Text, Words
from autosubmit_core.api.schemas import STATUS_NAMES, WARNINGS, Schema, or_null, record, whole

__all__ = [
    "BUSY",
    "EXPID",
    "JOB_FILTERS",
    "JOB_NAME",
    "NO_EXPERIMENT",
    "NO_JOBS",
    "NO_JOBS_FOUND",
    "NO_JOB_LIST",
    "ORDER_BY",
    "PAGINATION",
    "WRONG",
    "V4Handler",
    "with_filter",
]

EXPID = Text(name="expid", meaning="The experiment.", example="a2m9", longest=None)
JOB_NAME = Text(
    name="job_name", meaning="The job.", example="a2m9_19611101_fc0_4_POST", longest=None
)

#: When the answers of these endpoints have another status.
NO_EXPERIMENT: Mapping[int, str] = {404: "There is no such experiment."}
WRONG: Mapping[int, str] = {422: "A parameter is wrong."}
BUSY: Mapping[int, str] = {503: "The installation cannot be read, or the server is busy."}
NO_JOB_LIST: Mapping[int, str] = {
    503: "The job list is missing or cannot be read, or the server is busy."
}
#: All of these, of what asks about jobs with parameters.
NO_JOBS: Mapping[int, str] = {**NO_EXPERIMENT, **WRONG, **NO_JOB_LIST}
#: The same for those with filters, among them a query in the small language of job queries.
NO_JOBS_FOUND: Mapping[int, str] = {400: "The query makes no sense.", **NO_JOBS}

PAGINATION = record(
    {
        "page": whole(1),
        "page_size": or_null(whole(12)),
        "total_pages": whole(1),
        "page_items": whole(7),
        "total_items": whole(7),
    }
)

_NULL = "null for those that have none."

#: Which jobs are wanted: each filter may be repeated, and any of its words will do.
JOB_FILTERS: tuple[Parameter, ...] = (
    Text(
        name="job_name",
        meaning="Jobs with this anywhere in their name, whatever the case of letters; * is any "
        "text, a leading ! means all others.",
        example="SIM",
    ),
    Words(
        name="status",
        words=STATUS_NAMES,
        meaning="Jobs in any of these statuses.",
        refusal=f"Invalid job status. Allowed values: {', '.join(STATUS_NAMES)}",
        example=["FAILED"],
    ),
    Words(name="section", meaning="Jobs of any of these sections.", example=["SIM"]),
    Words(name="member", meaning=f"Jobs of any of these members; {_NULL}", example=["fc0"]),
    Words(
        name="date",
        meaning=f"Jobs of any of these start dates, YYYYMMDD; {_NULL}",
        example=["19611101"],
    ),
    Words(name="chunk", meaning=f"Jobs of any of these chunks; {_NULL}", example=["1"]),
    Words(name="wrapper", meaning=f"Jobs in any of these wrappers; {_NULL}"),
    Words(name="platform", meaning=f"Jobs on any of these platforms; {_NULL}"),
    Text(
        name="q",
        meaning="Jobs that a query means, such as section:SIM status:FAILED run>2h: terms that all "
        "have to hold, each a part of the name or a field with values. A minus before a term turns "
        f"it round. Fields: {', '.join(QUERY_FIELDS)}.",
        example="section:POST status:FAILED",
        longest=2000,
    ),
)
ORDER_BY = Choice(name="order_by", words=ORDERS, meaning="What the jobs are sorted by.")


def with_filter(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments with all those of :data:`JOB_FILTERS` together in one, ``wanted``."""
    names = {parameter.name for parameter in JOB_FILTERS}
    wanted = JobFilter(**{name: value for name, value in arguments.items() if name in names})
    others = {name: value for name, value in arguments.items() if name not in names}
    return {**others, "wanted": wanted}


class V4Handler(ApiHandler):
    """The base of the handlers whose answers tell in ``warnings`` what they had to do without."""

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        if "anyOf" in operation.answer:
            return {"anyOf": list(map(_with_warnings, operation.answer["anyOf"]))}
        return _with_warnings(operation.answer)


def _with_warnings(answer: Mapping[str, Any]) -> Schema:
    return {**answer, "properties": {**answer["properties"], "warnings": WARNINGS}}
