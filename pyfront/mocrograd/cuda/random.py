"""Random numbers, whose state CPU and GPU share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocrograd import accelerator
from mocrograd.ops import random as _random
from mocrograd.tensor import Tensor


def manual_seed(seed: int) -> None:
    """Set the seed of random numbers, which all devices share.

    Example:
        >>> import mocrograd as mg
        >>> mg.cuda.manual_seed(3)
        >>> a = mg.rand(2)
        >>> mg.cuda.manual_seed(3)
        >>> bool((a == mg.rand(2)).all())
        True
    """
    _random.manual_seed(seed)


manual_seed_all = manual_seed


def seed() -> None:
    """Set the seed of random numbers to one that nobody foresees.

    Example:
        >>> import mocrograd as mg
        >>> mg.cuda.seed()
        >>> mg.cuda.initial_seed() == mg.initial_seed()
        True
    """
    _random.default_generator.seed()


seed_all = seed


def initial_seed() -> int:
    """Return the seed of random numbers.

    Example:
        >>> import mocrograd as mg
        >>> mg.cuda.manual_seed(3)
        >>> mg.cuda.initial_seed()
        3
    """
    return _random.initial_seed()


def get_rng_state(device: Any = "cuda") -> Tensor:
    """Return the state of random numbers.

    Raises:
        RuntimeError: There is no such GPU.
    """
    accelerator.gpu(device)
    return _random.get_rng_state()


def get_rng_state_all() -> list[Tensor]:
    """Return the state of random numbers for each GPU."""
    return [_random.get_rng_state() for _ in range(accelerator.device_count())]


def set_rng_state(new_state: Tensor, device: Any = "cuda") -> None:
    """Set the state of random numbers, where there is a GPU."""
    if accelerator.is_available():
        _random.set_rng_state(new_state)


def set_rng_state_all(new_states: Iterable[Tensor]) -> None:
    """Set the state of random numbers; the last one stays."""
    for state in new_states:
        set_rng_state(state)
