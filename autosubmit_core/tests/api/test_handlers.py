"""What all answers have alike: paths, methods, headers, limits, encoding and errors."""

from __future__ import annotations

import gc
import gzip
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tornado.routing import URLSpec

from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.handlers import ApiHandler
from autosubmit_core.errors import InstallationError, SourceUnreadableError
from autosubmit_core.tables import JobTable

Serve = Callable[..., Any]
JOBS = "/v4/experiments/a000/jobs"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def archive(small_archive: Any, jobs: Callable[[int], JobTable]) -> Any:
    return small_archive(
        a000=jobs(40),
        a001=ZeroDivisionError("SELECT secret FROM /srv/autosubmit.db"),
        a002=SourceUnreadableError("/srv/a002/pkl/job_list_a002.pkl", "it is no pickle"),
        a003=InstallationError("The main database /srv/autosubmit.db is gone"),
    )


# -- paths and methods ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        JOBS,
        f"{JOBS}/",
        "//v4///experiments/a000//jobs",
        "/v4/experiments/a000%2Fjobs",
        f"{JOBS}///",
    ],
)
def test_a_path_is_answered_however_its_slashes_are_spelled(
    serve: Serve, archive: Any, path: str
) -> None:
    """E3-01: no redirect from one spelling to the other."""
    assert serve(archive).ask(path).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api", 200),
        ("/api/", 200),
        (f"/api{JOBS}", 200),
        (JOBS, 200),
        ("/apiv4/experiments/a000/jobs", 404),
        (f"/api/api{JOBS}", 404),
    ],
)
def test_a_root_path_is_answered_with_and_without(
    serve: Serve, archive: Any, path: str, status: int
) -> None:
    assert serve(archive, root_path="/api").ask(path).status == status


@pytest.mark.parametrize(
    "path", ["/nothing", "/v4/experiments/a000/nothing", "/v3", "/v3/tree", "/v4/nothing"]
)
def test_an_unknown_route_is_404_in_the_published_words(
    serve: Serve, archive: Any, path: str
) -> None:
    answer = serve(archive).ask(path)
    assert (answer.status, answer.json()) == (404, {"detail": "Not Found"})


class Page(ApiHandler):
    async def get(self) -> None:
        self.write("a page")


def test_pages_stand_beside_the_routes_and_are_looked_for_first(serve: Serve, archive: Any) -> None:
    pages = (URLSpec("/", Page), URLSpec("/about", Page))
    server = serve(archive, pages, root_path="/as")
    answers = [server.ask(path) for path in ("/", "/as/about/", JOBS, "/nothing")]
    assert [answer.body for answer in answers[:2]] == [b"a page"] * 2
    assert [answer.status for answer in answers] == [200, 200, 200, 404]


def test_bytes_that_are_no_text_in_a_path_are_refused_as_json(serve: Serve, archive: Any) -> None:
    answer = serve(archive).ask("/v4/experiments/%ff/jobs")
    assert (answer.status, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", JOBS, "GET, HEAD"),
        ("DELETE", JOBS, "GET, HEAD"),
        ("BREW", JOBS, "GET, HEAD"),
        ("OPTIONS", JOBS, "GET, HEAD"),
        ("GET", "/report", "POST"),
        ("HEAD", "/report", "POST"),
    ],
)
def test_a_wrong_method_is_405_and_told_the_right_ones(
    serve: Serve, archive: Any, method: str, path: str, allow: str
) -> None:
    answer = serve(archive).ask(path, method)
    assert (answer.status, answer.headers["Allow"]) == (405, allow)
    if method != "HEAD":
        assert answer.json() == {"detail": "Method Not Allowed"}


def test_head_is_get_without_the_body(serve: Serve, archive: Any) -> None:
    server = serve(archive)
    got, head = server.ask(JOBS), server.ask(JOBS, "HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag"):
        assert head.headers[name] == got.headers[name]


# -- headers and encoding ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), (JOBS, 200), ("/nothing", 404), ("/v4/experiments/a001/jobs", 500)],
)
def test_every_answer_is_json_with_safe_headers(
    serve: Serve, archive: Any, path: str, status: int
) -> None:
    answer = serve(archive).ask(path)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-Id"]
    assert "Server" not in answer.headers


def test_a_large_answer_is_packed_for_those_who_accept_it(serve: Serve, archive: Any) -> None:
    server = serve(archive)
    plain = server.ask(JOBS)
    packed = server.ask(JOBS, headers={"Accept-Encoding": "br, GZIP"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.body) < len(plain.body) / 4
    assert gzip.decompress(packed.body) == plain.body


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "br, gzip; q=0.0"])
def test_nothing_is_packed_for_those_who_do_not(serve: Serve, archive: Any, accepted: str) -> None:
    answer = serve(archive).ask(JOBS, headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers


def test_an_answer_that_the_client_has_is_not_sent_again(serve: Serve, archive: Any) -> None:
    server = serve(archive)
    tag = server.ask(JOBS).headers["ETag"]
    again = server.ask(JOBS, headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    assert server.ask(f"{JOBS}?view=quick", headers={"If-None-Match": tag}).status == 200


# -- cross-origin --------------------------------------------------------------------------------

GUI = "https://gui.example.org"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), (JOBS, 200), ("/nothing", 404), ("/v4/experiments/a001/jobs", 500)],
)
@pytest.mark.parametrize("cookie", [{}, {"Cookie": "session=1"}])
def test_an_allowed_page_may_read_every_answer(
    serve: Serve, archive: Any, path: str, status: int, cookie: dict[str, str]
) -> None:
    """S-16: that origin itself, on errors too, and no credentials."""
    answer = serve(archive, allowed_origins=(GUI,)).ask(path, headers={"Origin": GUI, **cookie})
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == GUI
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origins", [(), (GUI,)])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "https://gui.example.or",
        f"{GUI}.evil",
        "http://gui.example.org",
    ],
)
def test_no_other_page_may_read_any(
    serve: Serve, archive: Any, origin: str, origins: tuple[str, ...]
) -> None:
    server = serve(archive, allowed_origins=origins)
    for answer in (
        server.ask(JOBS, headers={"Origin": origin, "Cookie": "session=1"}),
        server.ask(JOBS, headers={"Origin": origin, "Authorization": "Bearer x.y.z"}),
        server.ask(JOBS, "OPTIONS", headers=preflight(origin)),
    ):
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_the_clients_of_the_installation_are_allowed_unless_told_otherwise(
    serve: Serve, archive: Any
) -> None:
    archive.installation.allowed_clients = frozenset({"https://GUI.example.org/app", "*", "gui"})
    allowed = serve(archive).ask("/", headers={"Origin": GUI})
    refused = serve(archive, allowed_origins=()).ask("/", headers={"Origin": GUI})
    assert allowed.headers["Access-Control-Allow-Origin"] == GUI
    assert "Access-Control-Allow-Origin" not in refused.headers


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }


