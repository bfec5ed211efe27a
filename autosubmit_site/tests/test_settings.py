"""What the site can be told is documented: all of it, and nothing that is gone."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from autosubmit_core.server import Settings

from autosubmit_site import SiteSettings

README = Path(__file__).resolve().parents[1] / "README.md"
#: What the core has too, and the site's table tells again: its default, and what it means here.
TOLD_AGAIN = {"--port", "--root-path"}


def test_the_readme_documents_every_setting_of_the_site_and_no_other() -> None:
    table = README.read_text().split("| option |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(--[\w-]+)` \| (.*?) \|", table, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", variables)) for name, variables in rows}
    of_core = {one.name for one in fields(Settings)}
    declared = {
        f"--{one.name.replace('_', '-')}": set(one.metadata["variables"])
        for one in fields(SiteSettings)
        if one.name not in of_core
    }
    assert {name: said for name, said in told.items() if name not in TOLD_AGAIN} == declared
    assert told.keys() >= TOLD_AGAIN
