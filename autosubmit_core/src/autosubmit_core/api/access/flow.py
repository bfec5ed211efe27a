"""Logins that begin and end here, so that nobody can slip another's to a browser (S-10)."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt

from autosubmit_core.api.access.clients import local_path
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.secret import Keys
from autosubmit_core.api.access.users import Attempt, LoginProvider, LoginRefusedError

__all__ = ["LOGIN_SECONDS", "Begun", "LoginFlow"]

#: How long a login may take, in seconds.
LOGIN_SECONDS = 600

_ALGORITHM = "HS256"
_AUDIENCE = "login"
_REFUSED = "This login was not begun here, is too old, or was used already. Please log in again."


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was just begun."""

    #: Where to send the browser.
    url: str
    #: What the browser has to keep until it comes back, in a cookie that no script can read.
    cookie: str


class LoginFlow:
    """Begins logins at the providers that are configured, and ends each of them once.

    All of it is in the browser's cookie, signed, so that any process may end what another began. A
    login that was ended is remembered by its process; in others the provider itself refuses a code
    or ticket that was used.
    """

    def __init__(self, providers: Mapping[str, LoginProvider], keys: Keys) -> None:
        self.providers = providers
        self._keys = keys
        self._ended: dict[str, float] = {}

    def follow(self, before: LoginFlow) -> None:
        """Take the place of another: what ended there has ended here, and the reverse."""
        self._ended = before._ended

    async def begin(self, provider: str, redirect_uri: str, then: str = "/") -> Begun:
        """Begin a login; ``then`` is the path of this server to show after it."""
        attempt = Attempt(
            provider=provider,
            redirect_uri=redirect_uri,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
        )
        kept = {
            **{"idp": provider, "uri": redirect_uri, "state": attempt.state},
            **{"nonce": attempt.nonce, "verifier": attempt.verifier, "then": local_path(then)},
            **{"aud": _AUDIENCE, "exp": int(time.time()) + LOGIN_SECONDS},
        }
        cookie = jwt.encode(kept, self._keys.signing.value, algorithm=_ALGORITHM)
        return Begun(await self.providers[provider].begin(attempt), cookie)

    def then(self, cookie: str) -> str:
        """Return the path to show after the login of a cookie, failed or too late as it may be; "" of none."""
        kept = self._kept(cookie, verify_exp=False)
        return str(kept["then"]) if kept else ""

    async def finish(
        self, provider: str, cookie: str, arguments: Mapping[str, str]
    ) -> tuple[User, str]:
        """Return who logged in, and the path to show them.

        ``arguments`` are those with which the browser came back. Raises :class:`LoginRefusedError` or
        :class:`~autosubmit_core.api.access.users.ProviderError`.
        """
        attempt, then = self._attempt(cookie)
        state = arguments.get("state", "")
        same = hmac.compare_digest(state.encode(), attempt.state.encode())
        if not same or attempt.provider != provider or provider not in self.providers:
            raise LoginRefusedError(_REFUSED)
        self._end(attempt.state)
        return await self.providers[provider].finish(attempt, arguments), then

    def _attempt(self, cookie: str) -> tuple[Attempt, str]:
        kept = self._kept(cookie)
        if kept is None:
            raise LoginRefusedError(_REFUSED)
        attempt = Attempt(
            provider=kept["idp"],
            redirect_uri=kept["uri"],
            state=kept["state"],
            nonce=kept["nonce"],
            verifier=kept["verifier"],
        )
        return attempt, kept["then"]

    def _kept(self, cookie: str, *, verify_exp: bool = True) -> dict[str, Any] | None:
        """Return what a cookie of ours holds; None of another's, and of one that is too old."""
        for key in self._keys.accepted():
            with suppress(jwt.PyJWTError, RecursionError):
                return jwt.decode(
                    cookie,
                    key.value,
                    algorithms=[_ALGORITHM],
                    audience=_AUDIENCE,
                    options={"require": ["exp", "aud", "state"], "verify_exp": verify_exp},
                )
        return None

    def _end(self, state: str) -> None:
        """Let a login end; raises :class:`LoginRefusedError` if it ended before."""
        now = time.time()
        for ended in [ended for ended, until in self._ended.items() if until <= now]:
            del self._ended[ended]
        if state in self._ended:
            raise LoginRefusedError(_REFUSED)
        self._ended[state] = now + LOGIN_SECONDS
