"""Memory of a GPU, which the driver pools: what is in use is not counted here."""

from __future__ import annotations

from typing import Any

from mocrograd import accelerator


def empty_cache() -> None:
    """Do nothing: the driver pools the memory of a GPU."""


def ipc_collect() -> None:
    """Do nothing: no memory of a GPU is shared with other processes."""


def memory_stats(device: Any = None) -> dict[str, int]:
    """Return an empty dict: what is in use is not counted."""
    return {}


def memory_allocated(device: Any = None) -> int:
    """Return 0: what is in use is not counted."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = max_memory_cached = memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """Do nothing, where there is a GPU.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device)


reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = reset_peak_memory_stats


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Raise NotImplementedError: the driver is not asked how much memory is free.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device)
    raise NotImplementedError("mem_get_info: the driver is not asked how much memory is free")


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """Return that what is in use is not counted."""
    return "the memory of a GPU is not counted"


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Raise NotImplementedError: the driver pools the memory of a GPU.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device)
    raise NotImplementedError("set_per_process_memory_fraction: the driver pools the memory of a GPU")
