"""What goes wrong in the demo: the last words of a failed job, of which no two are quite alike."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["LAST_WORDS", "last_words"]

#: The ends of error logs. What a failure says of itself stands among what its death says: tables of
#: a stack, other tasks that are cut off, traces of the script. ``{n}`` is a number, ``{node}`` a
#: computer, ``{job}`` the name of the job and ``{day}`` a date.
LAST_WORDS: tuple[Sequence[str], ...] = (
    (
        " ===>>> : E R R O R",
        "         ===========",
        "  stp_ctl: the zonal velocity is larger than 20 m/s",
        "  ======",
        " kt=  {n}  max abs(U):   2{n}.7, i j k:   132    {n}    1",
        "srun: error: {node}: tasks 0-47: Exited with exit code 1",
    ),
    (
        "slurmstepd: error: *** STEP {n}.0 ON {node} CANCELLED AT {day}T04:17:12 DUE TO TIME LIMIT ***",
        "srun: Job step aborted: Waiting up to 32 seconds for job step to finish.",
        "srun: error: {node}: tasks 0-111: Terminated",
    ),
    (
        "forrtl: severe (174): SIGSEGV, segmentation fault occurred",
        "Image              PC                Routine            Line        Source",
        "nemo.exe           000000000{n}AB  dyn_spg_ts_           {n}  dynspg_ts.f90",
        "libc-2.28.so       00007F2{n}0  __libc_start_main     Unknown  Unknown",
        "srun: error: {node}: task {n}: Exited with exit code 174",
    ),
    (
        "+ mkdir -p /gpfs/scratch/bsc32/{job}/output/{n}",
        "mkdir: cannot create directory '/gpfs/scratch/bsc32/{job}/output/{n}': Disk quota exceeded",
        "+ exit 1",
    ),
    (
        "Traceback (most recent call last):",
        '  File "/gpfs/projects/bsc32/tools/postprocess.py", line {n}, in <module>',
        "    main(sys.argv[1:])",
        '  File "/gpfs/projects/bsc32/tools/fields.py", line 87, in open_month',
        "    return xarray.open_dataset(path)",
        "FileNotFoundError: [Errno 2] No such file or directory: '/gpfs/scratch/{job}/tas_{n}.nc'",
        "srun: error: {node}: task 0: Exited with exit code 1",
    ),
    (
        "[{node}:{n}] *** Process received signal ***",
        "Fatal error in PMPI_Waitall: See the MPI_ERROR field in MPI_Status for the error code, rank {n}",
        "MPI_ABORT was invoked on rank {n} in communicator MPI_COMM_WORLD",
        "with errorcode 1.",
        "slurmstepd: error: *** STEP {n}.0 ON {node} CANCELLED AT {day}T11:02:45 ***",
        "srun: error: {node}: tasks 0-95: Killed",
    ),
    (
        "slurmstepd: error: Detected 1 oom_kill event in StepId={n}.0. Some of the step tasks have"
        " been OOM Killed.",
        "srun: error: {node}: task {n}: Out Of Memory",
    ),
    (
        "++ date -u -d '{day} +1 month' +%Y%m%d",
        "/gpfs/scratch/bsc32/{job}.cmd: line {n}: restart_date: unbound variable",
        "+ end_date=",
    ),
    (
        "+ [[ ! -f ICMGG{n}+{n} ]]",
        "+ error 'cannot find ICMGG{n}+{n} to begin at {day}'",
        "+ echo '*EE* cannot find ICMGG{n}+{n} to begin at {day}'",
        "+ exit 1",
    ),
)


def last_words(job: str, number: int, day: str) -> list[str]:
    """Return how a job came to its end; ``number``, that in the scheduler, decides which way."""
    told = {"n": number % 7919, "node": f"gs{number % 23:02}r{number % 5}b{number % 72:02}"}
    lines = LAST_WORDS[number % len(LAST_WORDS)]
    return [line.format(**told, job=job, day=day) for line in lines]
