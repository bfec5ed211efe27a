"""``/v4/user-settings``: what callers want to be remembered of themselves."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.bodies import read_object, wrong_field
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import record, text
from autosubmit_core.store.preferences import Preference, preference_of, remember_preference

__all__ = ["routes"]

_LONGEST = 256

_INSTANT = "2026-11-21-17:18:24-05:00"
_ANSWER = record(
    {
        "user_id": text("ahill", "The caller."),
        "preferred_username": text("bsc32101", "The Linux account."),
        "created": text(_INSTANT, "When it was first said."),
        "modified": text(_INSTANT, "When it was last said."),
    }
)


class PreferredUsername(ApiHandler):
    """``GET`` and ``POST /v4/user-settings/preferred-username``: the Linux account a caller prefers.

    It is for clients alone; this server makes no use of it.
    """

    needs = Needs.SELF
    operations: ClassVar = {
        "get": Operation(
            summary="The preferred Linux account",
            answer=_ANSWER,
            refusals={400: "The caller never said.", 503: "The database cannot be read."},
        ),
        "post": Operation(
            summary="Prefer a Linux account",
            body=record({"preferred_username": {**text("bsc32101"), "minLength": 1}}),
            answer=_ANSWER,
            refusals={
                413: "The body is larger than --body-limit.",
                415: "The body is not announced as JSON, or is packed.",
                422: "The body is not such an object.",
                503: "The database cannot be written.",
            },
        ),
    }

    async def get(self) -> None:
        user = self._user()
        database = self.service.access.database
        found = await self.service.light.run(preference_of, database, user.key)
        if found is None:
            message = "Preferred username not found for this user"
            raise RefusedError(400, message, "preference_not_found")
        self._tell(user, found)

    async def post(self) -> None:
        user, username = self._user(), _username(self.body())
        database = self.service.access.database
        made = await self.service.light.run(remember_preference, database, user.key, username)
        self._tell(user, made)

    def _user(self) -> User:
        user = self.identity.user
        if user is None:
            raise RefusedError(401, "User not authenticated", "unauthorized")
        return user

    def _tell(self, user: User, preference: Preference) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write(
            json_bytes(
                {
                    "user_id": user.name,
                    "preferred_username": preference.username,
                    "created": preference.created,
                    "modified": preference.modified,
                }
            )
        )


def _username(body: bytes) -> str:
    """Return the account that a body names; raises :class:`RefusedError` (422)."""
    told = read_object(body)
    field, name = "preferred_username", told.get("preferred_username")
    if field not in told:
        raise wrong_field(field, "Field required")
    if not isinstance(name, str) or not name.isprintable():
        raise wrong_field(field, "Input should be a valid string")
    if not name:
        raise wrong_field(field, "String should have at least 1 character")
    if len(name) > _LONGEST:
        raise wrong_field(field, f"String should have at most {_LONGEST} characters")
    return name


routes = [Route("/v4/user-settings/preferred-username", PreferredUsername)]
