"""The look of an institution: a folder of templates over the common ones.

A theme is a folder with a ``layout.html.j2`` that extends ``base/layout.html.j2`` and says what is
different: logo, announcement, links. Files in its folder ``static`` are served as they are. Any
other template in it stands for the common one of that name.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["TEMPLATES", "ThemeError", "theme_folder"]

#: The common templates and the themes that come with the package, a folder each.
TEMPLATES = Path(__file__).parent / "templates"


class ThemeError(Exception):
    """There is no theme of that name, or in that folder."""


def theme_folder(theme: str) -> Path:
    """Return the folder of a theme: one of the package by its name, or any by its path.

    >>> theme_folder("base").name
    'base'
    """
    shipped = sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())
    if theme in shipped:
        return TEMPLATES / theme
    folder = Path(theme).expanduser()
    if not (folder / "layout.html.j2").is_file():
        raise ThemeError(
            f"there is no theme {theme!r}: it is one of {', '.join(shipped)}, or a folder with a "
            "layout.html.j2"
        )
    return folder.resolve()
