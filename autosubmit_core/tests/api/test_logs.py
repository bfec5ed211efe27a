"""The log: a line for every record, which nobody forges, as text or as JSON (S-15, S-29, D-9)."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.logs import start_log
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment

Lines = Callable[[str], Callable[[], list[str]]]
FORGED = "fine\n2026-01-01 00:00:00,000 INFO autosubmit_core: FORGED \x1b[31m\u2028"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Start the log in a format; what is returned gives its lines."""
    root, written = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level

    def start(log_format: str) -> Callable[[], list[str]]:
        monkeypatch.setattr("sys.stderr", written)
        root.handlers[:] = []
        start_log(log_format, debug=False)
        return lambda: written.getvalue().splitlines()

    yield start
    root.handlers[:] = before
    root.setLevel(level)


def fail() -> None:
    raise ValueError(FORGED)


def log_a_failure() -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("somewhere").exception("of %s", FORGED)


def test_s29_no_text_makes_a_record_of_its_own(lines: Lines) -> None:
    shown = lines("text")
    log_a_failure()
    records = [line for line in shown() if not line.startswith("    ")]
    assert len(records) == 1
    assert "\\x0a2026-01-01" in records[0]
    assert "\x1b" not in "".join(shown())


def test_s29_no_text_makes_an_object_of_its_own(lines: Lines) -> None:
    shown = lines("json")
    log_a_failure()
    (line,) = shown()
    record = json.loads(line)
    assert (record["level"], record["logger"]) == ("ERROR", "somewhere")
    assert record["message"] == f"of {FORGED}"
    assert record["exception"].startswith("Traceback")
    assert record["time"].endswith("+00:00")


def of_requests(shown: Callable[[], list[str]], count: int) -> list[str]:
    """Return the lines about requests as soon as there are so many: they are written after answers."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = [line for line in shown() if "autosubmit_core.api" in line and " ms " in line]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError(shown())


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    make_experiment(tmp_path, "a000", jobs=jobs_named(["a000_INI"]))
    return open_archive(tmp_path)


def test_d9_a_request_is_a_line_of_json_with_the_id_of_its_answer(
    serve: Callable[..., Any], archive: Archive, lines: Lines
) -> None:
    server, shown = serve(archive), lines("json")
    answer = server.ask("/v4/experiments/a000/jobs?job_name=%0aFORGED")
    (line,) = of_requests(shown, 1)
    record = json.loads(line)
    assert record["request_id"] == answer.headers["X-Request-Id"]
    assert record["route"] == "/v4/experiments/{expid}/jobs"
    assert (record["method"], record["status"]) == ("GET", 200)
    assert record["path"] == "/v4/experiments/a000/jobs"
    assert record["milliseconds"] > 0
    assert "FORGED" not in json.dumps(record)


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("told", "traced"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-later", TRACE),
        ("", None),
        (f"00-{TRACE}-00f067aa0ba902b7-01-more", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        ("FORGED", None),
    ],
)
def test_d9_the_trace_of_a_request_is_in_its_record_if_it_came_with_one(
    serve: Callable[..., Any], archive: Archive, lines: Lines, told: str, traced: str | None
) -> None:
    server, shown = serve(archive), lines("json")
    server.ask("/v4/experiments", headers={"traceparent": told})
    server.ask("/v4/experiments")
    first, second = map(json.loads, of_requests(shown, 2))
    assert first.get("trace_id") == traced
    assert ("span_id" in first) is (traced is not None)
    assert "trace_id" not in second


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_s15_no_token_is_logged(
    serve: Callable[..., Any], archive: Archive, lines: Lines, log_format: str
) -> None:
    server, shown = serve(archive, protection_level=Level.ALL), lines(log_format)
    told = {"Authorization": "Bearer MARKER", "Cookie": "session=MARKER"}
    server.ask("/v4/auth/verify-token?token=MARKER&code=MARKER", headers=told)
    server.ask("/v4/experiments?ticket=MARKER", headers=told)
    assert len(of_requests(shown, 2)) == 2
    assert not [line for line in shown() if "MARKER" in line]


@pytest.mark.parametrize("told", ["0af7651916cd43dd8448eb211c80319c", "router-1.example_2"])
def test_an_id_that_a_request_came_with_is_that_of_its_answer(
    serve: Callable[..., Any], archive: Archive, told: str
) -> None:
    answer = serve(archive).ask("/v4/experiments/zzzz", headers={"X-Request-Id": told})
    assert answer.headers["X-Request-Id"] == told


@pytest.mark.parametrize(
    "told", ["", "short", "a" * 65, "with blanks in it", "id\tFORGED-id", "-beginning", '"quoted"']
)
def test_an_id_that_is_none_is_made_anew(
    serve: Callable[..., Any], archive: Archive, told: str
) -> None:
    server = serve(archive)
    made = server.ask("/", headers={"X-Request-Id": told}).headers["X-Request-Id"]
    assert made != told
    assert len(made) == 16
