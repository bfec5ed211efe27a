"""Links, pipes, devices, folders and endless files in the place of any file of an experiment.

Whoever owns an experiment can put them there; whoever asks about it then is answered, and nothing of
what lies elsewhere is told.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.archive import open_archive
from autosubmit_core.published import SECTIONS

EXPID, SECRET = "a2m9", "what only the server may read"
#: The files of an experiment, below its installation.
FILES = (
    *("conf/*.yml", "pkl/*.pkl", "pkl/*.db", "tmp/*_TOTAL_STATS"),
    *("tmp/LOG_*/*", "tmp/ASLOGS/*"),
)
BESIDE = ("metadata/structures/*", "metadata/data/*", "as_times.db")
ASKED = (
    *("/v4/experiments/{}", "/v4/experiments/{}/jobs", "/v4/experiments/{}/failures"),
    *("/v4/experiments/{}/heartbeat", "/v3/exprun/{}", "/v3/tree/{}"),
)


def pipe(path: Path, elsewhere: Path) -> None:
    os.mkfifo(path)


def link_to_a_secret(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere)


def link_to_a_device(path: Path, elsewhere: Path) -> None:
    path.symlink_to("/dev/zero")


def link_to_itself(path: Path, elsewhere: Path) -> None:
    path.symlink_to(path)


def folder(path: Path, elsewhere: Path) -> None:
    path.mkdir()


def endless(path: Path, elsewhere: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**38)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo.build(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize(
    "plant", [pipe, link_to_a_secret, link_to_a_device, link_to_itself, folder, endless]
)
def test_what_is_no_file_is_not_waited_for_nor_followed(
    installation: Path, serve: Callable[..., Any], tmp_path: Path, plant: Callable[..., None]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"DEFAULT:\n  HPCARCH: {SECRET}\n")
    server = serve(open_archive(installation))
    logs = sorted(os.listdir(installation / EXPID / "tmp" / f"LOG_{EXPID}"))[:2]
    asked = [*(path.format(EXPID) for path in ASKED), *(f"/v3/joblog/{log}" for log in logs)]
    body = {"expid": EXPID, "sections": list(SECTIONS)}
    for pattern in [*(f"{EXPID}/{one}" for one in FILES), *BESIDE]:
        places = [place for place in installation.glob(pattern) if place.is_file()]
        assert places, pattern
        kept = {place: tmp_path / f"kept{number}" for number, place in enumerate(places)}
        for place, copy in kept.items():
            shutil.move(place, copy)
            plant(place, secret)
        answers = [server.ask(path, timeout=60) for path in asked]
        answers.append(server.ask("/report", "POST", body, timeout=60))
        for place, copy in kept.items():
            place.rmdir() if place.is_dir() else place.unlink()
            shutil.move(copy, place)
        for path, answer in zip([*asked, "/report"], answers):
            assert answer.status in (200, 404, 422, 503), (pattern, path)
            assert SECRET not in answer.body.decode(), (pattern, path)
    assert server.ask(asked[1]).status == 200
