"""The notifications task: what happened is told to those who want to know."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autosubmit_core.archive import Archive
from autosubmit_core.readers.api_file import NOTIFICATION_SECTION
from autosubmit_core.store.leases import Lease, held
from autosubmit_core.store.outbox import add_messages, rule_marks
from autosubmit_core.store.places import store_of
from autosubmit_core.workers.notifications.configuration import read_notifications
from autosubmit_core.workers.notifications.delivery import Delivered, deliver
from autosubmit_core.workers.notifications.messages import new_messages
from autosubmit_core.workers.notifications.rules import Notifications
from autosubmit_core.workers.passes import Duty, Progress

__all__ = ["NotificationsSummary", "NotificationsTask"]


@dataclass(frozen=True, slots=True)
class NotificationsSummary:
    """What came of a pass: messages that are new, and what became of those whose turn it was."""

    new: int
    delivered: Delivered
    seconds: float

    def sentence(self) -> str:
        """Return it in words.

        >>> NotificationsSummary(3, Delivered(sent=2, put_off=1), 0.25).sentence()
        'notifications: 3 new, 2 sent, 1 put off, 0 given up, 0.2 s'
        """
        made = self.delivered
        return (
            f"notifications: {self.new} new, {made.sent} sent, {made.put_off} put off,"
            f" {made.given_up} given up, {self.seconds:.1f} s"
        )


@dataclass(frozen=True, slots=True)
class NotificationsTask(Duty[NotificationsSummary]):
    """Writes down what there is to tell, all or nothing, and sends it.

    What comes of the other tasks is what it tells; it reads no experiment itself.
    """

    notifications: Notifications = Notifications()

    name = "notifications"
    key = "TASK_NOTIFICATIONS"
    minutes = 1
    meaning = f"webhooks and mail about what happened, by the rules of {NOTIFICATION_SECTION}"

    @property
    def idle(self) -> bool:
        return not self.notifications.rules

    def told(self, sections: Mapping[str, Any], path: Path) -> NotificationsTask:
        return NotificationsTask(read_notifications(sections, path, os.environ))

    def do(
        self, archive: Archive, lease: Lease, progress: Progress, get_on: Callable[[], None]
    ) -> NotificationsSummary:
        begun, place = time.monotonic(), store_of(archive.installation)
        messages, marks = new_messages(self.notifications, archive.fleet(), rule_marks(place))
        new = add_messages(place, messages, marks, now=time.time())

        def alive() -> None:
            get_on()
            with held(place, lease):
                pass

        delivered = deliver(self.notifications, place, alive)
        return NotificationsSummary(new, delivered, time.monotonic() - begun)
