"""What rows of the history mean where writers of old wrote them oddly."""

from __future__ import annotations

from autosubmit_core.tables import JobHistory, TextColumn, text_column

__all__ = ["sections_and_members"]


def sections_and_members(rows: JobHistory) -> tuple[TextColumn, TextColumn]:
    """Return sections and members; rows in which Autosubmit exchanged them are put right.

    A job's name ends with its section.

    >>> rows = JobHistory.of(1, job_name=["a_fc0_SIM"], section=["fc0"], member=["SIM"])
    >>> [column.tolist() for column in sections_and_members(rows)]
    [['SIM'], ['fc0']]
    """
    section, member = rows.section.tolist(), rows.member.tolist()
    for row, name in enumerate(rows.job_name.tolist()):
        one, other = section[row] or "", member[row] or ""
        if other and name.endswith(f"_{other}") and not (one and name.endswith(f"_{one}")):
            one, other = other, one
        section[row], member[row] = one, other or None
    return text_column(section), text_column(member)
