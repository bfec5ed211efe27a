"""How the documentation is built: by Sphinx, of pages here and of parts of the READMEs.

What a README says is said nowhere again: a page takes a part of it over with a line such as
``<!-- part: autosubmit_core/README.md # Settings -->``, up to the next heading of the same rank, its
headings as deep as the page needs them and its links made to lead where the part linked to is here.
``<!-- endpoints: /v4 -->`` stands for all routes that begin so, ``<!-- requirements: RS -->`` for the
requirements of that kind in ``requirements.yaml``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.metadata import version as version_of
from pathlib import Path

import yaml
from sphinx.application import Sphinx

from autosubmit_core.server import ROUTES

TOP = Path(__file__).resolve().parents[1]
PAGES = Path(__file__).parent

project = "Autosubmit core and site"
project_copyright = "the authors; Apache License 2.0"
release = version = version_of("autosubmit_core")
extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"{project} {release}"
html_copy_source = False
html_static_path = ["style"]
html_css_files = ["wide.css"]
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
# Servers of examples, and what asks who one is.
linkcheck_ignore = [r"https?://(localhost|127\.0\.0\.1|[\w.-]*example\.org)", r".*/oauth/.*"]
linkcheck_timeout = 15

_PART = re.compile(r"^<!-- part: (\S+) # (.+) -->$", re.MULTILINE)
_ENDPOINTS = re.compile(r"^<!-- endpoints: (\S+) -->$", re.MULTILINE)
_REQUIREMENTS = re.compile(r"^<!-- requirements: (\S+) -->$", re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)\s]*)\)")


def anchor(title: str) -> str:
    """Return the anchor of a heading, as it is here and where READMEs are shown."""
    return re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")


def headings(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each heading begins, its rank and its title; what is fenced has none."""
    blank = _FENCED.sub(lambda found: " " * len(found[0]), text)
    for found in _HEADING.finditer(blank):
        yield found.start(), len(found[1]), found[2]


def part(path: str, title: str) -> str:
    """Return a part of a README: a heading, and all until the next one of its rank."""
    text = (TOP / path).read_text(encoding="utf-8")
    listed = list(headings(text))
    at = next((place for place, each in enumerate(listed) if each[2] == title), None)
    if at is None:
        raise ValueError(f"{path} has no heading {title!r}")
    begin, rank, _ = listed[at]
    end = next((place for place, other, _ in listed[at + 1 :] if other <= rank), len(text))
    return text[begin:end]


def places() -> dict[tuple[str, str], str]:
    """Return where the headings of READMEs are here, by README and anchor."""
    found: dict[tuple[str, str], str] = {}
    for page in sorted(PAGES.glob("*.md")):
        for path, title in _PART.findall(page.read_text(encoding="utf-8")):
            found.setdefault((path, ""), page.name)
            for _, _, inside in headings(part(path, title)):
                found.setdefault((path, anchor(inside)), f"{page.name}#{anchor(inside)}")
    return found


PLACES = places()


def taken_over(path: str, title: str) -> str:
    """Return a part of a README as a page has it: under a heading of the second rank."""
    text = part(path, title)
    deeper = 2 - min(rank for _, rank, _ in headings(text))
    for begin, rank, _ in reversed(list(headings(text))):
        text = text[:begin] + "#" * (rank + deeper) + text[begin + rank :]
    return _LINK.sub(lambda found: _linked(found, path), text)


def _linked(found: re.Match[str], path: str) -> str:
    """Return a link of a README, to where that is here; to a file that is not here, its name alone."""
    said, (target, _, heading) = found[1], found[2].partition("#")
    linked = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
    if (TOP / linked).is_dir():
        linked += "/README.md"
    place = PLACES.get((linked, heading))
    if linked.startswith("docs/"):
        place = linked.removeprefix("docs/") + (f"#{heading}" if heading else "")
    return f"[{said}]({place})" if place else said


def endpoints(prefix: str) -> str:
    """Return all routes that begin with a prefix, with what they answer and take."""
    lines = []
    for route in ROUTES:
        if route.path.startswith(prefix):
            for verb, operation in route.handler.operations.items():
                lines.append(f"`{verb.upper()} {route.path}`\n: {operation.summary}.")
                for one in operation.query:
                    lines.append(f"  - `{one.name}`: {one.meaning}")
                lines.append("")
    return "\n".join(lines)


def requirements(kind: str) -> str:
    """Return the requirements of a kind as a table: what each says, and the tests that show it."""
    listed = yaml.safe_load((PAGES / "requirements.yaml").read_text(encoding="utf-8"))
    lines = ["| | what is required | shown by |", "|---|---|---|"]
    for name, told in listed.items():
        if name.startswith(f"{kind}-"):
            said = told["says"] + (f"<br>*Falls short:* {told['lacks']}" if "lacks" in told else "")
            shown = "<br>".join(
                f"`{path}`: {'; '.join(map(_sentence, tests))}"
                for path, tests in told["shown"].items()
            )
            lines.append(f'| <span class="requirement">{name}</span> | {said} | {shown} |')
    return "\n".join(lines)


def _sentence(test: str) -> str:
    """Return the name of a test in words, without the requirement that it may begin with."""
    return re.sub(r"^test_((s|rs|d)\d+_)*", "", test).replace("_", " ")


def fill(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put in place what a page takes over."""
    text = _PART.sub(lambda found: taken_over(found[1], found[2]), source[0])
    text = _REQUIREMENTS.sub(lambda found: requirements(found[1]), text)
    source[0] = _ENDPOINTS.sub(lambda found: endpoints(found[1]), text)


def depend(app: Sphinx, env: object, docnames: list[str]) -> None:
    """Read all pages anew each time: what they take over may have changed."""
    docnames[:] = sorted(app.env.found_docs)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", fill)
    app.connect("env-before-read-docs", depend)
