"""Large answers are made, packed, kept and sent piece by piece."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.api.encoding import LARGE_BYTES, json_bytes
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo import jobs_named, make_experiment

Serve = Callable[..., Any]
TREE = "/v3/tree/a000"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    names = [f"a000_20220401_fc{row % 7}_{row // 7 + 1}_SIM" for row in range(7_000)]
    make_experiment(tmp_path, "a000", jobs=jobs_named(names))
    return open_archive(tmp_path)


def test_a_large_answer_is_the_same_packed_and_in_pieces(serve: Serve, archive: Archive) -> None:
    server = serve(archive)
    packed = server.ask(TREE, headers={"Accept-Encoding": "gzip"})
    plain = server.ask(TREE)
    assert len(plain.body) > 3 * LARGE_BYTES
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["Content-Length"] == str(len(plain.body))
    assert packed.headers["Content-Length"] == str(len(packed.body))
    wanted = json.loads(json_bytes(tree_answer(archive.experiment("a000"))))
    told = plain.json()
    assert {name: told[name] for name in wanted} == wanted


def test_of_a_large_answer_only_the_packed_body_is_kept(serve: Serve, archive: Archive) -> None:
    server = serve(archive)
    body = server.ask(TREE).body
    assert 0 < server.app.service.answers.kept_bytes() < len(body) / 4


def test_head_tells_the_size_of_a_large_answer_and_sends_none_of_it(
    serve: Serve, archive: Archive
) -> None:
    server = serve(archive)
    plain, head = server.ask(TREE), server.ask(TREE, "HEAD")
    assert head.body == b""
    for name in ("Content-Length", "ETag", "Content-Type"):
        assert head.headers[name] == plain.headers[name]


def test_a_connection_is_used_again_after_a_large_answer(serve: Serve, archive: Archive) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", serve(archive).port, timeout=10)
    for _ in range(3):
        connection.request("GET", TREE)
        assert len(connection.getresponse().read()) > LARGE_BYTES
    connection.close()


def test_a_client_that_has_a_large_answer_is_sent_nothing(serve: Serve, archive: Archive) -> None:
    server = serve(archive)
    etag = server.ask(TREE).headers["ETag"]
    answer = server.ask(TREE, headers={"If-None-Match": etag})
    assert (answer.status, answer.body) == (304, b"")


def test_a_client_that_leaves_in_the_middle_leaves_no_trace(
    serve: Serve, archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(archive)
    server.ask(TREE)
    for _ in range(3):
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(f"GET {TREE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        client.recv(1000)
        # Reset at once, instead of politely ended.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    deadline = time.monotonic() + 5
    while server.app.service.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.app.service.requests
    assert not caplog.records
    assert server.ask("/v3/expcount/a000").status == 200
