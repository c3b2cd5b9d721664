"""Anomaly detection names the function whose backward returned nan. It is off by default and costs nothing then."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd.modes import mode


class set_detect_anomaly:
    """Switch the search for nan in backward on or off in this thread, as a call or for the body of a `with`.

    Args:
        mode: Whether to raise RuntimeError, naming the function, when a backward returns nan.
        check_nan: Whether to look; False looks for nothing.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-1.0], requires_grad=True)
        >>> with mg.autograd.set_detect_anomaly(True):
        ...     y = x.sqrt()
        ...     try:
        ...         y.backward()
        ...     except RuntimeError as error:
        ...         print("nan" in str(error))
        True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _switch(mode and check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        _switch(self._before)


class detect_anomaly(set_detect_anomaly):
    """Look for nan in the body of a `with`.

    Args:
        check_nan: Whether to look.

    Example:
        >>> import mocrograd as mg
        >>> with mg.autograd.detect_anomaly(check_nan=False):
        ...     y = mg.ones(1, requires_grad=True) * 2
        >>> y.requires_grad
        True
    """

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)


def is_anomaly_enabled() -> bool:
    """Return whether backward looks for nan in this thread.

    Example:
        >>> import mocrograd as mg
        >>> with mg.autograd.detect_anomaly():
        ...     print(mg.autograd.is_anomaly_enabled())
        True
    """
    return mode.anomaly


def _switch(on: bool) -> bool:
    before, mode.anomaly = mode.anomaly, on
    return before


def check(node: Any, results: Any) -> None:
    """Raise where the backward of a node returned nan.

    Raises:
        RuntimeError: There is one.
    """
    for number, grad in enumerate(results if type(results) is tuple else (results,)):
        if grad is not None and (grad.detach() != grad.detach()).any().item():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {number}th output.")
