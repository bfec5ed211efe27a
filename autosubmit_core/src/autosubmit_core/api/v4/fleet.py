"""``/v4/fleet`` and ``/v4/digest``: all experiments together, and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autosubmit_core.answers.v4.digest import MOST_EVENTS, digest_answer, digest_feed
from autosubmit_core.answers.v4.exports import FORMS, MEDIA_TYPES
from autosubmit_core.answers.v4.fleet import FIGURES, GROUPS, fleet_answer, fleet_file
from autosubmit_core.api.handlers import Operation, Route
from autosubmit_core.api.parameters import Choice, Text
from autosubmit_core.api.schemas import (
    INSTANT,
    Schema,
    listed,
    mapping,
    number,
    one_of,
    or_null,
    record,
    text,
    whole,
)
from autosubmit_core.api.v4.base import BUSY, WRONG, V4Handler
from autosubmit_core.archive.fleet import EVENTS
from autosubmit_core.errors import SourceWarning
from autosubmit_core.metrics.heartbeat import Pulse

__all__ = ["routes"]

_GROUP = record(
    {
        "name": or_null(text("ana", "null for those of none.")),
        "experiments": whole(12),
        **{name: number(1234.5) if digits else whole(1234) for name, digits in FIGURES.items()},
        "SYPD": or_null(number(11.9, "Of all simulations together.")),
    },
    meaning="Core hours are processors times run time of attempts that ended; energy is in joules, as "
    "measured, and as estimated where it was not.",
)
_NEEDS_A_LOOK = record(
    {
        "expid": text("a2m9"),
        "owner": or_null(text("ana")),
        "state": one_of([pulse.value for pulse in Pulse], "stopped"),
        "last_moved": INSTANT,
        "sentence": text("a2m9: nothing has moved for 31 d 2 h; 141 of 156 jobs are done."),
    }
)
_SINCE = Text(
    name="since",
    meaning="Since when: 24h, 72h, 7d, or a date such as 2026-11-21, or a date and time in ISO 8601.",
    default="24h",
    longest=40,
)
_NO_MOMENT = {400: "since names no moment.", **WRONG, **BUSY}


class _File(V4Handler):
    """What is sent as it is: there is no place in it for warnings."""

    @staticmethod
    def envelope(answer: Any, warnings: Sequence[SourceWarning]) -> object:
        return answer

    @classmethod
    def answer_schema(cls, operation: Operation) -> Schema:
        return dict(operation.answer)


class FleetSums(V4Handler):
    """``GET /v4/fleet``: what all experiments used, as background tasks have noted it."""

    operations: ClassVar = {
        "get": Operation(
            summary="What all experiments used, by owner, platform and model",
            answer=record(
                {
                    "figures_updated": INSTANT,
                    "statuses_updated": INSTANT,
                    "experiments": whole(8, "Also archived and deleted ones that were known."),
                    "states": mapping(whole(7), "Experiments by what became of them.", "present"),
                    "pulses": mapping(whole(2), "Those that are there by what they do.", "running"),
                    "total": or_null(_GROUP),
                    **{f"by_{what}": listed(_GROUP) for what in GROUPS},
                    "stalled": listed(
                        _NEEDS_A_LOOK, "Nothing moves, though something should: stalled, or dead."
                    ),
                    "abandoned": listed(
                        _NEEDS_A_LOOK, "Stopped before their end, and still for thirty days."
                    ),
                }
            ),
            refusals=BUSY,
        )
    }

    async def get(self) -> None:
        await self.answer(fleet_answer)


class FleetFile(_File):
    """``GET /v4/fleet.csv``: a row for each experiment, or for each owner, platform or model."""

    operations: ClassVar = {
        "get": Operation(
            summary="What all experiments used as a file",
            path=(
                Choice(
                    name="form",
                    words=FORMS,
                    meaning="The form of the file: Parquet needs pyarrow.",
                    example="csv",
                ),
            ),
            query=(
                Choice(
                    name="by", words=GROUPS, meaning="A row for each of these, with sums over them."
                ),
            ),
            answer=text(
                "name,owner,model\r\na2m9,ana,https://git.example.org/es/auto-ecearth3.git\r\n",
                "A line of names, then one for each row; further columns follow.",
            ),
            media=tuple(MEDIA_TYPES.values()),
            refusals={400: "This server cannot write Parquet.", **WRONG, **BUSY},
        )
    }

    async def get(self, **path: str) -> None:
        asked = self.arguments()
        form = asked["form"]
        self.packs = form == "csv"
        encoded = await self.encoded(fleet_file, **asked)
        self.set_header("Content-Type", MEDIA_TYPES[form])
        name = f"fleet_{asked['by'] or 'experiments'}.{form}"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        await self.send(encoded)


class Digest(V4Handler):
    """``GET /v4/digest``: what happened since a moment."""

    operations: ClassVar = {
        "get": Operation(
            summary="What happened to all experiments since a moment",
            query=(_SINCE,),
            answer=record(
                {
                    "since": INSTANT,
                    "until": INSTANT,
                    "counts": mapping(whole(3), "Events of each kind.", "finished"),
                    "failed_jobs": whole(4),
                    "events": listed(
                        record(
                            {
                                "id": text("0b0f9c0e-8a53-5b38-9a0c-3b6b7f0d4a55"),
                                "at": INSTANT,
                                "expid": text("a2m9"),
                                "owner": or_null(text("ana")),
                                "event": one_of(tuple(EVENTS), "failed"),
                                "jobs": whole(4, "How many failed."),
                                "sentence": text("4 jobs of a2m9 failed."),
                            }
                        ),
                        f"The newest {MOST_EVENTS}, the newest first.",
                    ),
                }
            ),
            refusals=_NO_MOMENT,
        )
    }

    async def get(self) -> None:
        await self.answer(digest_answer, **self.arguments())


class DigestFeed(_File):
    """``GET /v4/digest.atom``: the same for readers of feeds."""

    operations: ClassVar = {
        "get": Operation(
            summary="What happened to all experiments as an Atom feed",
            query=(_SINCE,),
            answer=text(
                '<feed xmlns="http://www.w3.org/2005/Atom">', "A feed, as RFC 4287 has it."
            ),
            media=("application/atom+xml",),
            refusals=_NO_MOMENT,
        )
    }

    async def get(self) -> None:
        settings = self.service.settings
        base = settings.public_url.rstrip("/") or settings.root_path
        encoded = await self.encoded(digest_feed, base=base, **self.arguments())
        self.set_header("Content-Type", "application/atom+xml; charset=utf-8")
        await self.send(encoded)


routes = [
    Route("/v4/fleet", FleetSums),
    Route("/v4/fleet.{form}", FleetFile),
    Route("/v4/digest", Digest),
    Route("/v4/digest.atom", DigestFeed),
]
