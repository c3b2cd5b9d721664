"""What modules of devices have of which there are none here."""

from __future__ import annotations

from typing import Any, NoReturn


def is_available() -> bool:
    """Return False."""
    return False


def is_initialized() -> bool:
    """Return False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Return False."""
    return False


def device_count() -> int:
    """Return 0."""
    return 0


def empty_cache() -> None:
    """Do nothing."""


def manual_seed(seed: int) -> None:
    """Do nothing."""


manual_seed_all = manual_seed


def get_rng_state_all() -> list[Any]:
    """Return an empty list."""
    return []


def _missing(*args: Any, **options: Any) -> NoReturn:
    """Raise NotImplementedError: there is no such device."""
    raise NotImplementedError("there is no such device: tensors have memory on cpu and cuda alone; ask is_available()")


Stream = Event = current_device = set_device = synchronize = get_device_name = get_device_properties = _missing
get_device_capability = memory_allocated = max_memory_allocated = mem_get_info = reset_peak_memory_stats = _missing
get_rng_state = set_rng_state = current_stream = memory_reserved = current_allocated_memory = _missing
driver_allocated_memory = recommended_max_memory = memory_stats = _missing
