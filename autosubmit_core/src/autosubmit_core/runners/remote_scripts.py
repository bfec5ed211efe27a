"""What a machine on the other side of SSH is told, as scripts for ``/bin/sh``.

They are sent to the standard input of a shell that is started by its bare name, so that it is the same
whatever shell the account has. They are the same for ever, but for variables that are set before them
to numbers and to names made here, and for the words of a command, each quoted on its own (RS-1).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

__all__ = ["ANSWER", "REFUSED", "interrupt", "look", "output", "start"]

#: What stands before the answer of a script: what an account prints at every login ends there.
ANSWER = b"autosubmit_core answers:\n"
#: The answer to a command that cannot have been started.
REFUSED = b"refused\n"

#: The state of a process and when it started: the rest of a line in which its name may hold anything.
_FACTS = r"""
boot_now=$(cat /proc/sys/kernel/random/boot_id)
facts() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f1,20; }
started() { facts "$1" | cut -d' ' -f2; }
"""

#: Becomes the command, once it has written down what process it is, and who stands beside it; what
#: cannot be written down does not begin.
_COMMAND = r"""
echo "$(uname -n) $boot_now $$ $(started "$$") $1 $2" >process.new &&
  mv process.new process || exit 126
exec """

#: Stands beside a command until it ends, as the supervisor of a local one does. The command itself is
#: read from a file, and so in no other process's command line. SIGINT to the group is for the command.
#: What has no limit of time goes on when what it prints is not kept any more.
_SUPERVISE = r"""
trap : INT
{
  # A shell inside forgets what the one around it does with signals.
  trap : INT
  if [ "$seconds" -gt 0 ]; then
    timeout -k 5 "$seconds" /bin/sh ./command "$$" "$(started "$$")" </dev/null 2>&1
  else
    /bin/sh ./command "$$" "$(started "$$")" </dev/null 2>&1
  fi
  echo "$?" >exit.new
  mv exit.new exit
} | (
  trap '' INT
  dd bs=1 count="$bytes" of=output 2>/dev/null
  [ "$seconds" -gt 0 ] || cat >/dev/null
)
"""

_START = r"""
umask 077
refuse() { echo refused; exit 1; }
mkdir -p "$HOME/.autosubmit_core" && mkdir "$HOME/.autosubmit_core/$folder" || refuse
cd "$HOME/.autosubmit_core/$folder" || refuse
printf %s "$command" >command && printf %s "$supervise" >supervise || refuse
setsid --fork /bin/sh ./supervise </dev/null >/dev/null 2>&1
waited=0
while [ ! -e process ] && [ $waited -lt 100 ]; do
  sleep 0.1
  waited=$((waited + 1))
done
cat process
setsid --fork /bin/sh -c "$clear" </dev/null >/dev/null 2>&1
"""

#: Removes what is kept of commands that ended long ago, beside the one that has started.
_CLEAR = r"""
find .. -mindepth 2 -maxdepth 2 -name exit -mmin "+$minutes" -exec dirname {} ';' |
  while IFS= read -r old; do rm -rf "$old"; done
"""

_ENTER = r"""
cd "$HOME/.autosubmit_core/$folder" 2>/dev/null || exit 0
"""

#: What is over has written how it ended before it was gone: so it is looked at in this order.
_LOOK = r"""
read host boot pid start spid sstart <process || exit 0
waited=0
while :; do
  alive=0
  if [ "$host" != "$(uname -n)" ]; then
    alive=elsewhere
  elif [ "$boot" = "$boot_now" ]; then
    case $(facts "$pid") in Z* | X*) ;; *" $start") alive=1 ;; esac
    case $(facts "$spid") in Z* | X*) ;; *" $sstart") alive=1 ;; esac
  fi
  if [ "$alive" != 1 ] || [ $waited -ge "$steps" ]; then break; fi
  sleep 0.2
  waited=$((waited + 1))
done
ended=-
if [ -e exit ]; then ended=$(cat exit); fi
echo "$host $pid $alive $ended"
"""

_OUTPUT = r"""
if [ -e output ]; then tail -c "+$first" output | head -c "$most"; fi
"""

_INTERRUPT = r"""
read host boot pid start spid sstart <process || exit 0
if [ "$host" != "$(uname -n)" ]; then echo "$host"; exit 0; fi
if [ "$boot" != "$boot_now" ] || [ "$(started "$pid")" != "$start" ]; then exit 0; fi
if [ "$group" = 1 ]; then kill -INT "-$spid"; else kill -INT "$pid"; fi
"""


def start(
    command_id: str,
    words: Sequence[str],
    seconds: int | None,
    output_bytes: int,
    keep_days: int,
) -> str:
    """Return the script that starts a command and prints what its process is.

    It removes what is kept of commands that ended more than so many days ago.
    """
    command = f"{_FACTS}{_COMMAND}{shlex.join(words)}\n"
    limits = _variables(seconds=seconds or 0, bytes=output_bytes)
    supervise = f"{limits}{_FACTS}{_SUPERVISE}"
    clear = f"{_variables(minutes=keep_days * 1440)}{_CLEAR}"
    told = _answering(folder=command_id, command=command, supervise=supervise, clear=clear)
    return told + _START


def look(command_id: str, seconds: float) -> str:
    """Return the script that prints a machine, a process number, whether it lives, and its end."""
    return _answering(folder=command_id, steps=int(seconds * 5)) + _FACTS + _ENTER + _LOOK


def output(command_id: str, after: int, most: int) -> str:
    """Return the script that prints a part of a command's output."""
    return _answering(folder=command_id, first=after + 1, most=most) + _ENTER + _OUTPUT


def interrupt(command_id: str, group: bool) -> str:
    """Return the script that sends SIGINT to a command, or to all that it started."""
    return _answering(folder=command_id, group=int(group)) + _FACTS + _ENTER + _INTERRUPT


def _answering(**values: str | int) -> str:
    """Return the beginning of a script: its answer's mark and its variables."""
    return f"echo {shlex.quote(ANSWER.decode().strip())}\n{_variables(**values)}"


def _variables(**values: str | int) -> str:
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())
