"""The requests that the published web client and users' scripts really send, polls included.

    locust --host http://127.0.0.1:8088                     with a page at http://127.0.0.1:8089
    locust --host http://127.0.0.1:8088 --headless --users 20 --spawn-rate 2 --run-time 2m

For any server that speaks /v3 and /v4: ours, Autosubmit API, or one behind a proxy. The experiments
are those that the server lists, or the ones named with --expids. --token is sent where the server
asks for one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from locust import FastHttpUser, between, constant, constant_pacing, events, task
from locust.argument_parser import LocustArgumentParser

#: How often pages ask again while they are open, in seconds.
_STATE_SECONDS, _LOG_SECONDS = 5, 10


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_options(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--expids", default="", help="experiments to ask about, with commas between"
    )
    parser.add_argument("--token", default="", help="what to send as Authorization: Bearer")


class Client(FastHttpUser):
    """Somebody who asks: what all of them have in common."""

    abstract = True

    def on_start(self) -> None:
        told = self.environment.parsed_options
        assert told is not None
        self.accepted = {"Accept-Encoding": "gzip"}
        if told.token:
            self.accepted["Authorization"] = f"Bearer {told.token}"
        #: The tags of answers that this client has, by path: browsers send them by themselves.
        self.tags: dict[str, str] = {}
        listed = [name for name in told.expids.split(",") if name]
        self.expid = random.choice(listed or self.listed_experiments())
        self.job = ""

    def listed_experiments(self) -> list[str]:
        """Return the newest experiments that have a job list."""
        found = self.read(
            "/v4/experiments?only_active=false&page_size=24", "/v4/experiments [page]"
        )
        listed = [each["name"] for each in found.get("experiments", []) if each["modified"]]
        return listed or ["a000"]

    def get(self, path: str, name: str = "") -> None:
        """Ask for a path as a browser does; ``name`` is what its numbers are collected under."""
        headers = dict(self.accepted)
        if path in self.tags:
            headers["If-None-Match"] = self.tags[path]
        with self.client.get(
            path, headers=headers, name=name or self.general(path), catch_response=True
        ) as response:
            if response.status_code == 304:
                response.success()
            if tag := (response.headers or {}).get("ETag"):
                self.tags[path] = tag

    def read(self, path: str, name: str = "") -> Mapping[str, Any]:
        """Ask for a path and return what it holds; nothing if that is no JSON object."""
        with self.client.get(
            path, headers=self.accepted, name=name or self.general(path), catch_response=True
        ) as response:
            found = response.json() if response.status_code == 200 else {}
            return found if isinstance(found, dict) else {}

    def general(self, path: str) -> str:
        """Return a path without what tells one experiment, job or page from another."""
        path = path.partition("?")[0]
        path = path.replace(self.job, "{job}") if self.job else path
        return path.replace(f"/{self.expid}", "/{expid}")

    def open_experiment(self) -> None:
        """Ask for what the head of every experiment's page shows."""
        self.get(f"/v3/expinfo/{self.expid}")
        self.ask_runners("GET", "/v4/runners/configuration/endpoints")
        self.ask_for_runner()

    def ask_for_runner(self) -> None:
        """Ask whether the experiment was started from the web, as every page does again and again."""
        path = "/v4/runners/command/get-runner-run-status"
        self.ask_runners("POST", path, {"expid": self.expid})

    def ask_runners(self, method: str, path: str, body: Mapping[str, str] | None = None) -> None:
        """Ask what has to do with runners, which a server need not have."""
        with self.client.request(
            method, path, json=body, headers=self.accepted, catch_response=True
        ) as response:
            # Autosubmit API answers 500 about an experiment that nobody started from the web.
            if response.status_code in (404, 405, 500):
                response.success()

    def some_job(self) -> str:
        """Return a job of the experiment."""
        page = self.read(
            f"/v4/experiments/{self.expid}/jobs?view=quick&page_size=50",
            "/v4/experiments/{expid}/jobs [page]",
        )
        names = [each["name"] for each in page.get("jobs", [])]
        self.job = random.choice(names) if names else ""
        return self.job


