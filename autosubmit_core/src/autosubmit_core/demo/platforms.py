"""The computers of the demo: where its experiments pretend to have run."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ARCHIVE", "LOCAL", "LUMI", "MARENOSTRUM4", "MARENOSTRUM5", "Platform"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform as an experiment's configuration describes it."""

    #: Name in the configuration: ``MARENOSTRUM5``.
    name: str
    #: Kind of scheduler: ``slurm``, or ``ps`` where commands are simply started.
    type: str = "slurm"
    host: str = ""
    project: str = ""
    user: str = ""
    scratch: str = "/gpfs/scratch"
    queue: str = ""
    #: Longest job, ``HH:MM``; empty if there is no limit.
    max_wallclock: str = ""
    #: Cores of a node; 0 if it does not matter.
    processors_per_node: int = 0
    #: Grams of CO2 per MWh of its electricity, and power usage effectiveness; 0 if unknown.
    carbon_factor: float = 0.0
    power_usage_effectiveness: float = 0.0
    #: Power that a busy node draws, in watts; 0 where nothing measures it.
    node_watts: float = 0.0

    @property
    def has_queue(self) -> bool:
        """Whether jobs wait in a scheduler's queue and are accounted for."""
        return self.type == "slurm"


#: Always there, without a configuration: the machine that Autosubmit runs on.
LOCAL = Platform(name="LOCAL", type="local")

MARENOSTRUM5 = Platform(
    name="MARENOSTRUM5",
    host="glogin1.example.org",
    project="bsc32",
    user="bsc032001",
    queue="gp_bsces",
    max_wallclock="72:00",
    processors_per_node=112,
    carbon_factor=357_000,
    power_usage_effectiveness=1.08,
    node_watts=680,
)

LUMI = Platform(
    name="LUMI-C",
    host="lumi.example.org",
    project="project_465000454",
    user="lrb_465",
    scratch="/pfs/lustrep4/scratch",
    queue="standard",
    max_wallclock="48:00",
    processors_per_node=128,
    carbon_factor=20_000,
    power_usage_effectiveness=1.04,
    node_watts=750,
)

MARENOSTRUM4 = Platform(
    name="marenostrum4",
    host="mn1.example.org",
    project="bsc32",
    user="bsc32627",
    queue="bsc_es",
    max_wallclock="48:00",
    node_watts=420,
)

ARCHIVE = Platform(
    name="TRANSFER_NODE",
    type="ps",
    host="transfer1.example.org",
    project="bsc32",
    user="bsc032001",
)
