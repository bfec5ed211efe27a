"""What the images install is written down, with digests, and is what continuous integration tests."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
LOCKS = ("build.txt", "core.txt", "site.txt")
#: What licences say of themselves, in their own words: each was read by somebody before it came here.
ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-3-Clause", "MIT", "MIT-0", "PSF-2.0"),
    *("Apache-2.0 AND BSD-2-Clause", "Apache-2.0 OR BSD-3-Clause"),
    "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    "MPL-2.0 AND (Apache-2.0 OR MIT)",
    # Used as they are, and not changed.
    *("EPL-2.0 OR GPL-2.0-or-later", "LGPL-3.0-only"),
    # Of one that knows no better words.
    "License :: OSI Approved :: BSD License",
}


def entries(lock: Path) -> list[str]:
    """Return each requirement of a lock, with its digests."""
    return lock.read_text().replace("\\\n", " ").splitlines()


def versions(text: str) -> set[tuple[str, str]]:
    """Return the names and versions that some lines pin."""
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    return {(name.lower().replace("_", "-"), version) for name, version in pinned}


@pytest.mark.parametrize("name", [*LOCKS, "audit.txt"])
def test_everything_has_digests(app_config: Path, name: str) -> None:
    for entry in entries(app_config / "locks" / name):
        assert re.match(r"[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("name", LOCKS)
def test_the_versions_are_those_that_are_tested(app_config: Path, name: str) -> None:
    tested = versions((TOP / "constraints.txt").read_text())
    # What Windows alone needs is tested nowhere, and no image installs it.
    locked = [entry for entry in entries(app_config / "locks" / name) if "win32" not in entry]
    assert versions("\n".join(locked)) - tested == set()


def requirements(package: str, group: str) -> set[str]:
    text = (TOP / package / "pyproject.toml").read_text()
    listed = re.search(rf"^{group} = \[(.*)\]$", text, re.MULTILINE)
    assert listed
    named = re.findall(r'"([\w.-]+)', listed[1])
    return {name.lower().replace("_", "-") for name in named} - {"autosubmit-core"}


@pytest.mark.parametrize(
    ("lock", "needed"),
    [
        ("core.txt", [("autosubmit_core", "dependencies"), ("autosubmit_core", "postgres")]),
        ("core.txt", [("autosubmit_core", "ssh")]),
        ("site.txt", [("autosubmit_core", "dependencies"), ("autosubmit_site", "dependencies")]),
        ("build.txt", [("autosubmit_core", "requires"), ("autosubmit_site", "requires")]),
    ],
)
def test_nothing_that_a_package_asks_for_is_missing(
    app_config: Path, lock: str, needed: list[tuple[str, str]]
) -> None:
    locked = {name for name, _ in versions((app_config / "locks" / lock).read_text())}
    for package, group in needed:
        assert requirements(package, group) <= locked


def shipped() -> list[tuple[str, str]]:
    return sorted(versions((TOP / "app-config" / "locks" / "site.txt").read_text()))


@pytest.mark.parametrize(("name", "version"), shipped())
def test_what_is_shipped_has_a_licence_that_is_allowed_and_listed(name: str, version: str) -> None:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed here")
    if told["Version"] != version:
        pytest.skip(f"{name} is installed here as {told['Version']}")
    classified = [one for one in told.get_all("Classifier", []) if one.startswith("License")]
    said = [*told.get_all("License-Expression", []), *told.get_all("License", []), *classified]
    assert said[0] in ALLOWED
    listed = (TOP / "open-source-licences" / "README.md").read_text().replace("_", "-")
    # Those that Windows alone needs are in no image.
    assert re.search(rf"^\| .*\b{name.removesuffix('-binary')}\b", listed, re.M) or name == "tzdata"