@pytest.mark.parametrize("level", list(Level))
def test_a_browser_that_asks_first_is_told_what_it_may_send(
    serve: Serve, archive: Any, level: Level
) -> None:
    """It asks whether it may send a token, and does not send it yet."""
    server = serve(archive, allowed_origins=(GUI,), protection_level=level)
    for path in ("/report", "/nothing", JOBS, "/v4/user-settings/preferred-username"):
        answer = server.ask(path, "OPTIONS", headers=preflight(GUI))
        assert (answer.status, answer.body) == (200, b"OK")
        assert answer.headers["Access-Control-Allow-Origin"] == GUI
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, POST"
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
        assert answer.headers["Access-Control-Max-Age"] == "600"
    unknown = server.ask(JOBS, "OPTIONS", headers=preflight(GUI, "BREW"))
    assert (unknown.status, unknown.json()["error_message"]) == (400, "Disallowed CORS method")


# -- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"), [("/report", 413), (JOBS, 405), ("/nothing", 404)], ids=str
)
@pytest.mark.parametrize("megabytes", [1, 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_gets_a_clean_answer(
    serve: Serve, archive: Any, path: str, status: int, megabytes: int, chunked: bool
) -> None:
    """S-25: not a connection that is cut while the client still sends."""
    server = serve(archive, body_limit=1000)
    parts = [b"x" * 1_000_000] * megabytes
    answer = server.ask(
        path, "POST", body=iter(parts) if chunked else b"".join(parts), headers=JSON
    )
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    if status == 413:
        assert "1000 bytes" in answer.json()["message"]


def test_what_is_over_the_limit_is_not_kept_while_it_comes_in(serve: Serve, archive: Any) -> None:
    server, kept = serve(archive, body_limit=300_000), []

    def parts() -> Iterator[bytes]:
        for _ in range(50):
            yield b"x" * 100_000
            handlers = (each for each in gc.get_objects() if isinstance(each, ApiHandler))
            kept.append(max((len(handler._received) for handler in handlers), default=0))

    assert server.ask("/report", "POST", body=parts(), headers=JSON).status == 413
    assert 0 < max(kept) <= 300_000


@pytest.mark.parametrize(
    "headers",
    [{"Content-Length": "2000", "Expect": "100-continue"}, {"Content-Length": str(10**9)}],
)
def test_a_client_that_would_send_too_much_is_told_before_it_does(
    serve: Serve, archive: Any, headers: dict[str, str]
) -> None:
    answer = serve(archive, body_limit=1000).ask("/report", "POST", headers={**JSON, **headers})
    assert (answer.status, answer.json()["status"]) == (413, "error")


def test_a_body_at_the_limit_is_read(serve: Serve, archive: Any) -> None:
    server = serve(archive, body_limit=1000)
    assert server.ask("/report", "POST", body=b" " * 1000, headers=JSON).status == 400
    assert server.ask("/report", "POST", body=b" " * 1001, headers=JSON).status == 413


# -- errors --------------------------------------------------------------------------------------


def test_an_unexpected_error_is_an_id_to_the_client_and_a_trace_in_the_log(
    serve: Serve, archive: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """S-30: nothing of the inside comes out."""
    answer = serve(archive).ask("/v4/experiments/a001/jobs")
    assert answer.status == 500
    assert answer.json() == {
        "error": True,
        "error_message": "An unexpected error occurred.",
        "code": "unexpected_error",
        "error_id": answer.headers["X-Request-Id"],
    }
    (noted,) = (record for record in caplog.records if record.levelno == logging.ERROR)
    assert answer.headers["X-Request-Id"] in noted.getMessage()
    assert "ZeroDivisionError" in str(noted.exc_text or noted.exc_info)


def test_a_damaged_source_is_503_with_its_reason(serve: Serve, archive: Any) -> None:
    answer = serve(archive).ask("/v4/experiments/a002/jobs")
    assert (answer.status, answer.json()["code"]) == (503, "source_unreadable")
    assert "it is no pickle" in answer.json()["error_message"]
    assert "/srv" not in answer.body.decode()


def test_a_lost_installation_is_503(serve: Serve, archive: Any) -> None:
    answer = serve(archive).ask("/v4/experiments/a003/jobs")
    assert (answer.status, answer.json()["code"]) == (503, "installation_invalid")
    assert "/srv" not in answer.body.decode()
