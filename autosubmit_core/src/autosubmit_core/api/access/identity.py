"""Who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeGuard

from tornado.httputil import HTTPServerRequest

__all__ = [
    "ANONYMOUS",
    "LONGEST_NAME",
    "MACHINE",
    "Identity",
    "IdentityProvider",
    "Known",
    "NotIdentifiedError",
    "User",
    "is_name",
]

#: The most characters that the name of a user has.
LONGEST_NAME = 128


class Known(Enum):
    """How a caller is known."""

    ANONYMOUS = "anonymous"
    TOKEN = "token"
    SESSION = "session"
    SECRET_TOKEN = "secret token"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody as a login provider knows them: two providers' users of one name are two (S-07).

    >>> User("cas", "ahill", "ahill").key
    'cas:ahill'
    """

    #: ``cas``, ``github``, ``oidc``; ``machine`` for all who share the secret token.
    provider: str
    #: What the provider never gives to anybody else.
    stable_id: str
    #: The name to show; it may change, and others may have it too.
    name: str

    @property
    def key(self) -> str:
        """What is stored about them is stored under this."""
        return f"{self.provider}:{self.stable_id}"


#: All who share the secret token. No login, and no other token, makes a user of this provider (S-06).
MACHINE = User("machine", "User", "User")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sends a request, and how that is known."""

    #: None if nobody is known.
    user: User | None = None
    known: Known = Known.ANONYMOUS
    #: The id of the token or session, by which it is revoked.
    token_id: str = ""
    #: When it was issued and when it ends, in seconds since 1970 UTC; 0 where it does not.
    issued: float = 0
    expires: int = 0


ANONYMOUS = Identity()


class NotIdentifiedError(Exception):
    """The request carries a token that is no good; the text says no more than clients may know."""


class IdentityProvider(Protocol):
    """What tells who sends a request; a site that knows its visitors otherwise has its own."""

    async def identify(self, request: HTTPServerRequest, *, use: bool = True) -> Identity:
        """Return who sends a request, :data:`ANONYMOUS` if it does not say.

        What ends when it is not used is not kept alive by a request that is no ``use`` of it: pages that
        were left open send such by themselves.

        Raises :class:`NotIdentifiedError` if what it says is not true, or not any more, and
        :class:`~autosubmit_core.server.RefusedError` if it cannot tell now: the sender counts as nobody
        then, where nobody need be known.
        """


def is_name(value: object) -> TypeGuard[str]:
    """Tell whether something can be the name of a user: a short text without control characters.

    >>> is_name("ahill"), is_name(""), is_name("a\\nb"), is_name(7), is_name("a" * 129)
    (True, False, False, False, False)
    """
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()
