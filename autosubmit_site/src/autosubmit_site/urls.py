"""The one maker of links: what is written nowhere else cannot come apart."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

__all__ = ["Urls"]


@dataclass(frozen=True, slots=True)
class Urls:
    """Links to the pages and files of the site, and to the API beside it.

    >>> urls = Urls("/autosubmit")
    >>> urls.index(), urls.index(q="mars & co", page=2)
    ('/autosubmit/', '/autosubmit/?q=mars+%26+co&page=2')
    >>> urls.jobs("a003", q="status:FAILED"), urls.job("a003", "a/b")
    ('/autosubmit/experiments/a003/jobs?q=status%3AFAILED', '/autosubmit/experiments/a003/jobs/a%2Fb')
    """

    #: The path under which the site is published, without a slash at its end.
    root: str
    #: The files of the site: the name of each, and its path below ``/static``.
    files: tuple[tuple[str, str], ...] = ()

    def static(self, name: str) -> str:
        """Return the link to a file of the site; it changes with the file's content."""
        return f"{self.root}/static/{dict(self.files)[name]}"

    def index(self, **query: object) -> str:
        """Return the link to the list of experiments."""
        return self._link("/", query)

    def page(self, name: str, **query: object) -> str:
        """Return the link to a page that is about no experiment: ``about``, ``preferences``, …"""
        return self._link(f"/{name}", query)

    def experiment(self, expid: str, part: str = "", **query: object) -> str:
        """Return the link to an experiment, or to one of its pages: ``jobs``, ``graph``, …"""
        return self._link(
            f"/experiments/{quote(expid, safe='')}" + (f"/{part}" if part else ""), query
        )

    def jobs(self, expid: str, **query: object) -> str:
        """Return the link to the jobs of an experiment, or some of them."""
        return self.experiment(expid, "jobs", **query)

    def job(self, expid: str, name: str) -> str:
        """Return the link to a job."""
        return self.experiment(expid, f"jobs/{quote(name, safe='')}")

    def log(self, expid: str, name: str, **query: object) -> str:
        """Return the link to a log, by its file name."""
        return self.experiment(expid, f"logs/{quote(name, safe='')}", **query)

    def run(self, expid: str, run_id: int) -> str:
        """Return the link to a run."""
        return self.experiment(expid, f"runs/{run_id}")

    def compare(
        self,
        expid: str,
        run_id: int | None = None,
        other: str | None = None,
        other_run_id: int | None = None,
    ) -> str:
        """Return the link to what is different in another run, or another experiment.

        >>> Urls("").compare("a003", 1, "a003", 2)
        '/experiments/a003/compare?run_id=1&with_run_id=2'
        """
        second = {"with": None if other == expid else other, "with_run_id": other_run_id}
        return self.experiment(expid, "compare", run_id=run_id, **second)

    def api(self, path: str, **query: object) -> str:
        """Return the link to an answer of the API: ``/v4/experiments``, ``/docs``."""
        return self._link(path, query)

    @staticmethod
    def paper(doi: str) -> str:
        """Return the link to a paper, by its digital object identifier."""
        return f"https://doi.org/{quote(doi)}"

    def _link(self, path: str, query: dict[str, object]) -> str:
        said = {name: value for name, value in query.items() if value not in (None, "", False, ())}
        asked = urlencode(said, doseq=True)
        return self.root + path + (f"?{asked}" if asked else "")
