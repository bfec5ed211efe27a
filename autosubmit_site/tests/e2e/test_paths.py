"""What people do on the pages, mostly with keys: each way leads where it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

Visit = Callable[..., Any]

EXPERIMENT = "/experiments/a2m9"
JOB = "a2m9_19611101_fc0_4_POST"


def clipboard(page: Any) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_an_experiment_is_found_and_opened_with_keys_alone(visitor: Visit) -> None:
    page = visitor().go("/", "table")
    page.keyboard.press("/")
    page.keyboard.type("decadal hindcast")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q=decadal"))
    assert page.locator("tbody tr").count() == 1
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/experiments/a2m9$"))
    page.wait_for_load_state("networkidle")
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url(re.compile(r"/experiments/a2m9/jobs$"))


def test_a_search_can_be_saved_and_forgotten(visitor: Visit) -> None:
    page = visitor().go("/?active=true", "table")
    page.get_by_role("button", name="Save this search").click()
    page.keyboard.type("what runs")
    page.keyboard.press("Enter")
    assert page.get_by_role("link", name="what runs").get_attribute("href") == "/?active=true"
    page.get_by_role("button", name="Forget: what runs").click()
    assert page.get_by_role("link", name="what runs").count() == 0


def test_a_failed_job_leads_to_its_log_and_a_command_is_copied(visitor: Visit) -> None:
    page = visitor().go(EXPERIMENT, "h2")
    page.get_by_role("button", name="Copy").first.click()
    page.wait_for_selector(".said-now.shown")
    assert clipboard(page) == "autosubmit setstatus a2m9 -fs FAILED -t WAITING -s -np"
    page.get_by_role("link", name=JOB).click()
    page.wait_for_url(re.compile(JOB))
    assert "FAILED" in page.inner_text("main")
    page.get_by_role("link", name="whole page").first.click()
    page.wait_for_selector("[data-log]")
    assert ".err" in page.inner_text("h1")


def test_keys_lead_to_what_failed_and_from_a_reason_to_a_log_and_a_job(visitor: Visit) -> None:
    page = visitor().go(EXPERIMENT, "h2")
    page.keyboard.press("g")
    page.keyboard.press("x")
    page.wait_for_selector(".reason")
    reason = page.locator(".reason").filter(has_text="restart_date: unbound variable")
    assert "8" in reason.inner_text()
    reason.locator("summary").focus()
    page.keyboard.press("Enter")
    reason.get_by_role("link", name="a2m9_19611101_fc1_3_POST").wait_for()
    reason.get_by_role("link", name="end of a log").click()
    page.wait_for_selector("[data-log]")
    assert "restart_date: unbound variable" in page.inner_text("[data-log]")


def test_a_suggested_configuration_is_copied(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/efficiency", "#suggested")
    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector(".said-now.shown")
    assert clipboard(page) == page.inner_text("#suggested")
    assert 'WALLCLOCK: "01:00"' in clipboard(page)


def test_jobs_are_asked_for_sorted_chosen_and_copied_with_keys(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/jobs", "[data-ready]")
    assert page.inner_text("[data-found]") == "156 of 156 jobs"
    page.keyboard.press("/")
    page.keyboard.type("section:POST status:FAILED")
    expect(page.locator("[data-found]")).to_have_text("3 of 156 jobs")
    expect(page).to_have_url(re.compile(re.escape("q=section%3APOST+status%3AFAILED")))
    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(page).to_have_url(re.compile(re.escape("sort=name&desc=true")))
    page.locator(".grid").focus()
    for key in ("ArrowDown", " ", "ArrowDown", "ArrowDown", " ", "c"):
        page.keyboard.press(key)
    page.wait_for_selector(".said-now.shown")
    assert clipboard(page).splitlines() == [JOB, "a2m9_19611101_fc1_4_POST"]
    assert page.locator("[aria-selected=true]").count() == 2
    again = visitor().go(page.url.removeprefix(page.url.split("/experiments")[0]), "[data-ready]")
    assert again.locator("[aria-selected=true]").count() == 2
    again.locator(".grid").focus()
    again.keyboard.press("Home")
    again.keyboard.press("Enter")
    again.wait_for_url(re.compile("a2m9_19611101_fc1_4_POST$"))


def test_a_query_that_makes_no_sense_is_said_beside_it(visitor: Visit) -> None:
    page = visitor().expecting(400).go(f"{EXPERIMENT}/jobs", "[data-ready]")
    page.fill("#q", "sction:SIM")
    expect(page.locator("#mistake")).to_contain_text("did you mean 'section'?")
    page.fill("#q", "section:SIM")
    expect(page.locator("#mistake")).to_be_empty()
    expect(page.locator("[data-found]")).to_have_text("45 of 156 jobs")


def test_the_file_of_jobs_has_those_that_are_shown(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/jobs?q=status:FAILED", "[data-ready]")
    link = page.locator("[data-csv]").get_attribute("href")
    rows = page.evaluate("link => fetch(link).then(answer => answer.text())", link)
    assert len(rows.splitlines()) == 1 + 4


def test_jobs_are_there_without_a_script(visitor: Visit, browser: Any, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{EXPERIMENT}/jobs?q=status:FAILED&sort=name")
    assert page.locator("tbody tr").count() == 4
    assert page.locator("tbody th").first.inner_text() == JOB
    context.close()


def test_the_tree_is_opened_with_keys(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/tree", "details")
    page.locator("summary", has_text="19611101").focus()
    page.keyboard.press("Enter")
    page.locator("summary", has_text="fc0").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("summary", has_text="POST").wait_for()
    page.locator("summary", has_text="POST").press("Enter")
    page.get_by_role("link", name=JOB).wait_for()


def test_a_job_is_found_in_the_graph_and_its_neighbours_walked_to(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/graph?job={JOB}", "[data-graph][data-ready]")
    assert page.inner_text("[data-panel] [data-name]") == JOB
    page.locator("[data-graph]").focus()
    page.keyboard.press("p")
    expect(page.locator("[data-panel] [data-name]")).to_have_text("a2m9_19611101_fc0_4_SIM")
    expect(page).to_have_url(re.compile(re.escape("job=a2m9_19611101_fc0_4_SIM")))
    page.keyboard.press("Escape")
    assert page.locator("[data-panel]").is_hidden()
    page.fill("#q", "status:FAILED")
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_have_text("4 found")
    page.get_by_role("button", name="Lanes").click()
    page.wait_for_url(re.compile("layout=lanes"))
    page.get_by_role("button", name="Longest chain").click()
    expect(page.locator("[data-said]")).to_contain_text("jobs,")
    page.locator("[data-toggle=COMPLETED]").click()
    expect(page).to_have_url(re.compile(re.escape("without=COMPLETED")))


def test_a_layout_that_cannot_be_fetched_is_told_of_and_the_graph_stays(visitor: Visit) -> None:
    page = visitor().expecting(503).go(f"{EXPERIMENT}/graph", "[data-graph][data-ready]")
    page.route(
        "**/layout?*", lambda route: route.fulfill(status=503, json={"error_message": "busy"})
    )
    page.get_by_role("button", name="Lanes").click()
    expect(page.locator("[data-said]")).to_contain_text("could not be fetched")
    assert page.get_attribute("[data-layout=standard]", "aria-pressed") == "true"
    page.unroute("**/layout?*")
    page.get_by_role("button", name="Lanes").click()
    page.wait_for_url(re.compile("layout=lanes"))
    expect(page.locator("[data-said]")).to_have_text("")


def test_a_status_stands_out_and_its_jobs_are_walked_through(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/graph", "[data-graph][data-ready]")
    page.select_option("#light", "FAILED")
    expect(page.locator("[data-said]")).to_have_text("4 found")
    assert page.input_value("#q") == "status:FAILED"
    page.locator("[data-graph]").focus()
    names = []
    for key in ("n", "n", "N"):
        page.keyboard.press(key)
        names.append(page.inner_text("[data-panel] [data-name]"))
    assert names[0] == names[2] != names[1]
    assert page.inner_text("[data-said]") == "1 of 4 found"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"jobs/{names[0]}$"))


def test_a_job_of_the_graph_is_chosen_with_the_pointer(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/graph?layout=lanes", "[data-graph][data-ready]")
    graph = page.locator("[data-graph]")
    place = graph.evaluate(
        "(graph, name) => { const { view } = graph; const row = view.jobs.columns.name.indexOf(name);"
        " return view.sigma.graphToViewport({ x: view.places.x[row], y: view.places.y[row] }); }",
        JOB,
    )
    graph.click(position=place)
    expect(page.locator("[data-panel] [data-name]")).to_have_text(JOB)
    assert "FAILED" in page.inner_text("[data-panel] [data-status]")
    page.get_by_role("button", name="19611101_fc0_4_SIM").click()
    expect(page.locator("[data-panel] [data-name]")).to_have_text("a2m9_19611101_fc0_4_SIM")


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_graph_can_be_taken_away(visitor: Visit, form: str) -> None:
    page = visitor().go(f"{EXPERIMENT}/graph", "[data-graph][data-ready]")
    with page.expect_download() as waiting:
        page.locator(f"[data-{form}]").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"\x89PNG" if form == "png" else b"<svg")
    if form == "svg":
        picture = content.decode()
        assert picture.count("<title>a2m9_") == 156
        assert picture.count("<line") > 156
        assert "FAILED 4" in picture


@pytest.mark.parametrize(
    ("path", "drawing"),
    [
        ("/experiments/a0k2/calendar", "[data-calendar] canvas"),
        (f"{EXPERIMENT}/timeline", "[data-timeline] canvas"),
        (f"{EXPERIMENT}/performance", "[data-chart=speed] canvas"),
    ],
)
def test_what_is_drawn_fits_again_when_the_window_is_resized(
    visitor: Visit, path: str, drawing: str
) -> None:
    page = visitor().go(path, "[data-ready]")
    width = page.locator(drawing).evaluate("one => one.clientWidth")
    compared = "([drawing, width]) => document.querySelector(drawing).clientWidth"
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_function(f"{compared} < Math.min(width, 420)", arg=[drawing, width])
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"{compared} === width", arg=[drawing, width])


def test_bars_tell_without_colours_what_is_done_waits_and_went_wrong(visitor: Visit) -> None:
    page = visitor().go(EXPERIMENT)
    bar = page.locator(".tall-bar .bar")
    assert bar.get_attribute("aria-label") == "141 COMPLETED, 4 FAILED, 11 WAITING"
    textures = bar.evaluate(
        "one => [...one.querySelectorAll('g')].map((g) => g.lastChild.getAttribute('fill'))"
    )
    assert textures == [None, "url(#slanted)", "url(#dotted)"]
    for texture in textures[1:]:
        assert page.locator(f"pattern{texture[4:-1]}").count() == 1


def test_a_cell_of_the_calendar_leads_to_its_jobs(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/calendar", "[data-calendar][data-ready]")
    page.locator("[data-calendar]").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert page.inner_text("[data-said]").startswith("19611101 fc0, chunk 4: ")
    assert "1 FAILED" in page.inner_text("[data-said]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-ready]")
    assert page.input_value("#q") == "chunk:4 date:19611101 member:fc0"
    assert page.inner_text("[data-found]") == "3 of 156 jobs"


def test_keys_of_the_browser_stay_the_browsers_in_the_calendar(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/calendar", "[data-calendar][data-ready]")
    left_alone = (
        "(box, event) => box.dispatchEvent(new KeyboardEvent('keydown',"
        " { cancelable: true, ...event }))"
    )
    box = page.locator("[data-calendar]")
    assert box.evaluate(left_alone, {"key": "ArrowLeft", "altKey": True})
    assert box.evaluate(left_alone, {"key": "Home", "ctrlKey": True})
    assert not box.evaluate(left_alone, {"key": "ArrowLeft"})


def test_what_the_calendar_tells_is_in_the_address(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/calendar", "[data-calendar][data-ready]")
    page.select_option("#by", "run")
    page.select_option("#section", "SIM")
    expect(page).to_have_url(re.compile(re.escape("?section=SIM&by=run") + "$"))
    assert "most" in page.inner_text("[data-legend]")


def test_the_calendar_tells_energy_in_its_unit_and_why_there_is_none(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/calendar", "[data-calendar][data-ready]")
    page.select_option("#by", "energy")
    assert re.search(r"least [\d.]+ MJ\s*most [\d.]+ MJ", page.inner_text("[data-legend]"))
    page.locator("[data-calendar]").focus()
    page.keyboard.press("ArrowRight")
    assert re.search(
        r"3 COMPLETED · run time .* · energy [\d.]+ MJ", page.inner_text("[data-said]")
    )
    page = visitor().go("/experiments/t0ab/calendar?by=energy", "[data-calendar][data-ready]")
    assert page.inner_text("[data-legend]").startswith("No energy is known.")


def test_the_timeline_is_moved_with_keys(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/timeline?q=section:SIM", "[data-timeline][data-ready]")
    before = page.locator("[data-timeline]").screenshot()
    page.locator("[data-timeline]").focus()
    for key in ("+", "+", "ArrowRight"):
        page.keyboard.press(key)
    assert page.locator("[data-timeline]").screenshot() != before
    page.keyboard.press("0")


def test_every_attempt_has_its_bar_and_keys_lead_from_one_to_the_next(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/timeline?q={JOB}", "[data-timeline][data-ready]")
    outcomes = page.locator("[data-timeline]").evaluate(
        "timeline => timeline.view.drawn.bars.map(bar => [bar.status, bar.past, bar.attempt])"
    )
    assert sorted(attempt for _, _, attempt in outcomes) == list(range(1, len(outcomes) + 1))
    assert [status for status, past, _ in outcomes if past] == ["FAILED"] * (len(outcomes) - 1)
    assert len(outcomes) > 2
    page.locator("[data-timeline]").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert "attempt 2" in page.inner_text("[data-said]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"jobs/{JOB}$"))


def test_the_times_that_the_timeline_shows_are_in_the_address(visitor: Visit) -> None:
    page = visitor().go(f"{EXPERIMENT}/timeline", "[data-timeline][data-ready]")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_url(re.compile(r"since=\d+&until=\d+"))
    part = page.locator("[data-timeline]").evaluate("timeline => timeline.view.from")
    path = EXPERIMENT + page.url.partition(EXPERIMENT)[2]
    again = visitor().go(path, "[data-timeline][data-ready]")
    shown = again.locator("[data-timeline]").evaluate("timeline => timeline.view.from")
    assert shown == pytest.approx(part, abs=1)


def test_jobs_of_one_wrapper_stand_in_a_bracket(visitor: Visit) -> None:
    page = visitor().go("/experiments/a07w/timeline", "[data-timeline][data-ready]")
    timeline = page.locator("[data-timeline]")
    brackets = timeline.evaluate("timeline => timeline.view.drawn.brackets")
    assert [one["jobs"] for one in brackets] == [4, 4, 4, 4]
    assert all(one["lines"] == 1 for one in brackets), "its jobs run one after the other"
    wrapped = timeline.evaluate(
        "timeline => timeline.view.drawn.bars.findIndex(bar => bar.wrapper)"
    )
    timeline.focus()
    for _ in range(wrapped + 1):
        page.keyboard.press("n")
    assert "in the wrapper a07w_ASThread" in page.inner_text("[data-said]")


def test_a_word_is_found_in_a_log(visitor: Visit) -> None:
    page = visitor().go("/experiments/a1p7/logs", "[data-log]")
    page.keyboard.press("/")
    page.keyboard.type("job list loaded")
    expect(page.locator("[data-hits]")).to_have_text("1 of 1")
    assert page.locator("tr.here .n").get_attribute("data-n") == "2"
    expect(page).to_have_url(re.compile("#L2$"))
    page.fill("#find", "no such word")
    assert page.inner_text("[data-hits]") == "not found"


def test_a_visitor_chooses_language_and_scheme(visitor: Visit) -> None:
    page = visitor().go("/preferences", "form")
    page.get_by_label("Català").check()
    page.get_by_label("dark", exact=True).check()
    page.get_by_role("button", name="Remember").click()
    expect(page.locator("html")).to_have_attribute("lang", "ca")
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
