"""``GET /v4``: what there is."""

from __future__ import annotations

import re
from typing import ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import encode
from autosubmit_core.api.handlers import ApiHandler, Operation, Route, methods_of
from autosubmit_core.api.schemas import listed, record, text

__all__ = ["routes"]


class Routes(ApiHandler):
    """``GET /v4``: every route of ``/v4``, under the path that was asked for."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="The routes of /v4",
            answer=record(
                {
                    "routes": listed(
                        record(
                            {"path": text("/v4/experiments"), "methods": listed(text("GET"))},
                        )
                    )
                }
            ),
        )
    }

    async def get(self) -> None:
        asked = re.sub(r"/+", "/", str(self.request.uri).partition("?")[0])
        prefix = asked.rstrip("/").removesuffix("/v4")
        found = [
            {"path": prefix + route.path, "methods": methods_of(route.handler)}
            for route in self.application.settings["routes"]
            if (route.path + "/").startswith("/v4/")
        ]
        await self.send(encode({"routes": found}))


routes = [Route("/v4", Routes)]
