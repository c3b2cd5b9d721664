"""The devices that loaded tensors go to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import backend
from mocrograd.tensor import Tensor

Placement = Callable[[Tensor, str], Tensor]
"""Moves a tensor, which is on the CPU, and which a file says was on a device of some name."""


def placement(map_location: Any) -> Placement:
    """Return what moves tensors to where `map_location` of `load` says.

    Raises:
        TypeError: It is of another type.
        RuntimeError: It is a device that does not exist.
    """
    if map_location is None:
        return lambda tensor, saved: _moved(tensor, saved, saved)
    if isinstance(map_location, dict):
        devices = {_name(saved): device for saved, device in map_location.items()}
        return lambda tensor, saved: _moved(tensor, devices.get(_name(saved), saved), saved)
    if callable(map_location) and not isinstance(map_location, backend.device):
        return lambda tensor, saved: _chosen(tensor, map_location(tensor, saved), saved)
    target = backend.open_device(map_location)
    return lambda tensor, saved: tensor.to(device=target)


def _name(device: object) -> str:
    """Return a device's name; "cuda" is another name of "gpu"."""
    return str(device).replace("cuda", "gpu", 1)


def _moved(tensor: Tensor, device: Any, saved: str) -> Tensor:
    try:
        target = backend.open_device(device)
    except RuntimeError as error:
        raise RuntimeError(
            f"{error}; the file holds tensors of device {saved}: load it with map_location='cpu', or another device"
        ) from None
    return tensor.to(device=target)


def _chosen(tensor: Tensor, found: Any, saved: str) -> Tensor:
    if found is None:
        return _moved(tensor, saved, saved)
    if not isinstance(found, Tensor):
        raise RuntimeError(
            f"map_location: expected the function to return a tensor or None, got {type(found).__name__}"
        )
    return tensor.to(device=found.device)
