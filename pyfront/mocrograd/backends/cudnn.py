"""NVIDIA's library of layers, which is not used; its switches may be set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

enabled = False
benchmark = False
deterministic = True
allow_tf32 = False


def is_available() -> bool:
    """Return False."""
    return False


def version() -> None:
    """Return None."""


@contextmanager
def flags(
    enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10, deterministic: bool = False,
    allow_tf32: bool = True, fp32_precision: str = "none",
) -> Iterator[None]:  # fmt: skip
    """Set the switches inside a `with`, where they change nothing.

    Args:
        enabled: As the switch.
        benchmark: As the switch.
        benchmark_limit: Accepted.
        deterministic: As the switch.
        allow_tf32: As the switch.
        fp32_precision: Accepted.
    """
    switches = globals()
    names = "enabled", "benchmark", "deterministic", "allow_tf32"
    before = {name: switches[name] for name in names}
    switches.update(zip(names, (enabled, benchmark, deterministic, allow_tf32)))
    try:
        yield
    finally:
        switches.update(before)
