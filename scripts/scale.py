"""Predicts what training on many ranks gains: scale.py [--measure] fits a model of the step to this machine's times.

A step takes as long as its slowest rank, and then the part of the exchange that backward does not hide. docs/scale.md
says where each part comes from and what has not been measured.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / "docs" / "scale.json"
NAMES = ("normal", "cnn", "gpt")
RANKS = tuple(2**k for k in range(13))
PER_MACHINE = 8
"""Ranks of a machine, which exchange through its memory first."""
PAYS = 1.2
"""A doubling of the ranks pays where it trains so many times as many samples a second."""


@dataclass(frozen=True)
class Link:
    """What carries a message: seconds until it starts to arrive, and bytes per second."""

    latency: float
    bandwidth: float

    def all_reduce(self, size: float, ranks: int) -> float:
        """Returns the seconds of a sum of `size` bytes over ranks: halving and doubling, or a ring, which is faster."""
        if ranks == 1:
            return 0.0
        moved = 2 * (ranks - 1) / ranks * size / self.bandwidth
        return moved + self.latency * 2 * min(math.log2(ranks), ranks - 1)


LINKS = {
    "Ethernet 10 Gbit/s": Link(30e-6, 1.1e9),
    "Ethernet 100 Gbit/s": Link(10e-6, 11e9),
    "InfiniBand 200": Link(2e-6, 22e9),
}
"""What such links are commonly given as: assumed, not measured here."""


def fit_link(times: dict[str, float]) -> Link:
    """Returns the link of two ranks whose all_reduce takes 2 latency + size / bandwidth, by both ends of the curve."""
    sizes = sorted(map(int, times))
    latency = median([times[str(s)] for s in sizes[:2]]) / 2
    return Link(latency, median([s / max(times[str(s)] - 2 * latency, 1e-9) for s in sizes[-2:]]))


def slowest(seconds: list[float], ranks: int) -> float:
    """Returns the expected time of the slowest of so many ranks whose times are drawn from those measured."""
    n = len(seconds)
    shares = [((i + 1) / n) ** ranks - (i / n) ** ranks for i in range(n)]
    return sum(share * value for share, value in zip(shares, sorted(seconds)))


@dataclass(frozen=True)
class Model:
    """A network's step on this machine, one rank on a core."""

    name: str
    bytes: int
    batch: int
    seconds: list[float]
    quarter: float
    backward: float
    memory: Link

    def exchange(self, ranks: int, between: Link) -> float:
        """Returns the seconds of an exchange: within machines, then between them."""
        inside = min(ranks, PER_MACHINE)
        return self.memory.all_reduce(self.bytes, inside) + between.all_reduce(self.bytes, max(1, ranks // PER_MACHINE))

    def step(self, ranks: int, between: Link, hidden: float, *, whole: bool = False) -> float:
        """Returns the seconds of a step.

        Args:
            ranks: How many.
            between: What joins the machines.
            hidden: The part of backward behind which an exchange may hide.
            whole: Whether the ranks share one batch, instead of each having its own.
        """
        typical = median(self.seconds)
        per_sample = max(typical - self.quarter, 0.0) / (0.75 * self.batch)
        own = typical - per_sample * self.batch * (1 - 1 / ranks) if whole else typical
        compute = own / typical * slowest(self.seconds, ranks)
        return compute + max(0.0, self.exchange(ranks, between) - hidden * self.backward * compute)

    def gains(self, between: Link, hidden: float, *, whole: bool = False) -> list[float]:
        """Returns for each of RANKS how many times as many samples are trained in a second as by one."""
        one = self.step(1, between, hidden)
        if whole:
            return [one / self.step(ranks, between, hidden, whole=True) for ranks in RANKS]
        return [ranks * one / self.step(ranks, between, hidden) for ranks in RANKS]


def last_that_pays(gains: list[float]) -> int:
    """Returns the number of ranks after which a doubling gains less than PAYS."""
    for ranks, now, then in zip(RANKS, gains, gains[1:]):
        if then < PAYS * now:
            return ranks
    return RANKS[-1]


def models(measured: dict[str, Any]) -> list[Model]:
    """Returns the models of what was measured."""
    memory = fit_link(measured["2"]["all_reduce"])
    one = measured["1"]
    found = []
    for name in NAMES:
        row = one[name]
        found.append(Model(name, row["bytes"], row["batch"], row["seconds"], row["quarter"], row["backward"], memory))
    return found


def measure() -> dict[str, Any]:
    """Returns what 1, 2 and 4 ranks measure, by their number; a rank has one core."""
    program = str(ROOT / "scripts" / "bench" / "scale_ranks.py")
    found = {}
    for ranks in (1, 2, 4):
        command = [sys.executable, "-m", "mocrograd", "launch", "-n", str(ranks), "--timeout", "200", program]
        if ranks == 1 and sys.platform == "linux":
            command = ["taskset", "-c", "0", *command]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found[str(ranks)] = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    return found


def checked(measured: dict[str, Any]) -> str:
    """Returns the model's all_reduce and the steps of one rank beside what was measured."""
    memory = fit_link(measured["2"]["all_reduce"])
    lines = [
        f"memory of this machine: {1e6 * memory.latency:.1f} us, {memory.bandwidth / 1e9:.1f} GB/s",
        "microseconds of all_reduce   2 ranks   model   4 ranks   model",
    ]
    for size in measured["2"]["all_reduce"]:
        times = [f"{1e6 * measured[ranks]['all_reduce'][size]:10.1f}" for ranks in ("2", "4")]
        said = [f"{1e6 * memory.all_reduce(int(size), ranks):8.1f}" for ranks in (2, 4)]
        lines.append(f"{size:>20} bytes{times[0]}{said[0]}{times[1]}{said[1]}")
    lines.append("microseconds of a step        1 rank   2 ranks   4 ranks")
    for name in NAMES:
        times = [f"{1e6 * median(measured[ranks][name]['seconds']):10.1f}" for ranks in ("1", "2", "4")]
        lines.append(f"{name:26}{''.join(times)}")
    return "\n".join(lines)


def table(measured: dict[str, Any], hidden: float) -> str:
    """Returns the gains of ranks, and after how many a doubling stops paying."""
    shown = [r for r in RANKS if r >= 8]
    lines = []
    for whole, title in ((False, "a batch for each rank"), (True, "one batch for all ranks")):
        lines.append(f"{title:29}{''.join(f'{r:>7}' for r in shown)}  pays to")
        for model in models(measured):
            for name, link in LINKS.items():
                gains = model.gains(link, hidden, whole=whole)
                cells = "".join(f"{gains[RANKS.index(r)]:7.1f}" for r in shown)
                lines.append(f"{model.name:7}{name:22}{cells}  {last_that_pays(gains):7}")
    return "\n".join(lines)


def figure() -> Any:
    """Draws the gains of the three networks, each rank with its own batch."""
    from docs_figures import axes

    drawn, grid = axes(1, 3, width=10.0, height=3.6)
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    for ax, model in zip(grid, models(measured)):
        for name, link in LINKS.items():
            ax.loglog(RANKS, model.gains(link, 0.5), marker=".", label=name, base=2)
        ax.loglog(RANKS, RANKS, linestyle=":", color="#5c5f66", label="ranks", base=2)
        ax.set(title=f"{model.name}, {model.bytes / 1e6:.2g} MB", xlabel="ranks")
    grid[0].set_ylabel("samples a second, times one rank")
    grid[0].legend(fontsize=8)
    return drawn


def main() -> int:
    """Prints the model's check and its predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure here, and keep the times in docs/scale.json")
    parser.add_argument("--hidden", type=float, default=0.5, help="the part of backward that hides an exchange")
    options = parser.parse_args()
    if options.measure:
        MEASURED.write_text(json.dumps(measure()) + "\n", encoding="utf-8")
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    print(checked(measured), table(measured, options.hidden), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
