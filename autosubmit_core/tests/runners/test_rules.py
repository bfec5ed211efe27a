"""Which addresses of git repositories are taken (RS-3)."""

from __future__ import annotations

import pytest

from autosubmit_core.errors import CommandInvalidError
from autosubmit_core.runners.rules import checked_repository


@pytest.mark.parametrize(
    "text",
    [
        "https://git.example.org/models/ocean.git",
        "ssh://git@git.example.org:2222/~me/ocean.git",
        "git@git.example.org:models/ocean.git",
    ],
)
def test_an_address_of_a_repository_is_taken_as_it_is(text: str) -> None:
    assert checked_repository(text, "git_repo") == text


@pytest.mark.parametrize(
    "text",
    [
        *("https://me:secret@git.example.org/x", "https://:secret@git.example.org/x"),
        *("ssh://-oProxyCommand=x/y", "ssh://-x@host/y", "ssh://me@-host/y", "https://"),
        *("-x@host:path", "git@-host:path", "git@host:-path", "git@host:.ssh", "file:///etc"),
    ],
)
def test_no_password_and_nothing_like_an_option_is_taken(text: str) -> None:
    with pytest.raises(CommandInvalidError):
        checked_repository(text, "git_repo")
