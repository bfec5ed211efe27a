"""``/v4/runners/configuration``: which commands this server runs for its clients, and how."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.api.encoding import encode
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.schemas import boolean, listed, mapping, or_null, record, text
from autosubmit_core.runners.configuration import SWITCHES
from autosubmit_core.runners.profiles import shown

__all__ = ["routes"]


class Endpoints(ApiHandler):
    """``GET /v4/runners/configuration/endpoints``: which commands can be run here.

    Clients show those that are not on this list: all are named, also where none can be run.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="Which commands of Autosubmit can be run",
            answer=record({name: record({"ENABLED": boolean()}) for name in SWITCHES}),
        )
    }

    async def get(self) -> None:
        told = await self.service.looks.run(lambda: self.service.runners.configuration)
        nothing = {name: {"ENABLED": False} for name in SWITCHES}
        await self.send(encode({**nothing, **told.endpoints}))


class Profiles(ApiHandler):
    """``GET /v4/runners/configuration/profiles``: where and how the caller can run commands.

    What a profile leaves out a client fills in; of all else that it holds nothing is shown.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="The profiles of commands",
            answer=mapping(
                record(
                    {},
                    {
                        "RUNNER_TYPE": or_null(text("LOCAL", "LOCAL or SSH.")),
                        "MODULE_LOADER_TYPE": or_null(text("VENV")),
                        "MODULES": {"description": "A text or a list of texts."},
                        "SSH": mapping({}, "HOST, PORT and USERNAME."),
                    },
                ),
                "Profiles by their names.",
                example="local",
            ),
        )
    }

    async def get(self) -> None:
        user = self.identity.user
        key = user.key if user else ""
        await self.send(encode(await self.service.looks.run(self._permitted, key)))

    def _permitted(self, key: str) -> dict[str, object]:
        runners = self.service.runners
        usable = runners.profiles_of(runners.caller(key))
        return {name: shown(written) for name, written in usable.items()}


class PublicKeys(ApiHandler):
    """``GET /v4/runners/configuration/ssh-public-keys``: the keys that other machines have to trust."""

    operations: ClassVar = {
        "get": Operation(
            summary="The SSH keys of this server",
            answer=listed(text("ssh-ed25519 AAAA… autosubmit")),
        )
    }

    async def get(self) -> None:
        told = await self.service.looks.run(lambda: self.service.runners.configuration)
        await self.send(encode(list(told.public_keys)))


routes = [
    Route("/v4/runners/configuration/endpoints", Endpoints),
    Route("/v4/runners/configuration/profiles", Profiles),
    Route("/v4/runners/configuration/ssh-public-keys", PublicKeys),
]
