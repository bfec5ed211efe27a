"""What Autosubmit makes of its own sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.configuration import Configuration

Resolve = Callable[[str], dict[str, Any]]


def job(resolve: Resolve, options: str) -> dict[str, Any]:
    found: dict[str, Any] = resolve(f"JOBS: {{a: {options}}}\n")["JOBS"]["A"]
    return found


def test_what_every_job_has_is_added(resolve: Resolve) -> None:
    assert job(resolve, "{}") == {"DEPENDENCIES": {}, "FILE": "", "ADDITIONAL_FILES": []}


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("b c-1 D", ["B", "C-1", "D"]),
        ("b  c", ["B", "", "C"]),
        ("''", [""]),
        ("~", []),
        ("[b, c]", []),
        ("{b: ~, c-1: {}}", ["B", "C-1"]),
    ],
)
def test_dependencies_are_a_dictionary(resolve: Resolve, written: str, names: list[str]) -> None:
    assert list(job(resolve, f"{{DEPENDENCIES: {written}}}")["DEPENDENCIES"]) == names


@pytest.mark.parametrize(
    ("condition", "status", "any_final"),
    [
        ("{STATUS: failed}", "FAILED", False),
        ("{STATUS: failed?}", "FAILED", True),
        ("{STATUS: running}", "RUNNING", True),
        ("{STATUS: '?'}", "", True),
        ("{STATUS: ready, ANY_FINAL_STATUS_IS_VALID: true}", "READY", True),
    ],
)
def test_a_status_says_whether_any_final_one_will_do(
    resolve: Resolve, condition: str, status: str, any_final: bool
) -> None:
    dependency = job(resolve, f"{{DEPENDENCIES: {{b: {condition}}}}}")["DEPENDENCIES"]["B"]
    assert dependency == {"STATUS": status, "ANY_FINAL_STATUS_IS_VALID": any_final}


@pytest.mark.parametrize(
    ("written", "file", "others"),
    [
        ("x.sh", "x.sh", []),
        ("'x.sh, y z'", "x.sh", ["y z"]),
        ("'x y'", "x", ["y"]),
        ("[' x ', y]", "x", ["y"]),
    ],
)
def test_a_file_may_bring_others(
    resolve: Resolve, written: str, file: str, others: list[str]
) -> None:
    found = job(resolve, f"{{FILE: {written}}}")
    assert (found["FILE"], found["ADDITIONAL_FILES"]) == (file, others)


def test_a_file_alone_leaves_the_additional_ones(resolve: Resolve) -> None:
    assert job(resolve, "{FILE: x, ADDITIONAL_FILES: [k]}")["ADDITIONAL_FILES"] == ["k"]


@pytest.mark.parametrize(
    ("written", "wallclock"),
    [
        ("'00:05:30'", "00:05"),
        ("1:02:03", "1:02"),
        ("'1:2:3'", "1:2:3"),
        ("'100:00:00'", "100:00:00"),
        ("~", None),
    ],
)
def test_a_wallclock_has_no_seconds(resolve: Resolve, written: str, wallclock: str | None) -> None:
    assert job(resolve, f"{{WALLCLOCK: {written}}}")["WALLCLOCK"] == wallclock


def test_lists_of_words_can_be_texts(resolve: Resolve) -> None:
    found = job(resolve, "{NOTIFY_ON: 'failed, running', CUSTOM_DIRECTIVES: ['#S x', 1]}")
    assert found["NOTIFY_ON"] == ["FAILED", "RUNNING"]
    assert found["CUSTOM_DIRECTIVES"] == "['#S x', 1]"


@pytest.mark.parametrize("written", ["a&b", "a b", "'a, b'", "\"['a', 'b']\"", "[a, ' b']"])
def test_the_sections_of_a_wrapper_are_a_list(resolve: Resolve, written: str) -> None:
    text = f"WRAPPERS: {{POLICY: flexible, w: {{TYPE: Vertical, JOBS_IN_WRAPPER: {written}}}}}\n"
    assert resolve(text)["WRAPPERS"] == {
        "POLICY": "flexible",
        "W": {"TYPE": "vertical", "JOBS_IN_WRAPPER": ["A", "B"]},
    }


def test_a_wrapper_may_be_written_in_two_files(read: Callable[..., Configuration]) -> None:
    files = {
        "conf/a.yml": "WRAPPERS: {w: {TYPE: vertical}}\n",
        "conf/b.yml": "WRAPPERS: {w: {JOBS_IN_WRAPPER: sim}}\n",
    }
    assert read(files).data["WRAPPERS"]["W"]["JOBS_IN_WRAPPER"] == ["SIM"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("JOBS: ~", "JOBS: has to be a section"),
        ("JOBS: {a: text}", "JOBS.A: has to be a section"),
        ("JOBS: {a: {FILE: 5}}", "JOBS.A.FILE"),
        ("JOBS: {a: {FILE: []}}", "JOBS.A.FILE"),
        ("JOBS: {a: {WALLCLOCK: 30}}", "JOBS.A.WALLCLOCK"),
        ("JOBS: {a: {WALLCLOCK: !foo '00:30'}}", "JOBS.A.WALLCLOCK"),
        ("JOBS: {a: {NOTIFY_ON: 5}}", "JOBS.A.NOTIFY_ON"),
        ("JOBS: {a: {DEPENDENCIES: {b: {STATUS: 5}}}}", "JOBS.A.DEPENDENCIES.B.STATUS"),
        ("WRAPPERS: []", "WRAPPERS: has to be a section"),
        ("WRAPPERS: {w: {JOBS_IN_WRAPPER: A}}", "WRAPPERS.W.TYPE: is missing"),
        ("WRAPPERS: {w: {TYPE: v}}", "WRAPPERS.W.JOBS_IN_WRAPPER: is missing"),
        ("WRAPPERS: {w: {TYPE: v, JOBS_IN_WRAPPER: 'a,,b'}}", "WRAPPERS.W.JOBS_IN_WRAPPER"),
        ("WRAPPERS: {w: {TYPE: v, JOBS_IN_WRAPPER: [5]}}", "WRAPPERS.W.JOBS_IN_WRAPPER"),
        ("DEFAULT: ~", "DEFAULT: has to be a section"),
        ("DEFAULT: {HPCARCH: ~}", "DEFAULT.HPCARCH: has to be a text"),
        ("DEFAULT: {CUSTOM_CONFIG: {PRE: [5]}}", "DEFAULT.CUSTOM_CONFIG.PRE"),
        ("DEFAULT: {CUSTOM_CONFIG: {PRE: ~}}", "DEFAULT.CUSTOM_CONFIG.PRE"),
        ("PROJECT: ~", "PROJECT: has to be a section"),
        ("PROJECT: {PROJECT_DESTINATION: 5}", "PROJECT.PROJECT_DESTINATION"),
        ("PLATFORMS: [x]", "PLATFORMS: has to be a section"),
    ],
)
def test_a_section_of_the_wrong_kind_is_refused_by_name(
    resolve: Resolve, text: str, place: str
) -> None:
    with pytest.raises(ConfigurationInvalidError, match=place):
        resolve(text)


def test_the_values_of_the_main_platform_are_added(resolve: Resolve) -> None:
    data = resolve(
        "DEFAULT: {HPCARCH: mn5}\n"
        "PLATFORMS: {mn5: {USER: u, PROJECT: p, SCRATCH_DIR: /s, X: {Y: 1}}, other: {USER: v}}\n"
        "HPCROOTDIR: /mine\nA: '%HPCUSER% %HPCX.Y% %HPCLOGDIR%'\n"
    )
    assert data["HPCARCH"] == data["DEFAULT"]["HPCARCH"] == "MN5"
    assert (data["HPCUSER"], data["HPCX"]) == ("u", {"Y": 1})
    assert data["HPCROOTDIR"] == "/s/p/u/t000"
    assert data["A"] == "u 1 /s/p/u/t000/LOG_t000"


def test_a_main_platform_that_is_not_described_adds_nothing(resolve: Resolve) -> None:
    data = resolve("DEFAULT: {HPCARCH: nowhere}\n")
    assert data["HPCARCH"] == "NOWHERE"
    assert "HPCROOTDIR" not in data


@pytest.mark.parametrize(
    ("project", "folder"),
    [
        ("", "/proj/project_files"),
        ("PROJECT: {PROJECT_DESTINATION: wf}", "/proj/wf"),
        ("PROJECT: {PROJECT_DESTINATION: ''}", "/proj"),
        (
            "PROJECT: {PROJECT_TYPE: Git, PROJECT_DESTINATION: ''}\n"
            "GIT: {PROJECT_ORIGIN: 'git@h:x/repo.git'}",
            "/proj/repo",
        ),
        (
            "PROJECT: {PROJECT_TYPE: local, PROJECT_DESTINATION: ''}\n"
            "LOCAL: {PROJECT_PATH: /a/model.x}",
            "/proj/model.x",
        ),
        (
            "PROJECT: {PROJECT_TYPE: svn, PROJECT_DESTINATION: ''}\nSVN: {PROJECT_URL: 'h/trunk'}",
            "/proj/trunk",
        ),
    ],
)
def test_the_project_has_its_folder(resolve: Resolve, project: str, folder: str) -> None:
    data = resolve(f"{project}\n")
    assert data["PROJDIR"] == data["ROOTDIR"] + folder
