"""What GitLab does when: a file that it understands, and the rules of its jobs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
FILE = TOP / ".gitlab-ci.yml"

BRANCH = {"CI_COMMIT_BRANCH": "feature", "CI_PIPELINE_SOURCE": "push"}
DEFAULT = {**BRANCH, "CI_COMMIT_BRANCH": "main"}
LIVE = {**BRANCH, "CI_COMMIT_BRANCH": "live/autosubmit-test"}
MERGE = {"CI_PIPELINE_SOURCE": "merge_request_event"}
RELEASE = {"CI_COMMIT_TAG": "v1.20.3", "CI_PIPELINE_SOURCE": "push"}
OTHER_TAG = {**RELEASE, "CI_COMMIT_TAG": "v1.20.3-rc1"}

TESTS = {"test", "docs", "audit"}
ON_RELEASE = {
    *("release-is-consistent", "docker-build-release", "scan"),
    *("sign", "deploy-prod", "publish-core"),
}


def jobs() -> dict[str, dict[str, Any]]:
    """Return every job with what it extends."""
    said = yaml.safe_load(FILE.read_text())
    named = {name: each for name, each in said.items() if isinstance(each, dict)}

    def whole(name: str) -> dict[str, Any]:
        above = named[name].get("extends", [])
        made: dict[str, Any] = {}
        for parent in [above] if isinstance(above, str) else above:
            made |= whole(parent)
        return made | named[name]

    return {name: whole(name) for name in named if "script" in whole(name) and name[0] != "."}


def holds(condition: str, variables: dict[str, str]) -> bool:
    """Tell whether a condition of a rule holds, in as much of their language as is used here."""
    variables = {"CI_DEFAULT_BRANCH": "main", **variables}
    name, _, rest = condition.removeprefix("$").partition(" ")
    value = variables.get(name, "")
    if not rest:
        return bool(value)
    operator, wanted = rest.split(" ", 1)
    if operator == "=~":
        return re.search(wanted.strip("/"), value) is not None
    assert operator == "=="
    return value == (variables[wanted[1:]] if wanted[0] == "$" else wanted.strip('"'))


def runs(job: dict[str, Any], variables: dict[str, str]) -> bool:
    """Tell whether a job runs: the first rule that holds decides."""
    for rule in job["rules"]:
        if holds(rule["if"], variables):
            return bool(rule.get("when") != "never")
    return False


def test_the_file_is_one_of_gitlab() -> None:
    schema = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    run = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (BRANCH, TESTS),
        (MERGE, TESTS),
        (DEFAULT, TESTS | {"check_openshift_config_prod"}),
        (LIVE, {"check_openshift_config_test", "docker-build-test", "scan", "deploy-test"}),
        (RELEASE, TESTS | ON_RELEASE),
        (OTHER_TAG, set()),
    ],
    ids=["branch", "merge request", "default branch", "live branch", "release", "another tag"],
)
def test_which_jobs_run(variables: dict[str, str], expected: set[str]) -> None:
    assert {name for name, job in jobs().items() if runs(job, variables)} == expected


def test_nothing_is_built_or_published_before_all_tests_have_passed() -> None:
    """Stages see to that, unless a job says what alone it needs."""
    assert not [name for name, job in jobs().items() if "needs" in job]
    assert {name for name, job in jobs().items() if job["stage"] == "test"} >= {
        *TESTS,
        "release-is-consistent",
    }


def test_production_is_updated_by_hand() -> None:
    job = jobs()["deploy-prod"]
    assert [rule["when"] for rule in job["rules"]] == ["manual"]
    assert job["environment"]["name"] == "production"


def test_a_difference_fails_and_silence_of_the_cluster_does_not() -> None:
    for name in ("check_openshift_config_test", "check_openshift_config_prod"):
        assert jobs()[name]["allow_failure"] == {"exit_codes": 3}


def test_d4_no_image_is_deployed_with_what_is_known_to_be_critical_or_unsigned() -> None:
    said = yaml.safe_load(FILE.read_text())["stages"]
    scan, sign = jobs()["scan"], jobs()["sign"]
    order = ("docker-build", scan["stage"], sign["stage"], jobs()["deploy-prod"]["stage"])
    assert list(order) == said[said.index("docker-build") :]
    for job in (scan, sign):
        assert job["parallel"] == jobs()["docker-build-release"]["parallel"]
        assert "allow_failure" not in job
        # By digest: of a tag nobody knows what it means a moment later.
        assert 'export IMAGE="$REGISTRY/$APP@$(cat "$APP.digest")"' in job["script"]
    assert any("--exit-code 1 --severity CRITICAL" in line for line in scan["script"])
    assert all("latest" not in job.get("image", "") for job in jobs().values())


def test_no_secret_is_an_argument_which_every_process_of_a_machine_can_read() -> None:
    lines = [line for job in jobs().values() for line in job["script"]]
    assert not [line for line in lines if re.search(r"--?(password|token)[ =]", line)]
    assert any("--password-stdin" in line for line in lines)


def test_nothing_pushes_latest() -> None:
    assert not re.search(r":latest\b", FILE.read_text())


def test_what_is_published_is_the_core_alone_without_a_token_that_lasts() -> None:
    job = jobs()["publish-core"]
    assert "id_tokens" in job
    assert not [line for line in job["script"] if "autosubmit_site" in line]


@pytest.mark.parametrize("name", [".ci/run", ".ci/docs", ".ci/audit", ".ci/release"])
def test_the_programs_that_it_calls_are_there(name: str) -> None:
    assert name in FILE.read_text()
    assert (TOP / name).stat().st_mode & 0o111


def test_a_release_needs_its_version_everywhere() -> None:
    run = subprocess.run(
        [sys.executable, str(TOP / ".ci" / "release"), "99.0.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stdout.splitlines()) == 5
