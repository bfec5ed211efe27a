"""Reports of one or several experiments, to be printed: what ``POST /report`` answers, as a page."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any, ClassVar

from autosubmit_core import Archive, Experiment, Status
from autosubmit_core.published import (
    DEFAULT_SECTIONS,
    SECTIONS,
    Setting,
    report,
    reports_answer,
    settings_side_by_side,
)
from autosubmit_core.server import Choice, Integer, Operation, Route, Words, read_report_request

from autosubmit_site.drawings import Dots, dots
from autosubmit_site.handlers import PageHandler

__all__ = ["OneReport", "Reports", "body_of", "form_of", "reports_of", "routes"]

#: How many jobs, lines of a log and experiments to choose from the page has.
MOST = 500

_SEPARATORS = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class OneReport:
    """The report of one experiment: ``data`` as the API tells it, and what is drawn of it."""

    expid: str
    description: str
    data: dict[str, Any]
    #: Numbers that stand side by side with those of the other experiments.
    figures: dict[str, float]
    counters: dict[Status, int]
    #: SYPD of each simulation that counts, in list order.
    speeds: Dots | None
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports, and the form that asks for them."""

    #: What was asked for: the body of the request, and the same as a line for a terminal.
    body: str
    curl: str
    expids: str
    sections: tuple[str, ...]
    run_id: int | None
    hours: int
    site: str
    reports: tuple[OneReport, ...] = ()
    #: Experiments to choose from, where none was: expid, description, whether it runs.
    known: tuple[tuple[str, str, bool], ...] = ()
    all_sections: tuple[str, ...] = field(default=SECTIONS)


def body_of(
    expids: tuple[str, ...], sections: tuple[str, ...], run_id: int | None, hours: int
) -> dict[str, Any]:
    """Return the body of a request to ``/report``, without what it need not say.

    >>> body_of(("a003", "a004"), ("eta",), None, 24)
    {'expids': ['a003', 'a004'], 'sections': ['eta']}
    """
    asked = {"expid": expids[0]} if len(expids) == 1 else {"expids": list(expids)}
    body: dict[str, Any] = {**asked, "sections": list(sections)}
    if run_id is not None:
        body["run_id"] = run_id
    if hours and "statistics" in sections:
        body["statistics"] = {"hours": hours}
    return body


def form_of(archive: Archive, **asked: Any) -> Reports:
    """Return the form alone, with experiments to choose from: running ones first, then the newest."""
    known = archive.experiments()
    order = sorted(range(len(known)), key=lambda row: (not known.running[row], -known.id[row]))
    rows = known.take(order[:MOST])  # type: ignore[arg-type]  # a list picks rows as an array does
    return _reports((), asked, known=tuple(zip(rows.name, rows.description, rows.running.tolist())))


def reports_of(experiments: tuple[Experiment, ...], **asked: Any) -> Reports:
    """Return the reports of some experiments.

    Raises :class:`~autosubmit_core.RunNotFoundError` for a run that one of them does not have.
    """
    expids = tuple(experiment.expid for experiment in experiments)
    body = body_of(expids, asked["sections"], asked["run_id"], asked["hours"])
    request = read_report_request(json.dumps(body).encode())
    made = tuple(_report(experiment, report(experiment, request)) for experiment in experiments)
    return _reports(expids, asked, reports=made)


def _reports(expids: tuple[str, ...], asked: dict[str, Any], **more: Any) -> Reports:
    body = json.dumps(body_of(expids or ("…",), *(asked[name] for name in _OPTIONS)))
    line = ["curl", "-H", "Content-Type: application/json", "-d", body, f"{asked['site']}/report"]
    return Reports(body=body, curl=shlex.join(line), expids=" ".join(expids), **{**asked, **more})


_OPTIONS = ("sections", "run_id", "hours")


def _report(experiment: Experiment, data: dict[str, Any]) -> OneReport:
    counters = (data.get("counters") or {}).get("counters", {})
    performance = data.get("performance") or {}
    return OneReport(
        expid=experiment.expid,
        description=experiment.description,
        data=data,
        figures=_figures(data),
        counters={Status[name]: number for name, number in counters.items() if number},
        speeds=dots([job["SYPD"] for job in performance.get("considered", ())]),
        settings=settings_side_by_side(data.get("configuration") or {}, {}),
    )


#: What stands side by side: the number, and where it is in a report.
_FIGURES = {
    "jobs": ("counters", "total"),
    "completed": ("counters", "counters", "COMPLETED"),
    "failed": ("counters", "counters", "FAILED"),
    "SYPD": ("performance", "SYPD"),
    "ASYPD": ("performance", "ASYPD"),
    "RSYPD": ("performance", "RSYPD"),
    "CHSY": ("performance", "CHSY"),
    "JPSY": ("performance", "JPSY"),
    "elements": ("performance", "Parallelization"),
    "years": ("performance", "SY_without_splits"),
    "energy": ("performance", "Total_energy"),
    "footprint": ("performance", "Total_footprint"),
    "eta": ("eta", "eta_seconds"),
    "eta_instances": ("eta", "eta_instances_seconds"),
    "attempts": ("statistics", "summary", "submittedCount"),
    "failed_attempts": ("statistics", "summary", "failedCount"),
    "core_hours": ("statistics", "summary", "cpuConsumption"),
    "lost_core_hours": ("statistics", "summary", "failedCpuConsumption"),
}


def _figures(data: dict[str, Any]) -> dict[str, float]:
    """Return the numbers that the report has; a metric that is 0 could not be computed."""
    found = {}
    for name, path in _FIGURES.items():
        value: Any = data
        for key in path:
            value = (value or {}).get(key)
        if value is not None and (value or path[0] != "performance"):
            found[name] = value
    return found


class ReportsPage(PageHandler):
    """``GET /reports``: reports to be printed."""

    operations: ClassVar = {
        "get": Operation(
            summary="Reports of experiments, to be printed",
            query=(
                Words(name="expid", meaning="The experiments, also several in one text."),
                Words(name="section", words=SECTIONS, meaning="The parts of each report."),
                Integer(name="run_id", least=1, meaning="The run; by default all of them."),
                Integer(name="hours", least=0, default=0, meaning="Statistics of the last hours."),
                Choice(
                    name="form", words=("page", "json"), default="page", meaning="Page or file."
                ),
            ),
            media=("text/html",),
        )
    }

    async def get(self) -> None:
        asked = self.arguments()
        texts = [part for text in asked["expid"] for part in _SEPARATORS.split(text)]
        expids = tuple(dict.fromkeys(filter(None, texts)))
        chosen = {
            # In the order of a report, so that the same report is one page.
            "sections": tuple(part for part in SECTIONS if part in asked["section"])
            or DEFAULT_SECTIONS,
            "run_id": asked["run_id"],
            "hours": asked["hours"],
        }
        # More experiments than a report may have are refused as there.
        request = read_report_request(json.dumps(body_of(expids or ("-",), **chosen)).encode())
        if expids and asked["form"] == "json":
            self.set_header("Content-Type", "application/json")
            self.set_header("Content-Disposition", 'attachment; filename="report.json"')
            await self.send(await self.encoded(reports_answer, expids, request=request))
            return
        site = f"{self.request.protocol}://{self.request.host}{self.service.settings.root_path}"
        view = reports_of if expids else form_of
        await self.show("reports.html.j2", view, expids or None, site=site, **chosen)


routes = [Route("/reports", ReportsPage)]
