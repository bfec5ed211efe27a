"""Every page of nine recorded experiments, of Autosubmit 3.13 to 4.2, where these are beside the checkout."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core import open_archive
from autosubmit_core.demo.writing.catalogues import write_run_control
from tornado.httpclient import HTTPResponse

from autosubmit_site.app import PAGES

Fetch = Callable[..., HTTPResponse]

EXPERIMENTS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "experiments"


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the recorded installation."""
    if not EXPERIMENTS.is_dir():
        if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
            pytest.fail("the recorded experiments are not there")
        pytest.skip("the recorded experiments are not there")
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copytree(EXPERIMENTS, folder / "experiments")
    write_run_control(folder / ".autosubmitrc", folder / "experiments")
    return folder / ".autosubmitrc"


@pytest.mark.parametrize("page", [page.path for page in PAGES if "{expid}" in page.path])
def test_a_page_of_a_recorded_experiment_is_there(
    recorded: Path, site_of: Callable[..., Any], fetch: Fetch, page: str
) -> None:
    archive = open_archive(recorded)
    app = site_of(recorded)
    for experiment in archive.each(archive.experiments()):
        if not experiment.path.is_dir():
            continue
        runs = experiment.runs.run_id.tolist()
        known = {
            "expid": experiment.expid,
            "job_name": experiment.jobs.name[0],
            "run_id": str(runs[0]) if runs else "1",
            "log": "run",
            "action": "set-job-status",
        }
        path = page.format(**known)
        answer = fetch(app, path)
        lawful = (200, 404) if "{run_id}" in page or "{log}" in page else (200,)
        assert answer.code in lawful, path
