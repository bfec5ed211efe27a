"""What a server refuses to start with: S-01, S-06, S-08, S-33, and what it says when it starts."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api.access import secret
from autosubmit_core.api.access.make import tell
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret, read_signing_key
from autosubmit_core.api.settings import Settings, read_settings

KEY = "0123456789abcdef" * 2
GITHUB = {"GITHUB_OAUTH_CLIENT_ID": "id", "GITHUB_OAUTH_CLIENT_SECRET": "secret"}
OPENID = {"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "id"}


def refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], environment: dict[str, str]
) -> str:
    with pytest.raises(SystemExit) as ended:
        read_settings(arguments, environment)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ([], {"SECRET_KEY": "short"}, "SECRET_KEY: must have at least 32 bytes"),
        ([], {"SECRET_KEY": "x" * 20}, "SECRET_KEY: must have at least 32 bytes"),
        ([], {"PREVIOUS_SECRET_KEYS": f"{KEY} short"}, "PREVIOUS_SECRET_KEYS: must have at least"),
        (["--processes", "2"], {}, "need one SECRET_KEY"),
        (["--replicas"], {}, "need one SECRET_KEY"),
        ([], {"AS_API_SECRET_TOKEN": "x" * 31}, "must have at least 32 ASCII characters"),
        ([], {"AS_API_SECRET_TOKEN": "\xe9" * 32}, "must have at least 32 ASCII characters"),
        ([], {"PROTECTION_LEVEL": "none"}, "must be ALL, WRITEONLY or NONE"),
        ([], GITHUB, "need GITHUB_OAUTH_WHITELIST_ORGANIZATION, or --any-github-user"),
        (
            ["--any-github-user"],
            {**GITHUB, "GITHUB_OAUTH_WHITELIST_TEAM": "t"},
            "GITHUB_OAUTH_WHITELIST_TEAM needs GITHUB_OAUTH_WHITELIST_ORGANIZATION",
        ),
        ([], {"GITHUB_OAUTH_CLIENT_ID": "id"}, "need each other"),
        ([], OPENID, "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET need each other"),
        ([], {"OIDC_ISSUER": "http://id.example.org"}, "must begin with https://"),
        ([], {"CAS_SERVER_URL": "http://cas.example.org/"}, "must begin with https://"),
        ([], {"CAS_SERVER_URL": "cas.example.org"}, "must be an address"),
        ([], {"CAS_LOGIN_URL": "https://cas.example.org/login"}, "need each other"),
        ([], {"AUTOSUBMIT_PUBLIC_URL": "https://x@y/"}, "must be an address"),
        ([], {"AUTOSUBMIT_REPLICAS": "perhaps"}, "must be true or false"),
        ([], {"FORWARDED_ALLOW_IPS": "*"}, "must be addresses such as"),
        ([], {"OIDC_USERNAME_SOURCE": "guess"}, "must be id_token or userinfo"),
    ],
)
def test_what_is_not_safe_is_refused_in_one_sentence(
    arguments: list[str],
    environment: dict[str, str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """S-01, S-06, S-08."""
    assert said in refused(capsys, arguments, environment)


@pytest.mark.parametrize("variable", ["SECRET_KEY", "PREVIOUS_SECRET_KEYS"])
def test_a_published_key_is_refused(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-01: the digests are known, the keys are not; so one of which the digest is listed."""
    digest = "e5a64cb1e7b56a1a4d3e3a5b8d2d0cf4"
    key = f"published {digest}"
    listed = hashlib.sha256(key.replace(" ", "-").encode()).hexdigest()
    monkeypatch.setattr(secret, "_PUBLISHED", secret._PUBLISHED | {listed})
    said = refused(capsys, [], {variable: key.replace(" ", "-")})
    assert "is a key that was published" in said
    assert digest not in said


def test_the_published_keys_are_those_of_the_specification() -> None:
    """S-01."""
    assert {
        "54cb6bdb20862b49d07825ef156ea2a789260dafa8c5f4a587e11e2f4b26c312",
        "c179273c91ed6d5b9addedd069038118c36949a514b4b431f22781e8648ca534",
        "6dad136125f01635f41028296b17ec0f05f08f263844db73b8b2435a246b0292",
    } == secret._PUBLISHED
    assert read_signing_key(KEY) == Secret(KEY)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "192.0.2.1", "api.example.org"])
