"""What the providers have alike: a page where a name is typed, what was asked, and how to fail."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.template import Template

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "Call",
    "LoginPage",
    "Once",
    "Provider",
    "ServiceHandler",
    "serving",
]

#: The only address that they are served at.
HOST = "127.0.0.1"

#: How clients are registered with the OpenID and the GitHub-shaped provider.
CLIENT_ID = "autosubmit"
#: It protects nothing; its characters show whether a client encodes what it sends.
CLIENT_SECRET = "for trying out & nothing=else? 100%+#"

#: For how long what a browser brings back can be exchanged, in seconds.
EXCHANGE_SECONDS = 60.0

#: How much a ``huge`` answer has, in bytes.
HUGE_BYTES = 64 * 2**20

Value = TypeVar("Value")

_PAGE = Template(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ name }}</title>
<link rel="icon" href="data:,">
<style>body { font: 1rem/1.5 sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }</style>
</head>
<body>
<h1>{{ name }}</h1>
<p><strong>For trying out.</strong> This is no real login: it asks for no password and believes
whatever name it is told.</p>
<form method="post">
<label>Name <input name="username" required autofocus autocomplete="off"></label>
<button>Log in</button>
</form>
</body>
</html>
"""
)


@dataclass(frozen=True, slots=True)
class Call:
    """What a server asked of a provider."""

    method: str
    #: Path and query as they were sent, percent-encoded.
    uri: str
    #: The arguments of query and form, each as often as it was sent.
    arguments: Mapping[str, list[str]]
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return self.uri.partition("?")[0]


class Once(Generic[Value]):
    """What is given out under a name that nobody can guess, and taken back once and soon."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._given: dict[str, tuple[float, Value]] = {}

    def give(self, value: Value) -> str:
        """Return the name of a value."""
        name = self._prefix + secrets.token_urlsafe(24)
        self._given[name] = (time.monotonic(), value)
        return name

    def take(self, name: str) -> Value | None:
        """Return the value of a name, which is none from now on; None if it is none already."""
        given, value = self._given.pop(name, (0.0, None))
        return value if time.monotonic() - given < EXCHANGE_SECONDS else None


class Provider(tornado.web.Application):
    """A provider of logins; :func:`serving` serves it."""

    def __init__(self, handlers: list[tuple[str, type[tornado.web.RequestHandler]]]) -> None:
        super().__init__(list(handlers), log_function=lambda handler: None)
        #: Where it is, once it is served: ``http://127.0.0.1:8101``.
        self.address = ""
        #: Who is logged in already, and is asked for no name.
        self.user = ""
        #: How the next answers to servers are wrong: ``silent`` never come, ``broken`` are a page
        #: with status 500, ``huge`` do not end for long, ``elsewhere`` send on to another address.
        #: Each provider knows others besides. Empty: not.
        self.fault = ""
        #: What the next answers to servers are instead; empty: what they should be.
        self.answer = ""
        #: What servers have asked, the oldest first.
        self.calls: list[Call] = []


@contextmanager
def serving(provider: Provider, port: int = 0) -> Iterator[str]:
    """Serve a provider on loopback from a thread of its own; yield its address."""
    (socket,) = bind_sockets(port, HOST)
    provider.address = f"http://{HOST}:{socket.getsockname()[1]}"
    loop, stopped = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        server = HTTPServer(provider)
        server.add_sockets([socket])
        await stopped.wait()
        server.stop()
        await server.close_all_connections()

    def turn() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield provider.address
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


class LoginPage(tornado.web.RequestHandler):
    """Where a browser is sent: it asks for a name, and sends the browser back with something."""

    #: What stands at the top of the page.
    title: str

    def get(self) -> None:
        back = self.back(cast(Provider, self.application).user)
        if back:
            self.redirect(back)
        else:
            self.finish(_PAGE.generate(name=self.title))

    def post(self) -> None:
        self.redirect(self.back(self.get_body_argument("username")))

    def back(self, username: str) -> str:
        """Return where a browser goes after login; without a name only look whether it may.

        Raises :class:`tornado.web.HTTPError` if the client is none of ours.
        """
        raise NotImplementedError

    @staticmethod
    def with_query(address: str, **added: str) -> str:
        """Return an address with more arguments."""
        given = {name: value for name, value in added.items() if value}
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(given)}"


class ServiceHandler(tornado.web.RequestHandler):
    """The base of what servers ask."""

    async def prepare(self) -> None:
        provider = self.provider
        names = {*self.request.query_arguments, *self.request.body_arguments}
        provider.calls.append(
            Call(
                str(self.request.method),
                str(self.request.uri),
                {name: self.get_arguments(name, strip=False) for name in sorted(names)},
                self.request.headers,
            )
        )
        if provider.answer:
            self.finish(provider.answer)
        elif provider.fault in _FAULTS:
            await _FAULTS[provider.fault](self)

    @property
    def provider(self) -> Provider:
        return cast(Provider, self.application)

    def check_xsrf_cookie(self) -> None:
        """Servers have no cookies."""


async def _silent(handler: ServiceHandler) -> None:
    gone = asyncio.Event()
    handler.on_connection_close = gone.set  # type: ignore[method-assign]
    await gone.wait()
    raise tornado.web.Finish


async def _broken(handler: ServiceHandler) -> None:
    handler.set_status(500)
    handler.finish("<html><body>Something went wrong.</body></html>")


async def _huge(handler: ServiceHandler) -> None:
    for _ in range(HUGE_BYTES // 2**16):
        handler.write(b" " * 2**16)
        await handler.flush()
    handler.finish()


async def _elsewhere(handler: ServiceHandler) -> None:
    handler.redirect("http://127.0.0.1:9/elsewhere")


_FAULTS: Mapping[str, Callable[[ServiceHandler], Any]] = {
    "silent": _silent,
    "broken": _broken,
    "huge": _huge,
    "elsewhere": _elsewhere,
}
