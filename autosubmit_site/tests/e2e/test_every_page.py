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
    "/fleet": ".fleet",
    "/fleet?by=experiment&sort=sypd&desc=true": ".fleet",
    "/fleet?by=model&platform=LUMI-C": ".fleet",
    "/fleet?owner=nobody": ".empty",
    "/digest?since=7d": ".reason",
    "/digest?since=2999-01-01": ".empty",
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
    "/experiments/a2m9/failures": ".reason",
    "/experiments/a1p7/failures": ".empty",
    "/experiments/a1p7/forecast": ".spans",
    "/experiments/a2m9/forecast": ".empty",
    "/experiments/a2m9/performance": ".charts[data-ready]",
    "/experiments/a2m9/efficiency": ".spans",
    "/experiments/t0ab/efficiency": ".empty",
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
    "/experiments/a2m9/actions": "#actions",
    "/experiments/a2m9/actions/set-job-status?q=status:FAILED": "#job_names",
    "/new-experiment": "#description",
    "/reports": "form.report-form",
    "/reports?expid=a2m9+a0k2+a00f": "article.report",
    "/reports?expid=a2m9&section=jobs&section=configuration&section=logs": "article.report",
    "/about": "details",
    "/preferences": "form",
}
WIDTHS = (360, 1440)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: The hundredth row of a table is as good as the tenth, and takes as long to look at.
SHORTEN = """() => {
  for (const body of document.querySelectorAll("tbody, ul"))
    for (const row of [...body.children].slice(25)) row.remove();
}"""


def shut_out(page: Any) -> list[str]:
    """Return what axe-core finds wrong with a page that has it."""
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:200]}"
        for one in found["violations"]
    ]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_fails_and_nobody_is_shut_out(looker: Any, axe: str, path: str) -> None:
    looker.complaints.clear()
    told = []
    for width in WIDTHS:
        looker.page.set_viewport_size({"width": width, "height": 900})
        page = looker.go(path, PAGES[path])
        if page.evaluate("document.documentElement.scrollWidth") > width:
            told.append(f"wider than {width}")
        page.evaluate(SHORTEN)
        page.evaluate(axe)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            told += [f"{scheme} {width} {violation}" for violation in shut_out(page)]
    assert told == []
    assert looker.complaints == []


@pytest.mark.parametrize("path", ["/", "/experiments/a2m9", "/experiments/a2m9/jobs"])
def test_the_traditional_colours_shut_nobody_out_either(
    visitor: Visit, axe: str, path: str
) -> None:
    one = visitor()
    page = one.go(f"/preferences?palette=traditional&back={path}", PAGES[path])
    assert page.locator("html").get_attribute("data-palette") == "traditional"
    page.evaluate(SHORTEN)
    page.evaluate(axe)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert shut_out(page) == []


def test_a_page_that_does_not_exist_shuts_nobody_out(visitor: Visit, axe: str) -> None:
    page = visitor().expecting(404).go("/experiments/zzzz", "h1")
    assert "This does not exist" in page.inner_text("h1")
    page.evaluate(axe)
    assert shut_out(page) == []


def test_colours_of_statuses_stay_where_the_system_imposes_its_own(looker: Any) -> None:
    page = looker.go("/experiments/a2m9/graph", "[data-graph][data-ready]")
    colours = "graph => [graph.view.theme.status.FAILED, graph.view.theme.text]"
    graph = page.locator("[data-graph]")
    own = graph.evaluate(colours)
    badge = "() => getComputedStyle(document.querySelector('.toggle .s-failed .ink')).stroke"
    stroke = page.evaluate(badge)
    page.emulate_media(forced_colors="active")
    assert graph.evaluate(colours)[0] == own[0]
    assert page.evaluate(badge) == stroke
    canvas = "() => getComputedStyle(document.querySelector('.drawing')).backgroundColor"
    assert page.evaluate(canvas) == "rgb(255, 255, 255)"
    page.emulate_media(forced_colors="none")


def test_nothing_moves_for_those_who_asked_for_no_motion(looker: Any) -> None:
    page = looker.go("/experiments/a2m9/graph", "[data-graph][data-ready]")
    zoom = (
        "graph => { document.querySelector('[data-zoom-in]').click();"
        " return graph.view.sigma.getCamera().ratio; }"
    )
    graph = page.locator("[data-graph]")
    assert graph.evaluate(zoom) == 1, "it is on its way"
    page.wait_for_function(
        "() => document.querySelector('[data-graph]').view.sigma.getCamera().ratio - 1 / 1.5 < 1e-9"
    )
    page.emulate_media(reduced_motion="reduce")
    assert graph.evaluate(zoom) == pytest.approx(1 / 1.5 / 1.5)
    page.emulate_media(reduced_motion="no-preference")
