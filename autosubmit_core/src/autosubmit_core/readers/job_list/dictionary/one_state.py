"""The state of one job in a pickle, taken apart instruction by instruction."""

from __future__ import annotations

from dataclasses import dataclass, field

from autosubmit_core.readers.job_list.dictionary.instructions import (
    CLOSES,
    GLOBAL,
    KEEPS,
    MARK,
    NEEDS,
    NOTE,
    SET_ITEMS,
    size_of,
)

__all__ = ["OneState", "UnfamiliarError", "take_apart"]

#: A longer state is not looked at. Real ones have some 300 instructions; with the whole
#: configuration in them, some thousands.
MOST_INSTRUCTIONS = 20_000


class UnfamiliarError(Exception):
    """The bytes are not those of a job list as Autosubmit 4.1.12 and later write it.

    They may be damaged, hostile, or a job list all the same: who unpickles them will find out.
    """


@dataclass(slots=True)
class OneState:
    """Where everything is in a state that begins with the first of its keys."""

    #: Where keys and values begin, in turn, and how many values had been noted before each.
    begins: list[int] = field(default_factory=list)
    noted_before: list[int] = field(default_factory=list)
    #: Number of a noted value → where it begins, and where the instruction that notes it ends.
    noted: dict[int, tuple[int, int]] = field(default_factory=dict)
    #: Number of what two texts name → where they begin: a module, and something in it.
    named: dict[int, tuple[int, int]] = field(default_factory=dict)
    #: Where the instruction is that puts keys and values into the dictionary.
    end: int = 0


def take_apart(data: bytearray, at: int, number: int) -> OneState:
    """Return where everything is in the state whose first key is at a place.

    ``number`` is how many values have been noted so far. Raises :class:`UnfamiliarError` where the
    instructions do not fit each other, or are not those of a job list.
    """
    state = OneState()
    # Where each value on the stack begins, with the number at that time; and what each mark is above.
    stack: list[tuple[int, int]] = []
    marks: list[tuple[int, int, int]] = []
    for _ in range(MOST_INSTRUCTIONS):
        code, size = data[at], size_of(data, at)
        base, needs = marks[-1][0] if marks else 0, int(NEEDS[code])
        if not size or len(stack) - base < needs:
            break
        if code == MARK:
            marks.append((len(stack), at, number))
        elif CLOSES[code] and marks:
            depth, begin, before = marks.pop()
            if CLOSES[code] == KEEPS and depth <= (marks[-1][0] if marks else 0):
                break
            stack[depth:] = [] if CLOSES[code] == KEEPS else [(begin, before)]
        elif CLOSES[code]:
            if code != SET_ITEMS or len(stack) % 2:
                break
            state.begins, state.noted_before = [list(part) for part in zip(*stack)] or [[], []]
            state.end = at
            return state
        elif code == NOTE:
            state.noted[number] = (stack[-1][0], at + size)
            number += 1
        elif needs:
            if code == GLOBAL:
                # Its number is that of the note which always follows.
                if data[at + size] != NOTE:
                    break
                state.named[number] = (stack[-2][0], stack[-1][0])
            # What takes several leaves one, in the place of the first.
            del stack[len(stack) - needs + 1 :]
        else:
            stack.append((at, number))
        at += size
    raise UnfamiliarError
