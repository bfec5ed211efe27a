"""Pages made of templates: everything is escaped, and a name that nobody gave is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from autosubmit_core import Status

from autosubmit_site import formats
from autosubmit_site.appearance import LANGUAGES, Appearance
from autosubmit_site.languages import translations
from autosubmit_site.statuses import ICONS, SHOWN_ORDER, TEXTURES
from autosubmit_site.themes import TEMPLATES
from autosubmit_site.urls import Urls

__all__ = ["Templates"]


class Templates:
    """The templates of a theme in all languages.

    Pages of large experiments are made in another process, which has the same templates of its own.
    """

    def __init__(self, theme: Path, urls: Urls, version: str, has_logins: bool) -> None:
        self._told = (theme, urls, version, has_logins)
        self._environments = {
            language: _environment(language, *self._told) for language in LANGUAGES
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _templates, self._told

    def render(self, template: str, appearance: Appearance, **values: object) -> bytes:
        """Return a page."""
        environment = self._environments[appearance.language]
        text = environment.get_template(template).render(values, appearance=appearance)
        # Names from damaged files may hold halves of characters.
        return text.encode("utf-8", "replace")


@cache
def _templates(theme: Path, urls: Urls, version: str, has_logins: bool) -> Templates:
    """Return templates that were made here once; they are compiled as they are needed."""
    return Templates(theme, urls, version, has_logins)


def view_values(view: Any) -> Mapping[str, Any]:
    """Return the fields of a view by their names, as its template uses them."""
    return {field.name: getattr(view, field.name) for field in fields(view)}


def _environment(
    language: str, theme: Path, urls: Urls, version: str, has_logins: bool
) -> jinja2.Environment:
    folders = [theme, TEMPLATES / "base", TEMPLATES]
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    texts = translations(language)
    made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True
    made.globals |= {
        "urls": urls,
        "version": version,
        "has_logins": has_logins,
        "zone": formats.zone_name(),
        "LANGUAGES": LANGUAGES,
        "STATUSES": SHOWN_ORDER,
        "STATUS_ICONS": ICONS,
        "STATUS_TEXTURES": TEXTURES,
        "Status": Status,
    }
    made.filters["dict"] = dict
    made.filters |= formats.filters(language)
    return made
