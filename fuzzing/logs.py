"""Logs, plain and packed, what their lines say of a failure, names of logs, and TOTAL_STATS files."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from autosubmit_core.metrics.log_lines import explanation, template
from autosubmit_core.readers.job_times import attempts_versions, read_attempts
from autosubmit_core.readers.logs import (
    LINES,
    job_logs_of,
    latest_run_log,
    newest_run_log,
    open_log,
    recovery_logs,
    tail,
)
from autosubmit_core.readers.logs.tails import LINE_BYTES, TAIL_BYTES
from autosubmit_core.status import Status
from autosubmit_core.times import epoch_of_stamp
from fuzzing.mutation import changed_bytes, changed_text
from fuzzing.target import Target, same

__all__ = ["logs"]

_NAME = "a000_SIM.20240112163324.out"

_SAID = (
    *(b"Traceback (most recent call last):\n", b"MemoryError\n", b"slurmstepd: error: ***\n"),
    *(b"srun: error: node1: task 3: Exited with exit code 1\n", b"forrtl: severe (174)\n"),
    *(b"x" * 200_000, b"\n" * 10_000, b"\r\n" * 1000, b"module " * 20_000, b"error: " * 20_000),
    *(
        b"cancelled at " * 5_000,
        b"exit" + b" " * 50_000,
        b"1a" * 40_000,
        b"/" * 100_000,
        b"\xff" * 70_000,
    ),
    *(
        b"[[[" * 10_000,
        b"0x" * 20_000,
        b"-" * 90_000 + b"!",
        b"\0" * 3_000,
        b"'" * 3_001,
        b"a.b" * 30_000,
    ),
)
_STAMPS = (
    *(b"20240112163324 ", b"20240112 ", b"99999999999999 ", b"00000000000000 ", b"20240230250000 "),
    *(
        b"COMPLETED\n",
        b"FAILED\n",
        b"COMPLETED 20240112163324",
        b"%START%",
        b" " * 1000,
        b"1705069800 ",
    ),
    *(
        b"-20240112163324 ",
        "٢٠٢٤٠١١٢١٦٣٣٢٤ ".encode(),
        b"\x1c",
        b"\x0c",
        b"20240331023000 ",
        b"5 " * 300,
    ),
)
_NAMES = (
    *(
        b".out",
        b".err",
        b".cmd",
        b".xz",
        b".gz",
        b"_retrial_1",
        b"_attempt_999999999",
        b"20240112163324",
    ),
    *(
        b"_run.log",
        b"_log_recovery.log",
        b"20240112_163324",
        b"99999999_999999",
        b"_",
        b".",
        b"/",
        b"\n",
    ),
)


def logs(demo: Path) -> dict[str, Target]:
    """Return the targets that are logs, with those of a demo to begin with."""
    return {
        "log": Target(partial(_logs, demo), changed_text(_SAID), _tail),
        "packed-log": Target(partial(_packed, demo), changed_bytes, _packed_tail),
        "log-names": Target(partial(_names, demo), changed_text(_NAMES), _listed),
        "total-stats": Target(partial(_stats, demo), changed_text(_STAMPS), _attempts),
    }


def _logs(demo: Path, folder: Path) -> list[bytes]:
    found = [
        *sorted(demo.glob("*/tmp/LOG_*/*.err*"))[:20],
        *sorted(demo.glob("*/tmp/ASLOGS/*.log"))[:5],
    ]
    return [path.read_bytes() for path in found if path.suffix not in (".xz", ".gz")]


def _packed(demo: Path, folder: Path) -> list[bytes]:
    plain = _logs(demo, folder)[:4]
    bomb = lzma.compress(bytes(100 << 20), preset=0), gzip.compress(bytes(20 << 20))
    many = gzip.compress(b"") * 2000, gzip.compress(b"last line\n") * 50
    return [*map(lzma.compress, plain), *map(gzip.compress, plain), *bomb, *many]


def _tail(folder: Path, data: bytes) -> None:
    (folder / _NAME).write_bytes(data)
    end = tail(folder, _NAME)
    _bounded(end.lines)
    packed = end.compression != "none"
    if not packed and all(len(line) <= LINE_BYTES // 4 for line in data.split(b"\n")[-LINES - 2 :]):
        lines = [line.removesuffix(b"\r") for line in data.removesuffix(b"\n").split(b"\n")]
        expected = [line.decode("utf-8", "replace") for line in lines[-LINES:]] if data else []
        if sum(len(line.encode()) for line in expected) <= TAIL_BYTES // 2:
            same("the last lines", list(end.lines), expected)
    said = explanation(end.lines)
    if said is not None:
        template(said.line)
    for line in end.lines[-5:]:
        template(line)


def _packed_tail(folder: Path, data: bytes) -> None:
    (folder / f"{_NAME}.xz").write_bytes(data)
    _bounded(tail(folder, f"{_NAME}.xz").lines)


def _bounded(lines: Sequence[str]) -> None:
    assert len(lines) <= LINES
    assert sum(len(line.encode()) for line in lines) <= TAIL_BYTES


def _names(demo: Path, folder: Path) -> list[bytes]:
    found = [path.name for path in (*demo.glob("*/tmp/LOG_*/*"), *demo.glob("*/tmp/ASLOGS/*"))]
    return [name.encode() for name in sorted(found)[:200]] + [
        b"20240112_163324_mn5_log_recovery.log"
    ]


def _listed(folder: Path, data: bytes) -> None:
    """Make a file of a name, and look for it as for a log of any kind."""
    place = folder / "names"
    if place.exists():
        for entry in place.iterdir():
            entry.unlink()
    place.mkdir(exist_ok=True)
    name = data[:255].replace(b"/", b"_").replace(b"\0", b"_")
    if name not in (b"", b".", b".."):
        Path(place, name.decode("utf-8", "surrogateescape")).write_text("said\n")
    known = job_logs_of(place)
    for (job, kind), file in known.fetched.items():
        assert file.startswith(f"{job}.")
        assert f".{kind}" in file
        with open_log(place, file):
            pass
    known.memory_bytes()
    for found in (newest_run_log([place]), *(log.path for log in recovery_logs(place))):
        assert found is None or found.parent == place
    latest = latest_run_log([place])
    assert latest is None or latest.began >= 0


def _stats(demo: Path, folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(demo.glob("*/tmp/*_TOTAL_STATS"))[:40]]


def _attempts(folder: Path, data: bytes) -> None:
    (folder / "a000_SIM_TOTAL_STATS").write_bytes(data)
    names = ["a000_SIM", "a000_POST", "../a000_SIM"]
    table = read_attempts(folder, names)
    attempts_versions(folder, names)
    same("a code of no status", set(table.outcome.tolist()) - set(map(int, Status)), set())
    if len(data) < 1 << 18:
        words = [line.split() for line in data.decode("ascii", "replace").split("\n")]
        kept = [line for line in words if line]
        same("the number of attempts", len(table), len(kept))
        same("submissions", table.submit.tolist(), [epoch_of_stamp(line[0]) for line in kept])
