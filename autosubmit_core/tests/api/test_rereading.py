"""Secrets in a file of variables are replaced while a server runs; what is wrong with them stops nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core.api import rereading
from autosubmit_core.api.access.identity import User
from autosubmit_core.api.access.permission import Level
from autosubmit_core.api.access.secret import Secret
from autosubmit_core.api.rereading import reread, use, watch_secrets
from autosubmit_core.api.settings import Settings, read_settings
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment

Serve = Callable[..., Any]

OLD, NEW = "o" * 40, "n" * 40
#: The program, which looks at its file more often than it would.
PROGRAM = """
from autosubmit_core.api import app, rereading
rereading.WATCH_SECONDS = 0.1
app.run()
"""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    make_experiment(tmp_path / "installation", "a000", jobs=jobs_named(["a000_INI"]))
    return open_archive(tmp_path / "installation")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than a server does, at the file alone."""
    monkeypatch.setattr(rereading, "WATCH_SECONDS", 0.01)
    for variable in ("SECRET_KEY", "PREVIOUS_SECRET_KEYS", "AS_API_SECRET_TOKEN"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "env"


def replace(file: Path, text: str) -> None:
    """Replace a file as mounted secrets are: by another one, at once."""
    other = file.with_name("..new")
    other.write_text(text)
    other.replace(file)


def read(file: Path, environment: dict[str, str] | None = None) -> Settings:
    return read_settings(["--env-file", str(file), "--protection-level", "ALL"], environment or {})


@pytest.mark.parametrize(("previous", "status"), [(OLD, 200), ("", 401)])
def test_d7_a_key_is_replaced_and_its_tokens_are_good_for_as_long_as_it_is_named(
    serve: Serve, archive: Archive, file: Path, previous: str, status: int
) -> None:
    told = {"secret_key": Secret(OLD), "protection_level": Level.ALL, "env_file": file}
    server = serve(archive, **told)
    service = server.app.service
    before, failures = made(service), service.access.failures
    replace(file, f"SECRET_KEY={NEW}\nPREVIOUS_SECRET_KEYS={previous}\n")

    async def go_on() -> None:
        use(service, reread(service.settings, {}))

    server.wait(go_on())
    for token, expected in ((before, status), (made(service), 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert server.ask("/v4/experiments", headers=headers).status == expected
    # Who tried too often before has done so still.
    assert service.access.failures is failures


def test_a_server_without_a_key_keeps_its_own_when_other_secrets_change(
    serve: Serve, archive: Archive, file: Path
) -> None:
    server = serve(archive, protection_level=Level.ALL, env_file=file)
    service = server.app.service
    before = made(service)
    replace(file, f"AS_API_SECRET_TOKEN={NEW}\n")

    async def go_on() -> None:
        use(service, reread(service.settings, {}))

    server.wait(go_on())
    for token in (before, NEW):
        headers = {"Authorization": f"Bearer {token}"}
        assert server.ask("/v4/experiments", headers=headers).status == 200


def made(service: Any) -> str:
    token: str = service.access.tokens.make(User("cas", "ana", "ana")).text
    return token


def test_what_the_environment_has_counts_more_as_at_the_start(file: Path) -> None:
    replace(file, f"SECRET_KEY={OLD}\nAS_API_SECRET_TOKEN={OLD}\nAUTOSUBMIT_MEMORY=1\n")
    environment = {"SECRET_KEY": "e" * 40}
    settings = read(file, environment)
    assert reread(settings, environment) == settings
    replace(file, f"SECRET_KEY={NEW}\nAS_API_SECRET_TOKEN={NEW}\nAUTOSUBMIT_MEMORY=2\n")
    again = reread(settings, environment)
    assert (again.secret_key, again.secret_token) == (settings.secret_key, Secret(NEW))
    # What is no secret counts from the next start.
    assert again.memory == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SECRET_KEY=short-but-hidden", "SECRET_KEY must have at least 32 bytes"),
        ("OIDC_CLIENT_SECRET=other-hidden", "OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"),
        ("AS_API_SECRET_TOKEN=0123456789-0123456789-0123456789-hidden", "env: SECRET_KEY is gone"),
        ("SECRET_KEY=", "env: SECRET_KEY is gone"),
        ("", "env: SECRET_KEY is gone"),
        ("not-a-variable-but-hidden", "line 1: must be NAME=VALUE"),
    ],
)
def test_wrong_secrets_are_refused_in_a_sentence_that_names_none(
    file: Path, text: str, said: str
) -> None:
    replace(file, f"SECRET_KEY={OLD}\n")
    settings = read(file)
    replace(file, text)
    with pytest.raises(ValueError, match=said) as caught:
        reread(settings, {})
    assert "hidden" not in str(caught.value)


def test_d7_the_program_reads_secrets_again_and_keeps_those_of_before_when_they_are_wrong(
    archive: Archive, file: Path
) -> None:
    replace(file, f"AS_API_SECRET_TOKEN={OLD}\n")
    with running(archive, file, PROGRAM) as server:
        assert server.stderr is not None
        ports = (re.search(r"server is running on port (\d+)", line) for line in server.stderr)
        port = next(filter(None, ports))[1]
        assert (status(port, OLD), status(port, NEW)) == (200, 401)
        replace(file, "AS_API_SECRET_TOKEN=short\n")
        wrong = next(
            line for line in server.stderr if "the secrets of before are still used" in line
        )
        assert "must have at least 32" in wrong
        assert status(port, OLD) == 200
        replace(file, f"AS_API_SECRET_TOKEN={NEW}\n")
        assert next(line for line in server.stderr if "secrets were read again" in line)
        assert (status(port, OLD), status(port, NEW)) == (401, 200)
        server.terminate()
        server.stderr.read()
        assert server.wait(30) == 0


@contextmanager
def running(archive: Archive, file: Path, program: str) -> Iterator[subprocess.Popen[str]]:
    root = str(archive.installation.local_root_dir)
    told = ["--port", "0", "--config", root, "--env-file", str(file), "--disable-bg-tasks"]
    environment = {name: value for name, value in os.environ.items() if "SECRET" not in name}
    server = subprocess.Popen(
        [sys.executable, "-c", program, *told], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert server.stderr is not None
    try:
        yield server
    finally:
        server.kill()
        server.wait(10)
        server.stderr.close()


def test_secrets_that_nothing_can_be_made_of_are_said_once_and_those_of_before_stay(
    serve: Serve, archive: Archive, file: Path, watched: None, caplog: pytest.LogCaptureFixture
) -> None:
    replace(file, f"AS_API_SECRET_TOKEN={NEW}\n")
    server = serve(archive, secret_token=Secret(OLD), protection_level=Level.ALL, env_file=file)
    service, tries = server.app.service, iter(range(3))
    before = service.access

    def refuse(settings: Settings) -> Any:
        if next(tries, None) is None:
            # It is looked for no more where there is no file.
            service.settings = replaced(service.settings, env_file=None)
        raise ValueError("of no use")

    service.remake = refuse
    server.wait(watch_secrets(service))
    assert caplog.text.count("the secrets of before are still used: of no use") == 1
    assert service.access is before


def test_what_is_found_once_is_not_used(
    serve: Serve, archive: Archive, file: Path, watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look while a file is being written finds half of it."""
    server = serve(archive, secret_token=Secret(OLD), protection_level=Level.ALL, env_file=file)
    service = server.app.service
    half = replaced(service.settings, secret_token=None)
    # Without a file nobody looks again.
    whole = replaced(half, secret_token=Secret(NEW), env_file=None)
    found = iter([half, service.settings, half, whole, whole])
    monkeypatch.setattr(rereading, "reread", lambda settings, environment: next(found))
    used: list[Settings] = []
    remake = service.remake

    def noted(settings: Settings) -> Any:
        used.append(settings)
        return remake(settings)

    service.remake = noted
    server.wait(watch_secrets(service))
    assert used == [whole]


def test_that_nobody_looks_for_secrets_any_more_is_said(archive: Archive, file: Path) -> None:
    file.write_text("")
    broken = PROGRAM.replace("app.run()", "rereading.reread = None; app.run()")
    with running(archive, file, broken) as server:
        assert server.stderr is not None
        assert next(line for line in server.stderr if "beside requests has failed" in line)


def status(port: str, token: str) -> int:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/v4/experiments", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
