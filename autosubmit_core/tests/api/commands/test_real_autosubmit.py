"""A real Autosubmit, driven through the published commands here and over SSH, and seen in its files."""

from __future__ import annotations

import os
import pwd
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from autosubmit_core import Status, open_archive
from autosubmit_core.api.access.secret import Secret

#: An experiment of two jobs on the machine of its Autosubmit itself.
_WORKFLOW = """
CONFIG: {{AUTOSUBMIT_VERSION: {version}, TOTALJOBS: 5, MAXWAITINGJOBS: 5, SAFETYSLEEPTIME: 1}}
DEFAULT: {{EXPID: {expid}, HPCARCH: LOCAL}}
EXPERIMENT:
  {{DATELIST: 20200101, MEMBERS: fc0, CHUNKSIZEUNIT: month, CHUNKSIZE: 1, NUMCHUNKS: 2, CALENDAR: standard}}
PROJECT: {{PROJECT_TYPE: none, PROJECT_DESTINATION: ''}}
JOBS:
  SIM: {{PLATFORM: LOCAL, RUNNING: chunk, DEPENDENCIES: SIM-1, WALLCLOCK: 00:05, SCRIPT: "sleep {seconds}"}}
"""

_FOLDERS = {
    "structures": "metadata/structures",
    "historicdb": "metadata/data",
    "historiclog": "metadata/logs",
    "globallogs": "logs",
    "defaultstats": "as_output/stats",
}


@pytest.fixture
def installation(tmp_path: Path, autosubmit_python: Path) -> Path:
    """A fresh installation, whose experiments have names that no other of this machine has."""
    root = tmp_path / "experiments"
    root.mkdir()
    lines = [
        "[database]",
        f"path = {root}",
        "filename = autosubmit.db",
        "[local]",
        f"path = {root}",
    ]
    for section, folder in _FOLDERS.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        lines += [f"[{section}]", f"path = {root / folder}"]
    rc = tmp_path / "autosubmitrc"
    rc.write_text("\n".join(lines) + "\n")
    program = autosubmit_python.parent / "autosubmit"
    environment = {**os.environ, "AUTOSUBMIT_CONFIGURATION": str(rc)}
    subprocess.run([program, "install"], env=environment, check=True, capture_output=True)
    # The next name follows the last. Some versions end all other runs of a name.
    last = random.choice("bcdfghjklm") + "".join(random.choices("123456789bcdfghjklm", k=4))
    with closing(sqlite3.connect(root / "autosubmit.db")) as connection, connection:
        insert = (
            "INSERT INTO experiment (name, description, autosubmit_version) VALUES (?, 'x', 'x')"
        )
        connection.execute(insert, (last,))
    return rc


@pytest.fixture(params=["local", "ssh"])
def ask(
    request: pytest.FixtureRequest,
    installation: Path,
    autosubmit_python: Path,
    serve: Callable[..., Any],
    tmp_path: Path,
) -> Callable[..., Any]:
    """Ask for a command, here and over SSH."""
    account = pwd.getpwuid(os.getuid()).pw_name
    venv = autosubmit_python.parent.parent
    profile: dict[str, Any] = {
        "RUNNER_TYPE": "LOCAL",
        "MODULE_LOADER_TYPE": "VENV",
        "MODULES": str(venv),
        "ALLOW": "any",
    }
    told: dict[str, Any] = {"STOP_SECONDS": 30, "PROFILES": {"it": profile}}
    if request.param == "ssh":
        sshd = request.getfixturevalue("sshd")
        ssh = {"HOST": "127.0.0.1", "PORT": sshd.port, "USERNAME": account}
        profile |= {"RUNNER_TYPE": "SSH", "SSH": ssh}
        told |= {"SSH_KEY": str(sshd.key), "KNOWN_HOSTS": str(sshd.known_hosts)}
    file = tmp_path / "runners.yaml"
    file.write_text(yaml.safe_dump({"RUNNER_CONFIGURATION": told}))
    key = Secret("a key of the tests, of more than 32 bytes")
    server = serve(open_archive(installation), secret_key=key, api_config_file=file)

    def ask(action: str, status: int = 200, /, **body: Any) -> Any:
        path = f"/v4/runners/command/{action}"
        answer = server.ask(path, "POST", {"profile_name": "it", **body}, timeout=240)
        assert answer.status == status, answer.body
        return answer.json()

    return ask


