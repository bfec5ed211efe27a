"""The body of ``POST /report``: each wrong field is named, everything else is taken as it is."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from autosubmit_core.answers.report import SECTIONS, ReportRequest
from autosubmit_core.api.refusals import Refusal, RefusedError
from autosubmit_core.api.report_request import MOST_EXPERIMENTS, SCHEMA, read_report_request


def read(body: Any) -> ReportRequest:
    return read_report_request(orjson.dumps(body))


def refusal(body: bytes) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        read_report_request(body)
    return refused.value.refusal


def test_one_experiment_is_enough() -> None:
    assert read({"expid": "a003"}) == ReportRequest(expids=("a003",))


def test_everything_that_can_be_asked_arrives() -> None:
    asked = read(
        {
            "expids": ["a003", "a007", "a003"],
            "sections": ["eta", "statistics", "experiment", "eta"],
            "run_id": 3,
            "statistics": {"section": "SIM", "hours": 24},
            "eta": {"section": "DA"},
        }
    )
    assert asked == ReportRequest(
        expids=("a003", "a007"),
        sections=("experiment", "statistics", "eta"),
        run_id=3,
        statistics_section="SIM",
        statistics_hours=24,
        eta_section="DA",
    )


def test_null_is_as_good_as_absent() -> None:
    told: dict[str, Any] = {"expids": None, "sections": None, "run_id": None, "statistics": None}
    assert read({"expid": "a003", **told}) == ReportRequest(expids=("a003",))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_can_be_asked_for(section: str) -> None:
    assert read({"expid": "a003", "sections": [section]}).sections == (section,)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"expid": NaN}', "line 1"),
        (b'{"expid": "\xff"}', "The body is not JSON"),
        (b"[" * 100_000, "The body is not JSON"),
        (b'["a003"]', "must be a JSON object"),
        (b'"a003"', "must be a JSON object"),
    ],
)
def test_a_body_that_is_no_object_is_malformed(body: bytes, said: str) -> None:
    refused = refusal(body)
    assert refused.status == 400
    assert said in refused.message
    assert [name for name, _ in refused.fields] == ["body"]


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({}, "expid", "Field required (or 'expids' for several experiments)"),
        ({"expid": 3}, "expid", "Input should be a valid string"),
        ({"expid": ""}, "expid", "String should have 1 to 256 characters"),
        (
            {"expid": "a003", "expids": ["a7"]},
            "expids",
            "Give either 'expid' or 'expids', not both",
        ),
        ({"expids": "a003"}, "expids", "Input should be a valid list"),
        ({"expids": []}, "expids", "List should have at least 1 item"),
        ({"expids": ["a003", None]}, "expids.1", "Input should be a valid string"),
        (
            {"expids": ["a003"] * (MOST_EXPERIMENTS + 1)},
            "expids",
            f"List should have at most {MOST_EXPERIMENTS} items",
        ),
        ({"sections": "eta"}, "sections", "Input should be a valid list"),
        ({"sections": []}, "sections", "List should have at least 1 item"),
        ({"run_id": "3"}, "run_id", "Input should be a valid integer"),
        ({"run_id": True}, "run_id", "Input should be a valid integer"),
        ({"run_id": 1.0}, "run_id", "Input should be a valid integer"),
        ({"run_id": 0}, "run_id", "Input should be greater than or equal to 1"),
        ({"run_id": 2**60}, "run_id", f"Input should be less than or equal to {2**53}"),
        ({"statistics": 24}, "statistics", "Input should be a valid object"),
        (
            {"statistics": {"hours": -1}},
            "statistics.hours",
            "Input should be greater than or equal to 0",
        ),
        ({"statistics": {"section": 1}}, "statistics.section", "Input should be a valid string"),
        ({"statistics": {"days": 1}}, "statistics.days", "Unknown field"),
        ({"eta": {"hours": 1}}, "eta.hours", "Unknown field"),
        (
            {"sections": ["runs"], "eta": {"section": "SIM"}},
            "eta",
            "'eta' is not among the sections that are asked for",
        ),
        ({"expdi": "a003"}, "expdi", "Unknown field"),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(
    body: dict[str, Any], field: str, reason: str
) -> None:
    needed = {} if not body or "expid" in body or "expids" in body else {"expid": "a003"}
    refused = refusal(orjson.dumps({**needed, **body}))
    assert refused.status == 422
    assert refused.fields == ((field, reason),)
    assert refused.message == f"Invalid value for '{field}': {reason}"


def test_an_unknown_section_is_told_the_known_ones() -> None:
    refused = refusal(b'{"expid": "a003", "sections": ["eta", "weather"]}')
    ((field, reason),) = refused.fields
    assert field == "sections.1"
    assert all(f"'{section}'" in reason for section in SECTIONS)


def test_all_wrong_fields_are_named_at_once() -> None:
    refused = refusal(b'{"expid": 1, "run_id": 0, "statistics": {"hours": "x"}, "color": 1}')
    assert [name for name, _ in refused.fields] == [
        "expid",
        "run_id",
        "statistics.hours",
        "color",
    ]


def test_every_field_that_is_read_is_documented_and_the_reverse() -> None:
    """The schema of the documentation and the reader know the same fields."""
    for name in SCHEMA["properties"]:
        refused = refusal(orjson.dumps({"expid": "a003", name: {"?": 1}}))
        assert (name, "Unknown field") not in refused.fields


@pytest.mark.parametrize("part", [None, "eta"])
def test_of_very_many_wrong_fields_the_first_are_named_and_the_others_counted(
    part: str | None,
) -> None:
    fields: dict[str, Any] = {f"field{number}": number for number in range(50_000)}
    body = orjson.dumps({"expid": "a003", **fields} if part is None else {part: fields})
    refused = refusal(body)
    assert len(refused.fields) == 100
    more = 49_900 if part is None else 49_901  # There the experiment is missing, too.
    assert refused.message.endswith(f"Unknown field; and {more} more")
    assert len(orjson.dumps([refused.message, refused.fields])) < 20_000


def test_a_field_of_an_endless_name_is_named_by_its_beginning() -> None:
    ((name, reason),) = refusal(orjson.dumps({"expid": "a003", "x" * 900_000: 1})).fields
    assert (name, reason) == ("x" * 256 + "…", "Unknown field")
