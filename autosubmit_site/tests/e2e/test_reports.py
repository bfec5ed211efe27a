"""A report is chosen on a form, printed on paper of its own, and taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

Visit = Callable[..., Any]
REPORT = "/reports?expid=a2m9+a0k2&section=counters&section=performance"


def test_experiments_and_parts_are_chosen_on_the_form(visitor: Visit) -> None:
    page = visitor().go("/reports", "form.report-form")
    page.get_by_role("checkbox", name=re.compile("^a2m9")).check()
    page.get_by_role("checkbox", name=re.compile("^a0k2")).check()
    page.get_by_role("checkbox", name="Statistics").uncheck()
    page.get_by_role("button", name="Make the report").click()
    page.wait_for_selector("article.report")
    assert page.get_by_label("Experiments, several apart by spaces").input_value() == "a2m9 a0k2"
    assert page.locator("article.report").count() == 2
    assert page.get_by_role("checkbox", name="Statistics").is_checked() is False
    assert "Statistics" not in page.locator("article.report h3").all_inner_texts()


def test_paper_has_the_report_and_nothing_else(visitor: Visit) -> None:
    page = visitor(scheme="dark").go(REPORT, "article.report")
    page.emulate_media(media="print")
    for hidden in ("header.top", "form.report-form", "footer"):
        assert page.locator(hidden).is_hidden()
    assert page.locator("svg.dots").first.is_visible()
    # Light, whatever the screen: text is dark.
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 32, 42)"
    link = "getComputedStyle(document.querySelector('.report h2 a'), '::after').content"
    assert "/experiments/a2m9" in page.evaluate(link)
    breaks = "[...document.querySelectorAll('.report')].map(e => getComputedStyle(e).breakBefore)"
    assert page.evaluate(breaks) == ["auto", "page"]
    page.emulate_media(media="screen")


def test_the_report_is_taken_away_and_asked_for_in_a_terminal(visitor: Visit) -> None:
    page = visitor().go(REPORT, "article.report")
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    saved = json.loads(Path(str(download.value.path())).read_text())
    assert list(saved["report_data"]) == ["a2m9", "a0k2"]
    page.get_by_text("The same for programs").click()
    page.get_by_role("button", name="Copy").nth(1).click()
    page.wait_for_selector(".said-now.shown")
    body = page.evaluate("navigator.clipboard.readText()")
    answer = page.request.post(
        page.url.split("/reports")[0] + "/report",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.json() == saved
