"""Providers that are served, and a client that follows nothing by itself."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from autosubmit_core.demo.providers import Provider, serving

Some = TypeVar("Some", bound=Provider)


@dataclass(frozen=True)
class Told:
    status: int
    headers: Message
    body: bytes

    @property
    def back(self) -> dict[str, str]:
        """The arguments of the address that the answer sends to."""
        asked = parse_qs(urlsplit(self.headers["Location"]).query)
        return {name: values[0] for name, values in asked.items()}


@pytest.fixture
def served() -> Iterator[Callable[[Some], Some]]:
    """Serve a provider until the end of the test."""
    with ExitStack() as served:

        def serve(provider: Some) -> Some:
            served.enter_context(serving(provider))
            return provider

        yield serve


@pytest.fixture
def ask() -> Callable[..., Told]:
    """Ask a provider for a path, with arguments, or with a form."""

    def ask(
        provider: Provider,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10,
        **query: str,
    ) -> Told:
        connection = http.client.HTTPConnection(urlsplit(provider.address).netloc, timeout=timeout)
        sent = dict(headers or {})
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(
                "GET" if form is None else "POST",
                f"{path}?{urlencode(query)}",
                body=None if form is None else urlencode(form),
                headers=sent,
            )
            answer = connection.getresponse()
            return Told(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    return ask
