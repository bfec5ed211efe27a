"""What a client is told when a request is refused or fails: the one place that decides.

Every error of the library has a status, a sentence and a stable word here. What is not on the list
is a mistake of ours: the client gets a fixed sentence and an id, the log gets the rest.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.web import HTTPError

from autosubmit_core.errors import (
    AlreadyRunningError,
    AutosubmitError,
    CommandError,
    CommandForbiddenError,
    CommandInvalidError,
    InstallationError,
    NotFoundError,
    RequestError,
    SourceError,
)

__all__ = ["Refusal", "RefusedError", "refusal_of"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The status and words of an answer that is not what was asked for."""

    #: The HTTP status.
    status: int
    #: A sentence for people: no path, no driver's text, no trace.
    message: str
    #: A stable word for programs.
    code: str
    #: What is wrong with which field of the request, where that is known.
    fields: tuple[tuple[str, str], ...] = ()
    #: Headers that belong to the refusal.
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The request is refused, for a reason that is HTTP's own and not the library's."""

    def __init__(self, status: int, message: str, code: str, **more: object) -> None:
        super().__init__(message)
        self.refusal = Refusal(status, message, code, **more)  # type: ignore[arg-type]

    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


#: What Tornado itself refuses, by status.
_OF_HTTP = {
    400: ("The request is malformed.", "malformed_request"),
    404: ("Not Found", "route_not_found"),
    405: ("Method Not Allowed", "method_not_allowed"),
}
_UNEXPECTED = Refusal(500, "An unexpected error occurred.", "unexpected_error")


def refusal_of(error: BaseException | None) -> Refusal:
    """Return how a request that ended with an error is answered.

    >>> refusal_of(ZeroDivisionError("secret")).message
    'An unexpected error occurred.'
    """
    if isinstance(error, RefusedError):
        return error.refusal
    if isinstance(error, HTTPError) and error.status_code in _OF_HTTP:
        return Refusal(error.status_code, *_OF_HTTP[error.status_code])
    if isinstance(error, AutosubmitError):
        return _of_library(error)
    return _UNEXPECTED


def _of_library(error: AutosubmitError) -> Refusal:
    if isinstance(error, NotFoundError):
        return Refusal(404, str(error), error.code)
    if isinstance(error, RequestError):
        return Refusal(400, str(error), error.code)
    if isinstance(error, CommandError):
        return _of_command(error)
    if isinstance(error, SourceError):
        return Refusal(503, _sentence(error.reason), error.code)
    if isinstance(error, InstallationError):
        # Its own text may name folders of the server.
        return Refusal(503, "The Autosubmit installation cannot be read now.", error.code)
    return _UNEXPECTED


def _of_command(error: CommandError) -> Refusal:
    """Return how a command that was not run, or failed, is answered: with 500, as it is published."""
    if isinstance(error, CommandInvalidError):
        return Refusal(422, str(error), error.code, fields=((error.field, str(error)),))
    if isinstance(error, CommandForbiddenError):
        return Refusal(403, str(error), error.code)
    return Refusal(409 if isinstance(error, AlreadyRunningError) else 500, str(error), error.code)


def _sentence(reason: str) -> str:
    """Return the reason of a source; most are a few words, some are a sentence already."""
    return reason if reason.endswith(".") else f"A source of this answer cannot be used: {reason}."
