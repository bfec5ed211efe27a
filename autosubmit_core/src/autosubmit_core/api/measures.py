"""What is counted while a server answers, for :mod:`autosubmit_core.api.metrics` to tell.

No label says more than how the server is made: routes as they are declared, verbs, statuses, and the
words for what was done. Never an experiment, a user, an address or a path as it was asked for, of
which there is no end.
"""

from __future__ import annotations

from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Histogram

__all__ = ["Measures"]

#: Up to so many seconds requests are counted together: a list that is kept, a small experiment, a
#: large one, one on a slow file system.
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LAG_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
_OTHER = "other"


class Measures:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "autosubmit_http_requests",
            "Requests that were answered, by route as it is declared, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "autosubmit_http_request_seconds",
            "How long answers took, without the streams of events.",
            ("route", "method"),
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self._records = Counter(
            "autosubmit_audit_records",
            "Logins, commands, refusals and what else is written into the audit log, by its result.",
            ("action", "result", "provider"),
            registry=self.registry,
        )
        self._lag = Histogram(
            "autosubmit_loop_lag_seconds",
            "How much later than it should the event loop did what was due.",
            buckets=_LAG_SECONDS,
            registry=self.registry,
        )

    def request(
        self, route: str, method: str, status: int, seconds: float, *, endless: bool
    ) -> None:
        """Count a request; an ``endless`` one says nothing about how long answers take."""
        # What no route has and no HTTP knows is as many things as there are clients.
        route, method = route or _OTHER, method if method in _METHODS else _OTHER
        known = str(status) if status in set(HTTPStatus) else _OTHER
        self._requests.labels(route, method, known).inc()
        if not endless:
            self._seconds.labels(route, method).observe(seconds)

    def record(self, action: str, result: str, provider: str) -> None:
        """Count something that was written into the audit log."""
        self._records.labels(action, result, provider).inc()

    def lag(self, seconds: float) -> None:
        """Note how late the loop was."""
        self._lag.observe(seconds)
