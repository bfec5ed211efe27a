"""``autosubmit-core test-notification``: whether messages of a rule come through."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.cli import main

Write = Callable[[str], None]


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file with one rule, which sends to an address."""
    path = tmp_path / "api.yaml"
    monkeypatch.setenv("AS_API_CONFIG_FILE", str(path))
    monkeypatch.setenv("KEY", "whsec_" + "a" * 43 + "=")

    def write(url: str) -> None:
        rule = {"NAME": "trouble", "ON": ["died"], "WEBHOOK": {"URL": url, "SECRET_ENV": "KEY"}}
        path.write_text(json.dumps({"NOTIFICATIONS": {"RULES": [rule]}}))
        path.chmod(0o600)

    return write


def test_a_message_for_trial_is_sent(
    rule: Write, receiver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rule(receiver.url)
    assert main(["test-notification", "trouble"]) == 0
    assert capsys.readouterr().out.endswith(": HTTP 204\n")
    ((_, body),) = receiver.taken
    told = json.loads(body)
    assert told["type"] == "experiment.test"
    assert "nothing happened" in told["data"]["sentence"]


def test_what_does_not_come_through_is_said(
    rule: Write, receiver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rule(receiver.url)
    receiver.answers = [403]
    assert main(["test-notification", "trouble"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("webhook http://127.0.0.1:")
    assert said.endswith(": HTTP 403\n")


def test_rules_that_are_wrong_or_not_there_are_said(
    rule: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    rule("http://a.example.org/")
    assert main(["test-notification", "trouble"]) == 2
    assert "NOTIFICATIONS.RULES.0.WEBHOOK.URL" in capsys.readouterr().err
    rule("https://a.example.org/")
    assert main(["test-notification", "joy"]) == 2
    assert "there is no rule 'joy'; there are 'trouble'" in capsys.readouterr().err


def test_a_user_without_a_name_is_no_mistake(
    rule: Write, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(number: int) -> None:
        raise KeyError(number)

    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    rule(receiver.url)
    assert main(["test-notification", "trouble"]) == 0
    ((_, body),) = receiver.taken
    assert json.loads(body)["data"]["owner"] is None
