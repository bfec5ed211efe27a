"""The experiments of the demo."""

from __future__ import annotations

import math

from autosubmit_core.demo.platforms import (
    ARCHIVE,
    LOCAL,
    LUMI,
    MARENOSTRUM4,
    MARENOSTRUM5,
    Platform,
)
from autosubmit_core.demo.simulation import Launch
from autosubmit_core.demo.story import Story
from autosubmit_core.demo.workflow import Section, Workflow

__all__ = ["LIVING", "NEGLECTED", "STORIES", "large_story"]


def _coupled(
    platform: Platform,
    *,
    nodes: int,
    run_seconds: float,
    failure_rate: float = 0.0,
    splits: int = 0,
) -> tuple[Section, ...]:
    """Return the usual sections of a coupled climate model: set up, simulate, tidy, archive."""
    cores = nodes * (platform.processors_per_node or 48)
    wallclock = f"{math.ceil(run_seconds * 1.6 / 3600):02}:00"
    return (
        Section(name="LOCAL_SETUP", run_seconds=20),
        Section(
            name="SYNCHRONIZE",
            dependencies=("LOCAL_SETUP",),
            platform=ARCHIVE,
            run_seconds=240,
            wallclock="01:00",
        ),
        Section(
            name="REMOTE_SETUP",
            dependencies=("SYNCHRONIZE",),
            platform=platform,
            processors=4,
            run_seconds=1_500,
            queue_seconds=90,
            wallclock="02:00",
        ),
        Section(
            name="INI",
            running="member",
            dependencies=("REMOTE_SETUP",),
            platform=platform,
            run_seconds=180,
            queue_seconds=60,
            wallclock="00:30",
        ),
        Section(
            name="SIM",
            running="chunk",
            dependencies=("INI", "SIM-1"),
            platform=platform,
            processors=cores,
            nodes=nodes,
            run_seconds=run_seconds,
            queue_seconds=run_seconds / 5,
            failure_rate=failure_rate,
            spread=0.05,
            wallclock=wallclock,
        ),
        Section(
            name="POST",
            running="chunk",
            dependencies=("SIM",),
            splits=splits,
            platform=platform,
            processors=16,
            run_seconds=900,
            queue_seconds=200,
            failure_rate=failure_rate / 2,
            spread=0.2,
            wallclock="01:00",
        ),
        Section(
            name="CLEAN",
            running="chunk",
            dependencies=("POST",),
            platform=platform,
            run_seconds=60,
            queue_seconds=60,
            wallclock="00:30",
        ),
        Section(
            name="TRANSFER",
            running="member",
            dependencies=("CLEAN",),
            platform=ARCHIVE,
            run_seconds=2_400,
            spread=0.3,
            wallclock="06:00",
        ),
    )


def _years(first: int, last: int, month_day: str = "0101") -> tuple[str, ...]:
    return tuple(f"{year}{month_day}" for year in range(first, last + 1))


def _members(count: int) -> tuple[str, ...]:
    return tuple(f"fc{number}" for number in range(count))


_SCENARIO = Story(
    expid="a0k2",
    description="EC-Earth3-CC ScenarioMIP ssp245, 3 members, 2015-2034, T255L91-ORCA1L75",
    version="4.1.15.1",
    workflow=Workflow(
        dates=("20150101",),
        members=("r1i1p1f1", "r2i1p1f1", "r3i1p1f1"),
        chunks=20,
        chunk_unit="year",
        platform=MARENOSTRUM5,
        sections=_coupled(MARENOSTRUM5, nodes=8, run_seconds=6_100, failure_rate=0.03),
        retrials=2,
    ),
    launches=(
        Launch(chunks=5, fatal=1),
        Launch(chunks=5, pause_hours=15),
        Launch(pause_hours=62),
    ),
    age_days=23,
    user="nadia",
    origin="https://git.example.org/es/auto-ecearth3.git",
    branch="ssp245-production",
    measures={"tas_global_mean_kelvin": 287.6, "toa_net_flux_watts": 0.9, "output_gigabytes": 118},
)

