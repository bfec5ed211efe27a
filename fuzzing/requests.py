"""The body of a report's request, which is read much as a file is."""

from __future__ import annotations

import json
from pathlib import Path

from autosubmit_core.answers.report import ReportRequest
from autosubmit_core.api.report_request import read_report_request
from autosubmit_core.server import RefusedError
from fuzzing.mutation import changed_text
from fuzzing.target import Target

__all__ = ["REPORTS"]

_JSON = (
    *(
        b'"expid": "a000"',
        b'"expids": ["a000"]',
        b'"sections": ["eta"]',
        b"null",
        b"true",
        b"1e400",
    ),
    *(
        b"-1",
        b"9" * 5000,
        b"9007199254740993",
        b"[" * 2000,
        b'{"a":' * 2000,
        b'"\\ud800"',
        b'"\\u0000"',
    ),
    *(
        b'"statistics": {"hours": 1}',
        b'"eta": {"section": "SIM"}',
        b"NaN",
        b",",
        b"{}",
        b"[]",
        b'"',
    ),
    b"[" + b'"a000",' * 5000 + b'"a"]',
)


def _bodies(folder: Path) -> list[bytes]:
    asked = [
        {"expid": "a000"},
        {"expids": ["a000", "t0ab"], "sections": ["experiment", "eta"], "eta": {"section": "SIM"}},
        {"expid": "a000", "run_id": 3, "sections": ["statistics"], "statistics": {"hours": 24}},
    ]
    return [json.dumps(body).encode() for body in asked]


def _read(folder: Path, data: bytes) -> str:
    try:
        request = read_report_request(data)
    except RefusedError as error:
        refusal = error.refusal
        assert refusal.status in (400, 413, 422)
        assert len(str(refusal)) < 100_000
        return "refused"
    assert isinstance(request, ReportRequest)
    assert request.expids
    return "read"


REPORTS = Target(_bodies, changed_text(_JSON), _read)
