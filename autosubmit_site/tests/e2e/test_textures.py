"""Drawings tell statuses by more than their colours, also where there is no room for pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from autosubmit_core import JobHistory, Status
from autosubmit_core.demo import jobs_named, make_experiment

Visit = Callable[..., Any]

CHUNKS = 100
STATUSES = [
    *([Status.COMPLETED] * 40),
    *([Status.FAILED] * 20),
    *([Status.RUNNING] * 20),
    *([Status.WAITING] * 20),
]
#: The colours of the pixels of a box of a canvas, in pixels of the page.
COLOURS = """(canvas, [x, y, width, height]) => {
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, x, y, width, height, 0, 0, width, height);
  const { data } = copy.getImageData(0, 0, width, height);
  const found = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.slice(at, at + 3).join();
    found.set(colour, (found.get(colour) ?? 0) + 1);
  }
  return [...found].sort((a, b) => b[1] - a[1]).map(([, count]) => count / (width * height));
}"""


@pytest.fixture(scope="module")
def many(
    tmp_path_factory: pytest.TempPathFactory, serving_site: Callable[..., Any]
) -> Iterator[str]:
    """The address of a site with an experiment of so many chunks that there is no room for pictures."""
    folder = tmp_path_factory.mktemp("many")
    names = [f"t000_20200101_fc0_{chunk}_SIM" for chunk in range(1, CHUNKS + 1)]
    begun = [name for name, status in zip(names, STATUSES) if status is not Status.WAITING]
    over = [status is not Status.RUNNING for status in STATUSES[: len(begun)]]
    now = int(time.time())
    start = [now - 600 * (len(begun) - at) for at in range(len(begun))]
    history = JobHistory.of(
        len(begun),
        job_name=begun,
        section=["SIM"] * len(begun),
        status=STATUSES[: len(begun)],
        run_id=[1] * len(begun),
        submit=start,
        start=[at + 1 for at in start],
        finish=[at + 590 if ended else 0 for at, ended in zip(start, over)],
        last=[True] * len(begun),
    )
    make_experiment(folder, jobs=jobs_named(names, status=STATUSES), history=history)
    with serving_site(folder) as address:
        yield address


@pytest.mark.parametrize("forced", ["none", "active"])
def test_cells_of_the_calendar_have_textures(visitor: Visit, many: str, forced: Any) -> None:
    one = visitor(address=many)
    one.page.emulate_media(forced_colors=forced)
    page = one.go("/experiments/t000/calendar", "[data-calendar][data-ready]")
    canvas = page.locator("canvas").first
    cell = (canvas.evaluate("canvas => canvas.clientWidth") - 128) / CHUNKS
    assert 5 < cell < 15

    def shares(chunk: int) -> list[float]:
        """Return how much of a cell each of its colours has; its edges are soft."""
        box = [round(121 + (chunk - 1) * cell), 23, round(cell) - 3, 22]
        found: list[float] = canvas.evaluate(COLOURS, box)
        return found

    assert shares(20)[0] > 0.95
    for chunk in (50, 70, 90):
        assert shares(chunk)[0] < 0.97
    # Slanted strokes and upright ones take more of it than dots.
    assert max(shares(50)[0], shares(70)[0]) < shares(90)[0]


def test_bars_of_the_timeline_have_textures(visitor: Visit, many: str) -> None:
    one = visitor(width=720, address=many)
    page = one.go("/experiments/t000/timeline", "[data-timeline][data-ready]")
    canvas = page.locator("[data-timeline] canvas")
    # Of a bar that is done, and of one that failed: where they are, in pixels.
    bars: list[list[int]] = page.evaluate(
        """() => {
          const { view } = document.querySelector("[data-timeline]");
          const x = (time) => 130 + ((time - view.from) / (view.until - view.from)) * (view.width - 138);
          const box = ({ start, finish, line }) =>
            [Math.ceil(x(start)) + 1, 29 + line * view.line, Math.floor(x(finish) - x(start)) - 2, view.line - 6];
          const found = (status) => view.drawn.bars.filter((bar) => bar.status === status)[9];
          return [found("COMPLETED"), found("FAILED")].map(box);
        }"""
    )
    assert all(3 <= width < 12 for _, _, width, _ in bars)
    done, failed = (canvas.evaluate(COLOURS, box)[0] for box in bars)
    assert done > 0.95 > failed
