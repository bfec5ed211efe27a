"""The repository around the packages: what it promises in words is what is done."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from autosubmit_core import demo, open_archive
from autosubmit_core.answers.report import ReportRequest, report
from autosubmit_core.answers.v4.jobs import jobs_answer

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text()
PACKAGES = ("autosubmit_core", "autosubmit_site")


def requirements(package: str, group: str = "dependencies") -> list[str]:
    """Return the requirements in a list of a package's pyproject.toml."""
    # Not tomllib: Python 3.10 has none.
    text = (TOP / package / "pyproject.toml").read_text()
    listed = re.search(rf"^{group} = \[(.*?)\]$", text, re.MULTILINE | re.DOTALL)
    return re.findall(r'"([^"]+)"', listed[1]) if listed else []


def name_of(requirement: str) -> str:
    """Return the normalized name of the project that a requirement names."""
    return re.split(r"[<>=~!;\[ ]", requirement)[0].lower().replace("_", "-")


# -- the commands --------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    """Return the fenced blocks of the README in a language."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [block for name, block in fenced if name == language]


def commands() -> list[str]:
    return [line for block in blocks("") for line in block.splitlines()]


def test_one_command_starts_the_demo() -> None:
    line = "pip install ./autosubmit_core ./autosubmit_site && python -m autosubmit_site --demo"
    assert line in commands()


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    script = (TOP / ".ci" / "run").read_text()
    found = re.search(r"grep -E '([^']+)' README\.md", script)
    assert found
    (line,) = (line for line in README.splitlines() if re.match(found[1], line))
    assert line in commands()
    assert 'eval "$command"' in script
    for package in PACKAGES:
        assert f"-e './{package}[test]'" in line
        assert f"python -m pytest -n auto {package}" in line


def test_gitlab_runs_the_same_on_every_supported_python() -> None:
    jobs = yaml.safe_load((TOP / ".gitlab-ci.yml").read_text())
    (matrix,) = jobs["test"]["parallel"]["matrix"]
    classified = re.search(r'requires-python = ">=3\.(\d+)"', pyproject("autosubmit_core"))
    assert classified
    assert matrix["PYTHON_VERSION"][0] == f"3.{classified[1]}"
    assert matrix["PYTHON_VERSION"] == [f"3.{minor}" for minor in range(10, 15)]
    assert jobs["test"]["script"] == [".ci/run"]


def pyproject(package: str) -> str:
    return (TOP / package / "pyproject.toml").read_text()


# -- the answers ---------------------------------------------------------------------------------


def test_the_first_answers_in_the_readme_are_the_real_ones(tmp_path: Path) -> None:
    shown = [json.loads(block) for block in blocks("json")]
    experiment = open_archive(demo.build(tmp_path)).experiment("a2m9")
    assert shown[0] == jobs_answer(experiment, view="quick", status="FAILED")
    request = ReportRequest(expids=("a2m9",), sections=("eta",))
    assert shown[1]["report_data"]["a2m9"]["eta"] == pytest.approx(
        report(experiment, request)["eta"]
    )


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    assert len(example.strip().splitlines()) == 3
    folder = demo.build(tmp_path)
    told = example.replace("/path/to/autosubmitrc", str(folder)).replace("a003", "a2m9")
    names: dict[str, Any] = {}
    exec(told, names)
    assert len(names["experiment"].jobs) > 0


# -- what it is made of --------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_every_dependency_has_its_licence_listed(package: str) -> None:
    table = (TOP / "open-source-licences" / "README.md").read_text()
    listed = dict(re.findall(r"^\| ([\w-]+) \| `([^`]*)` \|", table, re.MULTILINE))
    for requirement in [
        *requirements(package),
        *requirements(package, "pandas"),
        *requirements(package, "parquet"),
        *requirements(package, "graph"),
        *requirements(package, "ssh"),
    ]:
        name = name_of(requirement)
        if name.replace("-", "_") not in PACKAGES:
            assert listed.get(name) == requirement[len(name) :], requirement


@pytest.mark.parametrize("package", PACKAGES)
def test_every_dependency_is_pinned_for_continuous_integration(package: str) -> None:
    pinned = {
        name_of(line)
        for line in (TOP / "constraints.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    used = [
        *requirements(package),
        *requirements(package, "test"),
        *requirements(package, "requires"),
    ]
    assert {name_of(each) for each in used} - pinned <= {"autosubmit-core"}


def headings(page: str) -> set[str]:
    """Return the anchors of the headings of a page, as sites that show it make them."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("folder", [".", *PACKAGES, "app-config"])
def test_every_file_and_heading_that_is_linked_is_there(folder: str) -> None:
    page = TOP / folder / "README.md"
    for target in re.findall(r"\]\((?!http)([^)]+)\)", page.read_text()):
        path, _, heading = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        assert not heading or heading in headings(linked.read_text()), target


def test_the_test_command_is_plain_shell() -> None:
    (line,) = (line for line in commands() if "pytest" in line)
    assert shlex.split(line)
