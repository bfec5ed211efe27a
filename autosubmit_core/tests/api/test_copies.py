"""Several copies of a server answer as one (D-5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.archive import open_archive

#: That there is no such experiment has no tag to ask again with.
UNKNOWN = "/v4/experiments/zzzz"
PATHS = (
    "/v4/experiments?only_active=false",
    "/v4/experiments/a2m9/jobs?view=quick",
    "/v4/experiments/a2m9/sections",
    "/v4/experiments/a2m9/performance",
    "/v3/tree/a0k2",
    "/v3/expinfo/a2m9",
    UNKNOWN,
)


@pytest.fixture
def copies(serve: Callable[..., Any], tmp_path: Path) -> list[Any]:
    """Two servers of one installation, which share nothing but its files and a key."""
    folder = demo.build(tmp_path / "demo")
    told = {"protection_level": Level.ALL, "secret_key": Secret("k" * 64), "replicas": True}
    return [serve(open_archive(folder), **told) for _ in range(2)]


def token_of(server: Any) -> dict[str, str]:
    user = User("cas", "alice", "alice")
    return {"Authorization": f"Bearer {server.app.service.access.tokens.make(user).text}"}


def test_d5_a_token_of_one_is_good_at_the_other_until_it_is_revoked_at_either(
    copies: list[Any],
) -> None:
    one, other = copies
    token = token_of(one)
    assert [server.ask("/v4/experiments", headers=token).status for server in copies] == [200, 200]
    assert other.ask("/v4/auth/logout", "POST", headers=token).status == 200
    assert [server.ask("/v4/experiments", headers=token).status for server in copies] == [401, 401]


def test_d5_what_a_user_prefers_is_known_to_both(copies: list[Any]) -> None:
    one, other = copies
    path, token = "/v4/user-settings/preferred-username", token_of(one)
    assert one.ask(path, "POST", {"preferred_username": "bsc1"}, token).status == 200
    assert other.ask(path, headers=token).json()["preferred_username"] == "bsc1"


def test_d5_both_give_the_same_answers_with_the_same_tags(copies: list[Any]) -> None:
    """So that a client's tag is as good at the one as at the other."""
    token = token_of(copies[0])
    for path in PATHS:
        first, second = (server.ask(path, headers=token) for server in copies)
        assert (first.status, first.body) == (second.status, second.body), path
        assert first.headers["ETag"] == second.headers["ETag"]
        if path != UNKNOWN:
            told = {**token, "If-None-Match": first.headers["ETag"]}
            assert copies[1].ask(path, headers=told).status == 304
