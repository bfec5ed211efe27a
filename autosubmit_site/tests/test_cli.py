from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from autosubmit_site.cli import main

START = re.compile(r"The experiments are at (http://localhost:\d+/) \(Ctrl-C stops\)\.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_command_shows_the_demo_and_the_api_until_it_is_stopped(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "autosubmit_site", "--demo", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as site:
        assert site.stdout is not None
        try:
            found = START.match(site.stdout.readline())
            assert found is not None
            with urlopen(found[1]) as answer:
                assert b"Experiments" in answer.read()
            with urlopen(found[1] + "v4/experiments/a2m9") as answer:
                assert b"decadal" in answer.read()
        finally:
            site.send_signal(number)
        assert site.wait(timeout=20) == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autosubmit_site", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("--port", str(taken.getsockname()[1]))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "in use" in ended.stderr


def test_without_an_installation_one_line_says_what_to_do(tmp_path: Path) -> None:
    ended = run("--port", "0", "--config", str(tmp_path / "nothing"))
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "--demo" in ended.stderr


def test_a_theme_that_is_not_there_is_said_in_one_line() -> None:
    ended = run("--port", "0", "--demo", "--theme", "nothing")
    assert ended.returncode == 2
    assert "there is no theme 'nothing'" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", [["--demo", "--config", "x"], ["--port", "x"], ["extra"]])
def test_arguments_that_make_no_sense_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err
