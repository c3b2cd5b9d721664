"""The costs by which `dynamic` chooses the number of workers, and which threads run the shares of a call.

mojo_kernels/runtime/context.mojo has the same fields. `scripts/fit_costs.py` measures them and prints them in the form
that MOCROGRAD_COSTS takes. MOCROGRAD_TEAM=max replaces the team of threads by max's `parallelize`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import NamedTuple


class Costs(NamedTuple):
    """Costs in nanoseconds unless stated otherwise; the defaults are those of a two-core EPYC, 2026-11.

    Attributes:
        work: This machine's arithmetic, as a multiple of what the kernels state.
        cached: A byte that one worker moves from and to its caches.
        memory: A byte that one worker moves from and to memory.
        memory_all: A byte that all workers together move from and to memory.
        cache: The size of the last cache in bytes.
        join: A spinning worker joins and is waited for.
        wake: What a caller loses by waking a worker.
        far_trip: The round trip to a worker from which on it counts as far: its core shares no cache with the caller's.
        far_join: A far worker that spins joins and is waited for.
        near_cache: The size of a core's own cache, of the second level, in bytes.
    """

    work: float = 1.0
    cached: float = 0.008
    memory: float = 0.02
    memory_all: float = 0.0155
    cache: float = 32e6
    join: float = 400.0
    wake: float = 2500.0
    far_trip: float = 150.0
    far_join: float = 1800.0
    near_cache: float = 1 << 20

    def __str__(self) -> str:
        """Return the form that MOCROGRAD_COSTS takes."""
        return ",".join(f"{name}={value:.10g}" for name, value in self._asdict().items())


def contents(path: str) -> str:
    """Return the text of a file; pathlib would double what these modules take to import."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def near_cache(folder: str | os.PathLike[str] = "/sys/devices/system/cpu/cpu0/cache") -> float:
    """Return the size of a core's own cache as Linux tells it, the default where it does not."""
    try:
        for index in sorted(name for name in os.listdir(folder) if name.startswith("index")):
            beside = os.path.join(folder, index)
            if contents(f"{beside}/level").strip() == "2":
                return float(int(contents(f"{beside}/size").strip().removesuffix("K")) << 10)
    except (OSError, ValueError):
        pass
    return Costs().near_cache


def parse(text: str, costs: Costs | None = None) -> Costs:
    """Return costs, the default ones if left out, with those replaced that a text such as "join=500,wake=3000" names.

    Raises:
        ValueError: A name is unknown, or a cost is no positive number.
    """
    found: dict[str, float] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = pair.partition("=")
        if name not in Costs._fields:
            raise ValueError(f"MOCROGRAD_COSTS: expected one of {', '.join(Costs._fields)}, got {name!r}")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise ValueError(f"MOCROGRAD_COSTS: {name} must be a number of 0 or more, got {number!r}")
        found[name] = value
    return (costs or Costs())._replace(**found)


def settings(environment: Mapping[str, str]) -> tuple[bool, Costs]:
    """Return whether max's `parallelize` runs the shares, and the costs, as environment variables set them.

    Raises:
        ValueError: MOCROGRAD_TEAM or MOCROGRAD_COSTS holds something unknown.
    """
    team = environment.get("MOCROGRAD_TEAM", "own")
    if team not in ("own", "max"):
        raise ValueError(f"MOCROGRAD_TEAM: expected own or max, got {team!r}")
    return team == "max", parse(environment.get("MOCROGRAD_COSTS", ""), Costs(near_cache=near_cache()))


def switch(environment: Mapping[str, str], name: str) -> str:
    """Return "on", or "off" where an environment variable says so.

    Raises:
        ValueError: The variable holds something unknown.
    """
    wanted = environment.get(name) or "on"
    if wanted not in ("on", "off"):
        raise ValueError(f"{name}: expected on or off, got {wanted!r}")
    return wanted
