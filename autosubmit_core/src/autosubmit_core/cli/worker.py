"""``autosubmit-core worker``: background tasks without a server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autosubmit_core.api.beat import Beat, tell_beside
from autosubmit_core.api.declaring import whole_number
from autosubmit_core.api.logs import start_log
from autosubmit_core.archive import Archive, open_archive
from autosubmit_core.cli.progress import Bar
from autosubmit_core.errors import AutosubmitError, ConfigurationInvalidError
from autosubmit_core.readers.api_file import api_file
from autosubmit_core.workers.ending import STOPPED, Ending
from autosubmit_core.workers.schedule import run_once, run_until_stopped
from autosubmit_core.workers.settings import TASKS, Plan, read_plans

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["add_to"]

#: How much of what was read is kept: each experiment is looked at once a pass. Bytes
MEMORY_BYTES = 64 * 2**20

_TASKS = "\n".join(f"  {task.name:14} {task.meaning}" for task in TASKS)
_EPILOG = f"""tasks:
{_TASKS}

Of several workers and servers of one installation exactly one does each task; another takes over
within about a minute if it dies. Intervals and switches are in the file AS_API_CONFIG_FILE names, else in
~/.autosubmit_api.yaml.
"""


def add_to(commands: Commands) -> None:
    """Add the command to a program."""
    parser = commands.add_parser(
        "worker",
        help="do background tasks",
        description="Find out what no request should wait for, and write it down.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "tasks",
        nargs="*",
        type=_task_name,
        metavar="TASK",
        help="which tasks; all that are not switched off if none is named",
    )
    parser.add_argument("--once", action="store_true", help="do each task once now, and end")
    parser.add_argument(
        "--config", type=Path, help="the autosubmitrc of the installation, or its folder"
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default=os.environ.get("AUTOSUBMIT_LOG_FORMAT", "text"),
        help="how the log is written [AUTOSUBMIT_LOG_FORMAT]",
    )
    parser.add_argument(
        "--metrics-port",
        type=_port,
        default=os.environ.get("AUTOSUBMIT_METRICS_PORT"),
        metavar="PORT",
        help="port of /metrics, for Prometheus, and of /health/live, for whoever starts a worker again that "
        "does not get on; by default there is none [AUTOSUBMIT_METRICS_PORT]",
    )
    parser.add_argument(
        "--metrics-address",
        default=os.environ.get("AUTOSUBMIT_METRICS_ADDRESS", "127.0.0.1"),
        metavar="ADDRESS",
        help="address of that port (default: 127.0.0.1) [AUTOSUBMIT_METRICS_ADDRESS]",
    )
    parser.set_defaults(command=_work)


def _task_name(text: str) -> str:
    names = [task.name for task in TASKS]
    if text not in names:
        raise argparse.ArgumentTypeError(f"there is no task {text!r}; there are {', '.join(names)}")
    return text


def _port(text: str) -> int:
    try:
        return whole_number(0, 65535)(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _work(asked: argparse.Namespace) -> int:
    try:
        plans = _plans(asked.tasks)
    except ConfigurationInvalidError as error:
        print(f"autosubmit-core: {error}", file=sys.stderr)
        return 2
    archive = open_archive(asked.config, memory_bytes=MEMORY_BYTES)
    if asked.once:
        with Ending(STOPPED) as ending:
            return max([_once(plan, archive, ending) for plan in plans], default=0)
    start_log(asked.log_format, debug=False)
    beat = Beat()
    with Ending() as ending:
        if asked.metrics_port is not None:
            try:
                tell_beside(archive, beat, asked.metrics_port, asked.metrics_address)
            except OSError as error:
                where = f"the metrics' port {asked.metrics_port} of {asked.metrics_address}"
                print(
                    f"autosubmit-core: cannot listen on {where}: {error.strerror}.", file=sys.stderr
                )
                return 1
        run_until_stopped(plans, archive, ending, beat.note)
    return 0


def _plans(names: Sequence[str]) -> list[Plan]:
    """Return the tasks that are named, those that are switched off included, or all that are not."""
    named = os.environ.get("AS_API_CONFIG_FILE")
    return read_plans(Path(named) if named else api_file(), names)


def _once(plan: Plan, archive: Archive, ending: Ending) -> int:
    task: Any = plan.task
    with Bar(task.name, sys.stderr) as bar:
        try:
            made = run_once(task, archive, bar.show, ending.look)
        except AutosubmitError as error:
            print(f"{task.name}: {error}", file=sys.stderr)
            return 1
    print(made.sentence() if made else f"{task.name}: another process is at it")
    return 0
