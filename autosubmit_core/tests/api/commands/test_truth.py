"""RS-10: what is said of a run is what the machine knows, whatever became of servers and numbers."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api.access.identity import User

Desks = Callable[..., Any]

_PROGRAM = """
import sys
from pathlib import Path
from autosubmit_core import open_archive
from autosubmit_core.runners.commands import Runners
from autosubmit_core.runners.configuration import ConfigurationFile
from autosubmit_core.runners.profiles import resolved
runners = Runners(open_archive(sys.argv[1]), ConfigurationFile(Path(sys.argv[2])))
caller = runners.caller("cas:alice")
profile = resolved(runners.configuration, caller, "here", {})
number = runners.runs.claim(caller, "a2m9", profile, "ab" * 16)
print(runners.runs.begin(number, "a2m9", profile, "ab" * 16), flush=True)
sys.stdin.read()
"""

#: A server's part in a race for one run: so many requests at the moment that it is told to go.
_RACER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from autosubmit_core import open_archive
from autosubmit_core.errors import AlreadyRunningError, StoreError
from autosubmit_core.runners.commands import Runners
from autosubmit_core.runners.configuration import ConfigurationFile
from autosubmit_core.runners.profiles import resolved
runners = Runners(open_archive(sys.argv[1]), ConfigurationFile(Path(sys.argv[2])))
caller = runners.caller("cas:alice")
profile = resolved(runners.configuration, caller, "here", {})
names = [f"{int(sys.argv[3]):02}{number:030}" for number in range(int(sys.argv[4]))]
def run(name):
    try:
        number = runners.runs.claim(caller, "a2m9", profile, name)
    except (AlreadyRunningError, StoreError):
        # The latter where the others keep the database for too long: that is a refusal too.
        return 0
    return 1 if runners.runs.begin(number, "a2m9", profile, name) else 0
print("ready", flush=True)
sys.stdin.readline()
# As many at once as a server has workers for it.
with ThreadPoolExecutor(4) as threads:
    print(sum(threads.map(run, names)), flush=True)
"""


def rows(desk: Any, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(desk.folder / "api_runners.db")) as connection, connection:
        return connection.execute(query, values).fetchall()


def test_a_row_of_another_server_with_a_foreign_process_is_over(desk: Any) -> None:
    """As Autosubmit API makes the table: it has none of our columns."""
    names = "expid, pid, status, runner, module_loader, modules, created, modified"
    rows(
        desk,
        f"CREATE TABLE runner_processes (id INTEGER NOT NULL PRIMARY KEY, {names},"
        " runner_extra_params)",
    )
    created = "2026-11-21T22:20:25+00:00"
    values = ("a2m9", 1, "ACTIVE", "LOCAL", "NO_MODULE", "", created, created)
    rows(desk, f"INSERT INTO runner_processes ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *values)
    assert desk.ask("/v4/experiments/a2m9/commands", "alice").status == 200
    told = desk.post("get-runner-run-status", expid="a2m9").json()
    assert (told["status"], told["pid"], told["created"]) == ("TERMINATED", 1, created)
    assert desk.post("run-experiment", expid="a2m9").status == 200
    desk.wait_for("a2m9", "COMPLETED")


def test_a_number_that_another_process_has_now_is_not_taken_for_the_run(desk: Any) -> None:
    desk.fake.behaves(seconds=60)
    desk.post("run-experiment", expid="a2m9")
    told = desk.post("get-runner-run-status", expid="a2m9").json()
    process = desk.folder / "api_runners" / told["command_id"] / "process"
    words = process.read_text().split()
    supervisor = int(words[4])
    os.kill(supervisor, signal.SIGKILL)
    os.kill(told["pid"], signal.SIGKILL)
    # The same numbers, of processes that began at another moment.
    words[2], words[4] = str(os.getpid()), str(os.getppid())
    process.write_text(" ".join(words))
    assert desk.status("a2m9") == "TERMINATED"
    assert desk.post("stop-experiment", expid="a2m9").status == 500


def test_a_run_that_dies_is_over_at_once(desk: Any) -> None:
    desk.fake.behaves(seconds=60)
    desk.post("run-experiment", expid="a2m9")
    os.kill(desk.post("get-runner-run-status", expid="a2m9").json()["pid"], signal.SIGKILL)
    desk.wait_for("a2m9", "TERMINATED", seconds=5)


@pytest.mark.parametrize(("exit_status", "status"), [(0, "COMPLETED"), (3, "TERMINATED")])
def test_a_run_outlives_its_server_and_its_end_is_known(
    desk: Any, exit_status: int, status: str
) -> None:
    desk.fake.behaves(waits=True, exit=exit_status)
    told = [str(desk.folder / "autosubmitrc"), str(desk.file)]
    server = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *told], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    assert server.stdin is not None
    assert int(server.stdout.readline()) > 0
    server.kill()
    server.wait()
    server.stdout.close()
    server.stdin.close()
    assert desk.status("a2m9") == "ACTIVE"
    desk.fake.let_go()
    desk.wait_for("a2m9", status)


