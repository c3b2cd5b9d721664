"""Mixed precision as scripts written for torch ask for it. There is no float16 here, so it is always off.

torch warns and switches it off where a device lacks what it needs. So does this module, and such scripts run in
float32.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any


class autocast:
    """Do nothing, as a context or a decorator: operations keep the dtypes of their operands.

    Args:
        device_type: "cpu", "gpu" or "cuda".
        dtype: Accepted.
        enabled: Whether to warn that there is nothing to cast to.
        cache_enabled: Accepted.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if enabled:
            warnings.warn("autocast is off: mocrograd has no dtype of 16 bits and computes in float32", stacklevel=2)

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same."""

        @functools.wraps(function)
        def wrapper(*args: Any, **options: Any) -> Any:
            return function(*args, **options)

        return wrapper


class GradScaler:
    """Hand losses and steps through unchanged: float32 needs no scaling.

    Args:
        device: Accepted.
        init_scale: Accepted.
        growth_factor: Accepted.
        backoff_factor: Accepted.
        growth_interval: Accepted.
        enabled: Whether to warn that it is off.

    Example:
        >>> import mocrograd as mg
        >>> scaler = mg.amp.GradScaler(enabled=False)
        >>> scaler.scale(mg.tensor(3.0))
        tensor(3.)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled:
            warnings.warn("GradScaler is off: mocrograd computes in float32", stacklevel=2)

    def scale(self, outputs: Any) -> Any:
        """Return the losses."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Do nothing."""

    def step(self, optimizer: Any, *args: Any, **options: Any) -> Any:
        """Run the optimizer's step, and return what it returns."""
        return optimizer.step(*args, **options)

    def update(self, new_scale: Any = None) -> None:
        """Do nothing."""

    def is_enabled(self) -> bool:
        """Return False."""
        return False

    def get_scale(self) -> float:
        """Return 1."""
        return 1.0

    def state_dict(self) -> dict[str, Any]:
        """Return an empty dict."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Do nothing: there is no state."""


def is_autocast_available(device_type: str) -> bool:
    """Return whether there is an autocast, which does nothing, for devices of a type."""
    return device_type in ("cpu", "gpu", "cuda")


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """Return the forward of a `Function` as it is, or a decorator that does: nothing is cast.

    Args:
        fwd: The forward.
        device_type: Accepted.
        cast_inputs: Accepted.
    """
    return _unchanged if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Return the backward of a `Function` as it is, or a decorator that does: nothing is cast.

    Args:
        bwd: The backward.
        device_type: Accepted.
    """
    return _unchanged if bwd is None else bwd


def _unchanged(function: Any) -> Any:
    return function
