"""A real Autosubmit, driven from the pages as a person does, and seen in its own files."""

from __future__ import annotations

import os
import pwd
import random
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from autosubmit_core import Status, open_archive
from playwright.sync_api import expect

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
FIRST, SECOND = "20200101_fc0_1_SIM", "20200101_fc0_2_SIM"
#: How long a command of Autosubmit may take on a machine that does other things too, in milliseconds.
_PATIENCE = 120_000


@pytest.fixture
def installation(tmp_path: Path, autosubmit: Path) -> Path:
    """A fresh installation, whose experiments have names that no other of this machine has."""
    root = tmp_path / "experiments"
    lines = ["[database]", f"path = {root}", "filename = autosubmit.db"]
    lines += ["[local]", f"path = {root}"]
    for section, folder in _FOLDERS.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        lines += [f"[{section}]", f"path = {root / folder}"]
    run_control = tmp_path / "autosubmitrc"
    run_control.write_text("\n".join(lines) + "\n")
    environment = {**os.environ, "AUTOSUBMIT_CONFIGURATION": str(run_control)}
    subprocess.run([autosubmit, "install"], env=environment, check=True, capture_output=True)
    # The next name follows the last. Some versions end all other runs of a name.
    last = random.choice("bcdfghjklm") + "".join(random.choices("123456789bcdfghjklm", k=4))
    with closing(sqlite3.connect(root / "autosubmit.db")) as connection, connection:
        insert = (
            "INSERT INTO experiment (name, description, autosubmit_version) VALUES (?, 'x', 'x')"
        )
        connection.execute(insert, (last,))
    return run_control


@pytest.fixture
def address(
    installation: Path,
    autosubmit: Path,
    serving_site: Callable[..., Any],
    logins: dict[str, Any],
    tmp_path: Path,
) -> Iterator[str]:
    """The address of a site that runs this Autosubmit for those who have logged in."""
    here = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "VENV"}
    told = {
        "PROFILES": {"here": {**here, "MODULES": str(autosubmit.parent.parent)}},
        "ACCOUNTS": {"cas:alice": [pwd.getpwuid(os.getuid()).pw_name]},
        "STOP_SECONDS": 30,
    }
    file = tmp_path / "runners.yaml"
    file.write_text(yaml.safe_dump({"RUNNER_CONFIGURATION": told}))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {
        "PROTECTION_LEVEL": "ALL",
        "SECRET_KEY": "a key of the tests, long enough for HS256",
        "AUTOSUBMIT_PUBLIC_URL": f"http://localhost:{port}",
        "AUTOSUBMIT_SITE_STATE": str(tmp_path / "state"),
        "CAS_SERVER_URL": f"{logins['CAS'].address}/",
        "AS_API_CONFIG_FILE": str(file),
    }
    with serving_site(installation, port, **variables) as found:
        yield found


def log_in(page: Any) -> None:
    page.get_by_role("link", name="Log in with CAS").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_role("button", name="Log in").click()


def confirm(page: Any, label: str) -> None:
    """Look at what a form would do, and have it done."""
    page.get_by_role("button", name="Show what it would do").click()
    # The first time Autosubmit is asked which statuses it sets.
    page.wait_for_selector("[data-preview]", timeout=_PATIENCE)
    page.get_by_role("button", name=label).click()
    page.wait_for_selector("[data-command]")


def end(page: Any, state: str) -> None:
    """Wait for the end of a command, which its page tells by itself."""
    expect(page.locator("[data-command][data-ended]")).to_be_attached(timeout=_PATIENCE)
    expect(page.locator("[data-command-facts] .badge")).to_have_text(state)


def configured(installation: Path, expid: str, seconds: int) -> None:
    """Write the workflow of an experiment, as its user would."""
    conf = installation.parent / "experiments" / expid / "conf" / "minimal.yml"
    version = yaml.safe_load(conf.read_text())["CONFIG"]["AUTOSUBMIT_VERSION"]
    conf.write_text(_WORKFLOW.format(version=version, expid=expid, seconds=seconds))


