"""An experiment of 100,000 jobs: its pages show something soon, and then all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]

EXPERIMENT = "/experiments/abig"


@pytest.mark.parametrize(
    ("part", "ready"),
    [
        ("", "h2"),
        ("/jobs", "[data-ready]"),
        ("/tree", "details"),
        ("/graph?layout=lanes", "[data-graph][data-ready]"),
        ("/calendar", "[data-calendar][data-ready]"),
        ("/timeline", "[data-timeline][data-ready]"),
        ("/performance", ".charts[data-ready]"),
        ("/statistics", "table"),
    ],
)
def test_whoever_waits_is_told_and_then_shown(
    visitor: Visit, large_site: str, part: str, ready: str
) -> None:
    one = visitor(address=large_site)
    one.page.goto(large_site + EXPERIMENT + part)
    one.page.wait_for_selector("h1, h2")
    one.page.wait_for_selector("[data-waiting]", state="detached", timeout=60_000)
    one.page.wait_for_selector(ready, timeout=60_000)


def test_the_table_scrolls_through_all_jobs_with_few_rows_in_the_page(
    visitor: Visit, large_site: str
) -> None:
    one = visitor(address=large_site)
    page = one.go(f"{EXPERIMENT}/jobs", "[data-ready]")
    total = int(page.locator(".grid").get_attribute("aria-rowcount") or 0) - 1
    assert total >= 100_000
    page.locator(".grid").focus()
    page.keyboard.press("End")
    page.wait_for_selector(f"#row-{total - 1}")
    assert page.locator(".grid-row").count() < 100
    page.locator(".grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2; }")
    page.wait_for_selector(f"#row-{total // 2}")
    assert page.locator(".grid-row").count() < 100


def test_from_afar_the_graph_has_blocks_and_keys_lead_into_them(
    visitor: Visit, large_site: str
) -> None:
    one = visitor(address=large_site)
    page = one.go(f"{EXPERIMENT}/graph?layout=lanes", "[data-graph][data-ready]")
    graph = page.locator("[data-graph]")
    blocks = "graph => [...graph.view.blocks.values()].reduce((sum, one) => sum + one.total, 0)"
    drawn = "graph => graph.view.far ? 0 : graph.view.graph.order"
    total = graph.evaluate("graph => graph.view.jobs.size")
    assert graph.evaluate(blocks) == total >= 100_000
    graph.focus()
    page.keyboard.press("ArrowRight")
    told = page.inner_text("[data-said]")
    assert "COMPLETED" in told or "WAITING" in told
    # A slow machine may still be on its way in when it is asked: what is near takes the keys, too.
    for _ in range(20):
        if graph.evaluate(drawn):
            break
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
    assert 0 < graph.evaluate(drawn) < 10_000
    page.keyboard.press("0")
    page.wait_for_function("() => document.querySelector('[data-graph]').view.far")


def test_a_job_among_all_is_shown_from_near_with_its_neighbours(
    visitor: Visit, large_site: str
) -> None:
    one = visitor(address=large_site)
    page = one.go(f"{EXPERIMENT}/graph?job=abig_19930101_fc4_250_SIM", "[data-graph][data-ready]")
    page.wait_for_function("() => !document.querySelector('[data-graph]').view.far")
    listed = "kind => document.querySelectorAll(`[data-${kind}] li`).length"
    assert [page.evaluate(listed, kind) for kind in ("parents", "children")] == [1, 2]
    assert page.locator("[data-graph]").evaluate("graph => graph.view.lit.size") == 4
