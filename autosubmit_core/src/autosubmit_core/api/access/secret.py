"""Values that are never shown, and the keys that tokens are signed with."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

__all__ = ["Keys", "Secret", "read_secret", "read_signing_key", "read_signing_keys"]

#: The fewest bytes of a key of HS256: those of its digest.
_KEY_BYTES = 32

#: The SHA-256 of keys that everybody knows, because programs or their manuals came with them (S-01).
_PUBLISHED = frozenset(
    {
        "54cb6bdb20862b49d07825ef156ea2a789260dafa8c5f4a587e11e2f4b26c312",
        "c179273c91ed6d5b9addedd069038118c36949a514b4b431f22781e8648ca534",
        "6dad136125f01635f41028296b17ec0f05f08f263844db73b8b2435a246b0292",
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that is not shown where the settings are, nor in any log.

    >>> print(Secret("x"), [Secret("x")])
    *** [***]
    """

    value: str

    def __repr__(self) -> str:
        return "***"

    def equals(self, text: str) -> bool:
        """Tell whether a text is the secret, in a time that does not tell how much of it is (S-06)."""
        return hmac.compare_digest(self.value.encode(), text.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of tokens: one signs, all are accepted, so that a key can be replaced in peace."""

    signing: Secret
    previous: tuple[Secret, ...] = ()

    @classmethod
    def of(cls, signing: Secret | None, previous: tuple[Secret, ...] = ()) -> Keys:
        """Return the keys that a server was told; without any, one for the life of this process."""
        return cls(signing or Secret(secrets.token_hex(_KEY_BYTES)), previous)

    def accepted(self) -> tuple[Secret, ...]:
        """Return every key that a good token may be signed with."""
        return (self.signing, *self.previous)


def read_secret(text: str) -> Secret | None:
    """Return a secret of a provider; None for an empty one."""
    return Secret(text) if text else None


def read_signing_key(text: str) -> Secret | None:
    """Return a key; None for an empty text. Raises :class:`ValueError` for one that can be guessed."""
    if not text:
        return None
    key = text.encode()
    if len(key) < _KEY_BYTES:
        raise ValueError(f"must have at least {_KEY_BYTES} bytes, of a random generator's making")
    if hashlib.sha256(key).hexdigest() in _PUBLISHED:
        raise ValueError("is a key that was published, so that everybody can make tokens with it")
    return Secret(text)


def read_signing_keys(text: str) -> tuple[Secret, ...]:
    """Return the keys of a text, parted by white space; raises :class:`ValueError` as for one."""
    return tuple(filter(None, map(read_signing_key, text.split())))
