"""Whether an id token is what it says: signature, issuer, audience, times and nonce (S-09).

OpenID Connect Core 1.0, section 3.1.3.7.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import jwt

from autosubmit_core.api.access.users import ProviderError

__all__ = ["IdTokenError", "SigningKeys", "UnknownKeyError", "verified_claims"]

#: The most characters of what a provider calls a user, all of them ASCII (OpenID Connect Core, section 2).
_LONGEST_SUBJECT = 255

#: The algorithms of each type of key. All are of public keys: none that a client's secret, or nothing
#: at all, would be enough for.
_ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}

#: How far the provider's clock may be from ours, and how old a token may be, in seconds.
_LEEWAY = 60
_OLDEST = 600

_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


class IdTokenError(Exception):
    """The token is not good; the text says why, for the log."""


class UnknownKeyError(IdTokenError):
    """No key of the provider's that we know has the name that the token tells."""


class SigningKeys:
    """The public keys of a provider; raises :class:`ProviderError` for what is no set of keys."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        keys = told.get("keys")
        if not isinstance(keys, list) or not all(map(_is_key, keys)):
            raise ProviderError("its keys make no sense")
        self._keys = [
            key for key in keys if key.get("use", "sig") == "sig" and key["kty"] in _ALGORITHMS
        ]

    def find(self, name: object, algorithm: object) -> jwt.PyJWK:
        """Return the key that a token names, or the only one that it can mean.

        Raises :class:`UnknownKeyError`, or :class:`IdTokenError` for a key that cannot be used.
        """
        fitting = [key for key in self._keys if algorithm in _ALGORITHMS[key["kty"]]]
        named = [key for key in fitting if name is None or key.get("kid") == name]
        if len(named) != 1:
            raise UnknownKeyError("no key of that name")
        try:
            return jwt.PyJWK(named[0], algorithm=str(algorithm))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise IdTokenError("the provider's key cannot be used") from error


def _is_key(told: object) -> bool:
    """Tell whether something is a key of any type (RFC 7517, section 4.1)."""
    return isinstance(told, dict) and isinstance(told.get("kty"), str)


def verified_claims(
    token: str, keys: SigningKeys, *, issuer: str, client_id: str, nonce: str
) -> dict[str, Any]:
    """Return the claims of an id token that was made by a provider, for us, for this login, just now.

    ``nonce`` is the one that was asked for, empty if none was. Raises :class:`IdTokenError`.
    """
    try:
        header = jwt.get_unverified_header(token)
        key = keys.find(header.get("kid"), header.get("alg"))
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=client_id,
            issuer=issuer,
            leeway=_LEEWAY,
            options={"require": _REQUIRED},
        )
    except (jwt.PyJWTError, RecursionError) as error:
        raise IdTokenError(f"it is not good ({type(error).__name__})") from error
    if not _is_subject(claims["sub"]):
        raise IdTokenError("it is of nobody")
    if not isinstance(claims["iat"], int) or claims["iat"] < time.time() - _OLDEST:
        raise IdTokenError("it is too old")
    if claims.get("nonce", "") != nonce:
        raise IdTokenError("it is of another login")
    _check_party(claims, client_id)
    return claims


def _is_subject(told: object) -> bool:
    """Tell whether something can be a user, who is stored under it and named in every token."""
    return (
        isinstance(told, str)
        and 0 < len(told) <= _LONGEST_SUBJECT
        and told.isascii()
        and told.isprintable()
    )


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse a token that was given to another, even if it may be shown to us."""
    audience = claims["aud"]
    several = isinstance(audience, Sequence) and not isinstance(audience, str) and len(audience) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise IdTokenError("it was given to another")
