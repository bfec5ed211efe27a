from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from autosubmit_core.server import read_settings
from tornado.httpclient import HTTPResponse

from autosubmit_site import SiteSettings
from autosubmit_site.themes import ThemeError, theme_folder

Fetch = Callable[..., HTTPResponse]
Site = Callable[..., Any]


def test_the_shipped_example_is_a_few_lines_over_the_common_look(
    demo: Path, site_of: Site, fetch: Fetch
) -> None:
    body = fetch(site_of(demo, theme="example"), "/").body.decode()
    assert "Example Institute" in body
    assert "closed for maintenance" in body
    layout = theme_folder("example") / "layout.html.j2"
    assert len(layout.read_text().splitlines()) < 12


def test_a_theme_may_be_a_folder_outside_the_package(
    demo: Path, site_of: Site, fetch: Fetch, tmp_path: Path
) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "layout.html.j2").write_text(
        "{% extends 'base/layout.html.j2' %}"
        '{% block brand %}<img src="{{ urls.static(\'theme/logo.svg\') }}" alt="Ours">{% endblock %}'
    )
    app = site_of(demo, theme=str(tmp_path))
    body = fetch(app, "/").body.decode()
    assert 'alt="Ours"' in body
    link = body.split('<img src="')[1].split('"')[0]
    answer = fetch(app, link)
    assert (answer.code, answer.headers["Content-Type"]) == (200, "image/svg+xml")


def test_a_folder_that_holds_no_theme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="base, example"):
        theme_folder(str(tmp_path))


@pytest.mark.parametrize(
    ("environment", "theme"),
    [
        ({"THEME": "example"}, "example"),
        ({"AUTOSUBMIT_SITE_THEME": "example", "THEME": "others"}, "example"),
        ({}, "base"),
    ],
)
def test_the_theme_is_told_by_a_variable_of_its_own_or_in_short(
    environment: dict[str, str], theme: str
) -> None:
    assert read_settings([], environment, SiteSettings).theme == theme


def test_both_variables_are_documented() -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text()
    assert "`AUTOSUBMIT_SITE_THEME`, or in short `THEME`" in readme
