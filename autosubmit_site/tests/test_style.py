"""Text can be read on what it stands on: a contrast of at least 4.5 to 1, in light and in dark.

Contrast = (L1 + 0.05) / (L2 + 0.05) of the relative luminances, the lighter one first
(Web Content Accessibility Guidelines 2.2, success criterion 1.4.3, level AA). Pictures need 3
(criterion 1.4.11).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from autosubmit_core import Status

STYLES = Path(__file__).resolve().parents[1] / "frontend" / "styles"
CSS = (STYLES / "colours.css").read_text()
PAIRS = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", CSS)
LIGHT = {name: light for name, light, _ in PAIRS}
DARK = {name: dark for name, _, dark in PAIRS}
TRADITIONAL = dict(
    re.findall(r"--([\w-]+): (#[0-9a-f]{6});", CSS.split('[data-palette="traditional"] {')[1])
)
STATUSES = [status.name.lower() for status in Status]
TEXTS = [
    *[(text, on) for text in ("text", "quiet", "accent") for on in ("page", "surface", "raised")],
    ("accent", "chosen"),
    ("text", "chosen"),
    ("on-accent", "accent"),
    ("on-top", "top"),
    ("note", "note-surface"),
    ("failed", "surface"),
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
    low = {pair: contrast(*(colours[name] for name in pair)) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_status_and_the_edge_of_a_field_can_be_seen(colours: dict[str, str]) -> None:
    low = {
        name: contrast(colours[name], colours[on])
        for name in [*STATUSES, "border"]
        for on in ("surface", "page")
    }
    assert {name: ratio for name, ratio in low.items() if ratio < 3} == {}


def test_words_can_be_read_on_the_traditional_colours() -> None:
    white = {"running", "failed"}
    low = {
        name: contrast(TRADITIONAL[name], "#ffffff" if name in white else "#000000")
        for name in STATUSES
    }
    assert {name: ratio for name, ratio in low.items() if ratio < 4.5} == {}


def test_every_status_has_a_colour_a_class_and_a_fill() -> None:
    for name in STATUSES:
        assert name in LIGHT
        assert name in TRADITIONAL
        assert f".s-{name} {{" in CSS
        assert f".f-{name} {{" in CSS


def test_colours_are_named_in_one_file() -> None:
    for style in STYLES.glob("*.css"):
        if style.name != "colours.css":
            named = set(re.findall(r"#[0-9a-f]{3,8}\b", style.read_text()))
            # Words on the traditional colours, and their edges.
            assert named <= {"#000000", "#ffffff", "#444444", "#b80000", "#ff9a9a"}, style.name