def test_an_open_server_on_a_network_takes_another_word(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["--address", address, "--protection-level", "NONE"]
    assert "--open-to-network" in refused(capsys, told, {})
    assert read_settings([*told, "--open-to-network"], {}).level is Level.NONE


@pytest.mark.parametrize(
    "told",
    [
        ["--public-url", "https://api.example.org/api"],
        ["--public-url", "http://192.0.2.1"],
        ["--allowed-hosts", "localhost, api.example.org"],
    ],
)
def test_an_open_server_that_a_proxy_shows_to_a_network_takes_another_word(
    told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """S-02: it listens on this machine alone, and others ask it nevertheless."""
    told = [*told, "--protection-level", "NONE"]
    said = refused(capsys, told, {})
    assert "--open-to-network" in said
    assert told[1].split("//")[-1].split()[-1].removesuffix("/api") in said
    assert read_settings([*told, "--open-to-network"], {}).level is Level.NONE


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_an_open_server_that_is_named_for_this_machine_takes_none(name: str) -> None:
    told = ["--public-url", f"http://{name}:8080", "--allowed-hosts", name]
    assert read_settings([*told, "--protection-level", "NONE"], {}).level is Level.NONE


@pytest.mark.parametrize(
    ("arguments", "level"),
    [
        ([], Level.ALL),
        (["--demo"], Level.NONE),
        (["--demo", "--address", "::1"], Level.NONE),
        (["--demo", "--address", "0.0.0.0"], Level.ALL),
        (["--demo", "--public-url", "https://api.example.org"], Level.ALL),
        (["--demo", "--public-url", "http://localhost:8088"], Level.NONE),
        (["--demo", "--allowed-hosts", "api.example.org"], Level.ALL),
        (["--demo", "--protection-level", "ALL"], Level.ALL),
        (["--protection-level", "NONE"], Level.NONE),
    ],
)
def test_only_a_demo_on_this_machine_is_open_by_itself(arguments: list[str], level: Level) -> None:
    assert read_settings(arguments, {}).level is level


def test_processes_need_no_key_where_there_are_no_tokens() -> None:
    assert read_settings(["--processes", "2", "--protection-level", "NONE"], {}).processes == 2


def test_secrets_have_no_options_and_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """S-15: everybody on a machine can see the command lines of its programs."""
    refused(capsys, ["--secret-key", KEY], {})
    told = {"SECRET_KEY": KEY, "AS_API_SECRET_TOKEN": "t" * 32, "PREVIOUS_SECRET_KEYS": "p" * 32}
    shown = repr(read_settings([], told))
    assert "***" in shown
    assert not any(value in shown for value in told.values())


def test_the_variable_of_the_container_image_is_warned_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """S-01."""
    read_settings([], {"JWT_SECRET": KEY})
    assert "JWT_SECRET" in caplog.text
    assert "SECRET_KEY" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "nobody can get one"),
        ({}, "no SECRET_KEY: a random one is used"),
        (
            {"protection_level": Level.NONE, "address": "0.0.0.0", "open_to_network": True},
            "0.0.0.0",
        ),
        (
            {
                **{"protection_level": Level.NONE, "open_to_network": True},
                "public_url": "https://api.example.org/api",
            },
            "everybody who reaches api.example.org",
        ),
        ({"demo": True}, "the demo needs no token"),
        ({"public_url": "http://site.example.org/as"}, "http://site.example.org/as is no https"),
        (
            {
                "protection_level": Level.NONE,
                "open_to_network": True,
                "public_url": "http://192.0.2.7",
                "cas_server_url": "https://cas.example.org/",
            },
            "http://192.0.2.7 is no https",
        ),
    ],
)
def test_the_log_says_what_whoever_starts_a_server_should_know(
    settings: dict[str, Any], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    tell(Settings(**settings))
    assert said in caplog.text


@pytest.mark.parametrize(
    "public_url",
    ["", "https://site.example.org", "http://localhost:8080", "http://127.0.0.1", "http://[::1]"],
)
def test_the_log_complains_of_nothing_that_is_configured(
    caplog: pytest.LogCaptureFixture, public_url: str
) -> None:
    caplog.set_level(logging.WARNING)
    cas = "https://cas.example.org/"
    tell(Settings(secret_key=Secret(KEY), public_url=public_url, cas_server_url=cas))
    assert caplog.text == ""


# -- a file of variables -------------------------------------------------------------------------


def env_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "variables"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_file_of_variables_counts_after_the_environment(tmp_path: Path) -> None:
    """S-33."""
    lines = (
        f"# keys\nSECRET_KEY={KEY}\n\nexport AS_API_ROOT_PATH='/api'\nAUTOSUBMIT_REPLICAS = true"
    )
    arguments = ["--env-file", str(env_file(tmp_path, lines))]
    settings = read_settings(arguments, {"AS_API_ROOT_PATH": "/mine"})
    assert settings.secret_key == Secret(KEY)
    assert (settings.root_path, settings.replicas) == ("/mine", True)


def test_a_file_of_variables_may_name_the_installation(tmp_path: Path) -> None:
    path = env_file(tmp_path, "AUTOSUBMIT_CONFIGURATION=/etc/mine")
    assert read_settings(["--env-file", str(path)], {}).config == Path("/etc/mine")
    assert read_settings(["--env-file", str(path), "--config", "x"], {}).config == Path("x")
    assert read_settings(["--env-file", str(path), "--demo"], {}).config is None


def test_a_file_of_variables_may_name_shared_folders(tmp_path: Path) -> None:
    path = env_file(tmp_path, "AUTOSUBMIT_SHARED_FOLDERS=/esm:/platforms")
    arguments = ["--env-file", str(path)]
    assert read_settings(arguments, {}).shared_folders == (Path("/esm"), Path("/platforms"))
    assert read_settings([*arguments, "--shared-folders", "/x"], {}).shared_folders == (Path("/x"),)


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666])
def test_a_file_that_others_may_write_is_refused(
    tmp_path: Path, mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """S-33."""
    path = env_file(tmp_path, f"SECRET_KEY={KEY}", mode)
    assert "can be written by others" in refused(capsys, ["--env-file", str(path)], {})


def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-33: who owns it decides whose logins are believed."""
    path = env_file(tmp_path, f"SECRET_KEY={KEY}")
    if os.geteuid() == 0:
        os.chown(path, 65534, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert "belongs to somebody else" in refused(capsys, ["--env-file", str(path)], {})


def test_a_file_that_is_none_is_refused_by_line_and_shows_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = env_file(tmp_path, f"A=b\n{KEY}")
    said = refused(capsys, ["--env-file", str(path)], {})
    assert "line 2: must be NAME=VALUE" in said
    assert KEY not in said
    assert "cannot be read" in refused(capsys, ["--env-file", str(tmp_path / "none")], {})


def test_no_file_is_looked_for(tmp_path: Path) -> None:
    """S-33: neither where the server is started, nor above the package."""
    env_file(tmp_path, "PROTECTION_LEVEL=wrong").rename(tmp_path / ".env")
    program = [sys.executable, "-c", "from autosubmit_core.api.settings import *"]
    program[-1] += "; import os; print(read_settings([], os.environ).level.value)"
    told = {name: value for name, value in os.environ.items() if name != "PROTECTION_LEVEL"}
    run = subprocess.run(
        program, cwd=tmp_path, env=told, capture_output=True, text=True, check=True
    )
    assert run.stdout == "ALL\n"


def test_the_program_says_so_on_one_line_and_ends_with_2(tmp_path: Path) -> None:
    """S-01: before its port is open."""
    program = [sys.executable, "-m", "autosubmit_core.api.app", "--demo", "--port", "0"]
    told = {**os.environ, "SECRET_KEY": "short"}
    run = subprocess.run(program, env=told, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "SECRET_KEY: must have at least 32 bytes" in run.stderr.splitlines()[-1]
