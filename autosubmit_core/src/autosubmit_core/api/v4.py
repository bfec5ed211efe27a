"""``/v4``: the published answers of the second generation."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Choice, Integer, Text
from autosubmit_core.status import Status

__all__ = ["routes"]

_STATUS_NAMES = tuple(sorted(Status.__members__))


def _or_null(kind: str) -> dict[str, Any]:
    return {"type": [kind, "null"]}


_JOB = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "status": {"type": "string", "enum": list(_STATUS_NAMES)},
        "priority": {"type": "integer"},
        "section": _or_null("string"),
        "date": {"type": ["string", "null"], "description": "YYYY-MM-DD"},
        "member": _or_null("string"),
        "chunk": _or_null("integer"),
        "split": _or_null("integer"),
        "splits": _or_null("integer"),
        "out_path_local": _or_null("string"),
        "err_path_local": _or_null("string"),
        "out_path_remote": _or_null("string"),
        "err_path_remote": _or_null("string"),
    },
    "required": ["name", "status"],
}
_PAGINATION = {
    "type": "object",
    "properties": {
        "page": {"type": "integer"},
        "page_size": _or_null("integer"),
        "total_pages": {"type": "integer"},
        "page_items": {"type": "integer"},
        "total_items": {"type": "integer"},
    },
    "required": ["page", "page_size", "total_pages", "page_items", "total_items"],
}


class ExperimentJobs(ApiHandler):
    """``GET /v4/experiments/{expid}/jobs``: the jobs of one experiment."""

    operations: ClassVar = {
        "get": Operation(
            summary="The jobs of an experiment, by name",
            parameters=(
                Choice(
                    name="view",
                    words=("quick", "base"),
                    default="base",
                    meaning="All that the job list tells of a job, or its name and status alone.",
                ),
                Text(
                    name="job_name",
                    meaning="Jobs with this anywhere in their name, whatever the case of letters; "
                    "* is any text, a leading ! means all others.",
                ),
                Choice(
                    name="status",
                    words=_STATUS_NAMES,
                    meaning="Jobs in this status.",
                    refusal=f"Invalid job status. Allowed values: {', '.join(_STATUS_NAMES)}",
                ),
                Integer(name="page", least=1, default=1, meaning="Which page."),
                Integer(
                    name="page_size",
                    least=1,
                    most=1000,
                    meaning="Jobs on a page; without it there is one page of all.",
                ),
            ),
            answer={
                "type": "object",
                "properties": {"jobs": {"type": "array", "items": _JOB}, "pagination": _PAGINATION},
                "required": ["jobs", "pagination"],
            },
            refusals={
                404: "There is no such experiment.",
                422: "A parameter is wrong.",
                503: "The job list is missing or cannot be read, or the server is busy.",
            },
        )
    }

    async def get(self, expid: str) -> None:
        self.write(await self.compute(jobs_answer, expid, **self.query()))


routes = [Route("/v4/experiments/{expid}/jobs", ExperimentJobs)]
