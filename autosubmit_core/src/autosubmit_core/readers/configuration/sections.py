"""What Autosubmit does to its own sections (DEFAULT, JOBS, WRAPPERS) when it has read a file.

The rules of a file run on each file and once more on the whole, when also what is missing is
added. They run before placeholders are filled, so a placeholder that stands for a list of words
stays one word.
"""

from __future__ import annotations

import re
from typing import Any

from autosubmit_core.readers.configuration.rules import BrokenRuleError

__all__ = ["apply_final_rules", "apply_rules", "words"]

_WITH_SECONDS = re.compile(r"(\d{1,2}:\d{2}):\d{2}", re.ASCII)

#: A dependency on one of these is met only by it; on any other status, by every final one.
_EXACT_STATUSES = frozenset({"READY", "DELAYED", "PREPARED", "SKIPPED", "FAILED", "COMPLETED"})


def words(text: str) -> list[str]:
    """Return the words of a list written as text: parted by commas if it has any, else by blanks.

    >>> words("a, b c"), words("a  b")
    (['a', 'b c'], ['a', 'b'])
    """
    return [word.strip() for word in text.split(",")] if "," in text else text.split()


def apply_rules(data: dict[str, Any]) -> dict[str, Any]:
    """Return the dictionary of one file with the rules of its sections applied.

    Raises :class:`BrokenRuleError` for a section of the wrong kind.
    """
    result = dict(data)
    if "DEFAULT" in data:
        result["DEFAULT"] = _default(_section(data, "DEFAULT"))
    if "JOBS" in data:
        jobs = _section(data, "JOBS")
        result["JOBS"] = {name: _job(_section(jobs, name, "JOBS."), name) for name in jobs}
    if "WRAPPERS" in data:
        wrappers = _section(data, "WRAPPERS")
        result["WRAPPERS"] = {
            name: _wrapper(value, f"WRAPPERS.{name}") if isinstance(value, dict) else value
            for name, value in wrappers.items()
        }
    return result


def apply_final_rules(data: dict[str, Any]) -> dict[str, Any]:
    """Return the whole dictionary with the rules applied again, and what is missing added.

    Raises :class:`BrokenRuleError` also for a wrapper that lacks its type or its jobs.
    """
    result = apply_rules(data)
    for job in result.get("JOBS", {}).values():
        job.setdefault("DEPENDENCIES", {})
        job.setdefault("FILE", "")
        job.setdefault("ADDITIONAL_FILES", [])
    for name, wrapper in result.get("WRAPPERS", {}).items():
        if isinstance(wrapper, dict):
            _check_wrapper(wrapper, f"WRAPPERS.{name}")
    return result


def _section(data: dict[str, Any], key: str, place: str = "") -> dict[str, Any]:
    section = data[key]
    if not isinstance(section, dict):
        raise BrokenRuleError(place + key, "has to be a section")
    return section


def _default(section: dict[str, Any]) -> dict[str, Any]:
    result = dict(section)
    if "HPCARCH" in section:
        if not isinstance(section["HPCARCH"], str):
            raise BrokenRuleError("DEFAULT.HPCARCH", "has to be a text")
        result["HPCARCH"] = section["HPCARCH"].upper()
    custom = section.get("CUSTOM_CONFIG")
    if isinstance(custom, dict):
        result["CUSTOM_CONFIG"] = {
            key: ",".join(_texts(value, f"DEFAULT.CUSTOM_CONFIG.{key}"))
            if isinstance(value, list)
            else value
            for key, value in custom.items()
        }
    return result


def _texts(items: Any, place: str) -> list[str]:
    texts = list(items) if isinstance(items, (list, dict)) else [items]
    for text in texts:
        if not isinstance(text, str):
            raise BrokenRuleError(place, "has to hold texts only")
    return texts


