from __future__ import annotations

import json
import re
from pathlib import Path

from autosubmit_core import open_archive

from autosubmit_site.pages.about import about_of

TOP = Path(__file__).resolve().parents[2]
LIST = TOP / "open-source-licences" / "README.md"
#: Of what is bundled; what only builds it is shipped to nobody.
ALLOWED = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}


def test_everything_that_is_bundled_is_in_the_list_of_licences(demo: Path) -> None:
    table = LIST.read_text().split("| npm package |")[1]
    listed = set(re.findall(r"^\| (@?[\w/-]+) \| ([\d.]+) \| ([^|]+) \|$", table, re.MULTILINE))
    bundled = about_of(open_archive(demo)).bundled
    assert {(project.name, project.version, project.licence) for project in bundled} == listed
    assert all(len(project.text) > 500 for project in bundled)


def test_everything_that_may_be_bundled_has_a_licence_that_is_allowed() -> None:
    lock = json.loads((TOP / "autosubmit_site" / "frontend" / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name and not one.get("dev")}
    assert len(packages) > 4
    assert {
        name: one["license"] for name, one in packages.items() if one["license"] not in ALLOWED
    } == {}
