"""Experiments with nothing but a configuration, written from what the tests say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.readers.configuration import Configuration, read_configuration


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write files of the experiment t000: path in its folder -> content; gives the folder.

    ``{FOLDER}`` in a content is the folder.
    """

    def write_files(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "t000"
        (folder / "conf").mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace("{FOLDER}", str(folder)), encoding="utf-8")
        return folder

    return write_files


@pytest.fixture
def read(write: Callable[[Mapping[str, str]], Path]) -> Callable[..., Configuration]:
    """Write files of the experiment t000, as ``write`` does, and read its configuration."""

    def read_files(files: Mapping[str, str], **options: Any) -> Configuration:
        return read_configuration(write(files), "t000", **options)

    return read_files


@pytest.fixture
def resolve(read: Callable[..., Configuration]) -> Callable[[str], dict[str, Any]]:
    """Resolve the text of a single YAML file to its dictionary."""
    return lambda text: dict(read({"conf/main.yml": text}).data)
