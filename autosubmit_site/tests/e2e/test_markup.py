"""Every text of an installation is markup, and on every page it is nothing but text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from autosubmit_core import JobHistory, RunTable, Status, Structure, WrapperTable, open_archive
from autosubmit_core.demo import jobs_named, make_experiment
from autosubmit_core.demo.writing.logs import write_command_log, write_job_log
from autosubmit_core.tables import UserMetricTable
from autosubmit_core.workers.figures import FiguresTask
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.status import StatusTask

Visit = Callable[..., Any]

#: What would run, were it ever more than a text: in an element, an attribute, a script, a template.
EVIL = """"'><img src=x onerror=alert(1)><b data-evil>&amp;${alert(1)}{{7*7}}`-->"""
#: The same with a slash, which no name of a job or file has.
SLASHED = f"{EVIL}</script><script>alert(1)</script></textarea></title>]]>"
HOUR, STATUSES = 3600, (Status.COMPLETED, Status.FAILED, Status.RUNNING, Status.WAITING)

#: What would be there if a text had been taken for more.
FOUND = "() => document.querySelectorAll('[onerror], [data-evil], img[src=x]').length"


def jobs_of(expid: str, now: int) -> Any:
    """Return a job of each status, whatever can be a text markup."""
    names = [f"{expid}_20200101_fc0_{chunk}_SIM" for chunk in range(1, 5)]
    return jobs_named(
        names,
        name=[f"{expid}_{chunk}_{EVIL}" for chunk in range(1, 5)],
        status=STATUSES,
        section=[EVIL] * 4,
        member=[EVIL] * 4,
        wrapper_type=[EVIL] * 4,
        start=[now - 9 * HOUR, now - 4 * HOUR, now - HOUR, 0],
        finish=[now - 5 * HOUR, now - 2 * HOUR, 0, 0],
    )


def past_of(jobs: Any, logs: list[str], now: int) -> dict[str, Any]:
    """Return what was noted about some jobs."""
    many = len(jobs)
    history = JobHistory.of(
        many,
        id=range(1, many + 1),
        run_id=[1] * many,
        job_name=jobs.name,
        section=jobs.section,
        member=jobs.member,
        status=jobs.status,
        submit=jobs.start,
        start=jobs.start,
        finish=jobs.finish,
        wallclock=[EVIL] * many,
        qos=[EVIL] * many,
        platform=[EVIL] * many,
        last=[True] * many,
        out=[log.replace(".err", ".out") for log in logs],
        err=logs,
        workflow_commit=[EVIL] * many,
    )
    runs = RunTable.of(
        *(1,),
        run_id=[1],
        start=[now - 9 * HOUR],
        chunk_unit=["month"],
        chunk_size=[1],
        total=[many],
    )
    wrappers = WrapperTable.of(2, wrapper=[EVIL] * 2, job_name=jobs.name[:2], status=[EVIL] * 2)
    metrics = UserMetricTable.of(
        *(2,),
        run_id=[1, 1],
        job_name=jobs.name[:2],
        metric_name=[SLASHED] * 2,
        metric_value=[SLASHED] * 2,
    )
    structure = Structure.of_edges(list(jobs.name[:-1]), list(jobs.name[1:]))
    return {
        **{"history": history, "runs": runs, "wrappers": wrappers},
        **{"metrics": metrics, "structure": structure},
    }


