"""INI configurations of Autosubmit 3."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.errors import (
    ConfigurationInvalidError,
    SourceMissingError,
    SourceUnreadableError,
)
from autosubmit_core.readers.configuration import Configuration

Read = Callable[..., Configuration]

FILES = {
    "conf/autosubmit_t000.conf": "[config]\nAUTOSUBMIT_VERSION = 3.13.0\nSAFETYSLEEPTIME = 30\n",
    "conf/expdef_t000.conf": "[DEFAULT]\nEXPID = t000\nHPCARCH = mn4\n"
    "[experiment]\nCHUNKSIZEUNIT = Month\nCHUNKSIZE = 3\n"
    "[project]\nPROJECT_TYPE = Git\n[git]\nPROJECT_ORIGIN = https://h/x.git\n",
    "conf/jobs_t000.conf": "[SIM]\nPROCESSORS = 4:8\nTASKS = 2\nWALLCLOCK = 1:00\n"
    "[POST]\nPLATFORM = nord3\nQUEUE = debug\n",
    "conf/platforms_t000.conf": "[mn4]\nQUEUE = q\nMAX_WALLCLOCK = 48:00\nCF = 0.5\nPUE = x\n",
}


def test_every_value_is_a_text_under_file_and_section(read: Read) -> None:
    configuration = read(FILES)
    assert configuration.kind == "as3"
    assert configuration.data["exp"]["git"] == {
        "PROJECT_ORIGIN": "https://h/x.git",
        "EXPID": "t000",
        "HPCARCH": "mn4",
    }
    assert configuration.data["proj"] == {}
    assert not configuration.contains_nones


def test_the_single_values_come_from_their_sections(read: Read) -> None:
    configuration = read(FILES)
    assert configuration.version == "3.13.0"
    assert configuration.safety_sleep_seconds == 30
    assert configuration.main_platform == "mn4"
    assert (configuration.chunk_unit, configuration.chunk_size) == ("month", 3)
    assert configuration.project_type == "git"
    assert (configuration.model, configuration.branch) == ("https://h/x.git", "master")
    assert configuration.workflow_commit is None


def test_a_section_names_its_platform_or_runs_on_the_main_one(read: Read) -> None:
    configuration = read(FILES)
    sim, post = configuration.section("SIM"), configuration.section("POST")
    assert (sim.platform, sim.processors, sim.wallclock, sim.queue) == ("mn4", "4:8", "1:00", "")
    assert (post.platform, post.processors, post.queue) == ("nord3", None, "debug")
    assert (sim.tasks, sim.nodes, sim.processors_per_node, sim.exclusive) == (
        None,
        None,
        None,
        False,
    )
    assert not configuration.section("sim").known


def test_a_platform_is_found_by_its_exact_name(read: Read) -> None:
    platform = read(FILES).platform("mn4")
    assert (platform.known, platform.queue, platform.max_wallclock) == (True, "q", "48:00")
    assert (platform.carbon_factor, platform.power_usage_effectiveness) == (0.5, None)
    assert not read(FILES).platform("MN4").known


def test_values_may_be_missing_or_wrong(read: Read) -> None:
    bare = {
        **FILES,
        "conf/autosubmit_t000.conf": "[config]\nSAFETYSLEEPTIME = soon\n",
        "conf/expdef_t000.conf": "[experiment]\nCHUNKSIZE = many\n"
        "[project]\nPROJECT_TYPE = svn\n[svn]\nPROJECT_URL = u\n",
    }
    configuration = read(bare)
    assert (configuration.version, configuration.safety_sleep_seconds) == ("", 10)
    assert (configuration.main_platform, configuration.chunk_unit) == ("", "")
    assert configuration.chunk_size == 1
    assert (configuration.model, configuration.branch) == ("u", "u")


def test_an_empty_branch_stays_empty(read: Read) -> None:
    files = dict(FILES)
    files["conf/expdef_t000.conf"] += "PROJECT_BRANCH =\n"
    assert read(files).branch == ""


def test_ini_files_win_over_yaml_files(read: Read) -> None:
    assert read({**FILES, "conf/minimal.yml": "A: 1\n"}).kind == "as3"


def test_backups_of_ini_files_count_for_nothing(read: Read) -> None:
    files = {"conf/expdef_t000.conf_AS_v3_backup": "[x]\n", "conf/a.yml": "A: 1\n"}
    assert read(files).kind == "as4"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "[x]\nA : 1\nB = v ; w\nC = l1\n  l2\nD =\n",
            {"A": "1", "B": "v ; w", "C": "l1\nl2", "D": ""},
        ),
        ("# c\n; c\n[x]\na = 1\nA = 2\n", {"a": "1", "A": "2"}),
        ("[x]\nA = 100%%\nB = %%EXPID%%\n", {"A": "100%", "B": "%EXPID%"}),
        ("[x]\nBASE = /a\nA = %(BASE)s/b\n", {"BASE": "/a", "A": "/a/b"}),
        ("[DEFAULT]\nBASE = /d\n[x]\nA = %(BASE)s\n", {"BASE": "/d", "A": "/d"}),
    ],
)
def test_ini_is_read_as_autosubmit_3_does(read: Read, text: str, values: dict[str, Any]) -> None:
    assert read({**FILES, "conf/proj_t000.conf": text}).data["proj"]["x"] == values


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A = 1\n", "line 1: not INI"),
        ("[x]\nA\n", "line 2: not INI"),
        ("[x]\nA = 1\nA = 2\n", r"line 3: repeated option 'A' in \[x\]"),
        ("[x]\n[x]\n", r"line 2: repeated section in \[x\]"),
        (f"[x]\nA{' ' * 1_000_000}B\n", "line 2: more than 100 blanks in a name"),
        ("[x]\nA = %d\n", r"\[x\] A: a single '%'"),
        ("[x]\nA = %(NOPE)s\n", r"\[x\] A: refers to 'NOPE'"),
        ("[x]\nA = %(B)s\nB = %(A)s\n", r"\[x\] A: references go round"),
    ],
)
def test_what_does_not_parse_is_told_with_file_and_place(
    read: Read, text: str, reason: str
) -> None:
    with pytest.raises(ConfigurationInvalidError, match=rf"proj_t000\.conf: {reason}"):
        read({**FILES, "conf/proj_t000.conf": text})


@pytest.mark.parametrize("name", ["autosubmit", "platforms", "jobs"])
def test_only_the_project_may_be_missing(read: Read, name: str) -> None:
    files = {path: text for path, text in FILES.items() if name not in path}
    with pytest.raises(SourceMissingError, match=f"{name}_t000"):
        read(files)


def test_a_byte_that_is_not_utf_8_is_refused(write: Callable[..., Any], read: Read) -> None:
    folder = write(FILES)
    (folder / "conf" / "proj_t000.conf").write_bytes(b"[x]\nA = \xe9\n")
    with pytest.raises(SourceUnreadableError, match="UTF-8"):
        read({})


def test_references_that_would_fill_the_memory_are_refused(read: Read) -> None:
    steps = "\n".join(f"K{step} = " + f"%(K{step + 1})s" * 50 for step in range(8))
    started = time.monotonic()
    with pytest.raises(ConfigurationInvalidError, match="grow without end"):
        read({**FILES, "conf/proj_t000.conf": f"[x]\n{steps}\nK8 = xxxxxxxxxx\n"})
    assert time.monotonic() - started < 10


def test_the_wrapper_and_the_limits_of_platforms_stand_beside_other_settings(read: Read) -> None:
    settings = (
        "[config]\nMAXWAITINGJOBS = 20\nTOTALJOBS = 30\n"
        "[wrapper]\nTYPE = vertical\nJOBS_IN_WRAPPER = SIM&POST\nMAX_WRAPPED = 4\n"
    )
    made = read(FILES | {"conf/autosubmit_t000.conf": settings})
    assert (made.platform("mn4").max_waiting_jobs, made.platform("mn4").total_jobs) == (20, 30)
    found = made.wrapper("POST")
    assert found is not None
    assert (found.name, found.type, found.max_wrapped) == ("", "vertical", 4)
    assert read(FILES).wrapper("POST") is None
