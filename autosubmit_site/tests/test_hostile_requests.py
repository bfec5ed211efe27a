"""Whatever stands where a page takes something, it is a page or a refusal, and no mistake of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import tornado.web

from autosubmit_site.app import PAGES

#: What is asked for where something is expected.
VALUES = (
    *("%00", "%ff", "%D9%A1", "-1", "9" * 18, "9" * 30, "nan", "%2e%2e", '"', "a:b:c"),
    *("2026-02-30", "*" * 200, "a" * 5000),
)
THERE = {"expid": "a2m9", "job_name": "a2m9_LOCAL_SETUP", "run_id": "1", "action": "set-job-status"}
#: Of what there is nothing it is said so; a source that cannot be read is none of these.
STATUSES = {200, 303, 400, 401, 404, 405, 422}


def asked_of(route: Any) -> Iterator[str]:
    """Yield paths of a page with each of the values in each of its places."""
    names = re.findall(r"{(\w+)}", route.path)
    usual = {name: THERE.get(name, "x") for name in names}
    for name in names:
        for value in VALUES:
            yield route.path.format(**{**usual, name: quote(value, safe="%")})
    operation = route.handler.operations.get("get")
    for parameter in operation.query if operation else ():
        for value in VALUES:
            named = f"{parameter.name}={quote(value, safe='%')}"
            yield f"{route.path.format(**usual)}?{named}"
        yield f"{route.path.format(**usual)}?{'&'.join([f'{parameter.name}=a'] * 150)}"


def test_no_value_in_any_place_of_any_page_is_a_mistake_of_ours(
    demo_site: tornado.web.Application, fetch_all: Callable[..., Any]
) -> None:
    paths = [path for route in PAGES for path in asked_of(route)]
    answers = fetch_all(demo_site, *paths)
    wrong = {a.effective_url: a.code for a in answers if a.code not in STATUSES}
    assert wrong == {}
    assert len(paths) > 800


@pytest.mark.parametrize("referer", ["http://[", "http://[::1%25", "//evil.example", "x:" * 20_000])
def test_where_somebody_claims_to_come_from_is_gone_back_to_only_here(
    demo_site: tornado.web.Application, fetch: Callable[..., Any], referer: str
) -> None:
    assert fetch(demo_site, "/preferences", Referer=referer).code == 200
    answer = fetch(demo_site, "/preferences?scheme=dark", Referer=referer)
    assert (answer.code, answer.headers["Location"]) == (303, "/")
