"""docker compose: a file that it understands, services that may do little, and settings that there are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

OURS = ("api-app", "site-app", "worker", "autosubmit-router", "example", "secrets")
SERVERS = ("api-app", "site-app", "worker")


def test_the_file_is_one_of_compose(app_config: Path) -> None:
    schema = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run = subprocess.run(
        [*schema, str(app_config / "docker-compose.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("name", OURS)
def test_d4_services_may_do_little(compose: Any, name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert not service["user"].startswith("0")


@pytest.mark.parametrize("name", SERVERS)
def test_d7_experiments_are_read_only(compose: Any, name: str) -> None:
    mounted = dict(each.split(":", 1) for each in compose["services"][name]["volumes"])
    assert mounted["experiments"] == "/srv/autosubmit:ro"
    assert mounted["secrets"].endswith(":ro")


def test_only_the_router_is_reached_and_from_this_machine_alone(compose: Any) -> None:
    ports = {name: each["ports"] for name, each in compose["services"].items() if "ports" in each}
    assert ports == {"autosubmit-router": ["127.0.0.1:${PORT:-8080}:8080"]}
    assert compose["networks"]["inside"]["internal"] is True


def test_d7_no_secret_stands_in_the_file(compose: Any, app_config: Path) -> None:
    for service in compose["services"].values():
        for name in service.get("environment", {}):
            assert not any(word in name for word in ("SECRET", "TOKEN", "PASSWORD")) or (
                name == "POSTGRES_PASSWORD_FILE"
            )


def test_every_variable_is_a_setting(compose: Any, is_setting: Callable[[str], bool]) -> None:
    for name in SERVERS:
        told = compose["services"][name]["environment"]
        assert [variable for variable in told if not is_setting(variable)] == []


def test_no_image_is_one_that_moves_by_itself(compose: Any) -> None:
    foreign = [each["image"] for each in compose["services"].values() if ":" in each["image"]]
    assert len(foreign) == 2
    assert not [image for image in foreign if image.endswith(":latest")]
    assert {each["image"] for each in compose["services"].values()} - set(foreign) == {
        "api-app",
        "site-app",
    }


def test_the_router_waits_for_those_that_are_healthy(compose: Any) -> None:
    waited = compose["services"]["autosubmit-router"]["depends_on"]
    assert waited == {name: {"condition": "service_healthy"} for name in ("api-app", "site-app")}


def test_d8_the_worker_is_asked_whether_it_gets_on(compose: Any) -> None:
    worker = compose["services"]["worker"]
    asked = worker["healthcheck"]["test"][-1]
    assert f":{worker['environment']['AUTOSUBMIT_METRICS_PORT']}/health/live" in asked


def test_secrets_are_made_once_for_those_who_need_them_alone(compose: Any, tmp_path: Path) -> None:
    service = compose["services"]["secrets"]
    (said,) = service["command"]
    script = said.replace("$$", "$").replace("/run/autosubmit", str(tmp_path))
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    def start() -> dict[str, str]:
        subprocess.run([*service["entrypoint"], script], check=True, env={"PATH": path})
        return {file.name: file.read_text() for file in tmp_path.iterdir()}

    made = start()
    assert made.keys() == {"connection-url", "env", "password"}
    assert len(made["env"].removeprefix("SECRET_KEY=").strip()) == 64
    assert f":{made['password']}@db:5432/" in made["connection-url"]
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o640}
    assert start() == made
