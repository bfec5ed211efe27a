"""``/v3/tokentest``: whether a token is good, for clients of the first generation."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import Refusal, RefusedError
from autosubmit_core.api.schemas import constant, record

__all__ = ["routes"]

_TEST = Operation(
    summary="Whether a token is good",
    answer=record({"isValid": constant(True), "message": constant(None)}),
    refusals={401: "There is no token, or it is not good."},
)


class TokenTest(ApiHandler):
    """``GET`` and ``POST /v3/tokentest``: whether a token is good."""

    operations: ClassVar = {"get": _TEST, "post": _TEST}
    needs = Needs.NOTHING
    error_schema = "TokenTestError"

    async def get(self) -> None:
        if self.identity.user is None:
            raise RefusedError(401, "Unauthorized", "unauthorized")
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes({"isValid": True, "message": None}))

    post = get

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        self.set_header("Cache-Control", "no-store")
        return {"isValid": False, "message": refusal.message}


routes = [Route("/v3/tokentest", TokenTest)]
