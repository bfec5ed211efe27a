"""Requests as no client sends them that means well: each is refused, or read in the one way there is."""

from __future__ import annotations

import gzip
import logging
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
import tornado

Serve = Callable[..., Any]

HOST = "Host: localhost\r\n"
JOBS = f"GET /v4/experiments/a000/jobs HTTP/1.1\r\n{HOST}"
REPORT = f"POST /report HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
SMUGGLED = f"0\r\n\r\nGET /smuggled HTTP/1.1\r\n{HOST}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
CLOSE = "Connection: close\r\n\r\n"

#: The last Tornado for Python 3.10 reads folded headers, and logs chunks that lie as errors.
OLDER = tornado.version_info < (6, 6)


@pytest.fixture
def server(serve: Serve, small_archive: Any, jobs: Callable[[int], Any]) -> Any:
    return serve(small_archive(a000=jobs(2)))


def answers(server: Any, sent: bytes | str) -> tuple[list[int], bytes]:
    """Send some bytes; return the statuses of what comes back until the end, and all of it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        received = b""
        try:
            client.sendall(sent.encode("latin-1") if isinstance(sent, str) else sent)
            while part := client.recv(65_536):
                received += part
        except ConnectionError:
            pass  # What was not read when it closed is lost with what was sent.
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)], received


@pytest.mark.parametrize(
    "request_",
    [
        f"{REPORT}Content-Length: 6\r\n{CHUNKED}\r\n{SMUGGLED}",
        f"{REPORT}{CHUNKED}Content-Length: 6\r\n\r\n{SMUGGLED}",
        f"{REPORT}Transfer-Encoding: xchunked\r\n\r\n{SMUGGLED}",
        f"{REPORT}Transfer-Encoding : chunked\r\n\r\n{SMUGGLED}",
        f"{REPORT}Transfer-Encoding: identity\r\n{CHUNKED}\r\n{SMUGGLED}",
        f"{REPORT}Transfer-Encoding:\x0bchunked\r\n\r\n{SMUGGLED}",
        f"{REPORT}Content-Length: 3\r\nContent-Length: 0\r\n\r\n{SMUGGLED}",
        *(f"{REPORT}Content-Length: {n}\r\n\r\n{SMUGGLED}" for n in ("+3", "-1", "0x0", "1_0")),
        f"{REPORT}Content-Length: \xb2\r\n\r\n{SMUGGLED}",
        f"{REPORT}Content-Length: {'9' * 5000}\r\n\r\n{SMUGGLED}",
        f"{REPORT}Content-Length: 0 0\r\n\r\n{SMUGGLED}",
        f"{REPORT}{CHUNKED}\r\n-1\r\n{SMUGGLED}",
        f"{REPORT}{CHUNKED}\r\n0x0\r\n\r\n{SMUGGLED}",
        f"{REPORT}{CHUNKED}\r\n1\r\nxx\r\n{SMUGGLED}",
        f"{REPORT}{CHUNKED}\r\n{'0' * 100}\r\n\r\n{SMUGGLED}",
    ],
    ids=lambda text: re.sub(r"[^ -~]", "~", text[len(REPORT) :])[:40],
)
def test_no_second_request_hides_in_the_body_of_a_first(
    server: Any, caplog: pytest.LogCaptureFixture, request_: str
) -> None:
    statuses, received = answers(server, request_)
    assert statuses in ([], [400])
    assert b"smuggled" not in received
    if not OLDER:
        assert not [line for line in caplog.records if line.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        ("GET / HTTP/1.1\r\n\r\n", [400]),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", [400]),
        ("GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n", [400]),
        ("GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n", [400]),
        (f"GET / HTTP/1.1\r\nHost: evil.example\r\n{CLOSE}", [400]),
        (f"GET / HTTP/1.1\r\nHost: {'a' * 60_000}\r\n{CLOSE}", [400]),
        (f"GET http://evil.example/v4/experiments HTTP/1.1\r\n{HOST}{CLOSE}", [404]),
        (f"{JOBS}X-Folded: a\r\n b\r\n{CLOSE}", [200] if OLDER else [400]),
        (f"{JOBS}X-Bare: a\rX-Other: b\r\n\r\n", [400]),
        (f"{JOBS}X-Nul: a\0b\r\n\r\n", [400]),
        (f"{JOBS}no colon\r\n\r\n", [400]),
        (f"{JOBS}: no name\r\n\r\n", [400]),
        (f"{JOBS}X-Long: {'a' * 70_000}\r\n\r\n", []),
        (JOBS + "X-Many: a\r\n" * 5000 + CLOSE, [200]),
        (f"{JOBS}Cookie: {'a=b;' * 15_000}\r\n{CLOSE}", [200]),
        (JOBS + 'Cookie: a="' + "\\" * 60_000 + f'"\r\n{CLOSE}', [200]),
        (f"{JOBS}If-None-Match: {'W/' * 30_000}\r\n{CLOSE}", [200]),
        (JOBS + "If-None-Match: " + '"' * 60_000 + f"\r\n{CLOSE}", [200]),
        (f"{JOBS}Authorization: Bearer {' ' * 60_000}x\r\n{CLOSE}", [200]),
        (f"{JOBS}Accept-Encoding: {'gzip;q=0' + ' ' * 60_000}x\r\n{CLOSE}", [200]),
        (f"{JOBS}Range: bytes=0-9,{'1-2,' * 10_000}\r\n{CLOSE}", [200]),
        (f"{JOBS}X-Forwarded-For: {'::1%a,' * 10_000}\r\nX-Real-Ip: 6.6.6.6\r\n{CLOSE}", [200]),
        (f"TRACE / HTTP/1.1\r\n{HOST}Cookie: secret\r\n{CLOSE}", [405]),
        (f"CONNECT evil.example:443 HTTP/1.1\r\n{HOST}{CLOSE}", [405]),
        (f"PROPFIND / HTTP/1.1\r\n{HOST}Depth: infinity\r\n{CLOSE}", [405]),
        (f"{'A' * 60_000} / HTTP/1.1\r\n{HOST}{CLOSE}", [405]),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
        ("GET /\r\n\r\n", [400]),
        ("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", [400]),
        (
            f"{JOBS}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n" + JOBS + CLOSE,
            [200] * 2,
        ),
        (f"GET /v4/experiments/a000/jobs?{'a=1&' * 15_000} HTTP/1.1\r\n{HOST}{CLOSE}", [400]),
        (f"GET /{'%2f' * 20_000} HTTP/1.1\r\n{HOST}{CLOSE}", [200]),
        (f"{REPORT}Content-Length: 20\r\n\r\n{{", None),
    ],
)
def test_what_is_no_proper_request_is_refused_and_harms_nobody(
    server: Any, caplog: pytest.LogCaptureFixture, request_: str, statuses: list[int] | None
) -> None:
    if statuses is None:
        # It goes away in the middle.
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.sendall(request_.encode("latin-1"))
    else:
        assert answers(server, request_)[0] == statuses
    assert server.ask("/").status == 200
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]


def test_requests_that_are_sent_together_are_answered_one_after_the_other(server: Any) -> None:
    together = (JOBS + "\r\n") * 50 + JOBS + CLOSE
    assert answers(server, together)[0] == [200] * 51


@pytest.mark.parametrize(
    "body",
    [
        b'{"expid": NaN}',
        b'{"expid": "a000", "run_id": Infinity}',
        b'{"expid": "a000", "run_id": 1e999999}',
        b'{"expid": "a000", "run_id": ' + b"9" * 900_000 + b"}",
        b"[" * 900_000,
        b'{"a":' * 200_000,
        '{"expid": "a000"}'.encode("utf-16"),
        b'{"expid": "\\ud800"}',
        b'\xef\xbb\xbf{"expid": "a000"}',
    ],
    ids=lambda body: repr(body[:30]),
)
def test_a_body_that_is_no_json_is_refused_at_once(server: Any, body: bytes) -> None:
    answer = server.ask("/report", "POST", body, {"Content-Type": "application/json"})
    assert (answer.status, answer.json()["status"]) == (400, "error")
    assert len(answer.body) < 1000


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "GZIP", "gzip, gzip", "x"])
def test_no_body_of_a_request_is_unpacked(server: Any, encoding: str) -> None:
    """Ten megabytes that arrive as ten thousand bytes are not taken for more than those."""
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = server.ask("/report", "POST", gzip.compress(b" " * 10**7), headers)
    assert answer.status == 415


@pytest.mark.parametrize(
    "name",
    [
        *("..%2f..%2fetc", "%2e%2e", "..", "%00", "a000%00", "a000%0a", "a000%20", "A000", "a000."),
        *("%EF%BD%81000", "%D0%B0000", "a000%CC%81", "*", "a00?", "%25", "%", "a000\\", "~root"),
        *("a" * 60_000, "%F0%9F%92%A9", "-rf", "a000'--", "$(id)"),
    ],
    ids=lambda name: name[:20],
)
@pytest.mark.parametrize("path", ["/v4/experiments/{}/jobs", "/v3/tree/{}", "/v3/joblog/{}"])
def test_a_name_that_no_experiment_has_finds_nothing(
    demo_server: Any, path: str, name: str
) -> None:
    answer = demo_server.ask(path.format(name))
    assert answer.status in (200, 404), answer.body[:200]
    if answer.status == 200:
        told = answer.json()
        assert told.get("error") or (not told.get("found") and not told.get("jobs"))


@pytest.mark.parametrize(
    "told", ["forged\x0bINFO", "x" * 65, "short", "a b c d e f g h", "<script>", "abcdefgh\x85"]
)
def test_the_id_of_a_request_puts_nothing_into_answer_or_log(
    server: Any, caplog: pytest.LogCaptureFixture, told: str
) -> None:
    caplog.set_level(logging.INFO)
    statuses, received = answers(server, f"{JOBS}X-Request-Id: {told}\r\n{CLOSE}")
    assert statuses in ([200], [400])
    assert told.encode("latin-1") not in received
    assert all(told not in record.getMessage() for record in caplog.records)


def test_of_an_endless_path_the_log_has_the_beginning(
    server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert server.ask(f"/{'a' * 60_000}").status == 404
    assert server.ask("/", "A" * 60_000).status == 405
    assert all(len(record.getMessage()) < 2000 for record in caplog.records)
