"""The same, guided by coverage: what reaches lines that no file reached before is changed further.

It takes atheris (``pip install atheris``), which is no requirement of the tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

import atheris

with atheris.instrument_imports(include=["autosubmit_core"]):
    from fuzzing.child import Round, Work, begin
    from fuzzing.findings import Findings
    from fuzzing.mutation import LARGEST

__all__ = ["main"]

#: How often figures are written down: after so many files.
_EVERY = 50


def main(work: Work) -> None:
    """Read files of one target, made by its own changes from those that reached new lines."""
    ((name, one),) = begin(work).items()
    findings = Findings(Path(work.findings))
    corpus = Path(work.folder) / "corpus"
    corpus.mkdir(exist_ok=True)
    for at, data in enumerate(one.seeds):
        (corpus / str(at)).write_bytes(data)
    _fuzz(work, name, one, findings, corpus)


def _fuzz(work: Work, name: str, one: Round, findings: Findings, corpus: Path) -> None:
    def read(data: bytes) -> None:
        one.read(data)
        if one.figures.cases % _EVERY == 0:
            findings.write({name: one.figures})

    def change(data: bytes, most: int, seed: int) -> bytes:
        draw = Random(seed)
        return one.target.change(draw, [data] if draw.random() < 0.8 else one.seeds)[:most]

    one.begin()
    findings.write({name: one.figures})
    options = [
        f"-max_total_time={round(work.seconds)}",
        f"-max_len={LARGEST}",
        f"-seed={work.seed}",
    ]
    # The file that takes too long is told of as in every round, before libFuzzer notices.
    options += [f"-timeout={round(2 * one.target.seconds)}", "-rss_limit_mb=0", "-verbosity=0"]
    atheris.Setup(["fuzzing", *options, str(corpus)], read, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    told: Any = json.loads(sys.argv[1])
    main(Work(**told))
