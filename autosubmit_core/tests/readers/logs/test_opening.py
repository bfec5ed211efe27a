from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from autosubmit_core.errors import SourceMissingError, SourceUnreadableError
from autosubmit_core.readers.logs import opening, tail

NAME = "a000_SIM.20240112163324.out"


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "../secret.out",
        "../LOG_a000/" + NAME,
        "..\\secret.out",
        "%2e%2e/secret.out",
        "/etc/passwd",
        ".hidden.20240112163324.out",
        "a000\0.out",
    ],
)
def test_a_name_that_could_leave_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder / NAME).write_text("inside")
    (folder.parent / "secret.out").write_text("outside")
    with pytest.raises(SourceUnreadableError, match="refused"):
        tail(folder, name)


def test_links_are_not_followed_wherever_they_lead(folder: Path) -> None:
    (folder.parent / "secret").write_text("outside")
    (folder / "real.out").write_text("inside")
    for index, target in enumerate(["../secret", "real.out", ".", "/etc/passwd", "gone"]):
        (folder / f"link{index}.out").symlink_to(target)
        with pytest.raises(SourceUnreadableError, match="link"):
            tail(folder, f"link{index}.out")


def test_what_is_no_regular_file_is_refused_without_waiting(folder: Path) -> None:
    (folder / "folder.out").mkdir()
    os.mkfifo(folder / "pipe.out")
    with socket.socket(socket.AF_UNIX) as door:
        here = Path.cwd()
        os.chdir(folder)  # the name of a socket is limited to about 100 bytes
        try:
            door.bind("socket.out")
        finally:
            os.chdir(here)
    for name in ("folder.out", "pipe.out", "socket.out"):
        with pytest.raises(SourceUnreadableError, match="regular file"):
            tail(folder, name)


def test_a_device_is_refused() -> None:
    with pytest.raises(SourceUnreadableError, match="regular file"):
        tail(Path("/dev"), "null")


def test_a_file_or_folder_that_is_not_there_is_missing(folder: Path) -> None:
    for name in (NAME, "x" * 300, "caf\udce9\ud800.out"):
        with pytest.raises(SourceMissingError):
            tail(folder, name)
    with pytest.raises(SourceMissingError):
        tail(folder / "no folder", NAME)
    (folder / NAME).write_text("a file, not a folder")
    with pytest.raises(SourceMissingError):
        tail(folder / NAME, NAME)


def test_a_file_that_may_not_be_read_is_unreadable_and_names_no_driver(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / NAME).write_text("private")

    def refusing(path: object, flags: int, *, dir_fd: int | None = None) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(SourceUnreadableError) as caught:
        tail(folder, NAME)
    assert caught.value.reason == "may not be read"


@pytest.mark.parametrize(
    ("mode", "uid", "refused"),
    [(0o600, 1000, False), (0o600, 0, True), (0o640, 0, False), (0o604, 0, False)],
)
def test_somebody_elses_private_file_is_refused_though_it_is_hard_linked(
    mode: int, uid: int, refused: bool
) -> None:
    log = os.stat_result((0o100000 | mode, 1, 1, 2, uid, 0, 10, 0, 0, 0))
    assert (opening._reason_to_refuse(log, owner=1000) is not None) == refused


def test_a_folder_reached_through_links_is_read(folder: Path, tmp_path: Path) -> None:
    (folder / NAME).write_text("content\n")
    (tmp_path / "experiment").symlink_to(tmp_path)
    (tmp_path / "LOG").symlink_to(folder)
    assert tail(tmp_path / "experiment" / "LOG", NAME).lines == ("content",)


def test_nothing_stays_open(folder: Path) -> None:
    (folder / NAME).write_text("content\n")
    (folder / "folder.out").mkdir()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    tail(folder, NAME)
    with pytest.raises(SourceUnreadableError):
        tail(folder, "folder.out")
    with pytest.raises(SourceMissingError):
        tail(folder, "gone.out")
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before
