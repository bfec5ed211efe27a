"""Commands of Autosubmit, for those who have forms of their own for them.

A handler that is a :class:`CommandHandler` makes a :class:`Body` of what it was sent, as ``POST
/v4/runners/command/…`` would get it, asks a command for its :class:`Plan`, shows what
:func:`preview_of` says of it, and has it done.
"""

from autosubmit_core.api.bodies import Body
from autosubmit_core.api.commanding import CommandHandler, Ordered, Plan
from autosubmit_core.api.orders import COMMANDS, Command
from autosubmit_core.api.previews import Preview, preview_of
from autosubmit_core.api.v4.command_output import command_answer, output_text
from autosubmit_core.runners.offers import (
    ACTIONS,
    Offer,
    Unavailable,
    offers_of,
    unavailable_actions,
)
from autosubmit_core.runners.profiles import Profile
from autosubmit_core.runners.rules import FINAL_STATUSES
from autosubmit_core.runners.touching import Touched
from autosubmit_core.store.commands import CommandRow, commands_of

__all__ = [
    "ACTIONS",
    "COMMANDS",
    "FINAL_STATUSES",
    "Body",
    "Command",
    "CommandHandler",
    "CommandRow",
    "Offer",
    "Ordered",
    "Plan",
    "Preview",
    "Profile",
    "Touched",
    "Unavailable",
    "command_answer",
    "commands_of",
    "offers_of",
    "output_text",
    "preview_of",
    "unavailable_actions",
]