class Searcher(Client):
    """Looks for experiments, opens one and has a short look at it."""

    weight = 4
    wait_time = between(1, 5)

    @task(6)
    def search(self) -> None:
        word = random.choice(("", "test", "ensemble", "a0", "control"))
        order = random.choice(("created", "expid"))
        self.get(
            f"/v4/experiments?page={random.randint(1, 3)}&page_size=12&query={word}"
            f"&only_active={random.choice(('true', 'false'))}&order_by={order}&order_desc=true",
            "/v4/experiments [search]",
        )

    @task(3)
    def quick_view(self) -> None:
        self.open_experiment()
        self.get(f"/v3/quick/{self.expid}")
        if job := self.some_job():
            self.get(f"/v4/experiments/{self.expid}/jobs/{job}")
            for side in ("parents", "children"):
                self.get(f"/v4/experiments/{self.expid}/jobs/{job}/{side}?include_status=true")

    @task(2)
    def performance(self) -> None:
        self.open_experiment()
        self.get(f"/v3/performance/{self.expid}")

    @task(1)
    def statistics(self) -> None:
        self.open_experiment()
        # The page wants the names of the sections only, and asks for all jobs.
        self.get(f"/v4/experiments/{self.expid}/jobs")
        self.get(f"/v3/stats/{self.expid}/24/Any")

    @task(1)
    def past(self) -> None:
        self.open_experiment()
        self.get(f"/v3/runs/{self.expid}")
        if job := self.some_job():
            self.get(f"/v3/history/{self.expid}/{job}")

    @task(1)
    def configuration(self) -> None:
        self.open_experiment()
        self.get(f"/v4/experiments/{self.expid}/filesystem-config")
        self.get(f"/v4/experiments/{self.expid}/runs")


class Watcher(Client):
    """Leaves a page open in monitor mode, which asks every five seconds what has changed."""

    abstract = True
    wait_time = constant_pacing(_STATE_SECONDS)
    #: What the page shows first, and what it asks for again and again.
    page = state = ""

    def on_start(self) -> None:
        super().on_start()
        self.polls = 0
        self.open_experiment()
        # Every page is mounted twice, and says in between that it was left.
        for _ in range(2):
            self.get(self.page.format(expid=self.expid))
            self.get(f"/v3/shutdown/tree?expid={self.expid}", "/v3/shutdown/{route}")

    @task
    def poll(self) -> None:
        self.get(self.state.format(expid=self.expid))
        self.polls += 1
        if self.polls % (_LOG_SECONDS // _STATE_SECONDS) == 0:
            self.ask_for_runner()


class TreeWatcher(Watcher):
    """Watches the tree."""

    weight = 3
    page, state = "/v3/tree/{expid}", "/v3/pkltreeinfo/{expid}/0"


class GraphWatcher(Watcher):
    """Watches the graph."""

    weight = 1
    page, state = "/v3/graph/{expid}/standard/none", "/v3/pklinfo/{expid}/0"


class LogReader(Client):
    """Follows the log of a run."""

    weight = 1
    wait_time = constant(_LOG_SECONDS)

    @task
    def log(self) -> None:
        self.get(f"/v3/exprun/{self.expid}")
        self.get(f"/v3/exp-recovery-logs/{self.expid}")


class Script(Client):
    """Asks as scripts do: no browser, no tags kept, one number of many experiments."""

    weight = 1
    wait_time = between(0.5, 2)

    def on_start(self) -> None:
        super().on_start()
        self.all = self.listed_experiments()

    @task(4)
    def numbers_of_all(self) -> None:
        for expid in self.all:
            self.expid = expid
            self.read(f"/v3/expcount/{expid}")
            self.read(f"/v3/ifrun/{expid}")

    @task(2)
    def metrics(self) -> None:
        self.expid = random.choice(self.all)
        self.read(f"/v3/performance/{self.expid}")
        self.read(f"/v3/summary/{self.expid}")

    @task(1)
    def pages_of_jobs(self) -> None:
        self.expid = random.choice(self.all)
        path = f"/v4/experiments/{self.expid}/jobs?page_size=1000&page="
        pages = 1
        for number in range(1, 6):
            if number <= pages:
                found = self.read(f"{path}{number}", "/v4/experiments/{expid}/jobs [pages]")
                pages = found.get("pagination", {}).get("total_pages", 0)
