"""Tokens: made at a login, shown with every request, and revoked (S-01 to S-05)."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import jwt

from autosubmit_core.api.access.identity import (
    ANONYMOUS,
    MACHINE,
    Identity,
    Known,
    NotIdentifiedError,
    User,
    is_name,
)
from autosubmit_core.api.access.secret import Keys
from autosubmit_core.errors import StoreError
from autosubmit_core.readers.versions import Version, are_current
from autosubmit_core.store import tokens as store
from autosubmit_core.store.places import StorePlace
from autosubmit_core.store.tokens import LEEWAY, NamedToken, Revocations

__all__ = ["MadeToken", "Tokens"]

log = logging.getLogger(__name__)

_ALGORITHM = "HS256"

#: For how long one use of a token stands for all, in seconds.
_NOTED_EVERY = 3600.0

#: The claims that every token has.
_REQUIRED = ["exp", "iat", "sub", "iss", "aud", "jti", "idp", "uid"]

#: The kinds of tokens, each good for nothing else: the audience that they name.
_KNOWN = {"api": Known.TOKEN, "session": Known.SESSION}

#: Runs slow work off the loop.
Run = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token, as it was just made."""

    #: What the caller shows: three parts of base64, with dots between them.
    text: str = field(repr=False)
    token_id: str
    #: Seconds since 1970 UTC.
    issued: int
    expires: int


