"""The way through the fleet and the digest: with the pointer, with keys, and by addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

Visit = Callable[..., Any]


def names(page: Any) -> list[str]:
    return [text.strip() for text in page.locator(".fleet tbody th").all_inner_texts()]


def test_the_table_is_sorted_and_filtered_and_the_address_holds_it(visitor: Visit) -> None:
    one = visitor()
    page = one.go("/", "table")
    page.get_by_role("link", name="Fleet", exact=True).click()
    page.wait_for_selector(".fleet")
    assert names(page)[0] == "elena"
    page.locator(".fleet thead").get_by_role("link", name="Simulated years").click()
    page.wait_for_url("**/fleet?by=owner&sort=years&desc=True")
    assert names(page)[0] == "nadia"
    expect(page.locator(".fleet [aria-sort]")).to_have_attribute("aria-sort", "descending")
    page.locator(".fleet thead").get_by_role("link", name="Simulated years").click()
    page.wait_for_url("**/fleet?by=owner&sort=years")
    assert names(page)[-1] == "nadia"
    page.get_by_label("Platform", exact=True).select_option("LUMI-C")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**platform=LUMI-C**")
    assert sorted(names(page)) == ["jordi", "tomas"]
    # Somebody else who is given the address sees the same.
    assert names(visitor().go(page.url.removeprefix(one.address), ".fleet")) == names(page)


def test_a_row_leads_to_its_experiments_and_they_to_their_pages(visitor: Visit) -> None:
    page = visitor().go("/fleet?by=model", ".fleet")
    page.locator(".fleet").get_by_role("link", name="auto-nemo").click()
    page.wait_for_url("**by=experiment**")
    assert names(page) == ["a2c8", "a00q"]
    page.locator(".fleet").get_by_role("link", name="a2c8").click()
    page.wait_for_url("**/experiments/a2c8")


def test_what_needs_a_look_is_reached_with_keys(visitor: Visit) -> None:
    page = visitor().go("/fleet", ".fleet")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "a3h2"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/experiments/a2c8")


def test_both_are_reached_with_keys_from_everywhere(visitor: Visit) -> None:
    page = visitor().go("/experiments/a2m9", "h2")
    for key, place in (("a", "/fleet"), ("d", "/digest")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{place}")


def test_the_digest_tells_of_a_time_and_of_one_kind(visitor: Visit) -> None:
    page = visitor().go("/", "table")
    page.get_by_role("link", name="Digest", exact=True).click()
    page.wait_for_selector(".reason")
    expect(page.locator("main")).to_contain_text("you have not looked before")
    page.get_by_role("link", name="7 days").click()
    page.wait_for_url("**/digest?since=7d")
    assert page.locator(".reason h2 .expid").all_inner_texts() == ["a3h2", "a2m9", "o001", "a1p7"]
    page.locator(".digest-counts").get_by_text("failures").click()
    page.wait_for_url("**event=failed")
    assert page.locator(".reason h2 .expid").all_inner_texts() == ["a2m9"]
    page.get_by_role("link", name="1 job failed.").first.click()
    page.wait_for_url("**/experiments/a2m9/failures")


def test_a_choice_of_time_stays_when_an_owner_is_chosen(visitor: Visit) -> None:
    page = visitor().go("/digest?since=7d", ".reason")
    page.get_by_label("Owner").select_option("tomas")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**since=7d**")
    assert page.locator(".reason h2 .expid").all_inner_texts() == ["a1p7"]
    page.get_by_label("Since a date").fill("2999-01-01")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**date=2999-01-01**")
    expect(page.get_by_label("Since a date")).to_have_value("2999-01-01")
    expect(page.locator(".empty h2")).to_have_text("Nothing happened")
