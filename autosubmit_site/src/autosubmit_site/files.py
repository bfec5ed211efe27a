"""The scripts, styles and pictures of the pages, served under names that change with their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autosubmit_core.server import Encoded, encode

__all__ = ["BUILT", "StaticFile", "read_static_files"]

_STATIC = Path(__file__).parent / "static"
#: Where the build of the package puts what it bundles, with a ``manifest.json`` of their names.
BUILT = _STATIC / "built"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    #: The path below ``/static/``, which holds a digest of the content.
    path: str
    media_type: str
    encoded: Encoded


def read_static_files(theme: Path) -> dict[str, StaticFile]:
    """Return all files by the name that templates use: ``jobs.js``, ``icon.svg``, ``theme/logo.svg``.

    Parts of scripts that only scripts load are there too, under the name they know.
    """
    found = {file.name: file for file in _STATIC.iterdir() if file.is_file()}
    found |= {f"theme/{file.name}": file for file in _below(theme / "static")}
    files = {
        name: _static_file(name, file)
        for name, file in found.items()
        if file.suffix.lower() in _TYPES
    }
    manifest = json.loads((BUILT / "manifest.json").read_text()) if BUILT.is_dir() else {}
    built = {name: BUILT / file for name, file in manifest.items()}
    # Their names hold a digest already: that of the bundler, which scripts know each other by.
    files |= {name: _static_file(name, file, file.name) for name, file in built.items()}
    return files


def _below(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.glob("*")) if file.is_file())


def _static_file(name: str, file: Path, path: str | None = None) -> StaticFile:
    content = file.read_bytes()
    if path is None:
        digest = hashlib.blake2b(content, digest_size=6).hexdigest()
        path = f"{name.removesuffix(file.suffix)}-{digest}{file.suffix}"
    return StaticFile(path, _TYPES[file.suffix.lower()], encode(content))
