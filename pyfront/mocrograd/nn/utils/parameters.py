"""Construction of modules without initial values, and parameters as one vector."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, TypeVar

from mocrograd.nn import init
from mocrograd.nn.module import Module
from mocrograd.ops import cat
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """Construct a module without filling its parameters, for values that are loaded next.

    Args:
        module_cls: The class; its constructor takes `device` and fills parameters by `nn.init`.
        args: Positional arguments of the constructor.
        kwargs: Named arguments of the constructor.

    Returns:
        The module; its parameters hold arbitrary values.

    Raises:
        RuntimeError: The class is no Module, or its constructor takes no `device`.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.utils.skip_init(mg.nn.Linear, 3, 2)
        >>> layer.weight.shape
        mocrograd.Size([2, 3])
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    with init.skipped():
        return module_cls(*args, **kwargs)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return the elements of tensors one after the other; gradients pass.

    Args:
        parameters: The tensors, all on one device.

    Returns:
        A vector.

    Raises:
        TypeError: They are on several devices.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Linear(3, 2)
        >>> mg.nn.utils.parameters_to_vector(layer.parameters()).shape
        mocrograd.Size([8])
    """
    return cat([param.reshape(-1) for param in _on_one_device(parameters)])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give parameters the elements of a vector, which they share from then on.

    Args:
        vec: The vector, as `parameters_to_vector` returns it.
        parameters: The parameters, all on one device.

    Raises:
        TypeError: `vec` is no tensor, or the parameters are on several devices.
        RuntimeError: The vector is too short.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Linear(2, 1)
        >>> mg.nn.utils.vector_to_parameters(mg.tensor([1.0, 2.0, 3.0]), layer.parameters())
        >>> layer.bias.detach()
        tensor([3.])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected a Tensor, but got: {type(vec).__name__}")
    start = 0
    for param in _on_one_device(parameters):
        param.data = vec[start : start + param.numel()].reshape(param.shape).data
        start += param.numel()


def _on_one_device(parameters: Iterable[Tensor]) -> list[Tensor]:
    tensors = list(parameters)
    if any(param.device != tensors[0].device for param in tensors):
        raise TypeError("Found two parameters on different devices, this is currently not supported.")
    return tensors
