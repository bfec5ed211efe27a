"""Text can be read on what it stands on: a contrast of at least 4.5 to 1, in light and in dark.

Contrast = (L1 + 0.05) / (L2 + 0.05) of the relative luminances, the lighter one first
(Web Content Accessibility Guidelines 2.2, success criterion 1.4.3, level AA).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autosubmit_site import app

CSS = (Path(app.__file__).parent / "static" / "site.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
PAIRS = [
    ("text", "page"),
    ("text", "surface"),
    ("quiet", "page"),
    ("quiet", "surface"),
    ("link", "page"),
    ("link", "surface"),
    ("on-link", "link"),
    ("running", "running-surface"),
    ("stopped", "stopped-surface"),
    ("note", "note-surface"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_highest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(colours: dict[str, str]) -> None:
    low = {pair: contrast(*(colours[name] for name in pair)) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(colours: dict[str, str]) -> None:
    assert contrast(colours["border"], colours["surface"]) >= 3
    assert contrast(colours["border"], colours["page"]) >= 3


def test_both_schemes_have_the_same_colours_and_none_is_named_elsewhere() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(re.findall(r"#[0-9a-f]{3,8}\b", CSS)) == len(LIGHT) + len(DARK)
