"""The commit of the project, from the files of a git repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autosubmit_core.readers.configuration import Configuration, read_configuration

Read = Callable[..., Configuration]
Write = Callable[[Mapping[str, str]], Path]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
PROJECT = {"conf/a.yml": "PROJECT: {PROJECT_TYPE: git, PROJECT_DESTINATION: wf}\n"}
GIT = "proj/wf/.git"


@pytest.mark.parametrize(
    "repository",
    [
        {f"{GIT}/HEAD": f"{COMMIT}\n"},
        {f"{GIT}/HEAD": "ref: refs/heads/main\n", f"{GIT}/refs/heads/main": f"{COMMIT}\n"},
        {
            f"{GIT}/HEAD": "ref: refs/heads/a/b\n",
            f"{GIT}/packed-refs": f"# pack-refs\n{OTHER} refs/heads/a\n{COMMIT} refs/heads/a/b\n",
        },
        {
            f"{GIT}/HEAD": "ref: refs/heads/main\n",
            f"{GIT}/refs/heads/main": f"{COMMIT}\n",
            f"{GIT}/packed-refs": f"{OTHER} refs/heads/main\n",
        },
        {
            GIT: "gitdir: ../trees/wf\n",
            "proj/trees/wf/HEAD": "ref: refs/heads/main\n",
            "proj/trees/wf/commondir": "../main\n",
            "proj/trees/main/refs/heads/main": f"{COMMIT}\n",
        },
    ],
    ids=["detached", "branch", "packed", "loose over packed", "linked tree"],
)
def test_the_commit_of_head_is_found(read: Read, repository: dict[str, str]) -> None:
    configuration = read({**PROJECT, **repository})
    assert configuration.workflow_commit == COMMIT
    assert configuration.data["AUTOSUBMIT"] == {"WORKFLOW_COMMIT": COMMIT}


@pytest.mark.parametrize(
    "repository",
    [
        {},
        {f"{GIT}/HEAD": "ref: refs/heads/new\n"},
        {f"{GIT}/HEAD": "nonsense\n"},
        {f"{GIT}/HEAD": "ref: refs/heads/../../../../../secret\n", "../secret": f"{COMMIT}\n"},
        {GIT: "gitdir: ../../../elsewhere\n", "../elsewhere/HEAD": f"{COMMIT}\n"},
    ],
    ids=["no repository", "no commit yet", "damaged", "branch outside", "repository outside"],
)
def test_there_may_be_no_commit(read: Read, repository: dict[str, str]) -> None:
    assert read({**PROJECT, **repository}).workflow_commit is None


def test_only_a_git_project_has_a_commit(read: Read) -> None:
    files = {"conf/a.yml": "PROJECT: {PROJECT_DESTINATION: wf}\n", f"{GIT}/HEAD": COMMIT}
    assert read(files).workflow_commit is None


def test_nothing_in_the_repository_is_run(write: Write) -> None:
    marker = "{FOLDER}/ran"
    folder = write(
        {
            **PROJECT,
            f"{GIT}/HEAD": COMMIT,
            f"{GIT}/config": f"[core]\n\tfsmonitor = touch {marker}\n\tpager = touch {marker}\n",
        }
    )
    assert read_configuration(folder, "t000").workflow_commit == COMMIT
    assert not (folder / "ran").exists()


def test_a_new_commit_is_a_new_version_of_the_configuration(write: Write) -> None:
    head = {f"{GIT}/HEAD": "ref: refs/heads/main\n", f"{GIT}/refs/heads/main": COMMIT}
    folder = write({**PROJECT, **head})
    consulted = {version.path for version in read_configuration(folder, "t000").consulted}
    assert {str(folder / GIT / "HEAD"), str(folder / GIT / "refs/heads/main")} <= consulted
