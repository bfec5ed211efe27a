"""FOR: one section written, several meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.configuration import Configuration

Resolve = Callable[[str], dict[str, Any]]
Read = Callable[..., Configuration]


def test_a_section_becomes_one_for_each_name(resolve: Resolve) -> None:
    jobs = resolve(
        "JOBS: {sim: {FOR: {name: [a, B], PROCESSORS: [4, 8]}, FILE: 's_%NAME%.sh', "
        "DEPENDENCIES: 'INI sim-1'}}\n"
    )["JOBS"]
    assert list(jobs) == ["SIM_A", "SIM_B"]
    assert jobs["SIM_B"] == {
        "NAME": "B",
        "PROCESSORS": "8",
        "FILE": "s_B.sh",
        "ADDITIONAL_FILES": [],
        "DEPENDENCIES": {"INI": {}, "SIM-1": {}},
    }


@pytest.mark.parametrize(
    "names", ["[a, b]", "'a,b'", "'%LIST%'", "'%TEXT%'", "[a, '%NOPE%', b]", "['%A%', b]"]
)
def test_names_come_from_a_list_or_the_text_of_one(resolve: Resolve, names: str) -> None:
    text = f"JOBS: {{S: {{FOR: {{NAME: {names}}}}}}}\nLIST: [a, b]\nTEXT: 'a, b'\nA: a\n"
    assert list(resolve(text)["JOBS"]) == ["S_A", "S_B"]


def test_names_of_any_kind_are_texts(resolve: Resolve) -> None:
    jobs = resolve("JOBS: {S: {FOR: {NAME: [1, 2.5, true, ~, 2000-01-01]}}}\n")["JOBS"]
    assert [job["NAME"] for job in jobs.values()] == ["1", "2.5", "True", "None", "2000-01-01"]


def test_a_variable_can_hold_dictionaries(resolve: Resolve) -> None:
    text = "JOBS: {S: {FOR: {NAME: [a, b], DEPENDENCIES: [{x: {STATUS: failed}}, {y-1: {}}]}}}\n"
    jobs = resolve(text)["JOBS"]
    assert jobs["S_A"]["DEPENDENCIES"]["X"]["ANY_FINAL_STATUS_IS_VALID"] is False
    assert jobs["S_B"]["DEPENDENCIES"] == {"Y-1": {}}


def test_the_name_is_filled_in_texts_of_any_depth_but_not_in_keys(resolve: Resolve) -> None:
    copy = resolve("E: {X: {FOR: {NAME: [ab]}, L: ['%name%'], D: {'%NAME%': '%NAME% %NAME^^%'}}}\n")
    assert copy["E"] == {"X_AB": {"NAME": "ab", "L": ["ab"], "D": {"%NAME%": "ab AB"}}}


def test_other_variables_are_values_but_not_placeholders(resolve: Resolve) -> None:
    copy = resolve("E: {X: {FOR: {NAME: [a], P: [1]}, Q: '%P%'}}\n")["E"]["X_A"]
    assert (copy["P"], copy["Q"]) == ("1", "%P%")


def test_a_loop_within_a_loop_keeps_its_own_names(resolve: Resolve) -> None:
    text = "E: {X: {FOR: {NAME: [a]}, Y: {FOR: {NAME: [c, d]}, Z: '%NAME%'}, Z: '%NAME%'}}\n"
    copy = resolve(text)["E"]["X_A"]
    assert [copy["Y_C"]["Z"], copy["Y_D"]["Z"], copy["Z"]] == ["c", "d", "a"]


def test_a_copy_replaces_a_section_of_its_name(resolve: Resolve) -> None:
    jobs = resolve("JOBS: {S_A: {Q: 1}, S: {FOR: {NAME: [a]}, R: 2}, S_B: {Q: 1}}\n")["JOBS"]
    assert "Q" not in jobs["S_A"]
    assert jobs["S_B"]["Q"] == 1


def test_a_later_file_can_change_a_copy(read: Read) -> None:
    files = {
        "conf/a.yml": "JOBS: {S: {FOR: {NAME: [a, b]}, Q: 1}}\n",
        "conf/b.yml": "JOBS: {S_A: {Q: 2}}\n",
    }
    jobs = read(files).data["JOBS"]
    assert (jobs["S_A"]["Q"], jobs["S_B"]["Q"]) == (2, 1)


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ("{FOR: {P: [1]}}", "JOBS.S.FOR: a loop needs"),
        ("{FOR: {NAME: []}}", "JOBS.S.FOR: a loop needs"),
        ("{FOR: ~}", "JOBS.S.FOR: a loop needs"),
        ("{FOR: {NAME: 5}}", "JOBS.S.FOR: its variables"),
        ("{FOR: {NAME: [{a: 1}]}}", "JOBS.S.FOR.NAME: has to be"),
        ("{FOR: {NAME: [a, b], P: [1]}}", "JOBS.S.FOR: its lists differ"),
    ],
)
def test_a_loop_that_cannot_run_is_refused(resolve: Resolve, section: str, place: str) -> None:
    with pytest.raises(ConfigurationInvalidError, match=place):
        resolve(f"JOBS: {{S: {section}}}\n")


def test_a_loop_needs_a_section_to_copy(resolve: Resolve) -> None:
    with pytest.raises(ConfigurationInvalidError, match="a loop needs a section around it"):
        resolve("FOR: {NAME: [a]}\nX: 1\n")


def test_a_loop_that_would_fill_the_memory_is_refused(resolve: Resolve) -> None:
    names = ",".join(f"n{number}" for number in range(5_000))
    values = ",".join("x" for _ in range(5_000))
    with pytest.raises(ConfigurationInvalidError, match="unfolds to more than"):
        resolve(f"E: {{S: {{FOR: {{NAME: [{names}]}}, L: [{values}]}}}}\n")


def test_many_loops_together_have_the_room_of_one(resolve: Resolve) -> None:
    names, values = ",".join(f"n{at}" for at in range(200)), ",".join("x" * 200)
    loop = f"{{FOR: {{NAME: [{names}]}}, L: [{values}]}}"
    loops = "".join(f"  S{number}: {loop}\n" for number in range(20))
    with pytest.raises(ConfigurationInvalidError, match="unfolds to more than 500000 values"):
        resolve(f"E:\n{loops}")


def test_a_long_name_is_not_said_without_end(resolve: Resolve) -> None:
    with pytest.raises(ConfigurationInvalidError, match="unfolds to more than 4000000 characters"):
        resolve(f"E: {{S: {{FOR: {{NAME: [{'n' * 10_000}]}}, L: '{'%NAME%' * 10_000}'}}}}\n")
