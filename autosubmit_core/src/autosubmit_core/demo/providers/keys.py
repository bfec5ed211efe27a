"""The keys that a provider signs with, and shows to those who verify (RFC 7517)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

__all__ = ["Key", "new_key"]


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its name."""

    name: str
    #: ``RS256`` or ``ES256``.
    algorithm: str
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    def signed(self, claims: dict[str, Any]) -> str:
        """Return claims with the signature of this key."""
        return jwt.encode(
            claims, self.private, algorithm=self.algorithm, headers={"kid": self.name}
        )

    def shown(self) -> dict[str, Any]:
        """Return the public half as those who verify want it."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        else:
            public = ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**public, "kid": self.name, "alg": self.algorithm, "use": "sig"}


def new_key(algorithm: str) -> Key:
    """Return a new key."""
    name = secrets.token_hex(4)
    if algorithm == "ES256":
        return Key(name, algorithm, ec.generate_private_key(ec.SECP256R1()))
    return Key(name, "RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048))
