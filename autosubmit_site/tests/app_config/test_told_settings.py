"""What containers are told, a server understands: options, variables and secrets together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from autosubmit_core.access import Level
from autosubmit_core.server import Settings, read_settings

from autosubmit_site import SiteSettings

APP_CONFIG = Path(__file__).resolve().parents[3] / "app-config"
KINDS = {"api-app": Settings, "site-app": SiteSettings}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The file of secrets that a container is given."""
    file = tmp_path / "env"
    file.write_text(f"SECRET_KEY={'k' * 64}\n")
    file.chmod(0o440)
    return file


def settings_of(app: str, arguments: list[str], told: dict[str, str], secrets: Path) -> Any:
    here = [str(secrets) if each.startswith("/run/autosubmit/") else each for each in arguments]
    return read_settings(here, told, KINDS[app])


@pytest.mark.parametrize("app", KINDS)
def test_compose_tells_what_goes_together(app: str, secrets: Path) -> None:
    service = yaml.safe_load((APP_CONFIG / "docker-compose.yml").read_text())["services"][app]
    made = settings_of(app, service["command"], service["environment"], secrets)
    assert (made.level, made.metrics_port, made.address) == (Level.NONE, 9088, "0.0.0.0")
    assert made.secret_key is not None


@pytest.mark.parametrize(("app", "path"), [("api-app", "/api"), ("site-app", "")])
def test_openshift_tells_what_goes_together(app: str, path: str, secrets: Path) -> None:
    base = APP_CONFIG / "openshift" / "base"
    told = dict(yaml.safe_load((base / "settings.yaml").read_text())["data"])
    spec = yaml.safe_load((base / f"{app}.yaml").read_text())["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    told |= {each["name"]: each["value"] for each in container.get("env", ())}
    # As both instances say it.
    told["AUTOSUBMIT_PUBLIC_URL"] = f"https://autosubmit.example.org{path}"
    made = settings_of(app, container["args"], told, secrets)
    assert (made.level, made.root_path, made.metrics_port) == (Level.ALL, path, 9088)
