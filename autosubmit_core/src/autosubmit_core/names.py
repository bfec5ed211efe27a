"""What the name of an experiment or of a job tells."""

from __future__ import annotations

import re

__all__ = ["EXPERIMENT_TYPES", "experiment_type", "is_expid", "is_sim_job", "name_filter"]

_EXPID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)

#: The types that an expid's first letter tells apart.
EXPERIMENT_TYPES = ("test", "operational", "experiment")


def is_expid(text: str) -> bool:
    """Tell whether a text may be the name of an experiment, and so a part of a path.

    >>> is_expid("a003"), is_expid(".."), is_expid("a003/conf"), is_expid("")
    (True, False, False, False)
    """
    return _EXPID.fullmatch(text) is not None


def experiment_type(expid: str) -> str:
    """Return ``test``, ``operational`` or ``experiment``, told by the first letter.

    >>> experiment_type("t0ab"), experiment_type("o0ab"), experiment_type("a003")
    ('test', 'operational', 'experiment')
    """
    return {"t": "test", "o": "operational"}.get(expid[:1], "experiment")


def is_sim_job(job_name: str) -> bool:
    """Tell whether the name has the part ``SIM`` between underscores.

    >>> is_sim_job("a003_20220401_fc0_1_SIM"), is_sim_job("a003_SIMULATE")
    (True, False)
    """
    return "SIM" in job_name.split("_")


def name_filter(pattern: str) -> re.Pattern[str]:
    """Compile a filter of job names: found anywhere, without case; ``*`` is any text.

    The leading ``!`` that negates a filter is the caller's to cut; every other character stands
    for itself. Use :meth:`re.Pattern.search`.

    >>> bool(name_filter("a003_*_sim").search("a003_20220401_fc0_1_SIM"))
    True
    """
    first, *others = [re.escape(part) for part in pattern.split("*") if part] or [""]
    # S-24: each part is found at its first place after the one before and stays there, as a group
    # that is looked ahead for and then repeated does. With a plain .* many stars take for ever.
    found = (f"(?=(.*?{part}))\\{number}" for number, part in enumerate(others, start=1))
    return re.compile(first + "".join(found), re.IGNORECASE | re.DOTALL)
