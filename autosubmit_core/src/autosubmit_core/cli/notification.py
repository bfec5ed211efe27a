"""``autosubmit-core test-notification``: one message for trial, over each channel of a rule."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from autosubmit_core.errors import ConfigurationInvalidError
from autosubmit_core.readers.api_file import NOTIFICATION_SECTION, api_file, read_api_file
from autosubmit_core.store.outbox import OutboxRow
from autosubmit_core.workers.notifications.channels import Channel, NotDeliveredError
from autosubmit_core.workers.notifications.configuration import read_notifications
from autosubmit_core.workers.notifications.messages import Happening, body_of

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add_to"]


def add_to(commands: Commands) -> None:
    """Add the command to a program."""
    parser = commands.add_parser(
        "test-notification",
        help="send a message for trial",
        description="Send a message for trial, about no experiment, over each channel of a rule of the"
        f" section {NOTIFICATION_SECTION} of the file that AS_API_CONFIG_FILE names, else of ~/.autosubmit_api.yaml."
        " Where the rule writes to owners, it is sent as to the owner that you are. Nothing is kept of it.",
    )
    parser.add_argument("rule", metavar="RULE", help="the NAME of the rule")
    parser.set_defaults(command=_send)


def _send(asked: argparse.Namespace) -> int:
    named = os.environ.get("AS_API_CONFIG_FILE")
    path = Path(named) if named else api_file()
    try:
        told = read_notifications(read_api_file(path), path, os.environ)
    except ConfigurationInvalidError as error:
        print(f"autosubmit-core: {error}", file=sys.stderr)
        return 2
    rules = {rule.name: rule for rule in told.rules}
    if asked.rule not in rules:
        known = ", ".join(map(repr, rules)) or "none at all"
        print(
            f"autosubmit-core: there is no rule {asked.rule!r}; there are {known}", file=sys.stderr
        )
        return 2
    row = _row(asked.rule, told.link)
    return max(_tried(*item, row) for item in rules[asked.rule].channels.items())


def _row(rule: str, link: str) -> OutboxRow:
    happening = Happening(
        id=str(uuid4()),
        at=int(time.time()),
        event="test",
        expid="a000",
        owner=_this_user(),
        sentence="This is a message for trial: nothing happened.",
    )
    return OutboxRow(
        id=happening.id,
        rule=rule,
        channel="",
        target="",
        expid=happening.expid,
        owner=happening.owner,
        event=happening.event,
        at=happening.at,
        body=body_of(rule, happening, None, link),
    )


def _this_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container a user may have no name
        return ""


def _tried(name: str, channel: Channel, row: OutboxRow) -> int:
    """Send a message over one channel, say what came of it, and return the status of that."""
    try:
        answer = channel.send([row])
    except NotDeliveredError as error:
        print(f"{name} {channel.target}: {error}", file=sys.stderr)
        return 1
    print(f"{name} {channel.target}: {answer}")
    return 0
