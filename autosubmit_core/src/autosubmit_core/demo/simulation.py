"""What becomes of the jobs of a workflow: when each is submitted, runs, fails and is tried again.

Everything follows from a seed. Chance is thrown for all jobs at once; then one pass over the jobs,
which stand after their parents, finds when each can be submitted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from autosubmit_core.demo.life import Attempts, Life
from autosubmit_core.demo.workflow import Workflow
from autosubmit_core.tables import BoolColumn, FloatColumn

__all__ = ["Launch", "live"]

#: Seconds until Autosubmit looks again at its jobs, submits what became ready, and sees that the
#: platform has confirmed a submission.
_NOTICED, _CONFIRMED = (4, 40), (20, 90)
#: Number in the scheduler of the first job that an experiment submits, roughly.
_FIRST_SCHEDULER_ID = 16_690_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One ``autosubmit run``: until when it was planned, and what went wrong in it."""

    #: How many chunks the experiment had then; 0 for all.
    chunks: int = 0
    #: Hours since the end of the launch before.
    pause_hours: float = 0.0
    #: How many jobs fail for good, retries included; what waits for them stays where it is.
    fatal: int = 0


def live(workflow: Workflow, *, launches: tuple[Launch, ...], seed: int) -> Life:
    """Return the life of a workflow that was launched some times, each until nothing more could run.

    Raises :class:`ValueError` if a section that fails is also wrapped: a wrapper that breaks off
    is a story of its own, not told here.
    """
    if any(s.failure_rate and s.name == workflow.wrapped for s in workflow.sections):
        raise ValueError("a wrapped section cannot fail in a demo")
    random = np.random.default_rng(seed)
    plan = _Plan.of(workflow)
    ended = np.full(len(plan.section), -1, dtype=np.int64)
    begin, runs, parts = 0, [], []
    for number, launch in enumerate(launches, start=1):
        begin += round(launch.pause_hours * 3600)
        chunks = launch.chunks or workflow.chunks
        dice = _throw(plan, launch, chunks, ended, random)
        run = _run(plan, dice, chunks, ended, begin, number)
        parts.append(run)
        end = int(run.finish.max(initial=begin)) + 30
        runs.append((begin, end, chunks))
        begin = end
    attempts = _joined(parts)
    first = np.searchsorted(attempts.job, np.arange(len(plan.section) + 1))
    run_begin, run_end, run_chunks = np.array(runs, dtype=np.int64).T
    return Life(
        workflow=workflow,
        attempts=_numbered(attempts),
        first=first,
        run_begin=run_begin,
        run_end=run_end,
        run_chunks=run_chunks,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """What holds for all runs: columns of the jobs, taken from their sections."""

    section: npt.NDArray[np.int64]
    chunk: npt.NDArray[np.int64]
    parents: list[list[int]]
    #: Wrapper of each job, from 1; 0 for none.
    wrapper: npt.NDArray[np.int64]
    run_seconds: FloatColumn
    queue_seconds: FloatColumn
    spread: FloatColumn
    watts: FloatColumn
    failure_rate: FloatColumn
    confirms: BoolColumn
    tries: int

    @classmethod
    def of(cls, workflow: Workflow) -> _Plan:
        section, parts = workflow.section_of_job(), workflow.sections
        chunk, wrapper = _chunks_and_wrappers(workflow)

        def per_job(values: list[float]) -> FloatColumn:
            return np.array(values, dtype=np.float64)[section]

        return cls(
            section=section,
            chunk=chunk,
            parents=_parents(workflow.edges(), len(section)),
            wrapper=wrapper,
            run_seconds=per_job([part.run_seconds for part in parts]),
            queue_seconds=per_job([part.queue_seconds for part in parts]),
            spread=per_job([part.spread for part in parts]),
            watts=per_job([part.nodes * part.platform.node_watts for part in parts]),
            failure_rate=per_job([part.failure_rate for part in parts]),
            confirms=np.array([part.platform.has_queue for part in parts])[section],
            tries=workflow.retrials + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Dice:
    """What chance says of each job in one run: (jobs, tries), and (jobs,) for the last two."""

    noticed: npt.NDArray[np.int64]
    confirm: npt.NDArray[np.int64]
    queue: npt.NDArray[np.int64]
    run: npt.NDArray[np.int64]
    energy: FloatColumn
    tries: npt.NDArray[np.int64]
    fatal: BoolColumn


def _throw(
    plan: _Plan,
    launch: Launch,
    chunks: int,
    ended: npt.NDArray[np.int64],
    random: np.random.Generator,
) -> _Dice:
    n, tries = len(plan.section), plan.tries
    fails = random.random((n, tries)) < plan.failure_rate[:, None]
    # Chance alone never uses up all tries: how many jobs are lost for good is the story's to say.
    fails[:, -1] = False
    fatal = np.zeros(n, dtype=bool)
    may = np.flatnonzero((plan.failure_rate > 0) & (ended < 0) & (plan.chunk <= chunks))
    fatal[random.choice(may, size=min(launch.fatal, len(may)), replace=False)] = True
    fails[fatal] = True
    made = np.where(fatal, tries, np.argmin(fails, axis=1) + 1)
    factor = np.clip(1 + plan.spread[:, None] * random.standard_normal((n, tries)), 0.4, 3.0)
    run = plan.run_seconds[:, None] * factor
    run = np.where(fails, run * random.uniform(0.05, 0.7, (n, tries)), run)
    queue = plan.queue_seconds[:, None] * random.gamma(1.5, 1 / 1.5, (n, tries))
    confirm = np.where(plan.confirms[:, None], random.integers(*_CONFIRMED, (n, tries)), 0)
    watts = plan.watts[:, None] * random.normal(1, 0.04, (n, tries))
    seconds = np.maximum(run.astype(np.int64), 1)
    return _Dice(
        noticed=random.integers(*_NOTICED, (n, tries)),
        confirm=confirm,
        queue=confirm + queue.astype(np.int64),
        run=seconds,
        # Slurm tells three significant digits; thousands of joules are near enough.
        energy=np.round(watts * seconds, -3),
        tries=made,
        fatal=fatal,
    )


def _run(
    plan: _Plan,
    dice: _Dice,
    chunks: int,
    ended: npt.NDArray[np.int64],
    begin: int,
    number: int,
) -> Attempts:
    """Return the attempts of one run, and note in ``ended`` when each job was completed."""
    met, ready, asked, began = _first_attempts(plan, dice, chunks, ended, begin)
    wrapper = np.where(plan.wrapper > 0, plan.wrapper + number * 1_000_000, 0)
    parts = []
    for attempt in range(plan.tries):
        rows = np.flatnonzero(dice.tries[met] > attempt)
        jobs = met[rows]
        finish = began[rows] + dice.run[jobs, attempt]
        last = dice.tries[jobs] == attempt + 1
        parts.append(
            Attempts.of(
                len(rows),
                job=jobs,
                run=np.full(len(rows), number),
                number=np.full(len(rows), attempt),
                ready=ready[rows],
                submit=asked[rows],
                confirm=asked[rows] + dice.confirm[jobs, attempt],
                start=began[rows],
                finish=finish,
                failed=~last | dice.fatal[jobs],
                fatal=last & dice.fatal[jobs],
                energy=dice.energy[jobs, attempt],
                wrapper=wrapper[jobs],
            )
        )
        ready[rows] = finish
        if attempt + 1 < plan.tries:
            asked[rows] = finish + dice.noticed[jobs, attempt + 1]
            began[rows] = asked[rows] + dice.queue[jobs, attempt + 1]
    return _joined(parts)


def _first_attempts(
    plan: _Plan, dice: _Dice, chunks: int, ended: npt.NDArray[np.int64], begin: int
) -> tuple[npt.NDArray[np.int64], ...]:
    """Return which jobs are submitted in a run, and when each is ready, submitted and started first.

    A job waits for its parents; in a wrapper it is submitted with the first of the wrapper and
    starts when the one before ends. Plain lists: one pass over the jobs, a few steps for each.
    """
    made = np.arange(plan.tries) < dice.tries[:, None]
    spent = np.where(made, dice.noticed + dice.queue + dice.run, 0).sum(axis=1)
    tail = (spent - dice.noticed[:, 0] - dice.queue[:, 0]).tolist()
    noticed, queue = dice.noticed[:, 0].tolist(), dice.queue[:, 0].tolist()
    fatal, wrappers, chunk = dice.fatal.tolist(), plan.wrapper.tolist(), plan.chunk.tolist()
    end, parents, rows = ended.tolist(), plan.parents, []
    wrapper_submit: dict[int, int] = {}
    for job in range(len(end)):
        if end[job] >= 0 or chunk[job] > chunks:
            continue
        ends = [end[parent] for parent in parents[job]]
        if ends and min(ends) < 0:
            continue
        ready = max(begin, *ends) if ends else begin
        wrapper = wrappers[job]
        if wrapper in wrapper_submit:
            start = ready + 2
            ready = submit = wrapper_submit[wrapper]
        else:
            submit = ready + noticed[job]
            start = submit + queue[job]
            if wrapper:
                wrapper_submit[wrapper] = submit
        rows.append((job, ready, submit, start))
        if not fatal[job]:
            end[job] = start + tail[job]
    ended[:] = end
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return tuple(np.ascontiguousarray(values) for values in columns)


def _chunks_and_wrappers(
    workflow: Workflow,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the chunk number of each job and the wrapper it belongs to, both (jobs,), 0 for none."""
    chunks, wrappers = [], []
    for section in workflow.sections:
        shape = workflow.shape(section)
        date, member, chunk, _ = (axis.ravel() for axis in np.indices(shape))
        chunks.append(chunk + 1 if section.repeats > 2 else np.zeros_like(chunk))
        if section.name == workflow.wrapped:
            a_member = -(-workflow.chunks // workflow.wrapper_chunks)
            place = (date * shape[1] + member) * a_member + chunk // workflow.wrapper_chunks
            wrappers.append(place + 1)
        else:
            wrappers.append(np.zeros_like(chunk))
    return np.concatenate(chunks), np.concatenate(wrappers)


def _parents(edges: npt.NDArray[np.int32], jobs: int) -> list[list[int]]:
    """Return the parents of each job."""
    order = np.argsort(edges[1], kind="stable")
    first = np.searchsorted(edges[1][order], np.arange(jobs + 1)).tolist()
    parents = edges[0][order].tolist()
    return [parents[begin:end] for begin, end in pairwise(first)]


def _joined(parts: list[Attempts]) -> Attempts:
    """Return attempts of several kinds or runs in one table, by job and then by time."""
    names = parts[0].columns()
    columns = {name: np.concatenate([part.columns()[name] for part in parts]) for name in names}
    attempts = Attempts.of(len(columns["job"]), **columns)
    return attempts.take(np.lexsort((attempts.submit, attempts.job)))


def _numbered(attempts: Attempts) -> Attempts:
    """Return the attempts with numbers of the scheduler: one a submission, rising with time."""
    order = np.lexsort((attempts.job, attempts.wrapper, attempts.submit))
    wrapper = attempts.wrapper[order]
    new = np.append(True, (wrapper[1:] == 0) | (wrapper[1:] != wrapper[:-1]))
    number = np.empty(len(attempts), dtype=np.int64)
    number[order] = _FIRST_SCHEDULER_ID + 23 * np.cumsum(new[: len(order)])
    return replace(attempts, scheduler_id=number)
