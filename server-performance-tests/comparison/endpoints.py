"""What both servers are asked, and what is aimed at for each kind of answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["ENDPOINTS", "HEAVY", "LIGHT", "Endpoint", "Kind"]


class Kind(Enum):
    """What limits an answer, and so what may be expected of it."""

    SMALL = "small"
    WHOLE_LIST = "whole list"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A request about one experiment."""

    name: str
    #: With ``{expid}``, and ``{job}`` for the name of a job.
    path: str
    kind: Kind
    #: How many times faster than the reference it is to be when the files have just changed.
    cold_ratio: float = 5
    in_reference: bool = True


#: Where unpickling the job list is the floor for both servers.
_FLOOR = 2.5

ENDPOINTS = (
    Endpoint("counters", "/v3/expcount/{expid}", Kind.SMALL, _FLOOR),
    Endpoint("jobs", "/v4/experiments/{expid}/jobs", Kind.WHOLE_LIST, _FLOOR),
    Endpoint("jobs?view=quick", "/v4/experiments/{expid}/jobs?view=quick", Kind.WHOLE_LIST, _FLOOR),
    Endpoint(
        "jobs?view=columns",
        "/v4/experiments/{expid}/jobs?view=columns",
        Kind.WHOLE_LIST,
        _FLOOR,
        in_reference=False,
    ),
    Endpoint(
        "page of 50 jobs", "/v4/experiments/{expid}/jobs?page_size=50&page=7", Kind.PAGE, _FLOOR
    ),
    Endpoint("quick", "/v3/quick/{expid}", Kind.WHOLE_LIST, _FLOOR),
    Endpoint("eta", "/v4/experiments/{expid}/eta?section=SIM", Kind.SMALL, _FLOOR),
    Endpoint("summary", "/v3/summary/{expid}", Kind.SMALL, 50),
    Endpoint("performance", "/v3/performance/{expid}", Kind.SMALL),
    Endpoint("stats of a day", "/v3/stats/{expid}/24/Any", Kind.SMALL),
    Endpoint("stats of all time", "/v3/stats/{expid}/0/Any", Kind.SMALL),
    Endpoint("runs", "/v3/runs/{expid}", Kind.SMALL),
    Endpoint("job detail", "/v4/experiments/{expid}/jobs/{job}", Kind.SMALL),
    Endpoint("history of a job", "/v3/history/{expid}/{job}", Kind.SMALL),
    Endpoint("tree", "/v3/tree/{expid}", Kind.WHOLE_LIST),
    Endpoint("graph", "/v3/graph/{expid}/standard/none", Kind.WHOLE_LIST),
    Endpoint("pklinfo", "/v3/pklinfo/{expid}/0", Kind.WHOLE_LIST),
    Endpoint("pkltreeinfo", "/v3/pkltreeinfo/{expid}/0", Kind.WHOLE_LIST),
)

#: Requests that need no job list, and those that need all of it, for asking both at once.
LIGHT = (
    "/v4/experiments/{expid}",
    "/v3/ifrun/{expid}",
    "/v4/experiments?page_size=12&only_active=false",
)
HEAVY = ("tree", "graph", "pklinfo", "pkltreeinfo", "jobs", "quick", "performance", "counters")
