"""PKCE: the proof that who brings a code is who began the login (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["challenge_of"]


def challenge_of(verifier: str) -> str:
    """Return the challenge S256 of a verifier; this one is the example of RFC 7636, appendix B.

    >>> challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
