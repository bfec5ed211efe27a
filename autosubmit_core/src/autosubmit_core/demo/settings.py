"""The configuration of a demo experiment: what its user would have written for its workflow."""

from __future__ import annotations

from typing import Any

from autosubmit_core.demo.platforms import LOCAL, Platform
from autosubmit_core.demo.workflow import Section, Workflow

__all__ = ["ini_settings", "yaml_settings"]


def yaml_settings(
    workflow: Workflow, expid: str, *, version: str, origin: str = "", branch: str = ""
) -> dict[str, Any]:
    """Return the sections of a YAML configuration; ``origin`` is the git repository of the model."""
    settings: dict[str, Any] = {
        "CONFIG": {
            "AUTOSUBMIT_VERSION": version,
            "MAXWAITINGJOBS": 20,
            "TOTALJOBS": 20,
            "SAFETYSLEEPTIME": 10,
            "RETRIALS": workflow.retrials,
        },
        "DEFAULT": {"EXPID": expid, "HPCARCH": workflow.platform.name},
        "PROJECT": {"PROJECT_TYPE": "git" if origin else "none", "PROJECT_DESTINATION": ""},
        "EXPERIMENT": _experiment(workflow),
        "JOBS": {section.name: _yaml_job(section) for section in workflow.sections},
        "PLATFORMS": {platform.name: _yaml_platform(platform) for platform in _platforms(workflow)},
    }
    if origin:
        settings["PROJECT"]["PROJECT_DESTINATION"] = origin.rpartition("/")[2].removesuffix(".git")
        settings["GIT"] = {"PROJECT_ORIGIN": origin, "PROJECT_BRANCH": branch, "PROJECT_COMMIT": ""}
    if workflow.wrapped:
        settings["WRAPPERS"] = {
            f"WRAPPER_{workflow.wrapped}": {
                "TYPE": "vertical",
                "JOBS_IN_WRAPPER": workflow.wrapped,
                "MAX_WRAPPED": workflow.wrapper_chunks,
            }
        }
    return settings


def ini_settings(
    workflow: Workflow, expid: str, *, version: str, origin: str = "", branch: str = ""
) -> dict[str, dict[str, dict[str, str]]]:
    """Return the sections of the five INI files of Autosubmit 3, by the keys of the answers."""
    conf = {
        "EXPID": expid,
        "AUTOSUBMIT_VERSION": version,
        "MAXWAITINGJOBS": "20",
        "TOTALJOBS": "20",
        "SAFETYSLEEPTIME": "10",
        "RETRIALS": str(workflow.retrials),
    }
    experiment = {name: str(value) for name, value in _experiment(workflow).items()}
    return {
        "conf": {"config": conf, "mail": {"NOTIFICATIONS": "False", "TO": ""}},
        "exp": {
            "DEFAULT": {"EXPID": expid, "HPCARCH": workflow.platform.name},
            "experiment": experiment,
            "rerun": {"RERUN": "FALSE", "CHUNKLIST": ""},
            "project": {"PROJECT_TYPE": "git" if origin else "none"},
            "git": {"PROJECT_ORIGIN": origin, "PROJECT_BRANCH": branch},
        },
        "platforms": {p.name: _ini_platform(p) for p in _platforms(workflow)},
        "jobs": {
            section.name: {name: str(value) for name, value in _yaml_job(section).items()}
            for section in workflow.sections
        },
        "proj": {"common": {"MODEL": origin.rpartition("/")[2].removesuffix(".git")}},
    }


def _experiment(workflow: Workflow) -> dict[str, Any]:
    return {
        "DATELIST": " ".join(workflow.dates),
        "MEMBERS": " ".join(workflow.members),
        "CHUNKSIZEUNIT": workflow.chunk_unit,
        "CHUNKSIZE": workflow.chunk_size,
        "NUMCHUNKS": workflow.chunks,
        "CHUNKINI": "",
        "CALENDAR": "standard",
    }


def _platforms(workflow: Workflow) -> list[Platform]:
    """Return the platforms that have to be configured, the main one first."""
    used = dict.fromkeys([workflow.platform, *(section.platform for section in workflow.sections)])
    return [platform for platform in used if platform is not LOCAL]


def _yaml_job(section: Section) -> dict[str, Any]:
    job: dict[str, Any] = {
        "FILE": f"templates/{section.name.lower()}.sh",
        "PLATFORM": section.platform.name,
        "RUNNING": section.running,
        "WALLCLOCK": section.wallclock,
    }
    if section.dependencies:
        job["DEPENDENCIES"] = " ".join(section.dependencies)
    if section.processors > 1:
        job |= {"PROCESSORS": section.processors, "TASKS": section.processors // section.nodes}
    if section.splits:
        job["SPLITS"] = section.splits
    return job


def _yaml_platform(platform: Platform) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "TYPE": platform.type,
        "HOST": platform.host,
        "PROJECT": platform.project,
        "USER": platform.user,
        "SCRATCH_DIR": platform.scratch,
        "ADD_PROJECT_TO_HOST": False,
    }
    if platform.has_queue:
        settings |= {"QUEUE": platform.queue, "MAX_WALLCLOCK": platform.max_wallclock}
    if platform.processors_per_node:
        settings["PROCESSORS_PER_NODE"] = platform.processors_per_node
    if platform.carbon_factor:
        settings |= {
            "CF": str(platform.carbon_factor),
            "PUE": str(platform.power_usage_effectiveness),
        }
    return settings


def _ini_platform(platform: Platform) -> dict[str, str]:
    return {name: str(value) for name, value in _yaml_platform(platform).items()}
