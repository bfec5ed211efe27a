"""Every error of the library has a status, and no refusal tells what is none of a client's business."""

from __future__ import annotations

import inspect
import sqlite3

import pytest
from tornado.web import HTTPError

from autosubmit_core import errors
from autosubmit_core.api.refusals import RefusedError, refusal_of

SECRET = "/srv/autosubmit/secret.db"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.ExperimentNotFoundError("zzzz"), 404, "experiment_not_found"),
        (errors.JobNotFoundError("a000", "nope"), 404, "job_not_found"),
        (errors.RunNotFoundError("a000", 9), 404, "run_not_found"),
        (errors.RequestError("No jobs found for section 'NOPE'"), 400, "invalid_request"),
        (errors.SourceMissingError(SECRET), 503, "source_missing"),
        (errors.SourceUnreadableError(SECRET, "is locked"), 503, "source_unreadable"),
        (errors.ConfigurationInvalidError(SECRET, "line 3"), 503, "configuration_invalid"),
        (errors.InstallationError(f"no database {SECRET}"), 503, "installation_invalid"),
        (HTTPError(404), 404, "route_not_found"),
        (HTTPError(405), 405, "method_not_allowed"),
        (HTTPError(400, SECRET), 400, "malformed_request"),
        (sqlite3.OperationalError(f"near SELECT: {SECRET}"), 500, "unexpected_error"),
        (KeyError(SECRET), 500, "unexpected_error"),
        (None, 500, "unexpected_error"),
        (RefusedError(415, "JSON, please.", "unsupported"), 415, "unsupported"),
    ],
)
def test_an_error_has_one_status_and_tells_no_path(
    error: BaseException | None, status: int, code: str
) -> None:
    refusal = refusal_of(error)
    assert (refusal.status, refusal.code) == (status, code)
    assert SECRET not in refusal.message
    assert "SELECT" not in refusal.message


def test_a_reason_that_is_a_sentence_is_said_as_it_is() -> None:
    error = errors.SourceMissingError(SECRET, "The job list of 'c001' is missing.")
    assert refusal_of(error).message == "The job list of 'c001' is missing."


def test_no_error_of_the_library_is_unexpected() -> None:
    families = (
        errors.NotFoundError,
        errors.RequestError,
        errors.CommandError,
        errors.SourceError,
        errors.InstallationError,
        # Of background tasks, which no request does.
        errors.LeaseLostError,
    )
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.AutosubmitError) and kind is not errors.AutosubmitError:
            assert issubclass(kind, families)
