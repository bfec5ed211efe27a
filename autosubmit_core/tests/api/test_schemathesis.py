"""Requests that nobody thought of: made by schemathesis from the description, always the same ones."""

from __future__ import annotations

import json
import logging
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from autosubmit_core import demo
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.archive import Archive, open_archive

#: No answer may be one of these: a mistake of ours, or something that the description does not say.
CHECKS = (
    *("not_a_server_error", "status_code_conformance"),
    *("content_type_conformance", "response_schema_conformance"),
)
#: What is about the caller, or about commands.
ABOUT_CALLERS = ("/v4/auth", "/v4/user-settings", "/v4/notifications", "/v4/runners", "/v4alpha")
#: How many requests are made up for each route, besides those at the limits of its parameters, and
#: from which number: more and others are tried with these variables.
EXAMPLES = os.environ.get("AUTOSUBMIT_TEST_EXAMPLES", "15")
SEED = os.environ.get("AUTOSUBMIT_TEST_SEED", "1")


def asking_about(described: Any, archive: Archive) -> Any:
    """Return a description in which experiments and jobs are some that are there, or not."""
    # Not the one whose folder is gone: there a 503 is right, and a server error to schemathesis.
    known = [expid for expid in archive.experiments().name if archive.experiment(expid).folder]
    expids = [*known, "zzzz", "..", "A2M9"]
    jobs = archive.experiment("a2m9").jobs.name.tolist()[::40]
    there = {
        **{"expid": expids, "job_name": [*jobs, "a2m9_NOPE"], "jobname": [*jobs, "a2m9_NOPE"]},
        **{"runid": ["1", "2", "99", "last"], "of": [*jobs, "a2m9_NOPE"]},
    }
    for path in [path for path in described["paths"] if path.endswith("/events")]:
        # These go on for as long as somebody listens.
        del described["paths"][path]
    for item in described["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in there and parameter["schema"]["type"] == "string":
                    parameter["schema"] = {"type": "string", "enum": there[parameter["name"]]}
                    parameter.pop("example", None)  # It is of one experiment alone.
    return described


def check(
    server: Any, described: Any, folder: Path, *more: str, checks: Sequence[str] = CHECKS
) -> None:
    """Let schemathesis ask a server for everything that is described, and hold what comes back."""
    description = folder / "openapi.json"
    description.write_text(json.dumps(described))
    # A process of its own: what it and its libraries warn of is not ours to mend.
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description), "--no-color"),
            *("--url", f"http://127.0.0.1:{server.port}", "--checks", ",".join(checks)),
            *("--seed", SEED, "--max-examples", EXAMPLES),
            *("--phases", "examples,coverage,fuzzing", "--generation-database", "none", *more),
            *("--request-timeout", "120", "--suppress-health-check", "all"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300 + 30 * int(EXAMPLES),
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert f"Tested: {sum(map(len, described['paths'].values()))}\n" in run.stdout


def test_no_request_breaks_the_server_or_gets_what_is_not_described(
    demo_server: Any, demo_archive: Archive, tmp_path: Path
) -> None:
    described = asking_about(demo_server.ask("/openapi.json").json(), demo_archive)
    check(demo_server, described, tmp_path)


@pytest.fixture
def desk(serve: Callable[..., Any], tmp_path: Path) -> Any:
    """A server for those alone whom it knows, on which commands run: a program that does nothing."""
    program = tmp_path / "venvs" / "none" / "bin" / "autosubmit"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho Experiment a0zz created\n")
    program.chmod(0o755)
    modules = str(program.parents[1])
    here = {"RUNNER_TYPE": "LOCAL", "MODULE_LOADER_TYPE": "VENV", "MODULES": modules}
    told = {
        "PROFILES": {"here": here},
        "ACCOUNTS": {"cas:alice": [pwd.getpwuid(os.getuid()).pw_name]},
        "ADMINISTRATORS": ["cas:alice"],
        "SAFE_ROOT_PATH": str(tmp_path / "venvs"),
    }
    file = tmp_path / "runners.yaml"
    file.write_text(yaml.safe_dump({"RUNNER_CONFIGURATION": told}))
    file.chmod(0o600)
    return serve(
        open_archive(demo.build(tmp_path / "demo")),
        protection_level=Level.ALL,
        secret_key=Secret("a key of the tests, of more than 32 bytes"),
        experimental_commands=True,
        api_config_file=file,
    )


def test_somebody_who_may_do_everything_breaks_no_more(
    desk: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert desk.ask("/v4/experiments").status == 401
    token = desk.app.service.access.tokens.make(User("cas", "alice", "alice")).text
    known = {"Authorization": f"Bearer {token}"}
    described = asking_about(desk.ask("/openapi.json").json(), desk.app.service.archive)
    # From then on nobody would be known any more.
    del described["paths"]["/v4/auth/logout"]
    if "AUTOSUBMIT_TEST_EXAMPLES" not in os.environ:
        # What only reads is the same to everybody.
        paths = described["paths"]
        acting = [path for path in paths if "post" in paths[path] or path.startswith(ABOUT_CALLERS)]
        described["paths"] = {path: paths[path] for path in acting}
    # A command that cannot be carried out is a 500 as published, and described; no other is.
    checks = [one for one in CHECKS if one != "not_a_server_error"]
    check(desk, described, tmp_path, "--header", f"Authorization: Bearer {token}", checks=checks)
    assert desk.ask("/v4/experiments", headers=known).status == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
