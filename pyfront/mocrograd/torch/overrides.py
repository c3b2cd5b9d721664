"""`torch.overrides`: whether arguments have their own way with functions, by `__torch_function__`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mocrograd.tensor import Tensor


class TorchFunctionMode:
    """What sees each call of a function inside a `with` in torch. Calls are not intercepted here.

    Raises:
        NotImplementedError: It is entered.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function."""
        return func(*args, **(kwargs or {}))

    def __enter__(self) -> TorchFunctionMode:
        raise NotImplementedError("TorchFunctionMode is not available: calls of functions are not intercepted")

    def __exit__(self, *exception: object) -> None:
        pass


def is_tensor_like(inp: Any) -> bool:
    """Return whether an object is a tensor, or has `__torch_function__`."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Return whether any argument is no tensor of the library and has `__torch_function__`."""
    return any(not isinstance(a, Tensor) and hasattr(type(a), "__torch_function__") for a in relevant_args)


def has_torch_function_unary(argument: Any) -> bool:
    """Return whether an argument is no tensor of the library and has `__torch_function__`."""
    return has_torch_function((argument,))


def has_torch_function_variadic(*arguments: Any) -> bool:
    """Return whether any argument is no tensor of the library and has `__torch_function__`."""
    return has_torch_function(arguments)


def handle_torch_function(public_api: Any, relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """Return what the first argument that has its own `__torch_function__` makes of a call.

    Raises:
        TypeError: None takes it.
    """
    kinds = tuple({type(a): None for a in relevant_args if has_torch_function((a,))})
    for kind in kinds:
        result = kind.__torch_function__(public_api, kinds, args, kwargs)
        if result is not NotImplemented:
            return result
    name = getattr(public_api, "__name__", public_api)
    raise TypeError(f"no implementation found for '{name}' on types that implement __torch_function__: {list(kinds)}")
