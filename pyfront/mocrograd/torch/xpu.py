"""`torch.xpu`: Intel's GPUs, of which there are none here."""

from __future__ import annotations

from mocrograd.torch._refused import refused

__all__ = ["current_device", "device_count", "empty_cache", "is_available", "is_initialized", "synchronize"]


def is_available() -> bool:
    """Return False."""
    return False


def is_initialized() -> bool:
    """Return False."""
    return False


def device_count() -> int:
    """Return 0."""
    return 0


def empty_cache() -> None:
    """Do nothing: no memory is kept for such a device."""


_WHY = "there are kernels for NVIDIA's and AMD's GPUs alone; ask torch.xpu.is_available() first"
current_device = refused("torch.xpu.current_device", _WHY)
synchronize = refused("torch.xpu.synchronize", _WHY)
