"""``/v4/runners/configuration/endpoints``: which commands this server runs for its clients."""

from __future__ import annotations

from typing import ClassVar

from autosubmit_core.api.encoding import encode
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.schemas import constant, record

__all__ = ["routes"]

#: The commands by the names of their switches. Clients show those that are not on this list, and
#: poll for what they do: all have to be named to be off.
_COMMANDS = ("RUNNER_RUN", "SET_JOB_STATUS", "CREATE_EXPERIMENT", "UPDATE_EXPERIMENT_DETAILS")


class Endpoints(ApiHandler):
    """``GET /v4/runners/configuration/endpoints``: which commands can be run: none, it only reads."""

    operations: ClassVar = {
        "get": Operation(
            summary="Which commands of Autosubmit can be run",
            answer=record({name: record({"ENABLED": constant(False)}) for name in _COMMANDS}),
        )
    }

    async def get(self) -> None:
        await self.send(encode({name: {"ENABLED": False} for name in _COMMANDS}))


routes = [Route("/v4/runners/configuration/endpoints", Endpoints)]
