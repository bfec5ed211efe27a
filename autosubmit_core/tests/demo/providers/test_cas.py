from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from autosubmit_core.demo.providers import CasProvider

Ask = Callable[..., Any]

SERVICE = "http://127.0.0.1:8088/login?next=1"
CAS = "{http://www.yale.edu/tp/cas}"


@pytest.fixture
def cas(served: Callable[[CasProvider], CasProvider]) -> CasProvider:
    return served(CasProvider())


@pytest.fixture
def ticket(cas: CasProvider, ask: Ask) -> str:
    """A ticket of alice."""
    back = ask(cas, "/login", {"username": "alice"}, service=SERVICE)
    assert back.status == 302
    assert back.headers["Location"].startswith(SERVICE + "&ticket=ST-")
    return str(back.back["ticket"])


def validated(told: Any) -> tuple[str, str | None]:
    """Return what an answer says: ``authenticationSuccess`` and the user, or failure and its code."""
    (inside,) = ElementTree.fromstring(told.body)
    user = inside.findtext(f"{CAS}user")
    return inside.tag.removeprefix(CAS), inside.get("code") or user


def test_the_page_asks_for_a_name_and_says_what_it_is(cas: CasProvider, ask: Ask) -> None:
    page = ask(cas, "/login", service=SERVICE)
    assert page.status == 200
    assert b"no real login" in page.body
    assert b'name="username"' in page.body


def test_a_ticket_tells_who_logged_in_once(cas: CasProvider, ask: Ask, ticket: str) -> None:
    asked = {"service": SERVICE, "ticket": ticket}
    assert validated(ask(cas, "/serviceValidate", **asked)) == ("authenticationSuccess", "alice")
    again = validated(ask(cas, "/p3/serviceValidate", **asked))
    assert again == ("authenticationFailure", "INVALID_TICKET")


def test_a_ticket_is_for_one_service(cas: CasProvider, ask: Ask, ticket: str) -> None:
    other = validated(ask(cas, "/serviceValidate", service="http://evil/", ticket=ticket))
    assert other == ("authenticationFailure", "INVALID_SERVICE")


def test_both_arguments_are_required(cas: CasProvider, ask: Ask) -> None:
    told = validated(ask(cas, "/serviceValidate", service=SERVICE))
    assert told == ("authenticationFailure", "INVALID_REQUEST")


def test_a_service_is_an_address(cas: CasProvider, ask: Ask) -> None:
    assert ask(cas, "/login", service="javascript:alert(1)").status == 400


def test_what_servers_ask_is_known_afterwards(cas: CasProvider, ask: Ask) -> None:
    ask(cas, "/serviceValidate", service=SERVICE, ticket="ST-x")
    (call,) = cas.calls
    assert (call.method, call.path) == ("GET", "/serviceValidate")
    assert call.arguments == {"service": [SERVICE], "ticket": ["ST-x"]}


@pytest.mark.parametrize(
    ("fault", "status", "inside"),
    [
        ("dtd", 200, b"<!ENTITY"),
        ("no user", 200, b"authenticationSuccess"),
        ("broken", 500, b"<html>"),
        ("elsewhere", 302, b""),
    ],
)
def test_it_fails_as_it_is_told(
    cas: CasProvider, ask: Ask, ticket: str, fault: str, status: int, inside: bytes
) -> None:
    cas.fault = fault
    told = ask(cas, "/serviceValidate", service=SERVICE, ticket=ticket)
    assert told.status == status
    assert inside in told.body
    assert b"alice" not in told.body


def test_it_answers_what_it_is_told(cas: CasProvider, ask: Ask) -> None:
    cas.answer = "{<neither"
    assert ask(cas, "/serviceValidate").body == b"{<neither"


def test_who_is_logged_in_already_is_asked_for_nothing(cas: CasProvider, ask: Ask) -> None:
    cas.user = "bob"
    ticket = ask(cas, "/login", service=SERVICE).back["ticket"]
    told = validated(ask(cas, "/serviceValidate", service=SERVICE, ticket=ticket))
    assert told == ("authenticationSuccess", "bob")


def test_it_is_silent_until_the_client_goes(cas: CasProvider, ask: Ask) -> None:
    cas.fault = "silent"
    with pytest.raises(TimeoutError):
        ask(cas, "/serviceValidate", timeout=0.2, service=SERVICE, ticket="ST-x")


def test_an_answer_can_be_huge(cas: CasProvider, ask: Ask) -> None:
    cas.fault = "huge"
    assert len(ask(cas, "/serviceValidate").body) == 64 * 2**20
