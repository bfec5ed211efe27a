"""What all handlers of ``/v3`` do alike.

A failure is told with status 200, ``error`` true, a sentence in ``error_message`` and every other
key of the answer with an empty value: clients read the keys before they look at ``error``. Other
statuses are left for requests that no route or parameter allows, for mistakes of the server, and
for what is polled and cannot be told at the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from autosubmit_core.answers.formats import with_warnings
from autosubmit_core.api.handlers import ApiHandler, Operation
from autosubmit_core.api.parameters import Integer, Text
from autosubmit_core.api.refusals import Refusal
from autosubmit_core.api.schemas import WARNINGS, Schema, constant, record, text
from autosubmit_core.errors import ExperimentNotFoundError, RequestError, SourceWarning

__all__ = ["EXPID", "LOGGED_USER", "V3Handler", "whole_number", "with_error_keys"]

EXPID = Text(name="expid", meaning="The experiment.", example="a2m9", longest=None)
LOGGED_USER = Text(
    name="loggedUser", meaning="Accepted and not used any more.", ignored=True, longest=None
)

_ERROR = {
    "error": constant(True),
    "error_message": text("Experiment with expid 'zzzz' not found.", "A sentence to show."),
    "code": text("experiment_not_found", "The same as a stable word."),
}

#: Refusals that keep their own status; the others are answers with an error in them.
_OWN_STATUS = frozenset(
    {
        *("malformed_request", "route_not_found", "method_not_allowed", "origin_not_allowed"),
        *("body_too_large", "invalid_parameter", "unexpected_error"),
        *("host_not_allowed", "unauthorized", "expired_token", "forbidden", "cross_site"),
        "too_many_requests",
    }
)


def with_error_keys(answer: Any, warnings: Sequence[SourceWarning]) -> object:
    """Return an answer as these endpoints give it when nothing failed."""
    return with_warnings({"error": False, "error_message": "", **answer}, warnings)


def whole_number(text: str, what: str) -> int:
    """Return a number of a path; raises :class:`~autosubmit_core.RequestError`, no refusal here."""
    try:
        return Integer(name="", meaning="").read(text)
    except ValueError:
        raise RequestError(f"'{text}' is not {what}.") from None


class V3Handler(ApiHandler):
    """The base of the handlers that tell failures with status 200."""

    #: The other keys of an answer that tells a failure.
    empty: ClassVar[Mapping[str, Any]] = {}
    #: Whether an experiment that is not known is no failure, but one of which nothing is to be told.
    unknown_is_no_error: ClassVar[bool] = False
    #: Whether what may be there again in a moment (503) keeps its status: a client that asks every
    #: few seconds waits for the next answer then, instead of taking one without jobs for the truth.
    unavailable_is_503: ClassVar[bool] = False

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        return with_error_keys(answer, warnings)

    def refusal_status(self, refusal: Refusal) -> int:
        own = refusal.code in _OWN_STATUS or (self.unavailable_is_503 and refusal.status == 503)
        return refusal.status if own else 200

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        if self.get_status() != 200:
            return super().refusal_body(refusal)
        empty = dict(self.empty)
        if "expid" in empty:
            empty["expid"] = self.path_kwargs["expid"]
        if self.unknown_is_no_error and refusal.code == ExperimentNotFoundError.code:
            return {"error": False, "error_message": "", **empty}
        return {**super().refusal_body(refusal), **empty}

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        told = operation.answer
        answer = record(
            {"error": constant(False), "error_message": constant(""), **told["properties"]},
            {"warnings": WARNINGS},
            "The answer.",
        )
        left_empty = {name: constant(value) for name, value in cls.empty.items()}
        if "expid" in left_empty:
            left_empty["expid"] = text("a2m9")
        failure = record({**_ERROR, **left_empty}, meaning="The same keys, empty, after a failure.")
        return {"anyOf": [answer, failure]}
