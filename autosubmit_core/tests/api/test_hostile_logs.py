"""S-18: links, pipes and bombs among the logs show nothing, hang nothing and take no memory."""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from autosubmit_core.demo.hand_made import jobs_named, make_experiment

LINK, PIPE, BOMB = (f"a000_INI.2026010100000{n}.out" for n in range(3))
BOMB += ".xz"

#: What the bomb unpacks to, and what the server may have taken meanwhile, in mebibytes.
UNPACKED, MOST = 300, 200


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Serve an experiment with all three among its logs; where, and by which process."""
    folder = tmp_path_factory.mktemp("hostile")
    logs = make_experiment(folder, "a000", jobs=jobs_named(["a000_INI"])) / "tmp" / "LOG_a000"
    logs.mkdir(parents=True, exist_ok=True)
    (folder / "secret").write_text("a secret\n")
    (logs / LINK).symlink_to(folder / "secret")
    os.mkfifo(logs / PIPE)
    packer = lzma.LZMACompressor(preset=0)
    packed = [packer.compress(bytes(2**20)) for _ in range(UNPACKED)]
    (logs / BOMB).write_bytes(b"".join([*packed, packer.flush()]))
    with server_of(folder) as found:
        yield found


@contextmanager
def server_of(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve an installation from a process of its own, whose memory is no one else's."""
    told = ["--port", "0", "--protection-level", "NONE", "--config", str(folder)]
    command = [sys.executable, "-m", "autosubmit_core.api.app", *told]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/") as server:
        assert server.stderr is not None
        lines = iter(server.stderr.readline, "")
        found = next(filter(None, (re.search(r"running on port (\d+)", line) for line in lines)))
        # Read on, or the server waits when the pipe is full.
        copier = threading.Thread(target=server.stderr.read)
        copier.start()
        try:
            yield f"http://127.0.0.1:{found[1]}", server.pid
        finally:
            server.terminate()
            copier.join(30)


def log(address: str, name: str) -> Any:
    with urlopen(f"{address}/v3/joblog/{name}", timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("name", [LINK, PIPE])
def test_s18_what_is_no_file_of_the_folder_is_not_shown(served: tuple[str, int], name: str) -> None:
    told = log(served[0], name)
    assert (told["found"], told["logcontent"]) == (False, [])
    assert "secret" not in json.dumps(told)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how much memory was taken")
def test_s18_a_bomb_takes_little_memory_and_keeps_nobody_waiting(
    served: tuple[str, int],
) -> None:
    address, pid = served
    answered: list[Any] = []
    asking = threading.Thread(target=lambda: answered.append(log(address, BOMB)))
    asking.start()
    waits: list[float] = []
    while asking.is_alive() or len(waits) < 5:
        began = time.monotonic()
        with urlopen(address, timeout=10) as answer:
            answer.read()
        waits.append(time.monotonic() - began)
    # A liveness, not a speed: a server that unpacks it on its loop answers nothing for many seconds.
    assert max(waits) < 5
    (told,) = answered
    assert len(json.dumps(told)) < 2 * 2**20
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert peak is not None
    assert int(peak[1]) < MOST * 1024