class Tokens:
    """Makes tokens, tells who shows one, and revokes them.

    A token names who made it (``iss``), what for (``aud``), and the user by provider and stable id
    (``idp``, ``uid``); ``sub`` and ``user_id`` are the name to show.
    """

    def __init__(
        self,
        keys: Keys,
        *,
        issuer: str,
        seconds: int,
        database: StorePlace,
        run: Run,
        of_others: bool = False,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._seconds = seconds
        self._database = database
        self._run = run
        #: Whether tokens of Autosubmit API, which name less, are good too.
        self._of_others = of_others
        #: By token: until when its use need not be noted again.
        self._noted: dict[str, float] = {}
        self._revoked: tuple[tuple[Version, ...], Revocations] | None = None

    def make(self, user: User, *, seconds: int | None = None, purpose: str = "api") -> MadeToken:
        """Return a token of a user, good from now on.

        Raises :class:`ValueError` for those who share the secret token: it is the only one they have.
        """
        if user.provider == MACHINE.provider:
            raise ValueError("the secret token makes no other tokens")
        now = time.time()
        issued = int(now)
        made = {"jti": secrets.token_urlsafe(16), "ms": int((now - issued) * 1000)}
        expires = issued + (self._seconds if seconds is None else seconds)
        claims = {
            **{"user_id": user.name, "sub": user.name, "idp": user.provider, "uid": user.stable_id},
            **{"iss": self._issuer, "aud": purpose, "iat": issued, "exp": expires, **made},
        }
        text = jwt.encode(claims, self._keys.signing.value, algorithm=_ALGORITHM)
        return MadeToken(text, str(made["jti"]), issued, expires)

    def read(self, text: str, purpose: str = "api") -> Identity:
        """Return whose token it is, by its signature, times and claims alone.

        Raises :class:`NotIdentifiedError`.
        """
        problem = "Unauthorized"
        for key in self._keys.accepted():
            try:
                return self._identity(text, key.value, purpose)
            except jwt.ExpiredSignatureError:
                problem = "Expired token"
            except (jwt.PyJWTError, RecursionError):
                continue
        raise NotIdentifiedError(problem)

    async def known(self, text: str, purpose: str = "api") -> Identity:
        """Return whose token it is, if it is not revoked; raises :class:`NotIdentifiedError`."""
        identity = self.read(text, purpose)
        if identity.user is None:
            return ANONYMOUS
        revoked: Revocations = await self._run(self._revocations)
        if revoked.hold(identity.token_id, identity.user.key, identity.issued):
            raise NotIdentifiedError("Unauthorized")
        if identity.known is Known.TOKEN:
            await self._note_use(identity.token_id)
        return identity

    async def revoke(self, token_id: str, expires: int) -> None:
        """Let a token be no good any more, here and on all servers of the installation."""
        await self._run(store.revoke, self._database, token_id, expires)

    async def revoke_all(self, user: User) -> None:
        """Let nothing be good any more that was issued to a user so far."""
        await self._run(store.revoke_all, self._database, user.key)

    async def name_token(self, user: User, name: str, made: MadeToken) -> None:
        """Write down that a user made a token and how they call it."""
        named = NamedToken(made.token_id, name, made.issued, made.expires)
        await self._run(store.name_token, self._database, user.key, named)

    async def named_tokens(self, user: User) -> list[NamedToken]:
        """Return the tokens of a user that have names and are good, the newest first."""
        found: list[NamedToken] = await self._run(store.named_tokens, self._database, user.key)
        return found

    async def _note_use(self, token_id: str) -> None:
        """Note that a token is used, once an hour; where that cannot be written it is good as well."""
        now = time.monotonic()
        if now < self._noted.get(token_id, 0.0):
            return
        noted = {known: until for known, until in self._noted.items() if until > now}
        self._noted = {**noted, token_id: now + _NOTED_EVERY}
        try:
            await self._run(store.note_use, self._database, token_id)
        except StoreError as error:
            log.warning("that a token is used cannot be noted: %s", error)

    def _identity(self, text: str, key: str, purpose: str) -> Identity:
        """Return whose token it is, if that key signed it; raises what PyJWT says is wrong."""
        # What a token says of itself decides nothing: another audience fails in either case.
        if self._of_others and purpose == "api" and not _has_audience(text):
            return self._identity_of_others(text, key)
        claims = jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            audience=purpose,
            issuer=self._issuer,
            leeway=LEEWAY,
            options={"require": _REQUIRED, "strict_aud": True},
        )
        milliseconds = claims.get("ms", 0)
        texts = all(isinstance(claims[name], str) for name in ("idp", "uid", "jti"))
        if not texts or not is_name(claims["sub"]) or type(milliseconds) is not int:
            raise jwt.InvalidTokenError
        if claims["idp"] == MACHINE.provider:
            raise jwt.InvalidTokenError
        return Identity(
            user=User(claims["idp"], claims["uid"], claims["sub"]),
            known=_KNOWN[purpose],
            token_id=claims["jti"],
            issued=int(claims["iat"]) + milliseconds / 1000,
            expires=int(claims["exp"]),
        )

    def _identity_of_others(self, text: str, key: str) -> Identity:
        """Return whose token of Autosubmit API it is: a user by name, of no provider that is told.

        It has no id of its own: its digest is that.
        """
        claims = jwt.decode(
            text, key, algorithms=[_ALGORITHM], leeway=LEEWAY, options={"require": ["exp"]}
        )
        name = claims.get("sub", claims.get("user_id"))
        if not is_name(name):
            raise jwt.InvalidTokenError
        return Identity(
            user=User("autosubmit_api", name, name),
            known=Known.TOKEN,
            # What is signed of it: the same signature can be written in several ways.
            token_id=hashlib.sha256(text.rpartition(".")[0].encode()).hexdigest(),
            issued=int(claims.get("iat", 0)),
            expires=int(claims["exp"]),
        )

    def _revocations(self) -> Revocations:
        """Return what is revoked, read anew when the database has changed."""
        if self._revoked is None or not (
            all(version.settled for version in self._revoked[0]) and are_current(self._revoked[0])
        ):
            versions = store.revocations_versions(self._database)
            self._revoked = (versions, store.revocations(self._database))
        return self._revoked[1]


def _has_audience(text: str) -> bool:
    claims = jwt.decode(text, options={"verify_signature": False})
    return "aud" in claims
