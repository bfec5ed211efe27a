"""A provider shaped like GitHub: its OAuth exchange with its habits, organizations and teams."""

from __future__ import annotations

import zlib
from typing import cast
from urllib.parse import unquote, urlencode

from autosubmit_core.demo.providers.base import ServiceHandler
from autosubmit_core.demo.providers.codes import Authorize, CodeProvider, ExchangeError, exchanged

__all__ = ["GithubProvider"]

#: What GitHub says where RFC 6749 has another word, with status 200.
_WORDS = {
    "invalid_client": (
        "incorrect_client_credentials",
        "The client_id and/or client_secret passed are incorrect.",
    ),
    "invalid_grant": ("bad_verification_code", "The code passed is incorrect or expired."),
}


class GithubProvider(CodeProvider):
    """GitHub's pages and API under one address. Its own fault: ``no login`` in what tells the user."""

    def __init__(self) -> None:
        super().__init__(
            [
                ("/login/oauth/authorize", GithubAuthorize),
                ("/login/oauth/access_token", AccessToken),
                ("/user", User),
                ("/orgs/([^/]+)/members/([^/]+)", Member),
                ("/orgs/([^/]+)/teams/([^/]+)/memberships/([^/]+)", Membership),
            ]
        )
        #: The members of organizations.
        self.members: dict[str, set[str]] = {}
        #: The state, ``active`` or ``pending``, of users in the teams of organizations.
        self.teams: dict[tuple[str, str], dict[str, str]] = {}
        #: The numbers of users who have another than their name gives.
        self.numbers: dict[str, int] = {}

    def number(self, username: str) -> int:
        """Return the number of a user, which stays when the name changes."""
        return self.numbers.get(username, zlib.crc32(username.encode()))


class GithubAuthorize(Authorize):
    """``/login/oauth/authorize``."""

    title = "A provider shaped like GitHub"


class AccessToken(ServiceHandler):
    """``/login/oauth/access_token``: the token for a code; also a refusal has status 200."""

    def post(self) -> None:
        try:
            username = exchanged(self).username
        except ExchangeError as refused:
            word, sentence = _WORDS[str(refused)]
            self._tell(error=word, error_description=sentence)
            return
        provider = cast(GithubProvider, self.application)
        self._tell(
            access_token=provider.access_token(username),
            scope="read:org,read:user",
            token_type="bearer",
        )

    def _tell(self, **answer: str) -> None:
        """Answer as a form, and as JSON only those who ask for it."""
        if "json" in self.request.headers.get("Accept", ""):
            self.finish(dict(answer))
            return
        self.set_header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        self.finish(urlencode(answer))


class GithubApi(ServiceHandler):
    """The base of what a client with a token may ask."""

    async def prepare(self) -> None:
        await super().prepare()
        if not self._finished and self.caller is None:
            self.set_status(401)
            self.finish({"message": "Bad credentials"})

    @property
    def caller(self) -> str | None:
        token = self.request.headers.get("Authorization", "").partition(" ")[2]
        return cast(GithubProvider, self.application).tokens.get(token)


class User(GithubApi):
    """``/user``: whose token it is."""

    def get(self) -> None:
        provider, caller = cast(GithubProvider, self.application), str(self.caller)
        known = {} if provider.fault == "no login" else {"login": caller}
        self.finish({**known, "id": provider.number(caller), "type": "User"})


class Member(GithubApi):
    """``/orgs/{org}/members/{login}``: 204 for a member, 302 for who asks from outside, else 404."""

    def get(self, org: str, login: str) -> None:
        members = cast(GithubProvider, self.application).members.get(unquote(org), set())
        if self.caller not in members:
            self.redirect(f"/orgs/{org}/public_members/{login}", status=302)
            return
        self.set_status(204 if unquote(login) in members else 404)


class Membership(GithubApi):
    """``/orgs/{org}/teams/{team}/memberships/{login}``: 200 with the state, else 404."""

    def get(self, org: str, team: str, login: str) -> None:
        members = cast(GithubProvider, self.application).teams.get(
            (unquote(org), unquote(team)), {}
        )
        state = members.get(unquote(login))
        if state is None:
            self.set_status(404)
            self.finish({"message": "Not Found"})
            return
        self.finish({"state": state, "role": "member"})
