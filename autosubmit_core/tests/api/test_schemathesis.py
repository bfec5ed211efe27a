"""Requests that nobody thought of: made by schemathesis from the description, always the same ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from autosubmit_core.archive import Archive

#: No answer may be one of these: a mistake of ours, or something that the description does not say.
CHECKS = (
    *("not_a_server_error", "status_code_conformance"),
    *("content_type_conformance", "response_schema_conformance"),
)
#: How many requests are made up for each route, besides those at the limits of its parameters.
EXAMPLES = 40


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


def test_no_request_breaks_the_server_or_gets_what_is_not_described(
    demo_server: Any, demo_archive: Archive, tmp_path: Path
) -> None:
    description = tmp_path / "openapi.json"
    described = asking_about(demo_server.ask("/openapi.json").json(), demo_archive)
    description.write_text(json.dumps(described))
    # A process of its own: what it and its libraries warn of is not ours to mend.
    run = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(description), "--no-color"),
            *("--url", f"http://127.0.0.1:{demo_server.port}", "--checks", ",".join(CHECKS)),
            *(
                "--seed",
                "1",
                "--max-examples",
                str(EXAMPLES),
                "--phases",
                "examples,coverage,fuzzing",
            ),
            *("--generation-database", "none"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    assert f"Tested: {sum(map(len, described['paths'].values()))}\n" in run.stdout
