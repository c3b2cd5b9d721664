"""Options that torch lets a script choose and that are fixed here: determinism, exact products, the CPU as default."""

from __future__ import annotations

from typing import Any

from mocrograd import backend

_PRECISIONS = ("highest", "high", "medium")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Do nothing: all results are deterministic, for any number of workers.

    Args:
        mode: Accepted.
        warn_only: Accepted.

    Example:
        >>> import mocrograd as mg
        >>> mg.use_deterministic_algorithms(True)  # accepted: results never depend on the number of workers
    """


def are_deterministic_algorithms_enabled() -> bool:
    """Return True.

    Example:
        >>> import mocrograd as mg
        >>> mg.are_deterministic_algorithms_enabled()
        True
    """
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Set how precise products of float32 are on a GPU: matrix products, and linear layers with their gradients.

    On the CPU all are computed in float32. On a GPU, "highest" does that too; the others round the operands to the 10
    bits of fraction of TF32, for the GPU's matrix instructions where it has such ones, and add up in float32.

    Args:
        precision: "highest", which holds at first, or "high" or "medium", which mean the same.

    Raises:
        RuntimeError: It is none of these.

    Example:
        >>> import mocrograd as mg
        >>> mg.set_float32_matmul_precision("high")
        >>> mg.get_float32_matmul_precision()
        'high'
        >>> mg.set_float32_matmul_precision("highest")
    """
    if precision not in _PRECISIONS:
        raise RuntimeError(f"Expected one of {', '.join(_PRECISIONS)}, but got {precision!r}")
    backend.set_matmul_precision(precision)


def get_float32_matmul_precision() -> str:
    """Return how precise products of float32 are on a GPU.

    Example:
        >>> import mocrograd as mg
        >>> mg.get_float32_matmul_precision()
        'highest'
    """
    return backend.matmul_precision()


def get_default_device() -> backend.device:
    """Return where tensors are made that name no device.

    Example:
        >>> import mocrograd as mg
        >>> mg.get_default_device()
        device(type='cpu')
    """
    return backend.default[-1]


def set_default_device(device: Any) -> None:
    """Set where tensors are made that name no device.

    Args:
        device: A device or its name; None for the CPU.

    Example:
        >>> import mocrograd as mg
        >>> mg.set_default_device("cpu")
        >>> mg.ones(2).device
        device(type='cpu')
    """
    backend.default[0] = backend.cpu if device is None else backend.device(device)
