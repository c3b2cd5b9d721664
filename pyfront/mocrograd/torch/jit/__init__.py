"""`torch.jit`: scripting and tracing give the Python code itself, which runs as it is.

torch translates functions and modules into a language of its own. Here nothing is translated: what is scripted is what
was written, so annotations may stand and change nothing. `mocrograd.compile` makes it faster.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from mocrograd.nn import Module
from mocrograd.torch._refused import Absent, refused

_T = TypeVar("_T")
Final = typing.Final


class Attribute(typing.NamedTuple):
    """A value of a module, and its type."""

    value: Any
    type: Any


_FILES = "programs of TorchScript need torch; save the state_dict, or export with mocrograd.export or mocrograd.onnx"

save = refused("torch.jit.save", _FILES)
load = refused("torch.jit.load", _FILES)


class ScriptModule(Module):
    """A module whose methods are Python, as all are here."""


class RecursiveScriptModule(ScriptModule):
    """What torch makes of a scripted module; `script` returns the module itself, so there are none."""


class ScriptFunction(Absent):
    """What torch makes of a scripted function; `script` returns the function itself, so there are none."""

    _instead = "torch.jit.script returns the Python function itself"


class TracerWarning(Warning):
    """What torch warns of while it traces."""


def script(obj: _T, *args: Any, **options: Any) -> _T:
    """Return a function, a class or a module as it is.

    Args:
        obj: What to script.
        args: Accepted.
        options: Accepted.
    """
    return obj


def trace(func: Callable[..., Any] | None = None, example_inputs: Any = None, *args: Any, **options: Any) -> Any:
    """Return a function or a module as it is, or a decorator that does, where none is given.

    Args:
        func: What to trace.
        example_inputs: Accepted.
        args: Accepted.
        options: Accepted.
    """
    return script if func is None else func


def trace_module(mod: _T, inputs: Any, *args: Any, **options: Any) -> _T:
    """Return a module as it is.

    Args:
        mod: The module.
        inputs: Accepted.
        args: Accepted.
        options: Accepted.
    """
    return mod


def freeze(mod: Module, *args: Any, **options: Any) -> Module:
    """Return a module as it is.

    Args:
        mod: A module that is not in training.
        args: Accepted.
        options: Accepted.

    Raises:
        RuntimeError: It is in training.
    """
    if mod.training:
        raise RuntimeError(
            "Freezing is currently only implemented for modules in eval mode. "
            "Please call .eval() on your module before freezing."
        )
    return mod


def optimize_for_inference(mod: Module, *args: Any, **options: Any) -> Module:
    """Return a module as it is; see `freeze`."""
    return freeze(mod)


def ignore(drop: Any = False, **options: Any) -> Any:
    """Return a function as it is, or a decorator that does."""
    return drop if callable(drop) else script


def unused(fn: _T) -> _T:
    """Return a function as it is."""
    return fn


def export(fn: _T) -> _T:
    """Return a function as it is."""
    return fn


def script_method(fn: _T, _rcb: Any = None) -> _T:
    """Return a function as it is."""
    return fn


def script_if_tracing(fn: _T) -> _T:
    """Return a function as it is: nothing is traced."""
    return fn


def interface(obj: _T) -> _T:
    """Return a class as it is."""
    return obj


def annotate(the_type: Any, the_value: _T) -> _T:
    """Return a value as it is.

    Args:
        the_type: Accepted.
        the_value: The value.
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Tell whether an object is of a class, of one in a tuple, or of the class behind `List[int]` and the like."""
    kinds: Any = target_type if type(target_type) is tuple else (target_type,)
    return any(issubclass(type(obj), typing.get_origin(kind) or kind) for kind in kinds)


def is_scripting() -> bool:
    """Return False: this is Python."""
    return False


def is_tracing() -> bool:
    """Return False: nothing is traced."""
    return False


def enable_onednn_fusion(enabled: bool) -> None:
    """Do nothing: no kernels are fused by this switch."""


def onednn_fusion_enabled() -> bool:
    """Return False."""
    return False


def set_fusion_strategy(strategy: Any) -> list[tuple[str, int]]:
    """Do nothing, and return that there was no strategy before."""
    return []


@contextmanager
def optimized_execution(should_optimize: bool) -> typing.Iterator[None]:
    """Do nothing in a `with`."""
    yield


@contextmanager
def fuser(name: str) -> typing.Iterator[None]:
    """Do nothing in a `with`."""
    yield


class Future(Generic[_T]):
    """The result of a call, which has been made.

    Args:
        result: It.
    """

    def __init__(self, result: _T) -> None:
        self._result = result

    def wait(self) -> _T:
        """Return the result."""
        return self._result

    value = wait

    def done(self) -> bool:
        """Return True."""
        return True


def fork(func: Callable[..., _T], *args: Any, **options: Any) -> Future[_T]:
    """Call a function at once, and return its result as a future."""
    return Future(func(*args, **options))


def wait(future: Future[_T]) -> _T:
    """Return the result of a future."""
    return future.wait()
