"""Logins at a CAS server: its protocol 2.0.

The browser comes back from its login page with a ticket, and the server tells whose it is:
https://apereo.github.io/cas/development/protocol/CAS-Protocol-Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.parsers import expat

from autosubmit_core.api.access.fetching import Fetch, with_query
from autosubmit_core.api.access.identity import User, is_name
from autosubmit_core.api.access.users import (
    Attempt,
    LoginRefusedError,
    ProviderError,
    ticket_of,
)

__all__ = ["CasProvider", "user_in"]

_NAMESPACE = "http://www.yale.edu/tp/cas"
_USER = ("serviceResponse", "authenticationSuccess", "user")
_FAILURE = ("serviceResponse", "authenticationFailure")
#: How deep elements may be inside each other; what CAS servers send is half of that.
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class CasProvider:
    """One CAS server."""

    login_url: str
    verify_url: str
    fetch: Fetch
    name: str = "cas"
    title: str = "CAS"

    @classmethod
    def of(cls, fetch: Fetch, server: str, login: str = "", verify: str = "") -> CasProvider:
        """Return the server at an address; its pages are below it, or where they are told to be."""
        base = server.rstrip("/") + "/"
        return cls(
            login or urljoin(base, "login"), verify or urljoin(base, "serviceValidate"), fetch
        )

    def login_address(self, service: str) -> str:
        """Return where a browser logs in for a service."""
        return with_query(self.login_url, service=service)

    async def verify(self, service: str, ticket: str) -> User:
        """Return whose ticket it is; raises :class:`LoginRefusedError` or :class:`ProviderError`."""
        told = await self.fetch.get(with_query(self.verify_url, service=service, ticket=ticket))
        if told.status >= 500:
            raise ProviderError(f"it answers {told.status}")
        if told.status != 200:
            raise LoginRefusedError("Can't verify user")
        name = user_in(told.body)
        if name is None:
            raise LoginRefusedError("Can't verify user")
        return User(self.name, name, name)

    async def begin(self, attempt: Attempt) -> str:
        return self.login_address(_service(attempt))

    async def finish(self, attempt: Attempt, arguments: Mapping[str, str]) -> User:
        return await self.verify(_service(attempt), ticket_of(arguments))


def _service(attempt: Attempt) -> str:
    """Return the service of an attempt: a ticket is good for the one it was given for alone."""
    return with_query(attempt.redirect_uri, state=attempt.state)


def user_in(body: bytes) -> str | None:
    """Return the user whom a CAS server vouches for, None if it vouches for nobody.

    The standard library's expat reads it, which goes after no entity and no DTD; an answer that
    brings any is refused at its first line. Raises :class:`ProviderError` for what is no such answer.
    """
    path: list[str] = []
    found: dict[tuple[str, ...], list[str]] = {}

    def start(name: str, attributes: object) -> None:
        if len(path) == _DEEPEST:
            raise ProviderError("the answer is nested too deeply")
        namespace, _, tag = name.rpartition(" ")
        path.append(tag if namespace == _NAMESPACE else "")
        # Once only: a second user would make one name of two.
        if tuple(path) == _USER and _USER in found:
            raise ProviderError("the answer names several users")
        if tuple(path) in (_USER, _FAILURE):
            found[tuple(path)] = []

    def text(content: str) -> None:
        if tuple(path) == _USER:
            found[_USER].append(content)

    def refuse(*declared: object) -> None:
        raise ProviderError("the answer has a DTD")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: path.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise ProviderError("the answer is no XML") from None
    if _FAILURE in found and _USER not in found:
        return None
    name = "".join(found.get(_USER, [])).strip()
    if not is_name(name):
        raise ProviderError("the answer names no user")
    return name