_SEASONAL = Story(
    expid="a1p7",
    description="IFS-NEMO seasonal hindcast, November starts 1993-1995, 5 members, 9 km",
    version="4.1.17.1",
    workflow=Workflow(
        dates=_years(1993, 1995, "1101"),
        members=_members(5),
        chunks=6,
        chunk_unit="month",
        platform=LUMI,
        sections=_coupled(LUMI, nodes=24, run_seconds=7_900, splits=4),
        wrapped="SIM",
        wrapper_chunks=3,
        retrials=1,
    ),
    launches=(Launch(chunks=3), Launch(pause_hours=20)),
    share=0.5,
    user="tomas",
    origin="https://git.example.org/digital-twin/workflow.git",
    branch="seasonal-2.3",
)

_DECADAL = Story(
    expid="a2m9",
    description="EC-Earth3 DCPP-A decadal hindcast, starts 1961-1963, 3 members; ORCA1 blows up",
    version="4.1.17.1",
    workflow=Workflow(
        dates=_years(1961, 1963, "1101"),
        members=_members(3),
        chunks=5,
        chunk_unit="month",
        chunk_size=4,
        platform=MARENOSTRUM5,
        sections=_coupled(MARENOSTRUM5, nodes=6, run_seconds=2_700, failure_rate=0.22),
        retrials=2,
    ),
    launches=(Launch(fatal=5), Launch(fatal=6, pause_hours=9), Launch(fatal=6, pause_hours=13)),
    age_days=1.6,
    user="elena",
    origin="https://git.example.org/es/auto-ecearth3.git",
    branch="dcpp-a",
)

_SPINUP = Story(
    expid="a00q",
    description="NEMO3.6 ORCA1 forced ocean spin-up, JRA55-do cycle 1",
    version="3.13.0",
    workflow=Workflow(
        dates=("19580101",),
        members=("fc0",),
        chunks=12,
        chunk_unit="month",
        chunk_size=6,
        platform=MARENOSTRUM4,
        sections=_coupled(MARENOSTRUM4, nodes=11, run_seconds=1_900, failure_rate=0.05),
        retrials=2,
    ),
    launches=(Launch(chunks=4), Launch(pause_hours=40)),
    age_days=1_640,
    user="jordi",
    origin="https://git.example.org/es/auto-nemo.git",
    branch="trunk",
)

_FORECAST = Story(
    expid="o001",
    description="MONARCH operational dust forecast, 3 days a start, regional 0.1 degrees",
    version="4.2.0",
    workflow=Workflow(
        dates=("20260301", "20260302", "20260303", "20260304"),
        members=_members(4),
        chunks=3,
        chunk_unit="day",
        platform=MARENOSTRUM5,
        sections=_coupled(MARENOSTRUM5, nodes=3, run_seconds=840, failure_rate=0.04),
        retrials=3,
    ),
    launches=(Launch(),),
    share=0.45,
    user="operations",
    origin="https://git.example.org/es/auto-monarch.git",
    branch="operational",
)

_CREATED = Story(
    expid="t0ab",
    description="Test of the new TCo319 configuration before production",
    version="4.1.17.1",
    workflow=Workflow(
        dates=("20200101", "20200701"),
        members=_members(2),
        chunks=4,
        chunk_unit="month",
        platform=LUMI,
        sections=_coupled(LUMI, nodes=10, run_seconds=5_000),
    ),
    age_days=0.1,
    user="tomas",
)

_CONTROL = Story(
    expid="a07w",
    description="EC-Earth3-LR piControl, 40 years in decades, vertical wrappers",
    version="4.1.10",
    workflow=Workflow(
        dates=("18500101",),
        members=_members(2),
        chunks=8,
        chunk_unit="year",
        chunk_size=5,
        platform=MARENOSTRUM5,
        sections=_coupled(MARENOSTRUM5, nodes=4, run_seconds=9_400),
        wrapped="SIM",
        wrapper_chunks=4,
        retrials=1,
    ),
    launches=(Launch(),),
    age_days=290,
    user="nadia",
    origin="https://git.example.org/es/auto-ecearth3.git",
    branch="picontrol-lr",
)

_ARCHIVED = Story(
    expid="a00f",
    description="EC-Earth2.3 historical test, moved to the archive",
    version="3.14.1",
    workflow=Workflow(
        dates=("19600101",),
        members=("fc0",),
        chunks=2,
        chunk_unit="month",
        platform=MARENOSTRUM4,
        sections=_coupled(MARENOSTRUM4, nodes=2, run_seconds=3_000),
    ),
    age_days=2_900,
    user="jordi",
    origin="https://git.example.org/es/ecearth2.git",
    branch="master",
    archived=True,
)

