"""``/v4/auth/verify-token``: whether a client is known by its token."""

from __future__ import annotations

from typing import Any, ClassVar

from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.refusals import Refusal, RefusedError
from autosubmit_core.api.schemas import constant, record, text

__all__ = ["routes"]


class VerifyToken(ApiHandler):
    """``GET /v4/auth/verify-token``: whether a token is good: none is, as none is needed here.

    Clients take any 2xx for a login, so it has to be a refusal also where nothing is protected.
    """

    operations: ClassVar = {
        "get": Operation(
            summary="Whether a token is good",
            answer=record({"authenticated": constant(True), "user": text("ahill")}),
            refusals={401: "There is no token, or it is not good."},
        )
    }

    error_schema = "TokenError"

    async def get(self) -> None:
        raise RefusedError(401, "Unauthorized", "unauthorized")

    def refusal_body(self, refusal: Refusal) -> dict[str, Any]:
        return {"authenticated": False, "user": None}


routes = [Route("/v4/auth/verify-token", VerifyToken)]
