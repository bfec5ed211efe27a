"""``autosubmit-core worker``: tasks on the command line, once or for as long as it runs."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from autosubmit_core import demo
from autosubmit_core.api.beat import Beat
from autosubmit_core.cli import main
from autosubmit_core.cli.progress import Bar
from autosubmit_core.store.leases import STUCK_SECONDS


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of one experiment; its user has no file of settings."""
    monkeypatch.setenv("AS_API_CONFIG_FILE", str(tmp_path / "none.yaml"))
    demo.make_experiment(tmp_path, "t000", jobs=demo.jobs_named(["t000_INI"]))
    return tmp_path


def test_every_task_is_done_once(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker", "--once", "--config", str(small)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines][:3] == ["details", "status", "graph"]
    assert (small / "autosubmit_api.db").exists()


def test_a_task_that_is_named_is_done_although_it_is_switched_off(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "none.yaml").write_text("BACKGROUND_TASKS: {TASK_POPDET: {ENABLED: false}}")
    assert main(["worker", "details", "--once", "--config", str(small)]) == 0
    assert capsys.readouterr().out.startswith("details: 1 experiments, 1 looked at")


def test_wrong_words_are_a_sentence_and_status_2(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["worker", "cleaning"])
    assert caught.value.code == 2
    assert "there is no task 'cleaning'" in capsys.readouterr().err
    (small / "none.yaml").write_text("BACKGROUND_TASKS: 1")
    assert main(["worker", "--once", "--config", str(small)]) == 2
    assert "BACKGROUND_TASKS" in capsys.readouterr().err


def test_what_cannot_be_done_is_a_sentence_and_status_1(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worker", "--once", "--config", str(small / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    (small / "autosubmit_api.db").mkdir()
    assert main(["worker", "--once", "--config", str(small)]) == 1
    assert "autosubmit_api.db" in capsys.readouterr().err


def test_it_goes_on_until_it_is_told_to_stop(small: Path) -> None:
    program = [sys.executable, "-m", "autosubmit_core.cli", "worker", "--config", str(small)]
    worker = subprocess.Popen(program, stderr=subprocess.PIPE)
    end = time.monotonic() + 30
    while not (small / "autosubmit_api.db").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert worker.poll() is None
    worker.terminate()
    _, said = worker.communicate(timeout=60)
    assert (worker.returncode, said) == (0, b"")


def test_one_pass_that_is_told_to_end_says_so_by_its_status(small: Path) -> None:
    slow = (
        "import os, signal, sys; from autosubmit_core.cli import main;"
        "from autosubmit_core.workers.status import StatusTask;"
        "StatusTask.doubts = StatusTask.passes_by = lambda *of: os.kill(os.getpid(), signal.SIGTERM);"
        "sys.exit(main(['worker', 'status', '--once', '--config', sys.argv[1]]))"
    )
    done = subprocess.run([sys.executable, "-c", slow, str(small)], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (143, b"", b"")


def test_d2_at_a_port_of_its_own_it_tells_how_it_is_and_that_it_gets_on(small: Path) -> None:
    program = [sys.executable, "-m", "autosubmit_core.cli", "worker", "--config", str(small)]
    worker = subprocess.Popen([*program, "--metrics-port", "0"], stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    try:
        ports = (re.search(r"metrics are at port (\d+)", line) for line in worker.stderr)
        port = next(filter(None, ports))[1]
        for path, told in (
            ("health/live", '"ok"'),
            ("metrics", "autosubmit_worker_silence_seconds "),
        ):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=20) as answer:
                assert told in answer.read().decode()
        worker.terminate()
        worker.stderr.read()
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait(10)
        worker.stderr.close()


def test_a_port_of_metrics_that_cannot_be_is_a_sentence(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = [sys.executable, "-m", "autosubmit_core.cli", "worker", "--config", str(small)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = {**os.environ, "AUTOSUBMIT_METRICS_PORT": port}
        run = subprocess.run(program, capture_output=True, text=True, check=False, env=told)
    assert (run.returncode, run.stderr.splitlines()[-1]) == (
        1,
        f"autosubmit-core: cannot listen on the metrics' port {port} of 127.0.0.1:"
        " Address already in use.",
    )
    with pytest.raises(SystemExit):
        main(["worker", "--metrics-port", "many"])
    assert "must be a whole number from 0 to 65535" in capsys.readouterr().err


def test_a_worker_lives_while_it_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    beat = Beat()
    now += STUCK_SECONDS - 1
    assert beat.is_heard()
    now += 1
    assert (beat.is_heard(), beat.silence()) == (False, STUCK_SECONDS)
    beat.note()
    assert beat.is_heard()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_in_a_terminal_alone() -> None:
    terminal, file = _Terminal(), io.StringIO()
    for stream in (terminal, file):
        with Bar("status", stream) as bar:
            bar.show(5, 10)
    assert "status [###############...............] 5/10" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert file.getvalue() == ""