@pytest.fixture(scope="module")
def evil_site(
    serving_site: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a site of which all texts are markup."""
    root, now = tmp_path_factory.mktemp("evil"), int(time.time())
    for expid in ("m000", "m001"):
        jobs = jobs_of(expid, now)
        logs = [f"{name}.2026010100000{row}.err" for row, name in enumerate(jobs.name)]
        folder = make_experiment(
            root,
            expid,
            jobs=jobs,
            **past_of(jobs, logs, now),
            description=SLASHED,
            modified=now - 60,
            configuration={
                "DEFAULT": {"EXPID": expid, "HPCARCH": EVIL, SLASHED: SLASHED},
                "EXPERIMENT": {"CHUNKSIZEUNIT": "month", "CHUNKSIZE": 1, "MEMBERS": EVIL},
                "PROJECT": {"PROJECT_TYPE": "git"},
                "GIT": {"PROJECT_ORIGIN": EVIL, "PROJECT_BRANCH": SLASHED},
                "JOBS": {EVIL: {"SCRIPT": SLASHED, "PLATFORM": EVIL, "WALLCLOCK": EVIL}},
                "PLATFORMS": {EVIL: {"TYPE": SLASHED, "HOST": SLASHED}},
            },
        )
        for log in logs:
            for name in (log, log.replace(".err", ".out")):
                write_job_log(folder, name, [f"fatal error: {SLASHED}"] * 3, modified=now)
        write_command_log(folder, "run", now - HOUR, [SLASHED] * 3, modified=now)
    for task in (StatusTask(), FiguresTask()):
        run_once(task, open_archive(root))
    with sqlite3.connect(root / "autosubmit.db") as database:
        evil = dict.fromkeys(("user", "model", "branch", "hpc"), SLASHED)
        told = ", ".join(f"{column} = :{column}" for column in evil)
        rows = "SELECT id, :user, '2026-01-01', :model, :branch, :hpc FROM experiment"
        database.execute(
            "CREATE TABLE IF NOT EXISTS details (exp_id, user, created, model, branch, hpc)"
        )
        database.execute(f"INSERT OR IGNORE INTO details {rows}", evil)
        database.execute(f"UPDATE details SET {told}", evil)
    database.close()
    with serving_site(root) as address:
        yield address


JOB = quote(f"m000_2_{EVIL}", safe="")
QUERY = quote(SLASHED, safe="")
#: Every page, with what is there when its scripts are done.
PAGES = {
    "/": "table",
    "/fleet": ".fleet",
    "/fleet?by=experiment": ".fleet",
    "/fleet?by=model": ".fleet",
    f"/fleet?owner={QUERY}": "form",
    f"/digest?since=7d&owner={QUERY}": "form",
    "/experiments/m000": "h2",
    "/experiments/m000/jobs": "[data-ready]",
    f"/experiments/m000/jobs/{JOB}": "[data-log]",
    "/experiments/m000/tree": "details",
    "/experiments/m000/graph": "[data-graph][data-ready]",
    f"/experiments/m000/graph?layout=lanes&job={JOB}": "[data-graph][data-ready]",
    "/experiments/m000/calendar": "[data-calendar][data-ready]",
    "/experiments/m000/timeline": "[data-timeline][data-ready]",
    "/experiments/m000/failures": ".reason",
    "/experiments/m000/forecast": "h1",
    "/experiments/m000/performance": "h1",
    "/experiments/m000/efficiency": "h1",
    f"/experiments/m000/statistics?section={quote(EVIL, safe='')}": "h1",
    "/experiments/m000/runs/1": "table",
    "/experiments/m000/compare?with=m001": "#configuration",
    "/experiments/m000/logs": "[data-log]",
    "/experiments/m000/configuration": "table",
    "/experiments/m000/metrics": "table",
    f"/experiments/m000/actions/set-job-status?q={QUERY}": "h1",
    "/reports?expid=m000+m001": "article.report",
    f"/reports?expid={QUERY}": "h1",
    f"/experiments/{JOB}": "h1",
    f"/{JOB}": "h1",
    f"/experiments/m000/jobs/{JOB}x": "h1",
    f"/preferences?back={QUERY}": "form",
    f"/login?then={QUERY}": "h1",
}
#: Those that may say nothing of it in words: it is in a picture, or in what they are asked for.
SILENT = {
    *("/fleet", "/experiments/m000/graph", "/experiments/m000/timeline", f"/{JOB}"),
    *("/experiments/m000/forecast", "/experiments/m000/performance", f"/login?then={QUERY}"),
    *(f"/preferences?back={QUERY}", f"/reports?expid={QUERY}"),
}
#: What a page says, also where one has to open it, and what its fields hold.
SAID = """() => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const fields = [...document.querySelectorAll("input")].map((field) => field.value);
  return document.documentElement.textContent + fields.join();
}"""


def test_markup_in_any_text_is_shown_and_never_followed(visitor: Visit, evil_site: str) -> None:
    # One window, and one test, for all: to open others takes longer than the pages do.
    one, asked, silent = visitor(address=evil_site), [], set()
    for status in (400, 404, 422):
        one.expecting(status)

    def dismiss(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    one.page.on("dialog", dismiss)
    for path, ready in PAGES.items():
        one.page.goto(evil_site + path)
        one.page.wait_for_selector("[data-waiting]", state="detached", timeout=60_000)
        one.page.wait_for_selector(ready, state="attached", timeout=30_000)
        if "onerror=alert(1)" not in one.page.evaluate(SAID):
            silent.add(path)
        assert one.page.evaluate(FOUND) == 0, path
        assert asked == [], path
    assert silent <= SILENT
