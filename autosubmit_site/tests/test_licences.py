from __future__ import annotations

import re
from pathlib import Path

from autosubmit_core import open_archive

from autosubmit_site.pages.about import about_of

LIST = Path(__file__).resolve().parents[2] / "open-source-licences" / "README.md"


def test_everything_that_is_bundled_is_in_the_list_of_licences(demo: Path) -> None:
    table = LIST.read_text().split("| npm package |")[1]
    listed = set(re.findall(r"^\| (@?[\w/-]+) \| ([\d.]+) \| ([^|]+) \|$", table, re.MULTILINE))
    bundled = about_of(open_archive(demo)).bundled
    assert {(project.name, project.version, project.licence) for project in bundled} == listed
    assert all(len(project.text) > 500 for project in bundled)
