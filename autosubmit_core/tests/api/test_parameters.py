"""Query parameters: what is accepted, and the published words of what is not."""

from __future__ import annotations

from typing import Any

import pytest

from autosubmit_core.api.parameters import (
    Boolean,
    Choice,
    Integer,
    Parameter,
    Text,
    read_parameters,
)
from autosubmit_core.api.refusals import RefusedError

PARAMETERS: tuple[Parameter, ...] = (
    Choice(name="view", words=("quick", "base"), default="base", meaning=""),
    Text(name="job_name", meaning=""),
    Choice(name="colour", words=("red", "green", "blue"), meaning=""),
    Integer(name="page", least=1, most=1000, default=1, meaning=""),
    Boolean(name="active", default=True, meaning=""),
)


def read(**query: str) -> dict[str, Any]:
    return read_parameters(PARAMETERS, {name: [text] for name, text in query.items()})


def refusal(**query: str) -> str:
    with pytest.raises(RefusedError) as refused:
        read(**query)
    assert refused.value.refusal.status == 422
    return str(refused.value)


def test_what_is_not_given_has_its_default() -> None:
    assert read() == {"view": "base", "job_name": None, "colour": None, "page": 1, "active": True}


def test_what_is_not_declared_is_ignored() -> None:
    assert read(nonsense="1") == read()


def test_an_empty_text_is_no_filter() -> None:
    assert read(job_name="")["job_name"] is None


def test_the_last_of_a_repeated_parameter_counts() -> None:
    assert read_parameters(PARAMETERS, {"page": ["2", "3"]})["page"] == 3


@pytest.mark.parametrize("text", ["true", "T", "yes", "Y", "on", "1"])
def test_yes_in_many_words(text: str) -> None:
    assert read(active=text)["active"] is True


@pytest.mark.parametrize("text", ["false", "F", "no", "n", "OFF", "0"])
def test_no_in_many_words(text: str) -> None:
    assert read(active=text)["active"] is False


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"view": "slow"}, "'view': Input should be 'quick' or 'base'"),
        ({"view": ""}, "'view': Input should be 'quick' or 'base'"),
        ({"colour": "pink"}, "'colour': Input should be 'red', 'green' or 'blue'"),
        (
            {"page": "x"},
            "'page': Input should be a valid integer, unable to parse string as an integer",
        ),
        (
            {"page": "9" * 30},
            "'page': Input should be a valid integer, unable to parse string as an integer",
        ),
        ({"page": "0"}, "'page': Input should be greater than or equal to 1"),
        ({"page": "1001"}, "'page': Input should be less than or equal to 1000"),
        ({"active": ""}, "'active': Input should be a valid boolean, unable to interpret input"),
        ({"job_name": "a" * 257}, "'job_name': String should have at most 256 characters"),
    ],
)
def test_a_wrong_value_is_refused_in_the_published_words(
    query: dict[str, str], reason: str
) -> None:
    assert refusal(**query) == f"Invalid value for {reason}"


def test_several_wrong_values_are_told_in_the_order_of_their_declaration() -> None:
    assert refusal(page="0", view="slow") == (
        "Invalid value for 'view': Input should be 'quick' or 'base'; "
        "Invalid value for 'page': Input should be greater than or equal to 1"
    )
