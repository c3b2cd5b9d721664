"""This process's settings: the implementation, its workers, the threads, and the costs."""

from __future__ import annotations

import math
import os

from mocrograd.backend.costs import contents, settings, switch

__all__ = ["available_cores"]


def available_cores() -> int:
    """Return the cores this process may use: its affinity, limited by the quota of its control group."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    for quota, period in (
        ("/sys/fs/cgroup/cpu.max", None),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ):
        try:
            numbers = contents(quota).split() + (contents(period).split() if period else [])
            if numbers[0] not in ("max", "-1"):
                cores = min(cores, math.ceil(int(numbers[0]) / int(numbers[1])))
        except (OSError, ValueError, IndexError):
            continue
    return max(cores, 1)


def default_threads() -> int:
    """Return how many threads work at once: a core each, or fewer where OMP_NUM_THREADS says so.

    Programs that run several processes side by side set it, joblib's among them, as they do for BLAS libraries.
    """
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    wanted = int(first) if first.isdecimal() else 0
    return min(available_cores(), wanted) if wanted else available_cores()


class Setting:
    """The settings of all devices."""

    name = "dynamic"
    workers = 0
    threads = default_threads()
    share: int | None = None  # the cores that other processes of one program leave to this one
    parallelize, costs = settings(os.environ)
    tuning = switch(os.environ, "MOCROGRAD_TUNING")
    amx = switch(os.environ, "MOCROGRAD_AMX")  # mojo_kernels/matmul/amx.mojo reads it too
    precision = "highest"  # of products of float32 on a GPU


setting = Setting()
