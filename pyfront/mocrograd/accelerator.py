"""The GPU, if there is one, whatever its maker: what `torch.accelerator` offers."""

from __future__ import annotations

from typing import Any

from mocrograd import backend


def is_available() -> bool:
    """Return whether there is a GPU that the kernels were built for.

    Example:
        >>> import mocrograd as mg
        >>> device = "cuda" if mg.cuda.is_available() else "cpu"
    """
    return backend.device_count() > 0


def device_count() -> int:
    """Return the number of GPUs that can be used."""
    return backend.device_count()


def current_accelerator(check_available: bool = False) -> backend.device | None:
    """Return the GPU that "gpu" means, or None where there is none.

    Args:
        check_available: Accepted; a GPU that is not there is never returned.
    """
    return backend.device("gpu") if is_available() else None


def current_device_index() -> int:
    """Return the number of the GPU that "gpu" means.

    Raises:
        RuntimeError: There is none.
    """
    return backend.open_device("gpu").index or 0


def synchronize(device: Any = None) -> None:
    """Wait until a GPU has done all it was given.

    Args:
        device: A GPU, its name or its number; by default the one that "gpu" means.

    Raises:
        RuntimeError: There is no such GPU.
        ValueError: The device is no GPU.
    """
    gpu(device).synchronize()


def gpu(device: Any) -> backend.device:
    """Return the GPU of a device, a name or a number; of None the one that "gpu" means.

    Raises:
        RuntimeError: There is no such GPU.
        ValueError: The device is no GPU.
    """
    found = backend.open_device("gpu" if device is None else f"gpu:{device}" if isinstance(device, int) else device)
    if not found.handle:
        raise ValueError(f"Expected a GPU, but got {found}")
    return found
