"""The configurations of nine real experiments, held against what Autosubmit API answered on them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.readers.configuration import Configuration, read_configuration

EXPIDS = ("a003", "a007", "a1ve", "a1vj", "a1vx", "a3tb", "a6zj", "a8qc", "aa6f")

#: The installation's settings, as they stand among the experiment's own keys.
SETTINGS = """
    ALLOWED_HOSTS AS_TIMES_DB AUTOSUBMIT_API_URL CONFIG_FILE_FOUND CUSTOM_PLATFORMS_PATH
    DATABASE_BACKEND DATABASE_CONN_URL DB_DIR DB_FILE DB_PATH DEFAULT_JOBS_CONF
    DEFAULT_OUTPUT_DIR DEFAULT_PLATFORMS_CONF DENIED_HOSTS GLOBAL_LOG_DIR HISTORICAL_LOG_DIR
    JOBDATA_DIR LOCAL_ASLOG_DIR LOCAL_PROJ_DIR LOCAL_ROOT_DIR LOCAL_TMP_DIR LOG_RECOVERY_TIMEOUT
    MAIL_FROM SMTP_SERVER STRUCTURES_DIR
"""


def recorded(answers: Path, root: Path, name: str) -> Any:
    expid = name.split("__")[-1] if name.startswith("v3") else name.split("__")[2]
    content = (answers / expid / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(content.replace("{ROOT}", str(root)))["body"]


def configuration_of(root: Path, expid: str, wanted: dict[str, Any]) -> Configuration:
    with closing(sqlite3.connect(root / "autosubmit.db")) as database:
        query = "SELECT description FROM experiment WHERE name = ?"
        (description,) = database.execute(query, (expid,)).fetchone()
    settings = {name: wanted[name] for name in SETTINGS.split() if name in wanted}
    return read_configuration(root / expid, expid, description=description, installation=settings)


@pytest.mark.parametrize("expid", EXPIDS)
def test_the_dictionary_is_the_recorded_one(
    reference_experiments: Path, reference_answers: Path, expid: str
) -> None:
    name = f"v4__experiments__{expid}__filesystem-config"
    wanted = recorded(reference_answers, reference_experiments, name)["config"]
    configuration = configuration_of(reference_experiments, expid, wanted)
    answered = {**configuration.data, "contains_nones": configuration.contains_nones}
    assert answered == wanted
    assert not configuration.warnings


@pytest.mark.parametrize("expid", EXPIDS)
def test_the_single_values_are_the_recorded_ones(
    reference_experiments: Path, reference_answers: Path, expid: str
) -> None:
    wanted = recorded(reference_answers, reference_experiments, f"v3__expinfo__{expid}")
    configuration = read_configuration(reference_experiments / expid, expid)
    assert configuration.main_platform == wanted["hpc"]
    assert configuration.model == wanted["model"]
    assert configuration.branch == wanted["branch"]
    assert configuration.chunk_size == wanted["chunk_size"]
    assert configuration.chunk_unit == wanted["chunk_unit"]


@pytest.mark.parametrize("expid", [expid for expid in EXPIDS if expid != "a1ve"])
def test_the_sections_of_the_tree_are_the_recorded_ones(
    reference_experiments: Path, reference_answers: Path, expid: str
) -> None:
    jobs = recorded(reference_answers, reference_experiments, f"v3__tree__{expid}")["jobs"]
    configuration = read_configuration(reference_experiments / expid, expid)
    assert jobs
    for job in jobs:
        section = configuration.section(job["section"])
        assert section.known
        assert section.platform == job["platform_name"]
        assert str(section.processors or 1) == str(job["processors"])
        platform = configuration.platform(section.platform)
        assert (section.wallclock or platform.max_wallclock) == job["wallclock"]