def configured(installation: Path, expid: str, seconds: int) -> None:
    """Write the workflow of an experiment, as its user would."""
    conf = installation.parent / "experiments" / expid / "conf" / "minimal.yml"
    version = yaml.safe_load(conf.read_text())["CONFIG"]["AUTOSUBMIT_VERSION"]
    conf.write_text(_WORKFLOW.format(version=version, expid=expid, seconds=seconds))


def wait_for(ask: Callable[..., Any], expid: str, status: str, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while (now := ask("get-runner-run-status", expid=expid)["status"]) != status:
        assert time.monotonic() < end, now
        time.sleep(0.5)


def stop(ask: Callable[..., Any], expid: str) -> None:
    """Stop a run as a person would, who tries again when it has not ended in time.

    Autosubmit loses a Ctrl-C that comes while it runs a command of the system, as often as each round.
    """
    for _ in range(3):
        try:
            ask("stop-experiment", expid=expid)
        except AssertionError as error:
            assert "timeout after" in str(error)  # noqa: PT017
        else:
            return
    pytest.fail("three times is enough")


def statuses(installation: Path, expid: str) -> dict[str, str]:
    """Return the statuses of jobs as they stand in Autosubmit's own list."""
    jobs = open_archive(installation).experiment(expid).jobs
    names = [Status(code).name for code in jobs.status.tolist()]
    return dict(zip([name.removeprefix(f"{expid}_") for name in jobs.name], names))


def test_an_experiment_is_created_run_changed_run_again_and_stopped(
    ask: Callable[..., Any], installation: Path
) -> None:
    expid = ask("create-experiment", command_params={"description": "$(id)", "minimal": True})[
        "expid"
    ]
    archive = open_archive(installation)
    assert archive.experiment(expid).description == "$(id)"
    ask("update-experiment-description", expid=expid, description="-v two words")
    configured(installation, expid, seconds=1)

    ask("create-job-list", expid=expid)
    first, second = "20200101_fc0_1_SIM", "20200101_fc0_2_SIM"
    assert statuses(installation, expid).keys() == {first, second}

    ask("run-experiment", expid=expid)
    assert ask("get-runner-run-status", expid=expid)["status"] == "ACTIVE"
    wait_for(ask, expid, "COMPLETED")
    assert statuses(installation, expid) == {first: "COMPLETED", second: "COMPLETED"}

    params = {"final_status": "WAITING", "job_names_list": [f"{expid}_{second}"]}
    ask("set-job-status", expid=expid, command_params=params)
    assert statuses(installation, expid)[second] in ("WAITING", "READY")

    configured(installation, expid, seconds=120)
    ask("run-experiment", expid=expid)
    pid = ask("get-runner-run-status", expid=expid)["pid"]
    end = time.monotonic() + 120
    while statuses(installation, expid)[second] not in ("SUBMITTED", "QUEUING", "RUNNING"):
        assert time.monotonic() < end
        time.sleep(0.5)
    stop(ask, expid)
    assert ask("get-runner-run-status", expid=expid)["status"] == "TERMINATED"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert statuses(installation, expid)[first] == "COMPLETED"
    runs = open_archive(installation).experiment(expid).runs
    assert len(runs) >= 1


def test_what_autosubmit_refuses_is_told_in_its_words(
    ask: Callable[..., Any], installation: Path
) -> None:
    expid = ask("create-experiment", command_params={"description": "x", "minimal": True})["expid"]
    configured(installation, expid, seconds=1)
    ask("create-job-list", expid=expid)
    params = {"final_status": "READY", "filter_status": "NONSENSE"}
    told = ask("set-job-status", 500, expid=expid, command_params=params)["error_message"]
    assert told.startswith(f"Failed to set job status for experiment {expid}: ")
    assert "Error in the supplied input for -fs" in told
    assert "autosubmit setstatus" not in told
    refused = {"final_status": "FAILED", "filter_status": "READY"}
    told = ask("set-job-status", 422, expid=expid, command_params=refused)["error_message"]
    assert "Autosubmit sets READY, COMPLETED, WAITING, SUSPENDED, UNKNOWN, HELD" in told
