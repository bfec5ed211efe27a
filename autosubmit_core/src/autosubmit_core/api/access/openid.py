"""Logins at an OpenID Connect provider, by the authorization code flow.

https://openid.net/specs/openid-connect-core-1_0.html, and discovery of the same year.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from autosubmit_core.api.access.clients import read_address
from autosubmit_core.api.access.fetching import Fetch, with_query
from autosubmit_core.api.access.id_tokens import (
    IdTokenError,
    SigningKeys,
    UnknownKeyError,
    verified_claims,
)
from autosubmit_core.api.access.identity import User, is_name
from autosubmit_core.api.access.proofs import challenge_of
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.api.access.users import (
    Attempt,
    LoginRefusedError,
    ProviderError,
    code_of,
)

__all__ = ["OpenIdProvider"]

#: How long what a provider tells of itself is believed, and how often it is asked anew for the sake of
#: tokens of keys that it did not tell, in seconds.
_DISCOVERY_SECONDS = 3600.0
_KEYS_SECONDS = 10.0

_NO_USER = "Couldn't find user on OpenID Connect provider"


class OpenIdProvider:
    """One provider."""

    name = "oidc"
    title = "OpenID Connect"

    def __init__(
        self,
        fetch: Fetch,
        *,
        issuer: str,
        client_id: str,
        client_secret: Secret,
        username_claim: str = "sub",
        from_userinfo: bool = False,
        token_url: str = "",
        userinfo_url: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._username_claim = username_claim
        self._from_userinfo = from_userinfo
        self._told = {"token_endpoint": token_url, "userinfo_endpoint": userinfo_url}
        self._clock = clock
        self._discovered: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, SigningKeys] | None = None
        self._asked_again = -math.inf

    async def begin(self, attempt: Attempt) -> str:
        return with_query(
            await self._endpoint("authorization_endpoint"),
            response_type="code",
            scope=self._scope(),
            client_id=self._client_id,
            redirect_uri=attempt.redirect_uri,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=challenge_of(attempt.verifier),
            code_challenge_method="S256",
        )

    async def finish(self, attempt: Attempt, arguments: Mapping[str, str]) -> User:
        # RFC 9207: an answer that says whose it is must be this provider's.
        if arguments.get("iss", self._issuer) != self._issuer:
            raise LoginRefusedError("Can't verify user")
        code = code_of(arguments, "Can't verify user, missing code")
        return await self.verify(code, attempt.redirect_uri, attempt.nonce, attempt.verifier)

    async def verify(
        self, code: str, redirect_uri: str, nonce: str = "", verifier: str = ""
    ) -> User:
        """Return whose code it is; raises :class:`LoginRefusedError` or :class:`ProviderError`."""
        tokens = await self._tokens(code, redirect_uri, verifier)
        claims = await self._claims(tokens.get("id_token"), nonce)
        subject = claims["sub"]
        if self._from_userinfo:
            claims = await self._userinfo(tokens.get("access_token"), subject)
        return User(self.name, f"{self._issuer} {subject}", self._username(claims))

    async def _tokens(self, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
        """Return what the provider gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._client_id,
            "client_secret": self._client_secret.value,
            "code_verifier": verifier,
        }
        told = await self._fetch.post(
            await self._endpoint("token_endpoint"),
            {name: value for name, value in form.items() if value},
        )
        if told.status >= 500:
            raise ProviderError(f"its tokens' address answers {told.status}")
        answer = told.json()
        if told.status != 200:
            # It refuses the code, or us; its own words are for no visitor.
            raise LoginRefusedError(_NO_USER)
        return answer

    async def _claims(self, token: object, nonce: str) -> dict[str, Any]:
        """Return the verified claims of an id token, whose key may be a new one."""
        if not isinstance(token, str):
            raise LoginRefusedError(_NO_USER)
        expected = {"issuer": self._issuer, "client_id": self._client_id, "nonce": nonce}
        try:
            try:
                return verified_claims(token, await self._signing_keys(), **expected)
            except UnknownKeyError:
                return verified_claims(token, await self._signing_keys(again=True), **expected)
        except IdTokenError as error:
            raise LoginRefusedError(_NO_USER) from error

    async def _userinfo(self, token: object, subject: str) -> dict[str, Any]:
        """Return what the provider tells about a user: about that one, and nobody else."""
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise LoginRefusedError(_NO_USER)
        told = await self._fetch.get(
            await self._endpoint("userinfo_endpoint"), {"Authorization": f"Bearer {token}"}
        )
        if told.status >= 500:
            raise ProviderError(f"its users' address answers {told.status}")
        if told.status != 200:
            raise LoginRefusedError(_NO_USER)
        claims = told.json()
        if claims.get("sub") != subject:
            raise LoginRefusedError(_NO_USER)
        return claims

    def _username(self, claims: Mapping[str, Any]) -> str:
        """Return the name of a user; an address that nobody verified is no name (S-07)."""
        name = claims.get(self._username_claim)
        unverified = self._username_claim == "email" and claims.get("email_verified") is not True
        if unverified or not is_name(name):
            raise LoginRefusedError(_NO_USER)
        return name

    def _scope(self) -> str:
        further = {"sub": "", "email": " email"}.get(self._username_claim, " profile")
        return "openid" + further

    async def _endpoint(self, name: str) -> str:
        """Return one of the provider's addresses, as we were told or as it tells itself."""
        address = self._told.get(name) or (await self._discovery()).get(name)
        ours, issuer = read_address(str(address)), read_address(self._issuer)
        if ours is None or issuer is None or (ours.scheme, "https") == ("http", issuer.scheme):
            raise ProviderError(f"it tells no {name} that can be used")
        return str(address)

    async def _discovery(self) -> dict[str, Any]:
        now = self._clock()
        if self._discovered is None or now - self._discovered[0] > _DISCOVERY_SECONDS:
            address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            told = await self._fetch.get(address)
            document = told.json() if told.status == 200 else {}
            if document.get("issuer") != self._issuer:
                raise ProviderError("it does not tell about itself, or is another")
            self._discovered = (now, document)
        return self._discovered[1]

    async def _signing_keys(self, again: bool = False) -> SigningKeys:
        """Return the keys of the provider; ``again`` for a token of a key that is not among them."""
        now = self._clock()
        if again and now - self._asked_again > _KEYS_SECONDS:
            self._asked_again, self._keys = now, None
        if self._keys is None or now - self._keys[0] > _DISCOVERY_SECONDS:
            told = await self._fetch.get(await self._endpoint("jwks_uri"))
            if told.status != 200:
                raise ProviderError(f"its keys' address answers {told.status}")
            self._keys = (now, SigningKeys(told.json()))
        return self._keys[1]
