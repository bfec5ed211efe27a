"""Measure the pages in a browser: when there is something to see, when one can work, how smoothly graphs move.

For each page of the site a server is started anew, so that the first visit finds nothing read
(*cold*) and the second all of it (*warm*). Autosubmit GUI is measured warm beside it, at the URL where
it is served::

    python pages.py --config /path/to/autosubmitrc --expid a000
    python pages.py --config FILE --expid a000 --gui http://127.0.0.1:3000

What is measured, from the moment the address is entered:

- *first content*: when the browser first painted text or a picture (First Contentful Paint), of
  whichever document came first; a page that says what it is waiting for counts.
- *interactive*: when the page has all that it shows at first, and has answered two more frames.
- *frames*: how many a second are drawn while the graph is dragged to and fro for two seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

#: Each page of the site, what is there when it can be worked with, and the same of the GUI's page where
#: that can be told from outside.
PAGES = {
    "experiments": ("/", "table", "/", "a[href*='/experiment/']"),
    "overview": ("/experiments/{expid}", "#progress", "/experiment/{expid}", "text={expid}"),
    "jobs": ("/experiments/{expid}/jobs", "[data-ready]", "/experiment/{expid}/quick", "li div"),
    "tree": ("/experiments/{expid}/tree", "details", "", ""),
    "graph": ("/experiments/{expid}/graph", "[data-graph][data-ready]", "", ""),
    "graph, lanes": (
        *("/experiments/{expid}/graph?layout=lanes", "[data-graph][data-ready]"),
        *("", ""),
    ),
    "calendar": ("/experiments/{expid}/calendar", "[data-calendar][data-ready]", "", ""),
    "timeline": ("/experiments/{expid}/timeline", "[data-timeline][data-ready]", "", ""),
    "performance": ("/experiments/{expid}/performance", ".charts[data-ready]", "", ""),
    "statistics": ("/experiments/{expid}/statistics", "table", "", ""),
    "runs": ("/experiments/{expid}/runs", "table", "", ""),
    "configuration": ("/experiments/{expid}/configuration", "table", "", ""),
}
GRAPH = "[data-graph]"

#: Software draws for whoever has no graphics card, for both sites alike.
ARGUMENTS = [
    *("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-compositing"),
]
START = re.compile(r"The experiments are at (http://\S+)/ ")
PATIENCE_MS = 60_000

PAINTED = """
new PerformanceObserver((list) => {
  const first = list.getEntriesByName("first-contentful-paint")[0];
  if (first) window.painted(performance.timeOrigin + first.startTime);
}).observe({ type: "paint", buffered: true });
"""
#: Looked at in every frame, so that the third look comes after two of them.
TWO_FRAMES = "() => (window.frames_seen = (window.frames_seen ?? 0) + 1) > 2"
COUNT_FRAMES = """() => {
  let frames = 0;
  const start = performance.now();
  window.rate = new Promise((done) => {
    const count = () => {
      frames++;
      const seconds = (performance.now() - start) / 1000;
      if (seconds < 2) requestAnimationFrame(count);
      else done(frames / seconds);
    };
    requestAnimationFrame(count);
  });
}"""


@dataclass(frozen=True)
class Visit:
    """What one visit of a page took, in seconds; None for what never came."""

    first_content: float | None
    interactive: float | None
    #: Frames a second while the graph was dragged; None on pages without one.
    frames: float | None = None


@contextmanager
def serving(config: Path) -> Iterator[str]:
    """Yield the address of a site that has read nothing yet."""
    command = [sys.executable, "-m", "autosubmit_site", "--port", "0", "--config", str(config)]
    command += ["--protection-level", "NONE"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as site:
        assert site.stdout is not None
        try:
            found = START.match(site.stdout.readline())
            if found is None:
                raise SystemExit(f"the site does not start: {' '.join(command)}")
            yield found[1]
        finally:
            site.terminate()
            site.wait(timeout=30)


def visit(browser: Browser, url: str, ready: str, graph: bool) -> Visit:
    """Return what a visitor with an empty cache has to wait for."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    paints: list[float] = []
    page.expose_function("painted", lambda instant: paints.append(instant))
    page.add_init_script(PAINTED)
    entered = time.time()
    interactive = frames = None
    try:
        page.goto(url, wait_until="commit")
        interactive = _interactive(page, ready) - entered
        if not paints:
            page.wait_for_timeout(1_000)
        frames = frames_while_dragged(page) if graph else None
    except BrowserError as error:
        print(f"{url}: {str(error).splitlines()[0]}", file=sys.stderr)
    first = min(paints) / 1000 - entered if paints else None
    context.close()
    if first and interactive:
        interactive = max(first, interactive)
    return Visit(first, interactive, frames)


def _interactive(page: Page, ready: str) -> float:
    """Wait until a page can be worked with, and return when that was."""
    page.wait_for_selector("[data-waiting]", state="detached")
    page.wait_for_selector(ready, state="attached")
    page.wait_for_function(TWO_FRAMES)
    return time.time()


def frames_while_dragged(page: Page) -> float | None:
    """Return how many frames a second are drawn while the graph is dragged."""
    place = page.locator(GRAPH).first.bounding_box()
    if place is None:
        return None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.evaluate(COUNT_FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    end = time.time() + 2
    step = 0
    while time.time() < end:
        step += 1
        page.mouse.move(x + 150 * ((step % 20) / 20 - 0.5), y + 60 * ((step % 14) / 14 - 0.5))
        time.sleep(0.016)
    page.mouse.up()
    return float(page.evaluate("window.rate"))


HEAD = """\
| page | first content, cold | interactive, cold | first content, warm | interactive, warm | frames \
| GUI: first content | interactive | frames |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def line(name: str, cold: Visit, warm: Visit, gui: Visit | None) -> str:
    """Return what was measured of a page, as a line of a Markdown table."""
    cells = [_seconds(cold.first_content), _seconds(cold.interactive)]
    for one in (warm, gui or Visit(None, None)):
        cells += [_seconds(one.first_content), _seconds(one.interactive), _rate(one.frames)]
    if gui and gui.interactive is None:
        cells[6] = f"> {PATIENCE_MS // 1000} s"
    return f"| {name} | {' | '.join(cells)} |"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} s"


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}/s"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--config", type=Path, help="the autosubmitrc of the installation")
    parser.add_argument("--expid", required=True, help="the experiment")
    parser.add_argument("--gui", help="where Autosubmit GUI is served")
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES), metavar="PAGE")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the browser")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=ARGUMENTS)
        print(
            f"{os.cpu_count()} cores, {platform.machine()}, Chromium {browser.version}, "
            f"Python {platform.python_version()}, autosubmit_site {version('autosubmit_site')}"
        )
        print(HEAD, flush=True)
        for name in arguments.pages:
            path, ready, gui, there = (part.format(expid=arguments.expid) for part in PAGES[name])
            graph = name.startswith("graph")
            cold = warm = Visit(None, None)
            theirs = None
            if arguments.config:
                with serving(arguments.config) as address:
                    cold = visit(browser, address + path, ready, graph=False)
                    warm = visit(browser, address + path, ready, graph)
            if arguments.gui and gui:
                theirs = visit(browser, arguments.gui + gui, there, graph)
                if theirs.interactive is not None:
                    theirs = visit(browser, arguments.gui + gui, there, graph)
            print(line(name, cold, warm, theirs), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
