"""Processors and processing elements: the tables of the definition, and what real files hold."""

from __future__ import annotations

import pytest

from autosubmit_core.metrics.parallelization import processing_elements, requested_processors


@pytest.mark.parametrize(
    ("value", "processors"),
    [(16, 16), ("16", 16), (" 768 ", 768), ("4:8", 72), ("40:8", 108), ("73:1:36", 180)],
)
def test_processors_are_a_number_or_parts_on_whole_nodes_of_36(
    value: object, processors: int
) -> None:
    assert requested_processors(value) == (processors, False)


@pytest.mark.parametrize("value", [None, "", "  ", 0, 0.0, False])
def test_absent_processors_are_one(value: object) -> None:
    assert requested_processors(value) == (1, False)


def test_a_text_zero_is_no_absence() -> None:
    """Autosubmit's lookup passes over the number 0 only."""
    assert requested_processors("0") == (0, False)


@pytest.mark.parametrize(
    ("value", "processors"), [("4+8", 12), ("1 + 2 + 3", 6), ("4.0", 4), (4.0, 4)]
)
def test_m01_sums_and_whole_decimals_are_numbers(value: object, processors: int) -> None:
    assert requested_processors(value) == (processors, False)


@pytest.mark.parametrize("value", ["abc", "4:x", "4.5", "4+", ":", True, [4], "²", "9" * 10])
def test_m01_other_texts_are_one_and_doubtful(value: object) -> None:
    assert requested_processors(value) == (1, True)


def test_nodes_and_processors_per_node_multiply() -> None:
    # a003: SIM on MN4, 2 nodes of 8
    assert processing_elements(16, nodes=2, processors_per_node=8) == 16
    assert processing_elements(96, nodes=3, processors_per_node=48) == 144
    assert processing_elements(96, tasks=24, nodes=2, processors_per_node=112) == 224


def test_without_processors_per_node_the_processors_count() -> None:
    # a007, a3tb, and a section that names nodes only
    assert processing_elements(8, exclusive=True) == 8
    assert processing_elements(768, tasks=48) == 768
    assert processing_elements(7, nodes=3) == 7


def test_tasks_or_processors_say_how_many_whole_nodes_are_needed() -> None:
    # ceil(96 / 40) = 3 nodes of 48; ceil(100 / 48) = 3
    assert processing_elements(96, tasks=40, processors_per_node=48) == 144
    assert processing_elements(100, processors_per_node=48) == 144
    # 73:1:36 is 180 processors, ceil(180 / 48) = 4 nodes
    assert processing_elements(180, processors_per_node=48) == 192


def test_part_of_a_node_is_charged_whole_only_if_exclusive() -> None:
    assert processing_elements(20, processors_per_node=48) == 20
    assert processing_elements(20, processors_per_node=48, exclusive=True) == 48
    assert processing_elements(20, processors_per_node=48, exclusive="true") == 20


def test_values_that_are_no_whole_numbers_count_as_absent() -> None:
    assert processing_elements(20, nodes="3+2", processors_per_node=48) == 20
    assert processing_elements(20, nodes=-1, processors_per_node="48") == 20
    assert processing_elements(20, nodes=0, processors_per_node=48) == 20
    assert processing_elements(20, nodes=True, processors_per_node=48) == 20


@pytest.mark.parametrize("digits", [10, 5000])
def test_numbers_of_any_length_do_no_harm(digits: int) -> None:
    long = "9" * digits
    for text in (long, f"{long}.0", f"4:{long}", f"4+{long}"):
        assert requested_processors(text) == (1, True)
    assert processing_elements(20, nodes=long, tasks=long, processors_per_node=long) == 20


def test_a_text_zero_is_given() -> None:
    assert processing_elements(20, nodes="0", processors_per_node=48) == 0
    # TASKS 0 is given and useless: the processors decide
    assert processing_elements(100, tasks="0", processors_per_node=48) == 144
