"""`torch.overrides`: classes and modes that have their own way with functions, by `__torch_function__`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FunctionType
from typing import Any

import mocrograd
from mocrograd.overriding import (
    NOT_OF_TENSORS,
    dispatch,
    install,
    overrides,
    overriding,
    state,
    watched,
)
from mocrograd.tensor import Tensor
from mocrograd.torch._C import _disabled_torch_function_impl as _disabled_torch_function_impl

__all__ = [
    "BaseTorchFunctionMode", "TorchFunctionMode", "enable_reentrant_dispatch", "get_default_nowrap_functions",
    "get_ignored_functions", "get_overridable_functions", "get_testing_overrides", "handle_torch_function",
    "has_torch_function", "has_torch_function_unary", "has_torch_function_variadic", "is_tensor_like",
    "is_tensor_method_or_property", "redispatch_function", "resolve_name", "wrap_torch_function",
]  # fmt: skip

_NAMESPACES = ("torch", "nn.functional", "nn.init", "linalg", "special")


class TorchFunctionMode:
    """Sees each call of a function or of a method of tensors inside a `with`: `__torch_function__` gets it.

    What that does is not seen by the mode again, but by the modes around it.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return the result of a call; every subclass overrides this.

        Args:
            func: The function.
            types: The classes among the arguments that override functions.
            args: Its arguments.
            kwargs: Its arguments by name.

        Raises:
            NotImplementedError: The subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no __torch_function__")

    def __enter__(self) -> Any:
        install()
        state.modes.append(self)
        return self

    def __exit__(self, *exception: object) -> None:
        state.modes.pop()


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that calls the functions that it sees."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the function."""
        return func(*args, **(kwargs or {}))


def _get_current_function_mode() -> Any:
    return state.modes[-1] if state.modes else None


def _get_current_function_mode_stack() -> list[Any]:
    return list(state.modes)


@contextmanager
def enable_reentrant_dispatch() -> Iterator[None]:
    """Give calls away inside, also where the code around has switched that off."""
    before = state.off, state.modes_off
    state.off = state.modes_off = False
    try:
        yield
    finally:
        state.off, state.modes_off = before


# ------------------------------------------------------------------------------------ asking and giving


def is_tensor_like(inp: Any) -> bool:
    """Return whether an object is a tensor, or its class has `__torch_function__`."""
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Return whether a call should be given away: it has arguments, and a class of theirs or a mode overrides it."""
    if state.skips:
        state.skips = False
        return False
    return any(watched() or (overrides(type(arg)) and not state.off) for arg in relevant_args)


def has_torch_function_unary(argument: Any) -> bool:
    """Return whether a call of one argument should be given away."""
    return has_torch_function((argument,))


def has_torch_function_variadic(*arguments: Any) -> bool:
    """Return whether a call of these arguments should be given away."""
    return has_torch_function(arguments)


def handle_torch_function(public_api: Any, relevant_args: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    """Return what the innermost mode, or the first argument that takes it, makes of a call.

    Args:
        public_api: The function that was called.
        relevant_args: The arguments whose classes may override it.
        args: All arguments.
        kwargs: All arguments by name.

    Raises:
        TypeError: None takes it.
    """
    return dispatch(public_api, overriding(relevant_args), args, kwargs)


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[[Any], Any]:
    """Make a decorator of functions whose arguments' classes, or modes, may override them.

    Args:
        dispatcher: Returns those arguments of a call.
    """

    def decorate(function: Any) -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = dispatcher(*args, **kwargs)
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return wrapped

    return decorate


def redispatch_function(func: Any, types: Any, args: Any, kwargs: Any = None) -> Any:
    """Call a function as if nothing overrode it; what it calls in turn is given away as ever.

    Args:
        func: The function.
        types: The classes among its arguments that override functions.
        args: Its arguments.
        kwargs: Its arguments by name.
    """
    state.skips = True
    try:
        return func(*args, **(kwargs or {}))
    finally:
        state.skips = False


# --------------------------------------------------------------------------------------- what there is


@functools.cache
def _found() -> tuple[dict[Any, list[Any]], dict[Any, str]]:
    """Return the functions that can be overridden by what they are in, and the names of all."""
    install()
    functions: dict[Any, list[Any]] = {}
    names: dict[Any, str] = {}
    for path in _NAMESPACES:
        module = import_module(f"mocrograd.{path}")
        members = {**(vars(mocrograd) if path == "torch" else {}), **vars(module)}
        for name, function in members.items():
            if isinstance(function, FunctionType) and not name.startswith("_"):
                names.setdefault(function, f"torch.{path}.{name}".replace("torch.torch", "torch"))
                if "_call" in (function.__kwdefaults__ or {}):
                    functions.setdefault(module, []).append(function)
    for name, member in vars(Tensor).items():
        if isinstance(member, FunctionType) and "_call" in (member.__kwdefaults__ or {}):
            names[member] = f"torch.Tensor.{name}"
            functions.setdefault(Tensor, []).append(member)
        elif isinstance(member, property):
            names[member.__get__], names[member.__set__] = (f"torch.Tensor.{name}.{way}" for way in _WAYS)
            functions.setdefault(member, []).append(member.__get__)
    return functions, names


_WAYS = ("__get__", "__set__")


def get_overridable_functions() -> dict[Any, list[Any]]:
    """Return the functions that can be overridden by the module or class that they are in."""
    return _found()[0]


def resolve_name(f: Any) -> str | None:
    """Return the name of a function under torch, None for one that is not torch's."""
    return _found()[1].get(f)


def is_tensor_method_or_property(func: Any) -> bool:
    """Return whether a function is a method of tensors, or gets a property of theirs."""
    return func in get_overridable_functions()[Tensor] or getattr(func, "__name__", "") == "__get__"


def get_ignored_functions() -> set[Any]:
    """Return the functions of torch that cannot be overridden."""
    torch: Any = import_module("mocrograd.torch")
    functions, names = _found()
    overridable = {function for several in functions.values() for function in several}
    return {getattr(torch, name) for name in NOT_OF_TENSORS} | (names.keys() - overridable)


def get_default_nowrap_functions() -> set[Any]:
    """Return the functions whose results do not become tensors of a subclass."""
    members: Any = Tensor
    return {members.grad.__get__, members.grad_fn.__get__}


def get_testing_overrides() -> dict[Any, Any]:
    """Return for each function that can be overridden one that takes its arguments and returns -1."""
    return {f: _returning(f) for several in get_overridable_functions().values() for f in several}


def _returning(function: Any) -> Any:
    def dummy(*args: Any, **kwargs: Any) -> int:
        return -1

    if isinstance(function, FunctionType):
        functools.update_wrapper(dummy, function)
    return dummy
