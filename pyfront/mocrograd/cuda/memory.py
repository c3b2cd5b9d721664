"""Memory of a GPU: what tensors take is counted here; the driver pools it, so what is kept for later is not known."""

from __future__ import annotations

from typing import Any

from mocrograd import accelerator


def empty_cache() -> None:
    """Do nothing: the driver pools the memory of a GPU."""


def ipc_collect() -> None:
    """Do nothing: no memory of a GPU is shared with other processes."""


def memory_stats(device: Any = None) -> dict[str, int]:
    """Return the bytes of tensors now and at their most, under torch's names; an empty dict without a GPU.

    Raises:
        RuntimeError: There is no such GPU.
    """
    if device is None and not accelerator.is_available():
        return {}
    live, peak, _, _ = accelerator.gpu(device).memory()
    return {"allocated_bytes.all.current": live, "allocated_bytes.all.peak": peak}


def memory_allocated(device: Any = None) -> int:
    """Return the bytes of tensors on a GPU; 0 without one.

    Raises:
        RuntimeError: There is no such GPU.
    """
    return memory_stats(device).get("allocated_bytes.all.current", 0)


def max_memory_allocated(device: Any = None) -> int:
    """Return the most bytes that tensors on a GPU took since the start or `reset_peak_memory_stats`; 0 without one.

    Raises:
        RuntimeError: There is no such GPU.
    """
    return memory_stats(device).get("allocated_bytes.all.peak", 0)


memory_reserved = memory_cached = memory_allocated
max_memory_reserved = max_memory_cached = max_memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """Let `max_memory_allocated` count from now on.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device).memory(forget=True)


reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = reset_peak_memory_stats


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Return the bytes of a GPU that are free, and all of them, as its driver counts them.

    Raises:
        RuntimeError: There is no such GPU.
    """
    _, _, free, total = accelerator.gpu(device).memory()
    return free, total


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """Return what `memory_stats` says, as text."""
    stats = memory_stats(device)
    return "\n".join(f"{name}: {value}" for name, value in stats.items()) or "there is no GPU"


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Raise NotImplementedError: the driver pools the memory of a GPU.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device)
    raise NotImplementedError("set_per_process_memory_fraction: the driver pools the memory of a GPU")
