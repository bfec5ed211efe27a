"""Messages to programs: JSON that is posted to an address, signed as standardwebhooks.com has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tornado.httpclient import HTTPClient, HTTPError, HTTPRequest
from tornado.httputil import HTTPInputError
from tornado.iostream import UnsatisfiableReadError

from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications.channels import NotDeliveredError

__all__ = ["Webhook", "signature"]

CONNECT_SECONDS = 5.0
SECONDS = 15.0
#: More than this is no answer to a message, in bytes.
_LARGEST_ANSWER = 1024 * 1024

#: The receiver wants nothing more, whatever comes.
_GONE = 410


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address, and the keys that show who sent what comes there."""

    url: str
    #: Each signs, so that a receiver may be told a new one before the old one goes.
    keys: tuple[bytes, ...] = field(repr=False)

    @property
    def target(self) -> str:
        """Its scheme, host and port: the path is often a secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def parcels(self, rows: Sequence[OutboxRow]) -> list[list[OutboxRow]]:
        """Return each message by itself."""
        return [[row] for row in rows]

    def send(self, rows: Sequence[OutboxRow]) -> str:
        """Post a message, and return the status of the answer.

        Redirections are not followed: they would carry it where nobody said. Raises
        :class:`NotDeliveredError` for any status but 2xx, and for none within :data:`SECONDS`.
        """
        (row,) = rows
        client = HTTPClient(max_body_size=_LARGEST_ANSWER)
        try:
            answer = client.fetch(self._request(row), raise_error=False)
        except (HTTPError, HTTPInputError, UnsatisfiableReadError, OSError, ValueError) as error:
            raise NotDeliveredError(f"no answer ({type(error).__name__})") from error
        finally:
            client.close()
        if not 200 <= answer.code < 300:
            raise NotDeliveredError(f"HTTP {answer.code}", for_good=answer.code == _GONE)
        return f"HTTP {answer.code}"

    def _request(self, row: OutboxRow) -> HTTPRequest:
        body, moment = row.body.encode(), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "autosubmit-core",
            "Idempotency-Key": row.id,
            "webhook-id": row.id,
            "webhook-timestamp": str(moment),
            "webhook-signature": " ".join(
                signature(key, row.id, moment, body) for key in self.keys
            ),
        }
        return HTTPRequest(
            self.url,
            method="POST",
            headers=headers,
            body=body,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=SECONDS,
            follow_redirects=False,
            decompress_response=False,
        )


def signature(key: bytes, name: str, moment: int, body: bytes) -> str:
    """Return the signature of a message that is sent at a moment, in seconds since 1970 UTC.

    HMAC-SHA256 of ``name.moment.body`` in Base64, after the version of the scheme.

    >>> signature(b"0" * 24, "b5a2", 1674087231, b"{}")
    'v1,Zrgq0aNhDTHJDB1AbUgwSlrKi/gSe7KTWDAcfP91IIE='
    """
    signed = f"{name}.{moment}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
