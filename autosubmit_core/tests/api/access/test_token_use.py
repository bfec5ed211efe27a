from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.secret import Keys
from autosubmit_core.api.access.tokens import Tokens

ALICE = User("cas", "alice", "alice")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    async def run(function: Callable[..., Any], *arguments: object) -> Any:
        return function(*arguments)

    return Tokens(
        Keys.of(None), issuer="test", seconds=3600, database=tmp_path / "ours.db", run=run
    )


async def used(tokens: Tokens) -> list[int]:
    return [token.used for token in await tokens.named_tokens(ALICE)]


def test_when_a_named_token_was_used_last_is_known(tokens: Tokens) -> None:
    async def course() -> None:
        made = tokens.make(ALICE)
        await tokens.name_token(ALICE, "report", made)
        assert await used(tokens) == [0]
        await tokens.known(made.text)
        (noted,) = await used(tokens)
        assert abs(noted - time.time()) < 5

    asyncio.run(course())


def test_nothing_is_written_for_a_token_without_a_name(tokens: Tokens, tmp_path: Path) -> None:
    asyncio.run(tokens.known(tokens.make(ALICE).text))
    assert list(tmp_path.iterdir()) == []


def test_a_token_is_good_where_its_use_cannot_be_noted(
    tokens: Tokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By another process that writes, for too long.
    monkeypatch.setattr("autosubmit_core.store.places._LOCK_SECONDS", 0.0)

    async def course() -> None:
        made = tokens.make(ALICE)
        await tokens.name_token(ALICE, "report", made)
        with sqlite3.connect(tmp_path / "ours.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            identity = await tokens.known(made.text)
            other.execute("ROLLBACK")
        other.close()
        assert identity.user == ALICE
        assert await used(tokens) == [0]

    asyncio.run(course())
