"""What the answers of CAS servers say, and what they may not do: S-14."""

from __future__ import annotations

import tracemalloc

import pytest

from autosubmit_core.api.access.cas import user_in
from autosubmit_core.api.access.users import ProviderError

ANSWER = (
    '<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{}</cas:serviceResponse>'.format
)
SUCCESS = "<cas:authenticationSuccess>{}</cas:authenticationSuccess>".format


def answer(inside: str) -> bytes:
    return ANSWER(inside).encode()


def test_a_server_vouches_for_a_user_or_for_nobody() -> None:
    attributes = "<cas:attributes><cas:mail><cas:a>x</cas:a></cas:mail></cas:attributes>"
    user = "<cas:user>\n ali<!-- -->ce\n</cas:user>"
    assert user_in(answer(SUCCESS(user + attributes))) == "alice"
    assert user_in(answer('<cas:authenticationFailure code="INVALID_TICKET"/>')) is None


@pytest.mark.parametrize(
    "inside",
    [
        "",
        SUCCESS("<cas:user/>"),
        SUCCESS("<user>alice</user>"),
        SUCCESS("<cas:user>alice</cas:user><cas:user>bob</cas:user>"),
        SUCCESS("<cas:user/><cas:user>bob</cas:user>"),
        SUCCESS("<cas:user>alice</cas:user>") * 2,
        "<cas:user>alice</cas:user>",
    ],
)
def test_an_answer_without_one_user_is_none(inside: str) -> None:
    with pytest.raises(ProviderError):
        user_in(answer(inside))


def test_an_answer_is_at_most_eight_elements_deep() -> None:
    """S-14: attributes are four deep in what CAS servers send."""
    user = "<cas:user>alice</cas:user>"
    for depth in (1, 7):
        nested = "<cas:attributes>" * depth + "</cas:attributes>" * depth
        assert user_in(answer(SUCCESS(user) + nested)) == "alice"
    with pytest.raises(ProviderError) as refused:
        user_in(answer(SUCCESS(user) + "<cas:attributes>" * 8 + "</cas:attributes>" * 8))
    assert "too deeply" in refused.value.reason


@pytest.mark.parametrize("piece", ["<a>", "<a>x", "<a></a>", "<a>x</a>", "x\n"])
def test_an_answer_takes_no_more_memory_than_it_is_long(piece: str) -> None:
    """S-14: not so many times its depth."""
    body = answer(piece * 5_000)
    tracemalloc.start()
    try:
        with pytest.raises(ProviderError):
            user_in(body)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < 1_000_000
