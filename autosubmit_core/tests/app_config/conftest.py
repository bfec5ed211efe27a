"""Where what is deployed is written, and the programs that read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from autosubmit_core.api.settings import Settings, option

TOP = Path(__file__).resolve().parents[3]
#: The first kubectl, 1.x, that knows all that the instances are put together with.
KUBECTL = 27


@pytest.fixture(scope="session")
def app_config() -> Path:
    """The folder ``app-config``."""
    return TOP / "app-config"


@pytest.fixture(scope="session")
def compose(app_config: Path) -> Any:
    """The file of docker compose."""
    return yaml.safe_load((app_config / "docker-compose.yml").read_text())


@pytest.fixture(scope="session")
def manifests(app_config: Path) -> list[dict[str, Any]]:
    """Every object that the instances on OpenShift have in common."""
    files = sorted((app_config / "openshift" / "base").glob("*.yaml"))
    found = [each for file in files for each in yaml.safe_load_all(file.read_text())]
    return [each for each in found if each["kind"] != "Kustomization"]


@pytest.fixture(scope="session")
def without() -> Callable[[str], NoReturn]:
    """Skip the test for want of something real, or fail where everything has to be there."""

    def end(what: str) -> NoReturn:
        if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
            pytest.fail(f"{what} must be there when AUTOSUBMIT_TEST_REQUIRE_ALL=1")
        pytest.skip(f"{what} is not on this machine")

    return end


@pytest.fixture(scope="session")
def kubectl(without: Callable[[str], NoReturn]) -> str:
    """The program that puts an instance together."""
    found, wanted = shutil.which("kubectl"), f"kubectl 1.{KUBECTL} or later"
    if not found:
        without(wanted)
    command = [found, "version", "--client", "--output=json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    # Where it was built by others there may be more than digits.
    if int(told["clientVersion"]["minor"].rstrip("+")) < KUBECTL:
        without(wanted)
    return found


@pytest.fixture(scope="session")
def is_setting() -> Callable[[str], bool]:
    """Tell whether an environment variable, or an option, is a setting of the core's server."""
    known = {"AUTOSUBMIT_CONFIGURATION"}
    for one in fields(Settings):
        known |= {*one.metadata["variables"], option(one) or ""}
    return known.__contains__