def test_a_start_that_was_never_finished_is_given_up(desk: Any) -> None:
    desk.post("run-experiment", expid="a1p7")
    desk.wait_for("a1p7", "COMPLETED")
    values = ("a2m9", "STARTING", "LOCAL", "NO_MODULE", "", "cd" * 16)
    names = "expid, status, runner, module_loader, modules, command_id, created"
    marks = "?, ?, ?, ?, ?, ?, ?"
    now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    rows(desk, f"INSERT INTO runner_processes ({names}) VALUES ({marks})", *values, now)
    assert desk.status("a2m9") == "ACTIVE"
    assert desk.post("run-experiment", expid="a2m9").status == 409
    rows(
        desk,
        "UPDATE runner_processes SET created = '2026-01-01T00:00:00+00:00' WHERE expid = 'a2m9'",
    )
    assert desk.status("a2m9") == "TERMINATED"


def test_what_a_command_leaves_is_its_servers_alone(desk: Any) -> None:
    desk.post("create-job-list", expid="a2m9")
    base = desk.folder / "api_runners"
    paths = [base, *base.rglob("*")]
    assert len(paths) > 3
    assert not [path for path in paths if path.stat().st_mode & 0o077]
    # The environment of the command is not kept.
    assert not list(base.rglob("command.json"))


