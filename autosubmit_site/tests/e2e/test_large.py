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
