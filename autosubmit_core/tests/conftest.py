"""What the tests share: where real data and real programs are found, and what happens where not.

Most tests stand on experiments that they build themselves. Some hold the library against real
ones: nine recorded experiments beside the checkout, and Autosubmit itself. On a machine without
them these tests skip and say why; with ``AUTOSUBMIT_TEST_REQUIRE_ALL=1``, as in continuous
integration, they fail instead.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

DAY = 86_400
SHARED = Path(__file__).resolve().parents[3] / "shared"


def without(what: str) -> None:
    """Skip the test for want of something real, or fail where everything has to be there."""
    if os.environ.get("AUTOSUBMIT_TEST_REQUIRE_ALL") == "1":
        pytest.fail(f"{what} must be there when AUTOSUBMIT_TEST_REQUIRE_ALL=1")
    pytest.skip(f"{what} is not on this machine")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of specifications and recorded data beside the checkout."""
    if not SHARED.is_dir():
        without("the folder of recorded data")
    return SHARED


@pytest.fixture(scope="session")
def reference_experiments(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the nine recorded experiments: the root folder of an installation.

    Nothing in it is younger than a day: a log that a fresh checkout has just written would make
    its experiment look as if it ran.
    """
    copy = tmp_path_factory.mktemp("reference") / "experiments"
    shutil.copytree(shared / "reference" / "experiments", copy)
    for path in copy.rglob("*"):
        modified = path.stat().st_mtime - DAY
        os.utime(path, (modified, modified))
    return copy


@pytest.fixture(scope="session")
def reference_answers(shared: Path) -> Path:
    """The folder of recorded answers, one folder an experiment."""
    return shared / "reference" / "answers"


@pytest.fixture(scope="session")
def autosubmit_python() -> Path:
    """The Python of an environment in which Autosubmit itself is installed."""
    named = os.environ.get("AUTOSUBMIT_PYTHON")
    if not named or not Path(named).exists():
        without("an environment with Autosubmit (AUTOSUBMIT_PYTHON)")
    return Path(str(named))
