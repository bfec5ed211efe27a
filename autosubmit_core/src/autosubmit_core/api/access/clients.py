"""Addresses of others that a login is for: which are known, and where a browser may be sent (S-11)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["Address", "allowed_client", "local_path", "read_address"]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f.]*:[0-9a-f:.]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address in its parts, each in the one spelling it is compared in."""

    scheme: str
    host: str
    port: int
    #: Without a slash at its end.
    path: str
    #: As it was written, without a query.
    text: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What browsers take for one site."""
        return (self.scheme, self.host, self.port)

    def holds(self, other: Address) -> bool:
        """Tell whether another address is this one or below it."""
        below = (other.path + "/").startswith(self.path + "/")
        return self.origin == other.origin and below


def read_address(text: str) -> Address | None:
    """Return an address, None for what is none or may be taken for another than it is.

    >>> read_address("https://GUI.example.org:443/app/").path
    '/app'
    >>> read_address("https://gui.example.org@evil.example/") is None
    True
    """
    if not text.isascii() or not text.isprintable() or re.search(r"[\\\s]", text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    # What a server might take for a way up is no path below anything.
    if re.search(r"(^|/)(\.|%2e){1,2}(/|$)|%2f|%5c|//", parts.path, re.IGNORECASE):
        return None
    return Address(
        scheme=parts.scheme,
        host=host,
        port=port or _DEFAULT_PORTS[parts.scheme],
        path=parts.path.rstrip("/"),
        text=text.partition("?")[0].partition("#")[0],
    )


def allowed_client(candidate: str, clients: Iterable[str]) -> Address | None:
    """Return the client that an address belongs to, the most particular; None if it is nobody's.

    ``clients`` are addresses too; what is none, such as ``*``, allows nobody.
    """
    address = read_address(candidate)
    known = filter(None, map(read_address, clients))
    found = [client for client in known if address and client.holds(address)]
    return max(found, key=lambda client: len(client.path), default=None)


def local_path(text: str, default: str = "/") -> str:
    """Return a path of this server as it is, and the default for anything else.

    >>> local_path("/about?x=1"), local_path("//evil.example"), local_path("https://evil.example")
    ('/about?x=1', '/', '/')
    """
    safe = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if safe and text.isascii() and text.isprintable() else default
