"""Two runs are chosen on the page of runs, with keys, and two experiments by their names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Visit = Callable[..., Any]


def test_two_runs_are_chosen_and_compared_with_keys_alone(visitor: Visit) -> None:
    page = visitor().go("/experiments/a0k2/runs", "table")
    page.get_by_role("radio", name="Compare: Run 2").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/compare\?with_run_id=3&run_id=1$"))
    title = page.locator(".title-row").first
    assert re.search(r"a0k2 · Run 1\s+with\s+a0k2 · Run 3", title.inner_text())
    page.get_by_role("link", name="the other way round").click()
    page.wait_for_url(re.compile(r"/compare\?run_id=3&with_run_id=1$"))
    page.get_by_role("link", name="a0k2 · Run 1").first.click()
    page.wait_for_url(re.compile(r"/experiments/a0k2/runs/1$"))


def test_two_experiments_are_compared_and_what_is_real_is_said_in_words(visitor: Visit) -> None:
    page = visitor().go("/experiments/a2m9/compare", ".notes")
    assert "Both sides are the same" in page.inner_text(".notes")
    page.keyboard.press("/")
    page.keyboard.type("a0k2")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"with=a0k2"))
    found = page.locator(".findings li").first
    assert re.match(r"longer\s+SIM running: 44 min .* → 1 h .*", found.inner_text())
    assert page.locator("tr.differs .verdict").first.inner_text() == "longer"
    page.get_by_role("link", name=re.compile("settings differ")).click()
    assert "EXPERIMENT.CHUNKSIZEUNIT" in page.inner_text("main")


def test_a_run_is_compared_with_the_experiment_as_it_is_now(visitor: Visit) -> None:
    page = visitor().go("/experiments/a0k2/runs", "table")
    page.get_by_role("radio", name="with: as it is now").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile("/compare"))
    assert re.search(r"Run 2\s+with\s+a0k2$", page.locator(".title-row p").first.inner_text())


def test_an_experiment_that_is_not_there_is_said_so(visitor: Visit) -> None:
    page = visitor().expecting(404).go("/experiments/a2m9/compare?with=zzzz", "h1")
    assert "zzzz" in page.inner_text("main")
