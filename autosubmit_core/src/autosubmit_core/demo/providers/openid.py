"""An OpenID provider (OpenID Connect Core 1.0 and Discovery 1.0), as far as a login needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import jwt

from autosubmit_core.demo.providers.base import CLIENT_ID, CLIENT_SECRET, ServiceHandler
from autosubmit_core.demo.providers.codes import Authorize, CodeProvider, ExchangeError, exchanged
from autosubmit_core.demo.providers.keys import Key, new_key

__all__ = ["OpenidProvider"]

#: For how long an id_token is good, in seconds.
_LIFE = 300

#: What is wrong with the claims of an id_token under a fault of that name.
_WRONG_CLAIMS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "iss": lambda claims: {"iss": "http://127.0.0.1:9"},
    "aud": lambda claims: {"aud": "another client"},
    "azp": lambda claims: {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
    "exp": lambda claims: {"iat": claims["iat"] - 86_400, "exp": claims["iat"] - 85_800},
    "iat": lambda claims: {"iat": claims["iat"] + 3600, "exp": claims["exp"] + 3600},
    "nonce": lambda claims: {"nonce": "that of another login"},
    "no sub": lambda claims: {"sub": None},
}


class OpenidProvider(CodeProvider):
    """An OpenID provider.

    Its own faults: ``iss``, ``aud``, ``azp``, ``exp``, ``iat``, ``nonce`` and ``no sub`` name what
    is wrong in an id_token; ``alg none``, ``client secret`` and ``foreign key`` how it is signed;
    ``foreign userinfo`` tells of somebody else, ``no id_token`` gives none.
    """

    def __init__(self, algorithm: str = "RS256") -> None:
        super().__init__(
            [
                ("/.well-known/openid-configuration", Discovery),
                ("/jwks", Keys),
                ("/authorize", OpenidAuthorize),
                ("/token", Token),
                ("/userinfo", UserInfo),
            ]
        )
        #: The keys that are shown; the last one signs.
        self.keys: list[Key] = [new_key(algorithm)]
        #: More claims about users.
        self.claims: dict[str, dict[str, Any]] = {}

    def rotate(self, algorithm: str = "RS256") -> None:
        """Sign with a new key from now on, and show no other."""
        self.keys = [new_key(algorithm)]

    def about(self, username: str) -> dict[str, Any]:
        """Return what is told of a user. ``sub`` is no name: it stays when the name changes."""
        claims = {"sub": f"id-{username}", "preferred_username": username}
        return claims | self.claims.get(username, {})

    def id_token(self, username: str, nonce: str) -> str:
        """Return a signed statement of who logged in."""
        now = int(time.time())
        claims = {
            **self.about(username),
            **{"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + _LIFE},
            **({"nonce": nonce} if nonce else {}),
        }
        if self.fault in _WRONG_CLAIMS:
            claims |= _WRONG_CLAIMS[self.fault](claims)
        told = {name: value for name, value in claims.items() if value is not None}
        return self._signed(told)

    def _signed(self, claims: dict[str, Any]) -> str:
        key = self.keys[-1]
        if self.fault == "alg none":
            return jwt.encode(claims, "", algorithm="none", headers={"kid": key.name})
        if self.fault == "client secret":
            return jwt.encode(claims, CLIENT_SECRET, algorithm="HS256", headers={"kid": key.name})
        if self.fault == "foreign key":
            return Key(key.name, key.algorithm, new_key(key.algorithm).private).signed(claims)
        return key.signed(claims)


class Discovery(ServiceHandler):
    """``/.well-known/openid-configuration``."""

    def get(self) -> None:
        provider = cast(OpenidProvider, self.application)
        at = provider.address
        self.finish(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "userinfo_endpoint": f"{at}/userinfo",
                "jwks_uri": f"{at}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid", "profile"],
                "id_token_signing_alg_values_supported": ["RS256", "ES256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
            }
        )


class Keys(ServiceHandler):
    """``/jwks``: the keys that verify what is signed here."""

    def get(self) -> None:
        self.finish({"keys": [key.shown() for key in cast(OpenidProvider, self.application).keys]})


class OpenidAuthorize(Authorize):
    """``/authorize``."""

    title = "An OpenID provider"


class Token(ServiceHandler):
    """``/token``: an id_token and an access token for a code."""

    def post(self) -> None:
        provider = cast(OpenidProvider, self.application)
        self.set_header("Cache-Control", "no-store")
        try:
            if self.get_body_argument("grant_type", "") != "authorization_code":
                raise ExchangeError("unsupported_grant_type")
            granted = exchanged(self)
        except ExchangeError as refused:
            self.set_status(401 if str(refused) == "invalid_client" else 400)
            self.finish({"error": str(refused)})
            return
        answer = {
            "access_token": provider.access_token(granted.username),
            "token_type": "Bearer",
            "expires_in": _LIFE,
            "id_token": provider.id_token(granted.username, granted.nonce),
        }
        if provider.fault == "no id_token":
            del answer["id_token"]
        self.finish(answer)


class UserInfo(ServiceHandler):
    """``/userinfo``: what is told of the user whose access token it is."""

    def get(self) -> None:
        provider = cast(OpenidProvider, self.application)
        username = provider.tokens.get(
            self.request.headers.get("Authorization", "").partition(" ")[2]
        )
        if username is None:
            self.set_status(401)
            self.set_header("WWW-Authenticate", 'Bearer error="invalid_token"')
            return
        self.finish(provider.about("mallory" if provider.fault == "foreign userinfo" else username))
