"""How pages write numbers, durations and instants."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from autosubmit_core.server import json_bytes
from markupsafe import Markup

__all__ = ["duration", "filters", "instant", "iso", "json", "model", "size", "zone_name"]

#: What stands where there is nothing: a dash.
NONE = "\u2013"

_ZONE = re.compile(r"[A-Za-z]+(/[A-Za-z0-9_+-]+)*")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SIZES = ("B", "kB", "MB", "GB", "TB")
#: The last instant that a calendar can name.
_END_OF_TIME = 253_402_214_400


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units; a dash for none.

    >>> duration(45), duration(3725), duration(200_000), duration(0)
    ('45 s', '1 h 02 min', '2 d 07 h', '0 s')
    """
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return NONE
    whole = int(seconds)
    place = next((at for at, (length, _) in enumerate(_UNITS) if whole >= length), -1)
    length, unit = _UNITS[place]
    text = f"{whole // length} {unit}"
    if 0 <= place < len(_UNITS) - 1:
        smaller, name = _UNITS[place + 1]
        text += f" {whole % length // smaller:02} {name}"
    return text


def size(number: float) -> str:
    """Return a number of bytes.

    >>> size(17), size(2_345_678)
    ('17 B', '2.3 MB')
    """
    place = 0
    while number >= 1000 and place < len(_SIZES) - 1:
        number, place = number / 1000, place + 1
    return f"{number:.1f} {_SIZES[place]}" if place else f"{number:.0f} B"


def model(url: str) -> str:
    """Return the name of the repository that a model is in.

    >>> model("https://git.example.org/es/auto-nemo.git"), model("NA")
    ('auto-nemo', 'NA')
    """
    return PurePosixPath(url.rstrip("/")).name.removesuffix(".git")


def filters(language: str) -> dict[str, Callable[..., Any]]:
    """Return the filters of templates: ``number``, ``decimal``, ``duration``, ``size``, ``instant``, …"""
    point, group = (".", "\u202f") if language == "en" else (",", "\u202f")

    def number(value: float | None) -> str:
        return NONE if value is None else f"{value:,.0f}".replace(",", group)

    def decimal(value: float | None, digits: int = 2) -> str:
        if value is None or not math.isfinite(value):
            return NONE
        whole, _, rest = f"{value:,.{digits}f}".partition(".")
        return whole.replace(",", group) + (point + rest if rest else "")

    def percent(value: float) -> str:
        # 99.97 % is not done.
        shown = math.floor(value * 1000) / 10 if value < 1 else 100
        return decimal(shown, 0 if shown == int(shown) else 1) + "\u202f%"

    return {
        "number": number,
        "decimal": decimal,
        "percent": percent,
        "duration": duration,
        "model": model,
        "size": size,
        "instant": instant,
        "iso": iso,
        "json": json,
    }


def instant(seconds: int | None, short: bool = False) -> Markup:
    """Return an instant as an element, in the zone of this process as Autosubmit's own logs have it.

    >>> instant(0) == NONE
    True
    """
    if not seconds or not 0 < seconds < _END_OF_TIME:
        return Markup(NONE)
    moment = datetime.fromtimestamp(seconds).astimezone()
    told = moment.strftime("%Y-%m-%d" if short else "%Y-%m-%d %H:%M")
    whole = iso(seconds)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(whole, whole, told)


def zone_name() -> str:
    """Return the name of the zone of this process, for scripts; empty where the system has none."""
    told = os.environ.get("TZ", "").removeprefix(":")
    if not told:
        told = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return told if _ZONE.fullmatch(told) else ""


def iso(seconds: int) -> str:
    """Return an instant as elements name it.

    >>> iso(0)[-6:] == iso(0)[19:]
    True
    """
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def json(value: object) -> Markup:
    """Return a value as JSON that may stand inside a data block of a page."""
    text = json_bytes(value).decode()
    return Markup(
        str(Markup(text)).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    )
