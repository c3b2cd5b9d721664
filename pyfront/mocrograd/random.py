"""The state of random numbers: seeds, and a context that restores the state. ops/random.py draws the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mocrograd.ops.random import default_generator as default_generator
from mocrograd.ops.random import get_rng_state as get_rng_state
from mocrograd.ops.random import initial_seed as initial_seed
from mocrograd.ops.random import manual_seed as manual_seed
from mocrograd.ops.random import set_rng_state as set_rng_state


def seed() -> int:
    """Set the seed of random numbers to one that nobody foresees, and return it.

    Example:
        >>> import mocrograd as mg
        >>> mg.random.seed() != mg.random.seed()
        True
    """
    return default_generator.seed()


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """Draw inside a `with` as one likes, and go on behind it as if nothing had been drawn.

    Args:
        devices: Accepted; all devices share one state.
        enabled: Whether to restore the state.

    Example:
        >>> import mocrograd as mg
        >>> _ = mg.manual_seed(0)
        >>> with mg.random.fork_rng():
        ...     inside = mg.rand(2)
        >>> mg.equal(inside, mg.rand(2))
        True
    """
    state = get_rng_state() if enabled else None
    try:
        yield
    finally:
        if state is not None:
            set_rng_state(state)
