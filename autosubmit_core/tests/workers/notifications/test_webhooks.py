"""What programs get is JSON, signed so that they can tell who sent it, and sent nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications import webhooks
from autosubmit_core.workers.notifications.channels import NotDeliveredError
from autosubmit_core.workers.notifications.webhooks import Webhook

MakeMessage = Callable[..., OutboxRow]
README = Path(__file__).resolve().parents[3] / "README.md"
KEY, OTHER = b"k" * 32, b"o" * 24


def is_signed(headers: Message, body: bytes, key: bytes) -> bool:
    """Tell whether a message is signed with a key, as the specification of Standard Webhooks says.

    Written from https://github.com/standard-webhooks/standard-webhooks, not from what signs.
    """
    stamp = headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > 300:
        return False
    content = b".".join([headers["webhook-id"].encode(), stamp.encode(), body])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    versions = [signed.split(",") for signed in headers["webhook-signature"].split(" ")]
    return any(v == "v1" and hmac.compare_digest(sign, expected) for v, sign in versions)


def test_a_message_is_posted_as_json(receiver: Any, message: MakeMessage) -> None:
    assert Webhook(receiver.url, (KEY,)).send([message()]) == "HTTP 204"
    ((headers, body),) = receiver.taken
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == headers["Idempotency-Key"] == "message-1"
    assert "Authorization" not in headers
    told = json.loads(body)
    assert told["type"] == "experiment.failed"
    assert told["timestamp"] == told["data"]["at"]
    assert told["data"]["sentence"] == "2 jobs of a000 failed."
    assert told["data"]["experiment"]["failed"] == 2
    assert told["data"]["link"] == "https://as.example.org/a000"


def test_its_signature_is_good_for_its_keys_alone(receiver: Any, message: MakeMessage) -> None:
    Webhook(receiver.url, (KEY, OTHER)).send([message()])
    ((headers, body),) = receiver.taken
    assert is_signed(headers, body, KEY)
    assert is_signed(headers, body, OTHER)  # a key may be replaced in peace
    assert not is_signed(headers, body, b"x" * 32)
    assert not is_signed(headers, body + b" ", KEY)
    del headers["webhook-id"]
    headers["webhook-id"] = "message-2"
    assert not is_signed(headers, body, KEY)


def test_what_the_readme_says_finds_out_who_sent_it(receiver: Any, message: MakeMessage) -> None:
    (check,) = re.findall(r"^```python\n(import base64.*?)^```", README.read_text(), re.M | re.S)
    known: dict[str, Any] = {}
    exec(check, known)
    Webhook(receiver.url, (OTHER, KEY)).send([message()])
    ((headers, body),) = receiver.taken
    secret = f"whsec_{base64.b64encode(KEY).decode()}"
    assert known["is_genuine"](headers, body, secret)
    assert not known["is_genuine"](headers, body + b" ", secret)
    headers.replace_header("webhook-timestamp", "1700000000")
    assert not known["is_genuine"](headers, body, secret)


def test_the_signature_is_the_one_of_the_specification() -> None:
    """Its own example: the key, the headers and the body are published with the signature."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = webhooks.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirections_are_not_followed(receiver: Any, message: MakeMessage, status: int) -> None:
    receiver.answers = [status]
    with pytest.raises(NotDeliveredError, match=f"HTTP {status}"):
        Webhook(receiver.url, (KEY,)).send([message()])
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(("status", "for_good"), [(500, False), (404, False), (410, True)])
def test_what_is_not_taken_is_tried_again_unless_it_is_gone(
    receiver: Any, message: MakeMessage, status: int, for_good: bool
) -> None:
    receiver.answers = [status]
    with pytest.raises(NotDeliveredError) as caught:
        Webhook(receiver.url, (KEY,)).send([message()])
    assert caught.value.for_good is for_good


def test_nobody_is_waited_for_longer_than_that(
    receiver: Any, message: MakeMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS", 0.2)
    receiver.before = lambda: time.sleep(1)
    with pytest.raises(NotDeliveredError, match="no answer"):
        Webhook(receiver.url, (KEY,)).send([message()])
    receiver.close()
    with pytest.raises(NotDeliveredError, match="no answer"):
        Webhook(receiver.url, (KEY,)).send([message()])


@contextmanager
def _says(words: bytes) -> Iterator[str]:
    """Answer one request with anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_answer, args=(server, words))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(5)


def _answer(server: socket.socket, words: bytes) -> None:
    client, _ = server.accept()
    with client:
        client.recv(65536)
        client.sendall(words)


@pytest.mark.parametrize(
    "words", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000]
)
def test_what_is_no_answer_is_none(message: MakeMessage, words: bytes) -> None:
    with _says(words) as url, pytest.raises(NotDeliveredError, match="no answer"):
        Webhook(url, (KEY,)).send([message()])


def test_its_path_and_keys_are_not_shown() -> None:
    hook = Webhook("https://hooks.example.org:8443/secret/path", (KEY,))
    assert hook.target == "https://hooks.example.org:8443"
    assert "kkk" not in repr(hook)
