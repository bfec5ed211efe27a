"""Whether a request is its sender's own wish."""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from autosubmit_core.api.access.clients import read_address
from autosubmit_core.api.access.identity import Identity, Known

__all__ = ["is_cross_site"]

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_cross_site(request: HTTPServerRequest, identity: Identity, public_url: str) -> bool:
    """Tell whether a browser may have sent this for a page that is not ours (S-32).

    A browser adds a session to every request, whosever page wants it; what changes anything has to
    come from a page of ours, which browsers tell in ``Origin`` or ``Sec-Fetch-Site``.
    """
    if identity.known is not Known.SESSION or request.method in _HARMLESS:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site") != "same-origin"
    return not _is_own(origin, public_url, request.host)


def _is_own(origin: str, public_url: str, host: str) -> bool:
    """Tell whether pages of an origin are ours: by the public address, or the one that was asked."""
    own = read_address(public_url)
    if own is None:
        return origin.partition("://")[2].lower() == host.lower()
    page = read_address(origin)
    return page is not None and page.origin == own.origin
