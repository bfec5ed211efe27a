"""What came of the files that were read: figures, and the files that should not have come through."""

from __future__ import annotations

import hashlib
import json
import re
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["Figures", "Findings", "place_of"]


@dataclass(slots=True)
class Figures:
    """What came of one target."""

    seconds: float = 0.0
    cases: int = 0
    #: How many of them were read, and how many refused with an error of ours.
    read: int = 0
    refused: int = 0
    #: What went wrong, by where: how often.
    findings: dict[str, int] = field(default_factory=dict)

    def add(self, other: Figures) -> None:
        """Add what came of the same target in another process."""
        self.seconds += other.seconds
        self.cases += other.cases
        self.read += other.read
        self.refused += other.refused
        for place, count in other.findings.items():
            self.findings[place] = self.findings.get(place, 0) + count


class Findings:
    """A folder in which figures and files are kept, so that they outlive the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        #: The file that is being read, for the case that nobody comes back from it.
        self.current = folder / "current"

    def keep(self, target: str, place: str, data: bytes, said: str) -> None:
        """Keep a file that should not have come through; the smallest of each place."""
        digest = hashlib.sha256(place.encode()).hexdigest()[:10]
        file = self._folder / f"{target}-{digest}.case"
        if not file.exists() or file.stat().st_size > len(data):
            file.write_bytes(data)
            file.with_suffix(".txt").write_text(f"{target}: {place}\n\n{said}")

    def write(self, figures: dict[str, Figures]) -> None:
        """Write down all figures so far."""
        made = json.dumps({name: asdict(one) for name, one in figures.items()})
        (self._folder / "figures.new").write_text(made)
        (self._folder / "figures.new").replace(self._folder / "figures.json")

    def figures(self) -> dict[str, Figures]:
        """Return what was written last."""
        file = self._folder / "figures.json"
        if not file.exists():
            return {}
        return {name: Figures(**one) for name, one in json.loads(file.read_text()).items()}

    def forget_figures(self) -> None:
        """Begin anew."""
        (self._folder / "figures.json").unlink(missing_ok=True)


def place_of(error: BaseException) -> str:
    """Return what an error is and where it came from, without what differs from file to file."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "autosubmit_core" in frame.filename] or frames
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[:-4:-1])
    said = re.sub(r"[0-9]+|'[^']*'|\"[^\"]*\"", "…", str(error))[:60]
    return f"{type(error).__name__}({said}) at {where}"