# -- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RUNNER_CONFIGURATION:\n  PROFILES: [a]\n", "PROFILES must be a mapping"),
        ("RUNNER_CONFIGURATION:\n  OUTPUT_DAYS: 0\n", "OUTPUT_DAYS must be at least 1"),
        ("a: b: c", "line 1"),
        ("- a\n", "has to consist of sections"),
    ],
)
def test_s26_a_file_that_makes_no_sense_ends_the_start_with_a_sentence(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "runners.yaml"
    file.write_text(text)
    program = [sys.executable, "-m", "autosubmit_core.api.app", "--demo", "--port", "0"]
    run = subprocess.run(
        [*program, "--api-config-file", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("text", ["", "RUNNER_CONFIGURATION:\n", "RUNNERS:\n"])
def test_s26_an_empty_file_or_section_says_nothing(make_desk: Desks, text: str) -> None:
    desk = make_desk()
    desk.file.write_text(text)
    assert desk.ask("/v4/runners/configuration/profiles", "alice").json() == {}


def test_s26_a_file_that_is_spoilt_later_leaves_what_it_said(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    desk.file.write_text("a: b: c")
    for _ in range(3):
        assert desk.post("create-job-list", expid="a2m9").status == 200
    told = [one for one in caplog.records if "still holds" in one.getMessage()]
    assert len(told) == 1


def test_a_file_that_others_may_write_is_refused(desk: Any) -> None:
    desk.file.write_text("RUNNER_CONFIGURATION:\n  PROFILES: {other: {}}\n")
    desk.file.chmod(0o666)
    assert "here" in desk.ask("/v4/runners/configuration/profiles", "alice").json()


# -- RS-16 ---------------------------------------------------------------------------------------

ALPHA = (
    *("GET /v4alpha/runner-detail", "POST /v4alpha/runner-create-experiment"),
    "GET /v4alpha/experiments/a2m9/get-runner-status",
    *(
        f"POST /v4alpha/experiments/a2m9/{action}"
        for action in ("run-experiment", "stop-experiment", "create-job-list", "set-job-status")
    ),
)


@pytest.mark.parametrize("request_line", ALPHA)
def test_rs16_what_is_experimental_is_not_there_unless_it_is_asked_for(
    desk: Any, request_line: str
) -> None:
    method, path = request_line.split()
    assert desk.ask(path, "alice", method).status == 404


@pytest.fixture
def alpha(make_desk: Desks) -> Any:
    """A desk where virtual environments of one folder may be chosen freely."""
    desk = make_desk(experimental_commands=True)
    loaders = f"VENV: {{ENABLED: true, SAFE_ROOT_PATH: {desk.fake.folder.parent}}}"
    free = f"RUNNERS:\n  LOCAL:\n    ENABLED: true\n    MODULE_LOADERS:\n      {loaders}\n"
    desk.file.write_text(desk.file.read_text() + free)
    return desk


def test_rs16_free_choices_are_those_that_the_file_permits(alpha: Any) -> None:
    venv = {"runner": "LOCAL", "module_loader": "VENV", "modules": str(alpha.fake.folder)}
    path = "/v4alpha/experiments/a2m9"
    alpha.fake.behaves(seconds=60)
    run = alpha.ask(f"{path}/run-experiment", "alice", "POST", venv)
    assert run.status == 200, run.body
    told = run.json()
    assert (told["expid"], told["modules"]) == ("a2m9", [str(alpha.fake.folder)])
    status = alpha.ask(f"{path}/get-runner-status", "alice").json()
    assert (status["status"], status["pid"]) == ("ACTIVE", told["pid"])
    again = alpha.ask(f"{path}/run-experiment", "alice", "POST", venv)
    said = "Runner for experiment a2m9 is already running."
    assert (again.status, again.json()["error_message"]) == (409, said)
    assert alpha.ask(f"{path}/stop-experiment", "bob", "POST", {}).status == 403
    assert alpha.ask(f"{path}/stop-experiment", "alice", "POST", {}).status == 200
    for other in ({"runner": "SSH"}, {"module_loader": "LMOD"}, {"modules": "/opt/other"}):
        answer = alpha.ask(f"{path}/create-job-list", "alice", "POST", {**venv, **other})
        assert answer.status == 403, other
    assert alpha.ask(f"{path}/run-experiment", "bob", "POST", venv).status == 403
    wrong = alpha.ask(f"{path}/run-experiment", "alice", "POST", {**venv, "runner": "X"})
    said = "Invalid value for 'runner': Input should be 'LOCAL' or 'SSH'"
    assert (wrong.status, wrong.json()["error_message"]) == (422, said)


def test_rs16_only_what_the_file_permits_is_stopped_freely_by_whom_it_lets(alpha: Any) -> None:
    venv = {"runner": "LOCAL", "module_loader": "VENV", "modules": str(alpha.fake.folder)}
    path, before = "/v4alpha/experiments/a2m9", alpha.file.read_text()
    alpha.fake.behaves(seconds=60)
    assert alpha.ask(f"{path}/run-experiment", "alice", "POST", venv).status == 200
    alpha.file.write_text(before.replace("VENV: {ENABLED: true", "VENV: {ENABLED: false"))
    assert alpha.ask(f"{path}/stop-experiment", "alice", "POST", {}).status == 403
    assert alpha.ask(f"{path}/get-runner-status", "alice").status == 403
    alpha.file.write_text(before + "  ALLOW: {users: ['cas:bob']}\n")
    assert alpha.ask(f"{path}/stop-experiment", "alice", "POST", {}).status == 403
    assert alpha.ask(f"{path}/stop-experiment", "bob", "POST", {}).status == 200


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
def test_a_body_that_makes_no_sense_is_refused_and_written_down(
    alpha: Any, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    caplog.set_level(logging.INFO, logger="autosubmit_core.audit")
    query = f"runner=LOCAL&module_loader=VENV&modules={alpha.fake.folder}"
    token = alpha.server.app.service.access.tokens.make(User("cas", "alice", "alice")).text
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = f"/v4alpha/runner-detail?{query}"
    assert alpha.server.ask(path, "GET", body, headers).status == 422
    assert "runner-detail" in caplog.text
    path = "/v4/runners/command/run-experiment"
    assert alpha.server.ask(path, "POST", body, headers).status == 422
    assert "run-experiment" in caplog.text


def test_rs16_the_other_commands_of_free_choice(alpha: Any) -> None:
    venv = {"runner": "LOCAL", "module_loader": "VENV", "modules": [str(alpha.fake.folder)]}
    alpha.fake.behaves(says="4.1.17")
    query = f"runner=LOCAL&module_loader=VENV&modules={alpha.fake.folder}"
    detail = alpha.ask(f"/v4alpha/runner-detail?{query}", "alice")
    assert (detail.status, detail.json()["version"]) == (200, "4.1.17")
    assert alpha.ask(f"/v4alpha/runner-detail?{query}", "").status == 401
    created = alpha.ask(
        "/v4alpha/runner-create-experiment", "alice", "POST", {**venv, "description": "x"}
    )
    assert created.json() == {
        "message": "Experiment created successfully.",
        "expid": "a0zz",
        **{**venv, "modules": [str(alpha.fake.folder)]},
    }
    undescribed = alpha.ask("/v4alpha/runner-create-experiment", "alice", "POST", venv)
    assert undescribed.status == 422
    change = {**venv, "final_status": "READY", "filter_type": "SIM"}
    path = "/v4alpha/experiments/a2m9"
    assert alpha.ask(f"{path}/set-job-status", "alice", "POST", change).status == 200
    listed = alpha.ask(f"{path}/create-job-list", "alice", "POST", {**venv, "force": None})
    assert listed.json()["message"] == "Job list for experiment a2m9 created successfully."
    description = alpha.server.ask("/openapi.json").json()["paths"]
    assert len([path for path in description if path.startswith("/v4alpha")]) == 7


def test_what_was_stopped_is_not_taken_for_done_by_who_looks_meanwhile(desk: Any) -> None:
    desk.fake.behaves(seconds=60, interrupted=0)
    desk.post("run-experiment", expid="a2m9")
    runners = desk.server.app.service.runners
    row = runners.runs.claim_stop(runners.caller("cas:alice"), "a2m9", "ab" * 16)
    os.kill(row.pid, signal.SIGINT)
    desk.wait_for("a2m9", "TERMINATED")
    runners.runs.stop(row, "ab" * 16)
    stop, run = desk.ask("/v4/experiments/a2m9/commands", "alice").json()["commands"]
    assert (stop["result"], run["result"]) == ("done", "stopped")


def test_rs8_of_fifty_requests_at_six_processes_one_starts_a_run(desk: Any) -> None:
    desk.fake.behaves(seconds=60)
    shares = (9, 9, 8, 8, 8, 8)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACER, desk.folder, desk.file, str(at), str(share)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for at, share in enumerate(shares)
    ]
    assert sum(shares) == 50
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    started = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(started) == 1
    while not desk.fake.calls:
        time.sleep(0.02)
    assert desk.fake.arguments == [["run", "a2m9"]]
    assert desk.post("stop-experiment", expid="a2m9").status == 200
