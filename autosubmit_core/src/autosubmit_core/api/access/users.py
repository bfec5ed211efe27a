"""What login providers have in common (S-13, S-14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from autosubmit_core.api.access.identity import User
from autosubmit_core.api.refusals import RefusedError

__all__ = [
    "Attempt",
    "LoginProvider",
    "LoginRefusedError",
    "ProviderError",
    "code_of",
    "ticket_of",
]

_TICKET = re.compile(r"[A-Za-z0-9._-]{1,256}", re.ASCII)

#: The most characters of a code.
_LONGEST_CODE = 2048


class LoginRefusedError(RefusedError):
    """Nobody is logged in: the text says why."""

    def __init__(self, message: str) -> None:
        super().__init__(401, message, "login_refused")


class ProviderError(RefusedError):
    """A provider does not answer, or what it answers makes no sense."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            503,
            "The login provider cannot be reached at the moment.",
            "provider_unavailable",
            headers={"Retry-After": "30"},
        )
        #: What was wrong with the answer, for the log.
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that was begun: what the provider has to bring back, and what is asked of it then."""

    provider: str
    #: Where the provider sends the browser back to.
    redirect_uri: str
    #: Random texts: one that comes back in the address (``state``), one in the id token (``nonce``),
    #: and one by which the provider knows who began (``code_verifier`` of PKCE).
    state: str
    nonce: str
    verifier: str


class LoginProvider(Protocol):
    """Where an institution's people log in."""

    @property
    def name(self) -> str:
        """The word for programs: ``cas``."""

    @property
    def title(self) -> str:
        """The name for people: CAS."""

    async def begin(self, attempt: Attempt) -> str:
        """Return the address that a browser is sent to."""

    async def finish(self, attempt: Attempt, arguments: Mapping[str, str]) -> User:
        """Return who logged in, by what the provider sent the browser back with.

        Raises :class:`LoginRefusedError` or :class:`ProviderError`.
        """


def ticket_of(arguments: Mapping[str, str | None]) -> str:
    """Return the ticket of a CAS server among the arguments of a request.

    Raises :class:`LoginRefusedError` for what no ticket is, before anybody is asked about it.
    """
    ticket = arguments.get("ticket") or ""
    if not _TICKET.fullmatch(ticket):
        raise LoginRefusedError("Can't verify user")
    return ticket


def code_of(arguments: Mapping[str, str | None], message: str) -> str:
    """Return the code among the arguments of a request; raises :class:`LoginRefusedError`."""
    code = arguments.get("code") or ""
    if not code or len(code) > _LONGEST_CODE or not (code.isascii() and code.isprintable()):
        raise LoginRefusedError(message)
    return code
