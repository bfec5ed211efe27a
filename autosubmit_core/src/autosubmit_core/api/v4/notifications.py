"""``/v4/notifications``: which messages about experiments were sent, wait, or were given up."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from autosubmit_core.answers.v4.notifications import MOST_MESSAGES, notifications_answer
from autosubmit_core.api.access.permission import Needs
from autosubmit_core.api.encoding import json_bytes
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Choice, Text
from autosubmit_core.api.schemas import INSTANT, listed, one_of, or_null, record, text, whole
from autosubmit_core.api.v4.base import BUSY, WRONG
from autosubmit_core.archive.fleet import EVENTS
from autosubmit_core.store.outbox import STATES

__all__ = ["routes"]

_NOTIFICATION = record(
    {
        "id": text("b6e4c55f-2f55-5d29-8a8e-52ee2a2ac7b4", "What webhook-id says."),
        "rule": text("failures"),
        "channel": one_of(("webhook", "mail"), "webhook"),
        "target": text(
            "https://hooks.example.org", "Of a webhook the host alone, of mail the domains."
        ),
        "expid": text("a2m9"),
        "event": one_of((*EVENTS, "threshold"), "failed"),
        "at": INSTANT,
        "state": one_of(STATES, "sent"),
        "attempts": whole(1),
        "last_attempt": INSTANT,
        "next_attempt": INSTANT,
        "answer": or_null(text("HTTP 204", "What was said to the last attempt.")),
    }
)


class Notifications(ApiHandler):
    """``GET /v4/notifications``: for known callers alone, whatever else anybody may read.

    Whom an institution tells what is not for everybody.
    """

    needs = Needs.SELF
    operations: ClassVar = {
        "get": Operation(
            summary="Messages about experiments that were sent, wait, or were given up",
            query=(
                Choice(name="state", words=STATES, meaning="Those in this state alone."),
                Text(name="expid", meaning="Those about this experiment alone.", example="a2m9"),
            ),
            answer=record(
                {
                    "counts": record({state: whole(3) for state in STATES}),
                    "notifications": listed(
                        _NOTIFICATION, f"The newest {MOST_MESSAGES}, the newest first."
                    ),
                }
            ),
            refusals={**WRONG, **BUSY},
        )
    }

    async def get(self) -> None:
        place = self.service.access.database
        told = await self.service.light.run(
            partial(notifications_answer, place, **self.arguments())
        )
        self.set_header("Cache-Control", "no-store")
        self.write(json_bytes(told))


routes = [Route("/v4/notifications", Notifications)]