def statuses(installation: Path, expid: str) -> dict[str, str]:
    """Return the statuses of jobs as they stand in Autosubmit's own list."""
    jobs = open_archive(installation).experiment(expid).jobs
    names = [Status(code).name for code in jobs.status.tolist()]
    return dict(zip([name.removeprefix(f"{expid}_") for name in jobs.name], names))


def create(page: Any) -> str:
    """Create an experiment, and return its name; its page is open then."""
    page.get_by_role("link", name="New experiment").click()
    page.get_by_label("Description").fill("made from a page; $(id)")
    page.get_by_text("Where its configuration is from").click()
    page.get_by_label("Minimal configuration").check()
    confirm(page, "Create it now")
    end(page, "Done")
    expid = re.search(r"is called (\w+)\.", page.inner_text("[data-command-facts]"))
    assert expid is not None
    page.get_by_role("link", name="To the experiment").click()
    return expid[1]


def test_an_experiment_is_created_run_changed_run_again_and_stopped_from_the_pages(
    visitor: Callable[..., Any], address: str, installation: Path
) -> None:
    # There are no events of an experiment that has no list of jobs yet.
    one = visitor(address=address).expecting(503)
    page = one.go("/", "h1")
    log_in(page)
    expid = create(page)
    assert open_archive(installation).experiment(expid).description == "made from a page; $(id)"
    configured(installation, expid, seconds=1)

    act = page.locator("[data-action]")
    act.and_(page.get_by_role("link", name="Make the list of jobs")).click()
    confirm(page, "Make the list now")
    end(page, "Done")
    assert statuses(installation, expid).keys() == {FIRST, SECOND}

    one.go(f"/experiments/{expid}", "#actions")
    act.and_(page.get_by_role("link", name="Run the experiment")).click()
    confirm(page, "Run it now")
    # It is told while it goes on, without a reload.
    before = page.inner_text("[data-output]")
    expect(page.locator("[data-output]")).not_to_have_text(before, timeout=_PATIENCE)
    expect(page.locator("[data-command-facts] .badge")).to_have_text("Goes on")
    end(page, "Done")
    assert page.inner_text("[data-exit]") == "0"
    assert statuses(installation, expid) == {FIRST: "COMPLETED", SECOND: "COMPLETED"}

    one.go(f"/experiments/{expid}/jobs", "[data-ready]")
    page.locator(".grid-row", has_text=SECOND).locator(".badge").click()
    page.get_by_role("button", name="Set status").click()
    expect(page.get_by_label("Jobs, a name a line")).to_have_value(f"{expid}_{SECOND}")
    confirm(page, "Set the status now")
    end(page, "Done")
    assert statuses(installation, expid)[SECOND] in ("WAITING", "READY")

    configured(installation, expid, seconds=120)
    one.go(f"/experiments/{expid}/actions/run-experiment", "form")
    confirm(page, "Run it now")
    run = page.url
    late = time.monotonic() + 120
    while statuses(installation, expid)[SECOND] not in ("SUBMITTED", "QUEUING", "RUNNING"):
        assert time.monotonic() < late
        time.sleep(0.5)
    stop(page)
    page.goto(run)
    expect(page.locator("[data-command-facts] .badge")).to_have_text("Stopped")
    assert statuses(installation, expid)[FIRST] == "COMPLETED"
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert f"autosubmit run {expid}" not in running.stdout


def stop(page: Any) -> None:
    """Stop a run as a person would, who tries again when it has not ended in time.

    Autosubmit loses a Ctrl-C that comes while it runs a command of the system, as often as each round.
    """
    for _ in range(3):
        page.get_by_role("link", name="Stop the run").click()
        confirm(page, "Stop it now")
        expect(page.locator("[data-command][data-ended]")).to_be_attached(timeout=_PATIENCE)
        if page.inner_text("[data-command-facts] .badge") == "Done":
            return
        assert "timeout after" in page.inner_text("[data-command-facts] .notes")
        page.get_by_role("link", name="The run that it ends").click()
    pytest.fail("three times is enough")
