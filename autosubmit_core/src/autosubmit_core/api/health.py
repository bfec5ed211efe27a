"""``/`` and ``/health``: who answers here, and whether it can."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.schemas import constant, record, text

__all__ = ["routes"]

#: How long the check of the installation may take, in seconds: a hung file system never answers.
CHECK_SECONDS = 1.0

_STATUS = record({"status": constant("ok")})


class Name(ApiHandler):
    """``GET /``: name and version."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="Name and version of the server",
            answer=record({"name": text("autosubmit_core"), "version": text("0.1.0")}),
        )
    }

    async def get(self) -> None:
        self.write(json_bytes({"name": "autosubmit_core", "version": version("autosubmit_core")}))


class Live(ApiHandler):
    """``GET /health/live``: the server turns."""

    needs = Needs.NOTHING
    operations: ClassVar = {"get": Operation(summary="Whether the server turns", answer=_STATUS)}

    async def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes({"status": "ok"}))


class Ready(ApiHandler):
    """``GET /health/ready``: the list of experiments can be read."""

    needs = Needs.NOTHING
    operations: ClassVar = {
        "get": Operation(
            summary="Whether the installation can be read",
            answer=_STATUS,
            refusals={503: "It cannot be read, or the server is stopping."},
        )
    }

    async def get(self) -> None:
        if self.service.stopping:
            raise RefusedError(503, "The server is stopping.", "stopping")
        check = self.service.checks.share("ready", self.service.archive.check)
        try:
            await asyncio.wait_for(check, CHECK_SECONDS)
        except asyncio.TimeoutError:
            raise RefusedError(
                503, "The installation does not answer.", "installation_silent"
            ) from None
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes({"status": "ok"}))


routes = [Route("/", Name), Route("/health/live", Live), Route("/health/ready", Ready)]
