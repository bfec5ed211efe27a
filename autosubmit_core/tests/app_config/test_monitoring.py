"""The dashboard and the alarms ask for what a server really tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from autosubmit_core.api.app import make_app
from autosubmit_core.api.beat import Beat
from autosubmit_core.api.exposition import Exposition
from autosubmit_core.api.metrics import MetricsServer
from autosubmit_core.api.settings import Settings
from autosubmit_core.archive import open_archive
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.workers.schedule import run_once
from autosubmit_core.workers.status import StatusTask


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The names of the series that a server tells, or a worker, and their labels."""
    root = tmp_path_factory.mktemp("installation")
    make_experiment(root, "a000", jobs=jobs_named(["a000_INI"]))
    archive = open_archive(root)
    run_once(StatusTask(), archive)
    service = make_app(archive, Settings()).service
    service.measures.request("/", "GET", 200, 0.1, endless=False)
    service.measures.record("login", "done", "cas")
    service.computing.start()
    metrics = MetricsServer(service)
    worker = Exposition(archive, CollectorRegistry(), Beat().figures)
    try:
        text = "".join(asyncio.run(each.text()).decode() for each in (metrics.exposition, worker))
    finally:
        metrics.stop()
        worker.stop()
        service.close()
    samples = (one for each in text_string_to_metric_families(text) for one in each.samples)
    found: dict[str, set[str]] = {}
    for sample in samples:
        found.setdefault(sample.name, set()).update(sample.labels)
    # Of an address that has a certificate; that it is told then, tests/api/test_certificates.py shows.
    return {**found, "autosubmit_certificate_expires_timestamp_seconds": set()}


def selectors(expression: Any) -> Iterator[Any]:
    """Yield the selectors of an expression, wherever they stand."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    for name in ("expr", "lhs", "rhs", "vector_selector", "param"):
        inner = getattr(expression, name, None)
        if inner is not None and not isinstance(inner, (str, float, int)):
            yield from selectors(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from selectors(inner)


def dashboard(app_config: Path) -> list[str]:
    told = json.loads((app_config / "grafana" / "autosubmit.json").read_text())
    return [target["expr"] for panel in told["panels"] for target in panel["targets"]]


def alarms(manifests: list[dict[str, Any]]) -> list[str]:
    (rules,) = (each for each in manifests if each["kind"] == "PrometheusRule")
    return [rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"]]


def test_every_query_is_about_something_that_is_told(
    app_config: Path, manifests: list[dict[str, Any]], series: dict[str, set[str]]
) -> None:
    queries = [*dashboard(app_config), *alarms(manifests)]
    assert len(queries) > 25
    for query in queries:
        parsed = promql_parser.parse(query.replace("$__rate_interval", "5m"))
        found = list(selectors(parsed))
        assert found, query
        for selector in found:
            assert selector.name in series, f"{query}: {selector.name}"
            asked = {matcher.name for matcher in selector.matchers.matchers}
            # These two are given to every series by Prometheus.
            assert asked - {"job", "instance"} <= series[selector.name], query


def test_everything_that_is_ours_is_shown_or_watched(
    app_config: Path, manifests: list[dict[str, Any]], series: dict[str, set[str]]
) -> None:
    queries = " ".join([*dashboard(app_config), *alarms(manifests)])
    # Of a histogram the buckets say all.
    ours = {name for name in series if name.startswith("autosubmit_") and "_process_" not in name}
    ours = {name for name in ours if not name.endswith(("_sum", "_count"))}
    assert {name for name in ours if name not in queries} == set()
