"""Logins at GitHub: OAuth 2, and who belongs to an organisation or a team of it (S-08).

https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from autosubmit_core.api.access.fetching import Answered, Fetch, with_query
from autosubmit_core.api.access.identity import User, is_name
from autosubmit_core.api.access.proofs import challenge_of
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.api.access.users import (
    Attempt,
    LoginRefusedError,
    ProviderError,
    code_of,
)

__all__ = ["GithubProvider"]

#: The most characters of what GitHub says of a refusal that are passed on.
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubProvider:
    """GitHub, or one like it, for the members of an organisation."""

    url: str
    api_url: str
    client_id: str
    client_secret: Secret
    #: Empty for every user of GitHub.
    organization: str
    #: Empty for every member of the organisation.
    team: str
    fetch: Fetch
    name: str = "github"
    title: str = "GitHub"

    async def begin(self, attempt: Attempt) -> str:
        return with_query(
            f"{self.url}/login/oauth/authorize",
            client_id=self.client_id,
            redirect_uri=attempt.redirect_uri,
            scope="read:user read:org",
            state=attempt.state,
            code_challenge=challenge_of(attempt.verifier),
            code_challenge_method="S256",
        )

    async def finish(self, attempt: Attempt, arguments: Mapping[str, str]) -> User:
        code = code_of(arguments, "Can't verify user")
        return await self.verify(code, attempt.redirect_uri, attempt.verifier)

    async def verify(self, code: str, redirect_uri: str = "", verifier: str = "") -> User:
        """Return whose code it is; raises :class:`LoginRefusedError` or :class:`ProviderError`."""
        headers = {
            "Authorization": f"Bearer {await self._access_token(code, redirect_uri, verifier)}",
            "Accept": "application/vnd.github+json",
            "User-Agent": "autosubmit_core",
        }
        told = (await self._api(headers, "user")).json()
        login, number = told.get("login"), told.get("id")
        if not is_name(login) or type(number) is not int:
            raise LoginRefusedError("Couldn't find user on GitHub")
        if not await self._is_member(headers, login):
            raise LoginRefusedError("User is not member of organization or team")
        return User(self.name, str(number), login)

    async def _access_token(self, code: str, redirect_uri: str, verifier: str) -> str:
        form = {
            "client_id": self.client_id,
            "client_secret": self.client_secret.value,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        told = await self.fetch.post(
            f"{self.url}/login/oauth/access_token",
            {name: value for name, value in form.items() if value},
        )
        if told.status >= 500:
            raise ProviderError(f"it answers {told.status}")
        answer = told.json()
        token = answer.get("access_token")
        if (
            not isinstance(token, str)
            or not token.isascii()
            or not token.isprintable()
            or not token
        ):
            raise LoginRefusedError(f"GitHub token exchange failed: {_reason(answer)}")
        return token

    async def _is_member(self, headers: Mapping[str, str], login: str) -> bool:
        if not self.organization:
            return True
        if not self.team:
            told = await self._api(headers, "orgs", self.organization, "members", login)
            return told.status == 204
        team = ("orgs", self.organization, "teams", self.team, "memberships", login)
        told = await self._api(headers, *team)
        return told.status == 200 and told.json().get("state") == "active"

    async def _api(self, headers: Mapping[str, str], *path: str) -> Answered:
        segments = "/".join(quote(segment, safe="") for segment in path)
        told = await self.fetch.get(f"{self.api_url}/{segments}", headers)
        if told.status >= 500:
            raise ProviderError(f"it answers {told.status}")
        return told


def _reason(answer: Mapping[str, Any]) -> str:
    told = str(answer.get("error_description") or answer.get("error"))[:_LONGEST_REASON]
    return told if told.isprintable() else "None"
