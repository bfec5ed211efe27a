"""``python -m autosubmit_core.demo.providers``: try logins without an institution."""

from __future__ import annotations

import shlex
import signal
from contextlib import ExitStack

from autosubmit_core.demo.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    CasProvider,
    GithubProvider,
    OpenidProvider,
    serving,
)

__all__ = ["main"]


def main() -> None:
    """Serve the three providers until told to stop, and say how a server is told of them."""
    # Before there are threads, which inherit it: who waits below is the one to be told.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    with ExitStack() as served:
        cas, openid, github = (
            served.enter_context(serving(provider))
            for provider in (CasProvider(), OpenidProvider(), GithubProvider())
        )
        told = {
            "CAS_SERVER_URL": f"{cas}/",
            "OIDC_ISSUER": openid,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_USERNAME_CLAIM": "preferred_username",
            "GITHUB_URL": github,
            "GITHUB_API_URL": github,
            "GITHUB_OAUTH_CLIENT_ID": CLIENT_ID,
            "GITHUB_OAUTH_CLIENT_SECRET": CLIENT_SECRET,
            "AUTOSUBMIT_ANY_GITHUB_USER": "true",
        }
        for name, value in told.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        signal.sigwait((signal.SIGINT, signal.SIGTERM))


if __name__ == "__main__":
    main()
