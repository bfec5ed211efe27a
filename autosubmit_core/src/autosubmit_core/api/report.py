"""``POST /report``: a whole report of one or several experiments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import orjson

from autosubmit_core.answers.report import ReportRequest, envelope, report
from autosubmit_core.api.encoding import LARGE_BYTES, encode, json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import Refusal, RefusedError, refusal_of
from autosubmit_core.api.report_request import SCHEMA, read_report_request
from autosubmit_core.archive import Archive
from autosubmit_core.errors import RunNotFoundError

__all__ = ["routes"]

#: From this many bytes on, a body takes long enough to read that others would notice.
_LARGE_BODY = 64 * 1024


class Report(ApiHandler):
    """``POST /report``: a whole report of one or several experiments."""

    operations: ClassVar = {
        "post": Operation(
            summary="A whole report of one or several experiments",
            body=SCHEMA,
            answer={
                "type": "object",
                "properties": {
                    "status": {"const": "success"},
                    "message": {"const": "Results generated successfully"},
                    "report_data": {
                        "type": "object",
                        "description": "The sections asked for, by expid.",
                        "additionalProperties": {"type": "object"},
                    },
                },
                "required": ["status", "message", "report_data"],
            },
            refusals={
                400: "The body is not a JSON object.",
                404: "There is no such experiment, or it has no such run.",
                413: "The body is too large.",
                415: "The body is not announced as JSON.",
                422: "A field is wrong.",
                503: "What the report needs cannot be read, or the server is busy.",
            },
        )
    }

    error_schema = "ReportError"

    def initialize(self) -> None:
        super().initialize()
        self._client_left = False

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._client_left = True

    async def post(self) -> None:
        made = await self._reports(await self._request())
        if self._client_left:
            return
        failed = {expid: error for expid, error in made.items() if isinstance(error, BaseException)}
        if failed:
            raise _refused(failed)
        answer = envelope({expid: orjson.Fragment(report) for expid, report in made.items()})
        small = sum(map(len, made.values())) < LARGE_BYTES
        lane = self.service.light if small else self.service.workers
        await self.send(await lane.run(encode, answer))

    async def _request(self) -> ReportRequest:
        """Return what is asked for; a large body is read off the loop."""
        body = self.body()
        if len(body) < _LARGE_BODY:
            return read_report_request(body)
        return await self.service.light.run(read_report_request, body)

    async def _reports(self, request: ReportRequest) -> dict[str, Any]:
        """Return the report of each experiment as JSON, or the error that it ended with.

        For a client that has left no further one is begun.
        """
        service, now = self.service, int(time.time())
        # Side by side, but never on all workers: others are not to wait for a long list.
        places = asyncio.Semaphore(max(1, service.workers.at_once - 1))

        async def one(expid: str) -> bytes:
            async with places:
                if self._client_left:
                    return b""
                call = (expid, request, now)
                return await service.share(call, expid, _report, *call)

        made = await asyncio.gather(*map(one, request.expids), return_exceptions=True)
        return dict(zip(request.expids, made))

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {
            "status": "error",
            "message": refusal.message,
            "errors": [{"field": name, "message": reason} for name, reason in refusal.fields],
        }


def _report(archive: Archive, expid: str, request: ReportRequest, now: int) -> bytes:
    return json_bytes(report(archive.experiment(expid, now=now), request))


def _refused(failed: Mapping[str, BaseException]) -> RefusedError:
    """Return the one refusal for all experiments that could not be reported, each of them named.

    Its status is that of the first failure that the client can mend, if there is one.
    """
    refusals = {expid: refusal_of(error) for expid, error in failed.items()}
    first = min(refusals, key=lambda expid: (refusals[expid].status >= 500, expid))
    wrong = [
        (
            "run_id" if isinstance(failed[expid], RunNotFoundError) else "expid",
            _named(expid, refusal),
        )
        for expid, refusal in refusals.items()
    ]
    refusal = refusals[first]
    message = "; ".join(sentence for _, sentence in wrong)
    refused = RefusedError(
        refusal.status, message, refusal.code, fields=tuple(wrong), headers=refusal.headers
    )
    # The log shows the cause of an unexpected failure with its trace.
    refused.__cause__ = failed[first]
    return refused


def _named(expid: str, refusal: Refusal) -> str:
    """Return the sentence of a refusal; most name their experiment already."""
    return refusal.message if f"'{expid}'" in refusal.message else f"'{expid}': {refusal.message}"


routes = [Route("/report", Report)]
