"""Every setting is declared once, documented, and refused in words when it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

import pytest

from autosubmit_core.api.settings import Settings, option, read_settings, setting

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_defaults_are_the_published_ones() -> None:
    settings = read_settings([], {})
    assert settings == Settings()
    assert (settings.port, settings.address, settings.debug) == (8088, "127.0.0.1", False)


def test_the_command_line_wins_over_the_environment() -> None:
    environment = {"AS_API_ROOT_PATH": "/api/", "AUTOSUBMIT_BODY_LIMIT": "10"}
    settings = read_settings(["--body-limit", "20", "--debug"], environment)
    assert (settings.root_path, settings.body_limit, settings.debug) == ("/api", 20, True)


def test_no_debug_is_accepted_and_changes_nothing() -> None:
    assert read_settings(["--no-debug"], {}) == Settings()


@pytest.mark.parametrize(
    ("told", "origins"),
    [
        ("", ()),
        ("https://gui.example.org", ("https://gui.example.org",)),
        (
            "https://GUI.example.org/, http://localhost:3000",
            ("https://gui.example.org", "http://localhost:3000"),
        ),
    ],
)
def test_allowed_origins_are_a_list_of_whole_origins(told: str, origins: tuple[str, ...]) -> None:
    settings = read_settings([], {"AUTOSUBMIT_ALLOWED_ORIGINS": told})
    assert settings.allowed_origins == origins


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--port", "x"], {}, "argument --port: must be a whole number from 0 to 65535"),
        (["--prot", "1"], {}, "unrecognized arguments"),
        ([], {"AUTOSUBMIT_MEMORY": "-1"}, "environment variable AUTOSUBMIT_MEMORY: must be"),
        ([], {"AUTOSUBMIT_ALLOWED_ORIGINS": "*"}, "must be origins such as"),
        ([], {"AUTOSUBMIT_ALLOWED_ORIGINS": "null"}, "must be origins such as"),
        (["--root-path", "api"], {}, "must be a path such as /api"),
        (["--demo", "--config", "rc"], {}, "--demo brings its own installation"),
    ],
)
def test_a_value_that_cannot_be_ends_with_2_and_a_sentence(
    arguments: list[str],
    environment: dict[str, str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_settings(arguments, environment)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_every_setting_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_settings(["--help"], {})
    assert ended.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    for one in fields(Settings):
        assert (option(one) or "") in shown
        assert " ".join(one.metadata["meaning"].split()[:4]) in shown
        assert all(variable in shown for variable in one.metadata["variables"])


def documented() -> list[list[str]]:
    """Return the cells of each row of the tables of settings in the README, without the backticks."""
    tables = README.read_text().split("| option |")[1:]
    rows = [row for table in tables for row in table.split("\n\n")[0].splitlines()[2:]]
    return [[cell.strip().strip("`") for cell in row.split("|")[1:-1]] for row in rows]


def test_the_readme_documents_every_setting_and_none_that_is_gone() -> None:
    named = [(row[0], row[1]) for row in documented()]
    declared = [
        (option(one) or "", ", ".join(one.metadata["variables"])) for one in fields(Settings)
    ]
    # The run-control file is found by another's variable.
    told = [(name, "" if name == "--config" else variable) for name, variable in named]
    assert sorted(told) == sorted(declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings(Settings):
    program: ClassVar[str] = "pages"
    port: int = setting(80, "port of the pages", read=int)
    theme: str = setting("base", "look of the pages", read=str, variable=("PAGES_THEME", "THEME"))


def test_a_server_that_has_more_to_be_told_adds_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = read_settings(["--debug"], {"THEME": "blue", "AUTOSUBMIT_MEMORY": "7"}, PageSettings)
    assert (made.debug, made.port, made.theme, made.memory) == (True, 80, "blue", 7)
    both = {"THEME": "blue", "PAGES_THEME": "green"}
    assert read_settings([], both, PageSettings).theme == "green"
    with pytest.raises(SystemExit):
        read_settings(["--help"], {}, PageSettings)
    shown = capsys.readouterr().out
    assert "python -m pages" in shown
    assert "[PAGES_THEME, THEME]" in " ".join(shown.split())
