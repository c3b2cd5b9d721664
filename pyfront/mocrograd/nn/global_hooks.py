"""Hooks that run at every call of every module, before its own ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from mocrograd.backend import recording
from mocrograd.nn import hooks
from mocrograd.nn.hooks import KINDS, Hook, Hooks
from mocrograd.utils.hooks import RemovableHandle

__all__ = [
    "register_module_forward_hook", "register_module_forward_pre_hook", "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]  # fmt: skip

_every = Hooks()
_classes: list[tuple[Any, Any]] = []  # the class of modules, and its `__call__`, which looks for no such hooks


def watch(cls: Any) -> None:
    """Take the class whose calls run the hooks; while there are none, its calls cost what they cost before."""
    _classes.append((cls, cls.__call__))


def _call(module: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a module with the hooks of all modules and its own."""
    joined = Hooks()
    for kind in KINDS:
        own = {} if module._hooks is None else getattr(module._hooks, kind)
        setattr(joined, kind, OrderedDict({**getattr(_every, kind), **own}))
    return hooks.run(module, joined, args, kwargs)


def _count() -> None:
    recording.switches["hooks of all modules"] = sum(map(len, vars(_every).values()))


class _GlobalHandle(RemovableHandle):
    """Removes a hook of all modules again; usable as a context manager."""

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        super().remove()
        _count()
        if not any(vars(_every).values()):
            for cls, call in _classes:
                cls.__call__ = call


def _add(kind: str, hook: Hook) -> RemovableHandle:
    every: OrderedDict[int, Hook] = getattr(_every, kind)
    handle = _GlobalHandle(every)
    every[handle.id] = hook
    _count()
    for cls, _ in _classes:
        cls.__call__ = _call
    return handle


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before each forward of any module; what it returns replaces the arguments."""
    return _add("before", Hook(hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after each forward of any module; what it returns replaces the output.

    Args:
        hook: The hook.
        with_kwargs: Whether it takes the keyword arguments too, before the output.
        always_call: Whether it is called even if forward raised an error.
    """
    return _add("after", Hook(hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` before the gradients of any module's inputs are computed."""
    return _add("backward_before", Hook(hook))


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` once the gradients of any module's inputs are computed."""
    return _add("backward", Hook(hook))
