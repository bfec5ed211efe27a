"""Asking login providers: never longer than ten seconds, never more than a mebibyte (S-14)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPError
from tornado.httputil import HTTPInputError
from tornado.iostream import UnsatisfiableReadError

from autosubmit_core.api.access.traces import TRACE
from autosubmit_core.api.access.users import ProviderError

__all__ = ["Answered", "Fetch", "with_query"]

CONNECT_SECONDS = 5.0
SECONDS = 10.0
_LARGEST = 1024 * 1024
#: How many of them are asked at once; further ones wait within their time.
_AT_ONCE = 100


def with_query(address: str, **arguments: str) -> str:
    """Return an address with arguments, encoded, so that none of them can be two.

    >>> with_query("https://cas.example.org/login?a=b", service="https://x/?c&d")
    'https://cas.example.org/login?a=b&service=https%3A%2F%2Fx%2F%3Fc%26d'
    """
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(arguments)}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a provider answered."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the JSON object that it is; raises :class:`ProviderError`."""
        try:
            told = json.loads(self.body)
        except (ValueError, RecursionError):
            raise ProviderError("the answer is no JSON") from None
        if not isinstance(told, dict):
            raise ProviderError("the answer is no JSON object")
        return told


class Fetch:
    """Asks one provider, over a client of its own: one that is slow keeps no other waiting."""

    def __init__(self) -> None:
        self._client: AsyncHTTPClient | None = None

    async def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Return what is at an address, of any status; raises :class:`ProviderError`."""
        return await self._ask(address, "GET", headers or {}, None)

    async def post(self, address: str, form: Mapping[str, str]) -> Answered:
        """Return the answer to a form; raises :class:`ProviderError`."""
        headers = {"Accept": "application/json"}
        return await self._ask(address, "POST", headers, urlencode(form))

    async def _ask(
        self, address: str, method: str, headers: Mapping[str, str], body: str | None
    ) -> Answered:
        if self._client is None:
            # Made here, as it belongs to the loop that runs now.
            self._client = AsyncHTTPClient(
                force_instance=True, max_clients=_AT_ONCE, max_body_size=_LARGEST
            )
        trace = TRACE.get()
        try:
            response = await self._client.fetch(
                address,
                raise_error=False,
                method=method,
                headers={**headers, **({"traceparent": trace.traceparent()} if trace else {})},
                body=body,
                connect_timeout=CONNECT_SECONDS,
                request_timeout=SECONDS,
                follow_redirects=False,
                decompress_response=False,
            )
        except (HTTPError, HTTPInputError, UnsatisfiableReadError, OSError, ValueError) as error:
            # What failed, but not its address: a ticket may stand in it.
            raise ProviderError(f"it does not answer ({type(error).__name__})") from error
        return Answered(response.code, response.body)
