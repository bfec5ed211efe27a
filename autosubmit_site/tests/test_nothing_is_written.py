"""S-34: showing every page leaves an installation byte for byte as it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autosubmit_site.app import PAGES

PARTS = {
    **{"expid": "a2m9", "job_name": "a2m9_19611101_fc0_4_POST", "run_id": "1", "log": "run"},
    **{"action": "set-job-status", "command_id": "0" * 32},
}


def everything_below(folder: Path) -> dict[Path, tuple[object, ...]]:
    """Return what is to be known of every file and folder, its bytes included."""
    found: dict[Path, tuple[object, ...]] = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        facts = path.lstat()
        digest = hashlib.blake2b(path.read_bytes()).digest() if path.is_file() else b""
        found[path] = (facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ino, digest)
    return found


def test_s34_nothing_changes_when_every_page_is_shown(
    demo: Path, site_of: Callable[..., Any], fetch: Callable[..., Any]
) -> None:
    paths = [
        re.sub(r"\{(\w+)\}", lambda found: PARTS[found[1]], page.path)
        for page in PAGES
        if "get" in page.handler.operations and "{provider}" not in page.path
    ]
    before = everything_below(demo)
    # A site of its own, which has read nothing yet.
    site = site_of(demo)
    statuses = {path: fetch(site, path).code for path in paths}
    assert statuses.pop("/account") == 401
    assert statuses.pop(f"/commands/{'0' * 32}") == 404
    assert set(statuses.values()) == {200}
    assert len(statuses) > 15
    assert everything_below(demo) == before
