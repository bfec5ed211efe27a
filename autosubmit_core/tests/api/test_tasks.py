"""Work that nobody waits for: its mistakes are said, and it is no part of the request that began it."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context, copy_context

import pytest

from autosubmit_core.api.access.traces import TRACE, Trace, read_trace
from autosubmit_core.api.tasks import kept_task

TOLD = read_trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def test_a_mistake_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise LookupError("nobody thought of this")

    async def begin() -> None:
        await asyncio.wait([kept_task(fail())])

    with caplog.at_level(logging.ERROR):
        asyncio.run(begin())
    assert "nobody thought of this" in caplog.text


def test_d9_what_outlives_a_request_is_no_part_of_its_trace() -> None:
    found: list[Trace | None] = []

    async def note() -> None:
        # Also what it begins in turn.
        await asyncio.ensure_future(note_later())

    async def note_later() -> None:
        found.append(TRACE.get())

    async def begin() -> None:
        TRACE.set(TOLD)
        contexts: list[Context | None] = [None, copy_context()]
        for context in contexts:
            await kept_task(note(), context)

    asyncio.run(begin())
    assert found == [None, TOLD]
    assert TOLD is not None
