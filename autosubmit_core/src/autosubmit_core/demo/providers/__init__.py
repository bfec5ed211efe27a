"""Providers of logins for trying out and for tests: CAS, OpenID Connect, and one shaped like GitHub.

Each is a small server of its own that speaks the real exchange. They believe whoever types a name,
and say so on their page; therefore they listen on this machine alone, and nowhere else.

``python -m autosubmit_core.demo.providers`` starts all three and says how to name them to a server.
"""

from autosubmit_core.demo.providers.base import CLIENT_ID, CLIENT_SECRET, Provider, serving
from autosubmit_core.demo.providers.cas import CasProvider
from autosubmit_core.demo.providers.github import GithubProvider
from autosubmit_core.demo.providers.openid import OpenidProvider

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CasProvider",
    "GithubProvider",
    "OpenidProvider",
    "Provider",
    "serving",
]
