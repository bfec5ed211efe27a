"""Single values of YAML configurations, present, missing and wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.readers.configuration import Configuration, empty_configuration

Read = Callable[..., Configuration]


def configured(read: Read, text: str) -> Configuration:
    return read({"conf/main.yml": text})


def test_all_single_values_are_found(read: Read) -> None:
    configuration = configured(
        read,
        "CONFIG: {AUTOSUBMIT_VERSION: 4.1.17, SAFETYSLEEPTIME: '5'}\nDEFAULT: {HPCARCH: mn5}\n"
        "EXPERIMENT: {CHUNKSIZEUNIT: Month, CHUNKSIZE: '4'}\nPROJECT: {PROJECT_TYPE: GIT}\n"
        "GIT: {PROJECT_ORIGIN: url, PROJECT_BRANCH: main}\nAUTOSUBMIT: {WORKFLOW_COMMIT: abc}\n",
    )
    assert configuration.kind == "as4"
    assert (configuration.version, configuration.safety_sleep_seconds) == ("4.1.17", 5)
    assert configuration.main_platform == "MN5"
    assert (configuration.chunk_unit, configuration.chunk_size) == ("Month", 4)
    assert configuration.project_type == "git"
    assert (configuration.model, configuration.branch) == ("url", "main")
    assert configuration.workflow_commit == "abc"


@pytest.mark.parametrize("text", ["A: 1", "CONFIG: ~\nEXPERIMENT: 5\nGIT: []\nAUTOSUBMIT: x"])
def test_what_is_missing_or_no_section_has_its_default(read: Read, text: str) -> None:
    assert_defaults(configured(read, text))


def test_a_configuration_that_cannot_be_read_has_defaults() -> None:
    configuration = empty_configuration()
    assert_defaults(configuration)
    assert configuration.contains_nones
    assert not configuration.section("SIM").known


def assert_defaults(configuration: Configuration) -> None:
    assert (configuration.version, configuration.safety_sleep_seconds) == ("", 10)
    assert configuration.main_platform == ""
    assert (configuration.chunk_unit, configuration.chunk_size) == ("", 1)
    assert configuration.project_type == "none"
    assert (configuration.model, configuration.branch) == ("NA", "NA")
    assert configuration.workflow_commit is None


@pytest.mark.parametrize("size", ["''", "~", "0", "many", "[1]", "1.0e+400"])
def test_a_chunk_size_that_is_no_number_is_one(read: Read, size: str) -> None:
    assert configured(read, f"EXPERIMENT: {{CHUNKSIZE: {size}}}").chunk_size == 1


@pytest.mark.parametrize("branch", ["", "PROJECT_BRANCH: ''", "PROJECT_BRANCH: ~"])
def test_the_branch_is_master_if_none_is_given(read: Read, branch: str) -> None:
    text = f"PROJECT: {{PROJECT_TYPE: git}}\nGIT: {{{branch}}}"
    assert configured(read, text).branch == "master"


@pytest.mark.parametrize(
    ("written", "processors"),
    [
        ("36:10", "36:10"),
        ("'4'", "4"),
        ("4", 4),
        ("~", 7),
        ("0", 7),
        ("''", 7),
        ("'%NP%'", "%NP%"),
        ("many", "many"),
        ("[1]", None),
    ],
)
def test_processors_are_as_written_or_the_platforms(
    read: Read, written: str, processors: Any
) -> None:
    text = f"JOBS: {{SIM: {{PROCESSORS: {written}, PLATFORM: p}}}}\nPLATFORMS: {{P: {{PROCESSORS: 7}}}}"
    assert configured(read, text).section("SIM").processors == processors


@pytest.mark.parametrize(
    ("written", "platform"),
    [
        ("PLATFORM: mn5", "MN5"),
        ("PLATFORM: ~", "MAIN"),
        ("PLATFORM: ''", "MAIN"),
        ("QUEUE: q", "MAIN"),
        ("PLATFORM: nowhere", "NOWHERE"),
    ],
)
def test_a_section_runs_on_its_platform_or_the_main_one(
    read: Read, written: str, platform: str
) -> None:
    text = f"DEFAULT: {{HPCARCH: main}}\nJOBS: {{SIM: {{{written}}}}}\nPLATFORMS: {{mn5: {{QUEUE: q}}}}"
    configuration = configured(read, text)
    assert configuration.section("SIM").platform == platform
    assert configuration.platform(platform).known == (platform == "MN5")


def test_counts_are_given_only_as_whole_numbers(read: Read) -> None:
    section = configured(
        read,
        "JOBS: {SIM: {NODES: '3+2', TASKS: '0', PROCESSORS_PER_NODE: 0, PLATFORM: p}}\n"
        "PLATFORMS: {P: {NODES: 9, TASKS: 9, PROCESSORS_PER_NODE: '48', EXCLUSIVE: true}}\n",
    ).section("SIM")
    assert (section.nodes, section.tasks, section.processors_per_node) == (None, 0, 48)
    assert section.exclusive


@pytest.mark.parametrize("written", ["'true'", "1", "&a true", "yes"])
def test_only_a_boolean_makes_a_job_exclusive(read: Read, written: str) -> None:
    assert not configured(read, f"JOBS: {{SIM: {{EXCLUSIVE: {written}}}}}").section("SIM").exclusive


@pytest.mark.parametrize(
    "options", ["{}", "{QUEUE: ~, WALLCLOCK: ~}", "{QUEUE: '', WALLCLOCK: ''}"]
)
def test_a_missing_queue_or_wallclock_is_empty(read: Read, options: str) -> None:
    configuration = configured(read, f"JOBS: {{SIM: {options}}}\nPLATFORMS: {{X: {options}}}")
    section, platform = configuration.section("SIM"), configuration.platform("X")
    assert (section.queue, section.wallclock) == ("", "")
    assert (platform.queue, platform.serial_queue, platform.max_wallclock) == ("", "", "")


def test_a_section_that_is_not_configured_has_defaults(read: Read) -> None:
    section = configured(read, "DEFAULT: {HPCARCH: local}\nJOBS: {SIM: {}}").section("GONE")
    assert not section.known
    assert section.platform == "LOCAL"
    assert section.processors is None
    assert (section.nodes, section.queue, section.wallclock, section.exclusive) == (
        None,
        "",
        "",
        False,
    )


@pytest.mark.parametrize(("cf", "number"), [("'357000'", 357000.0), ("0.5", 0.5), ("x", None)])
def test_the_factors_of_a_platform_are_numbers(read: Read, cf: str, number: float | None) -> None:
    platform = configured(read, f"PLATFORMS: {{mn5: {{CF: {cf}, PUE: 1.35}}}}").platform("mn5")
    assert (platform.carbon_factor, platform.power_usage_effectiveness) == (number, 1.35)


@pytest.mark.parametrize(
    ("platform", "limits"),
    [
        ("{}", (12, 30)),
        ("{MAXWAITINGJOBS: 5, TOTALJOBS: '8'}", (5, 8)),
        ("{MAX_WAITING_JOBS: 4, MAXWAITINGJOBS: 5, TOTAL_JOBS: 7, TOTALJOBS: 8}", (4, 7)),
        ("{MAX_WAITING_JOBS: -1, TOTAL_JOBS: many}", (None, 30)),
    ],
)
def test_limits_of_a_platform_are_its_own_or_those_of_the_experiment(
    read: Read, platform: str, limits: tuple[int | None, int | None]
) -> None:
    text = f"CONFIG: {{MAXWAITINGJOBS: '12', TOTALJOBS: 30}}\nPLATFORMS: {{MN5: {platform}}}"
    found = configured(read, text).platform("mn5")
    assert (found.max_waiting_jobs, found.total_jobs) == limits


def test_a_platform_without_limits_has_none(read: Read) -> None:
    found = configured(read, "A: 1").platform("MN5")
    assert (found.max_waiting_jobs, found.total_jobs) == (None, None)


@pytest.mark.parametrize("listed", ["SIM POST", "sim&post", "[SIM, POST]", "'SIM, POST'"])
def test_a_wrapper_is_found_by_the_sections_in_it(read: Read, listed: str) -> None:
    text = (
        "WRAPPERS: {MIN_WRAPPED: 2, MAX_WRAPPED: 9,"
        f" W: {{TYPE: Vertical, JOBS_IN_WRAPPER: {listed}, MAX_WRAPPED: 4}}}}"
    )
    found = configured(read, text).wrapper("post")
    assert found is not None
    assert (found.name, found.type, found.sections) == ("W", "vertical", ("SIM", "POST"))
    assert (found.min_wrapped, found.max_wrapped) == (2, 4)
    assert configured(read, text).wrapper("INI") is None
