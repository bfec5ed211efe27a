"""Secrets that stand in a file are read again when it changes, without a restart (D-7).

Mounted secrets are replaced while programs run: a new key with the old one beside it, another secret
of this server at a login provider. What is no secret counts from the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from autosubmit_core.api.access.env_file import read_env_file
from autosubmit_core.api.refusals import RefusedError
from autosubmit_core.api.service import Service
from autosubmit_core.api.settings import Settings

__all__ = ["reread", "use", "watch_secrets"]

log = logging.getLogger(__name__)

SomeSettings = TypeVar("SomeSettings", bound=Settings)

#: How often the file is read, in seconds.
WATCH_SECONDS = 5.0


def reread(settings: SomeSettings, environment: Mapping[str, str]) -> SomeSettings:
    """Return the settings with the secrets that their file of variables has now.

    What the environment has counts more, as at the start. Raises :class:`ValueError`, which names no
    secret, for a file that cannot be read, for what cannot be, and where the key that signs tokens is
    gone: with a random one instead, everybody would be logged out.
    """
    if settings.env_file is None:
        return settings
    told = {**read_env_file(settings.env_file), **environment}
    secrets: dict[str, Any] = {}
    for one in (one for one in fields(settings) if one.metadata["secret"]):
        variable = next((name for name in one.metadata["variables"] if name in told), None)
        try:
            secrets[one.name] = one.metadata["read"](told[variable]) if variable else one.default
        except ValueError as error:
            raise ValueError(f"{settings.env_file}: {variable} {error}") from None
    made = replace(settings, **secrets)
    if settings.secret_key and not made.secret_key:
        raise ValueError(f"{settings.env_file}: SECRET_KEY is gone")
    return made


def use(service: Service, settings: Settings) -> None:
    """Let a server go on with other secrets; to be called from the loop."""
    before, made = service.access, service.remake(settings)
    # Who tried too often before has done so still, and a login that ended is not ended again.
    made.flow.follow(before.flow)
    service.access = replace(made, failures=before.failures, beginnings=before.beginnings)
    service.settings = settings
    log.info("secrets were read again from %s", settings.env_file)


async def watch_secrets(service: Service) -> None:
    """Look every while whether the secrets are others; what is wrong with them is said once.

    They are used once two looks running have found them alike.
    """
    said, seen = "", service.settings
    while service.settings.env_file:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            settings = await service.looks.run(reread, service.settings, os.environ)
            # A file that is being written has half of them: what two looks running found is used.
            if settings == seen != service.settings:
                use(service, settings)
            said, seen = "", settings
        except RefusedError:
            continue  # there is too much to do at the moment
        except ValueError as error:
            if str(error) != said:
                log.error("the secrets of before are still used: %s", error)
            said = str(error)
