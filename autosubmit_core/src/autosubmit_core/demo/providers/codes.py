"""Authorization codes (RFC 6749, section 4.1) and the proof that belongs to them (RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote_plus, urlsplit

import tornado.web

from autosubmit_core.demo.providers.base import (
    CLIENT_ID,
    CLIENT_SECRET,
    LoginPage,
    Once,
    Provider,
    ServiceHandler,
)

__all__ = ["Authorize", "CodeProvider", "ExchangeError", "Granted", "exchanged"]


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code stands for: who logged in, and what the client had asked for."""

    username: str
    #: Where the browser was sent back to.
    redirect_uri: str
    #: The digest of the verifier that the client has to show, if it said one.
    challenge: str
    nonce: str


class ExchangeError(Exception):
    """A code is not exchanged; the word is that of RFC 6749, section 5.2."""


class CodeProvider(Provider):
    """A provider that sends browsers back with a code, good once and for the same address."""

    #: Where browsers are sent back to for a client that does not say it.
    callback = ""

    def __init__(self, handlers: list[tuple[str, type[tornado.web.RequestHandler]]]) -> None:
        super().__init__(handlers)
        self.codes: Once[Granted] = Once()
        #: Whose access tokens there are.
        self.tokens: dict[str, str] = {}

    def access_token(self, username: str) -> str:
        """Return a new access token of somebody."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = username
        return token


class Authorize(LoginPage):
    """The authorization endpoint."""

    def back(self, username: str) -> str:
        provider = cast(CodeProvider, self.application)
        redirect_uri = self.get_query_argument("redirect_uri", provider.callback)
        challenge = self.get_query_argument("code_challenge", "")
        if self.get_query_argument("client_id", "") != CLIENT_ID:
            raise tornado.web.HTTPError(400, "no such client")
        if urlsplit(redirect_uri).scheme not in ("http", "https"):
            raise tornado.web.HTTPError(400, "redirect_uri is an address")
        if challenge and self.get_query_argument("code_challenge_method", "") != "S256":
            raise tornado.web.HTTPError(400, "code_challenge_method is S256")
        if not username:
            return ""
        nonce = self.get_query_argument("nonce", "")
        code = provider.codes.give(Granted(username, redirect_uri, challenge, nonce))
        state = self.get_query_argument("state", "")
        return self.with_query(redirect_uri, code=code, state=state)


def exchanged(handler: ServiceHandler) -> Granted:
    """Return what the code stands for that a client exchanges; raises :class:`ExchangeError`."""
    provider = cast(CodeProvider, handler.provider)
    if _client_of(handler) != (CLIENT_ID, CLIENT_SECRET):
        raise ExchangeError("invalid_client")
    granted = provider.codes.take(handler.get_body_argument("code", ""))
    if granted is None:
        raise ExchangeError("invalid_grant")
    if handler.get_body_argument("redirect_uri", provider.callback) != granted.redirect_uri:
        raise ExchangeError("invalid_grant")
    verifier = handler.get_body_argument("code_verifier", "")
    # A verifier without a challenge is refused too: its login was begun by somebody else.
    if (_challenge_of(verifier) if verifier else "") != granted.challenge:
        raise ExchangeError("invalid_grant")
    return granted


def _client_of(handler: ServiceHandler) -> tuple[str, str]:
    """Return name and secret of a client, told in the header or in the form."""
    scheme, _, packed = handler.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        name, _, secret = base64.b64decode(packed).decode().partition(":")
        return unquote_plus(name), unquote_plus(secret)
    secret = handler.get_body_argument("client_secret", "", strip=False)
    return handler.get_body_argument("client_id", ""), secret


def _challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
