"""A small realistic installation of Autosubmit, built by code in Autosubmit's own formats.

:func:`build` makes one with experiments of many kinds, for somebody who has no Autosubmit to look
at; :func:`living` adds one that runs meanwhile; :func:`make_experiment` makes one experiment of a
few hand-made jobs, for tests. On the command line: ``python -m autosubmit_core.demo FOLDER``.
"""

from autosubmit_core.demo.alive import living
from autosubmit_core.demo.hand_made import jobs_named, make_experiment
from autosubmit_core.demo.installation import build

__all__ = ["build", "jobs_named", "living", "make_experiment"]
