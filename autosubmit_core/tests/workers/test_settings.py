"""Which tasks run, and how often, is read as Autosubmit API reads it; what cannot be is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from autosubmit_core.errors import ConfigurationInvalidError, SourceUnreadableError
from autosubmit_core.workers.settings import read_plans


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "BACKGROUND_TASKS:\n", "RUNNERS: {}\n"])
def test_a_file_that_says_nothing_changes_nothing(tmp_path: Path, text: str | None) -> None:
    """S-26."""
    path = tmp_path / "autosubmit_api.yaml"
    if text is not None:
        path.write_text(text)
    plans = {plan.task.key: plan.every for plan in read_plans(path)}
    published = {"TASK_POPDET": 240 * 60, "TASK_STTSUPDTR": 5 * 60, "TASK_POPGRPH": 1440 * 60}
    assert {key: plans[key] for key in published} == published


def test_tasks_are_switched_off_and_have_intervals(tmp_path: Path) -> None:
    path = tmp_path / "autosubmit_api.yaml"
    path.write_text(
        "BACKGROUND_TASKS:\n  TASK_STTSUPDTR:\n    INTERVAL: 2\n  TASK_POPDET:\n    ENABLED: false\n"
        "  TASK_POPGRPH:\n"
    )
    plans = {plan.task.key: plan.every for plan in read_plans(path)}
    assert plans["TASK_STTSUPDTR"] == 120
    assert "TASK_POPDET" not in plans
    assert plans["TASK_POPGRPH"] == 1440 * 60


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("BACKGROUND_TASKS:\n  - a\n", "BACKGROUND_TASKS"),
        ("BACKGROUND_TASKS: {TASK_STTSUPDTR: 5}", "TASK_STTSUPDTR"),
        ("BACKGROUND_TASKS: {TASK_OTHER: {}}", "TASK_OTHER"),
        ("BACKGROUND_TASKS: {TASK_POPDET: {EVERY: 5}}", "TASK_POPDET.EVERY"),
        ("BACKGROUND_TASKS: {TASK_POPDET: {INTERVAL: 0}}", "TASK_POPDET.INTERVAL"),
        ("BACKGROUND_TASKS: {TASK_POPDET: {INTERVAL: true}}", "TASK_POPDET.INTERVAL"),
        ("BACKGROUND_TASKS: {TASK_POPDET: {INTERVAL: 1.5}}", "TASK_POPDET.INTERVAL"),
        ("BACKGROUND_TASKS: {TASK_POPDET: {ENABLED: 'False'}}", "TASK_POPDET.ENABLED"),
        ("a: [\n", "line 2"),
        ("just words", "sections"),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "autosubmit_api.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationInvalidError, match=named) as caught:
        read_plans(path)
    assert caught.value.path == path


@pytest.mark.parametrize("section", ["RUNNERS", "RUNNER_CONFIGURATION"])
def test_who_may_write_what_can_be_run_may_run_it(tmp_path: Path, section: str) -> None:
    path = tmp_path / "autosubmit_api.yaml"
    path.write_text("BACKGROUND_TASKS: {}\n")
    path.chmod(0o664)
    assert read_plans(path)
    path.write_text(f"{section}: {{}}\n")
    with pytest.raises(ConfigurationInvalidError, match="chmod go-w"):
        read_plans(path)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadableError):
        read_plans(tmp_path)
