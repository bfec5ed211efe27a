from __future__ import annotations

import signal
import socket
import subprocess
import sys
from urllib.request import urlopen

import pytest

from autosubmit_site.cli import main


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_command_shows_the_demo_until_it_is_stopped(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "autosubmit_site", "--demo", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as site:
        assert site.stdout is not None
        try:
            line = site.stdout.readline()
            with urlopen(line.split()[4]) as answer:
                assert b"in this installation" in answer.read()
        finally:
            site.send_signal(number)
        assert site.wait(timeout=20) == 0


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "autosubmit_site", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "in use" in ended.stderr


@pytest.mark.parametrize("arguments", [["--demo", "--config", "x"], ["--port", "x"], ["extra"]])
def test_arguments_that_make_no_sense_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage:" in capsys.readouterr().err