_HUNG = Story(
    expid="a3h2",
    description="EC-Earth3-HR HighResMIP, 10 members; its Autosubmit was killed",
    version="4.1.16",
    workflow=Workflow(
        dates=("19500101",),
        members=_members(10),
        chunks=16,
        chunk_unit="month",
        platform=MARENOSTRUM5,
        sections=_coupled(MARENOSTRUM5, nodes=20, run_seconds=9_600),
        retrials=1,
    ),
    launches=(Launch(chunks=10), Launch(pause_hours=4)),
    share=0.7,
    silent_hours=4,
    user="elena",
    origin="https://git.example.org/es/auto-ecearth3.git",
    branch="highresmip",
)

_LEFT = Story(
    expid="a2c8",
    description="NEMO4 ORCA025 sensitivity to the mixing scheme, left when it failed",
    version="4.1.15.1",
    workflow=Workflow(
        dates=("20000101",),
        members=_members(3),
        chunks=6,
        chunk_unit="month",
        chunk_size=3,
        platform=LUMI,
        sections=_coupled(LUMI, nodes=9, run_seconds=5_200, failure_rate=0.15),
        retrials=1,
    ),
    launches=(Launch(fatal=2),),
    age_days=68,
    user="jordi",
    origin="https://git.example.org/es/auto-nemo.git",
    branch="mixing",
)

#: Runs while one looks: its jobs take seconds. In each of its runs there are more chunks.
LIVING = Story(
    expid="a5un",
    description="Toy model, 6 members: runs all the time, a few minutes a run",
    version="4.1.17.1",
    workflow=Workflow(
        dates=("20200101",),
        members=_members(6),
        chunks=6,
        chunk_unit="month",
        platform=LOCAL,
        sections=(
            Section(name="INI", run_seconds=12),
            Section(
                name="SIM",
                running="chunk",
                dependencies=("INI", "SIM-1"),
                run_seconds=60,
                queue_seconds=20,
                spread=0.4,
                failure_rate=0.08,
            ),
            Section(
                name="POST", running="chunk", dependencies=("SIM",), run_seconds=30, spread=0.4
            ),
            Section(name="CLEAN", running="member", dependencies=("POST",), run_seconds=12),
        ),
        retrials=2,
    ),
    launches=tuple(Launch(chunks=chunks, pause_hours=0.02) for chunks in (2, 4, 6)),
    share=0.0,
    user="climate",
)

#: All experiments of the demo.
STORIES = (_ARCHIVED, _SPINUP, _SCENARIO, _CONTROL, _SEASONAL, _DECADAL, _FORECAST, _CREATED)

#: Two more that need a look, for a demo of which all is noted.
NEGLECTED = (_HUNG, _LEFT)


def large_story(jobs: int) -> Story:
    """Return a story of about so many jobs: a large ensemble, still running in its third launch."""
    pairs = max(1, min(100, jobs // 300))
    dates = math.ceil(math.sqrt(pairs))
    members = math.ceil(pairs / dates)
    chunks = max(1, round(((jobs - 3) / (dates * members) - 2) / 3))
    sections = _coupled(MARENOSTRUM5, nodes=16, run_seconds=4_200, failure_rate=0.03)
    return Story(
        expid="abig",
        description=f"Large ensemble: {dates} start dates, {members} members, {chunks} chunks",
        version="4.1.17.1",
        workflow=Workflow(
            dates=_years(1990, 1989 + dates),
            members=_members(members),
            chunks=chunks,
            chunk_unit="month",
            platform=MARENOSTRUM5,
            sections=sections,
            retrials=2,
        ),
        launches=(
            Launch(chunks=max(1, chunks // 4), fatal=min(5, members)),
            Launch(chunks=max(1, chunks // 2), pause_hours=30, fatal=min(3, members)),
            Launch(pause_hours=12),
        ),
        share=0.5,
        user="elena",
        origin="https://git.example.org/es/auto-ecearth3.git",
        branch="large-ensemble",
    )
