"""168 small configurations with the answer that Autosubmit API gave to each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.errors import SourceError
from autosubmit_core.readers.configuration import read_configuration

#: Title of a case -> what we answer instead, and why.
DEVIATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "list1 two ph": ({"A": ["v/w"]}, "two placeholders in the one text of a list are not garbled"),
    "list with empty": ({"A": ["", "v"]}, "an empty text in a list does not shift the others"),
    "inf": ({"I": None}, "JSON has no infinity: null, and the other values are still answered"),
    "nan": ({"I": None}, "JSON has no NaN: likewise"),
    "1e400": ({"I": None}, "too large for a number: likewise"),
    "scalars": ({"N": None, "H": True, "S": "bar"}, "holds an infinity: likewise"),
    "self reference (must be bounded)": (
        {"A": "x%A%"},
        "a text that stands for itself stays as written, with a warning; it fills no memory",
    ),
}


@pytest.fixture(scope="session")
def cases(shared: Path) -> list[dict[str, Any]]:
    content = (shared / "spec" / "configuration-cases.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(content)
    assert len(found) == 168
    return found


@pytest.mark.parametrize("group", ["yaml", "placeholders", "sections", "custom-config", "as3"])
def test_each_case_has_the_recorded_answer(
    cases: list[dict[str, Any]], tmp_path: Path, group: str
) -> None:
    chosen = [case for case in cases if case["group"] == group]
    assert chosen
    wrong = {}
    for number, case in enumerate(chosen):
        wanted, got = expected(case), answer(case, tmp_path / str(number))
        if wanted != got:
            wrong[case["title"]] = (wanted, got)
    assert not wrong


def test_each_deviation_answers_as_it_says(cases: list[dict[str, Any]], tmp_path: Path) -> None:
    by_title = {case["title"]: case for case in cases}
    for title, (values, why) in DEVIATIONS.items():
        root = tmp_path / title
        write(by_title[title], root)
        data = read_configuration(root / "t000", "t000").data
        assert {key: data[key] for key in values} == values, why


def expected(case: Mapping[str, Any]) -> Any:
    """Return the recorded dictionary, ``refused``, or that the case deviates."""
    if case["title"] in DEVIATIONS:
        return "deviates"
    return case["config"] if case["status"] == 200 else "refused"


def answer(case: Mapping[str, Any], root: Path) -> Any:
    if case["title"] in DEVIATIONS:
        return "deviates"
    write(case, root)
    settings = {"DB_DIR": str(root), "LOCAL_ROOT_DIR": str(root)}
    try:
        configuration = read_configuration(
            root / "t000",
            "t000",
            description="desc",
            current_user="tester",
            installation=settings,
        )
    except SourceError:
        return "refused"
    data = dict(configuration.data)
    if configuration.kind == "as4":
        for name in settings:
            del data[name]
    data["contains_nones"] = configuration.contains_nones
    return json.loads(json.dumps(data).replace(str(root), "{ROOT}"))


def write(case: Mapping[str, Any], root: Path) -> None:
    for name, content in case["files"].items():
        path = root / "t000" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("{ROOT}", str(root)), encoding="utf-8", newline="")
