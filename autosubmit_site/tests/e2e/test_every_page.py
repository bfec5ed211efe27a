"""Every page, in light and dark, on a desk and on a telephone: nothing fails, nobody is shut out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Visit = Callable[..., Any]

JOB = "a2m9_19611101_fc0_4_POST"
#: Every page and what is there when it is done.
PAGES = {
    "/": "table",
    "/?q=nothing+of+the+kind": ".empty",
    "/experiments/a2m9": "h2",
    "/experiments/a1p7": "h2",
    "/experiments/a2m9/jobs": "[data-ready]",
    "/experiments/a2m9/jobs?q=section:NOPE": ".empty",
    f"/experiments/a2m9/jobs/{JOB}": "[data-log]",
    "/experiments/a2m9/tree": "details",
    "/experiments/a2m9/graph": "[data-graph][data-ready]",
    "/experiments/a2m9/graph?layout=lanes": "[data-graph][data-ready]",
    "/experiments/a2m9/calendar": "[data-calendar][data-ready]",
    "/experiments/a2m9/timeline": "[data-timeline][data-ready]",
    "/experiments/a2m9/performance": ".charts[data-ready]",
    "/experiments/a2m9/statistics": "table",
    "/experiments/a2m9/runs": "table",
    "/experiments/a2m9/runs/1": "table",
    "/experiments/a2m9/compare?with=a0k2": "#configuration",
    "/experiments/a0k2/compare?run_id=2&with_run_id=3": "#configuration",
    "/experiments/a1p7/logs": "[data-log]",
    "/experiments/a2m9/configuration": "table",
    "/experiments/a2m9/metrics": ".empty",
    "/experiments/t0ab": "h2",
    "/experiments/t0ab/jobs": "h1",
    "/reports": "form.report-form",
    "/reports?expid=a2m9+a0k2+a00f": "article.report",
    "/reports?expid=a2m9&section=jobs&section=configuration&section=logs": "article.report",
    "/about": "details",
    "/preferences": "form",
}
SCREENS = [("light", 1440), ("dark", 360)]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_fails_and_nobody_is_shut_out(visitor: Visit, axe: str, path: str) -> None:
    for scheme, width in SCREENS:
        page = visitor(width, scheme).go(path, PAGES[path])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"wider than {width}"
        page.evaluate(axe)
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
            " 'best-practice']})"
        )
        told = [
            f"{scheme} {width} {one['id']}: {one['nodes'][0]['html'][:160]} "
            f"{one['nodes'][0]['failureSummary'][:200]}"
            for one in found["violations"]
        ]
        assert told == []


@pytest.mark.parametrize("path", ["/", "/experiments/a2m9", "/experiments/a2m9/jobs"])
def test_the_traditional_colours_shut_nobody_out_either(
    visitor: Visit, axe: str, path: str
) -> None:
    for scheme in ("light", "dark"):
        one = visitor(1440, scheme)
        one.go(f"/preferences?palette=traditional&back={path}", PAGES[path])
        assert one.page.locator("html").get_attribute("data-palette") == "traditional"
        one.page.evaluate(axe)
        found = one.page.evaluate("axe.run(document, {runOnly: ['wcag2aa']})")
        assert [violation["nodes"][0]["html"] for violation in found["violations"]] == []


def test_a_page_that_does_not_exist_shuts_nobody_out(visitor: Visit, axe: str) -> None:
    page = visitor().expecting(404).go("/experiments/zzzz", "h1")
    assert "This does not exist" in page.inner_text("h1")
    page.evaluate(axe)
    assert page.evaluate("axe.run()")["violations"] == []