def _job(job: dict[str, Any], name: str) -> dict[str, Any]:
    result = dict(job)
    place = f"JOBS.{name}"
    if "DEPENDENCIES" in job:
        result["DEPENDENCIES"] = _dependencies(job["DEPENDENCIES"], f"{place}.DEPENDENCIES")
    if "FILE" in job:
        result.update(_files(job["FILE"], f"{place}.FILE"))
    if isinstance(job.get("CUSTOM_DIRECTIVES"), list):
        result["CUSTOM_DIRECTIVES"] = str(job["CUSTOM_DIRECTIVES"])
    if job.get("WALLCLOCK") is not None:
        result["WALLCLOCK"] = _wallclock(job["WALLCLOCK"], f"{place}.WALLCLOCK")
    if job.get("NOTIFY_ON"):
        statuses = job["NOTIFY_ON"]
        listed = words(statuses) if isinstance(statuses, str) else statuses
        result["NOTIFY_ON"] = [
            status.strip().upper() for status in _texts(listed, f"{place}.NOTIFY_ON")
        ]
    return result


def _dependencies(value: Any, place: str) -> dict[str, Any]:
    if isinstance(value, str):
        # Two blanks in a row name a section without a name; Autosubmit has always let it pass.
        return {name: {} for name in value.upper().split(" ")}
    if not isinstance(value, dict):
        return {}
    return {
        name.upper(): _dependency(item, f"{place}.{name}") if isinstance(item, dict) else item
        for name, item in value.items()
    }


def _dependency(dependency: dict[str, Any], place: str) -> dict[str, Any]:
    status = dependency.get("STATUS")
    if not status:
        return dependency
    if not isinstance(status, str):
        raise BrokenRuleError(f"{place}.STATUS", "has to be a text")
    status = status.upper()
    if dependency.get("ANY_FINAL_STATUS_IS_VALID"):
        return dependency | {"STATUS": status}
    exact = status in _EXACT_STATUSES
    return dependency | {
        "STATUS": status.removesuffix("?"),
        "ANY_FINAL_STATUS_IS_VALID": not exact,
    }


def _files(value: Any, place: str) -> dict[str, Any]:
    """Return the script of a job and, if it names several, the files that go with it."""
    if isinstance(value, str):
        names = value.split("," if "," in value else " ")
    elif isinstance(value, list) and value:
        names = _texts(value, place)
    else:
        raise BrokenRuleError(place, "has to be a text or a list of texts")
    first, *others = [name.strip() for name in names]
    return {"FILE": first, "ADDITIONAL_FILES": others} if others else {"FILE": first}


def _wallclock(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise BrokenRuleError(place, "has to be a text: write it in quotes, as '00:30'")
    with_seconds = _WITH_SECONDS.fullmatch(value)
    return with_seconds.group(1) if with_seconds else value


def _wrapper(wrapper: dict[str, Any], place: str) -> dict[str, Any]:
    result = dict(wrapper)
    if "TYPE" in wrapper:
        result["TYPE"] = str(wrapper["TYPE"]).lower()
    if "JOBS_IN_WRAPPER" in wrapper:
        jobs = wrapper["JOBS_IN_WRAPPER"]
        listed = _wrapped_sections(jobs) if isinstance(jobs, str) else jobs
        result["JOBS_IN_WRAPPER"] = [
            section.strip().upper() for section in _texts(listed, f"{place}.JOBS_IN_WRAPPER")
        ]
    return result


def _wrapped_sections(text: str) -> list[str]:
    """Return the sections of ``A, B`` or ``A&B`` or ``A B``, also in brackets and quotes.

    >>> _wrapped_sections("['A', 'B']"), _wrapped_sections("A&B C")
    (['A', 'B'], ['A', 'B C'])
    """
    bare = text.strip("[]").replace("'", "")
    return bare.split("&") if "&" in bare and "," not in bare else words(bare)


def _check_wrapper(wrapper: dict[str, Any], place: str) -> None:
    sections = wrapper.get("JOBS_IN_WRAPPER")
    if not sections or "" in sections:
        raise BrokenRuleError(f"{place}.JOBS_IN_WRAPPER", "is missing or names no section")
    if "TYPE" not in wrapper:
        raise BrokenRuleError(f"{place}.TYPE", "is missing")
