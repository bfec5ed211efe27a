"""Login providers are told of which trace the request is for whose sake they are asked (D-9)."""

from __future__ import annotations

import asyncio
from typing import Any

from autosubmit_core.api.access.fetching import Fetch
from autosubmit_core.api.access.traces import TRACE, read_trace

TOLD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_d9_a_provider_is_told_the_trace_with_the_number_of_this_request(receiver: Any) -> None:
    async def ask(traceparent: str) -> None:
        TRACE.set(read_trace(traceparent))
        await Fetch().post(receiver.url, {"code": "x"})

    for told in (TOLD, ""):
        asyncio.run(ask(told))
    (traced, _), (untraced, _) = receiver.taken
    version, trace, caller, flags = traced["traceparent"].split("-")
    assert (version, trace, flags) == ("00", TOLD.split("-")[1], "01")
    assert caller != TOLD.split("-")[2]
    assert "traceparent" not in untraced
