"""Which modules run, forward or on the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from mocrograd.nn.global_hooks import register_module_forward_hook, register_module_forward_pre_hook
from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor
from mocrograd.utils.hooks import RemovableHandle

__all__ = ["ModuleTracker"]


class ModuleTracker:
    """A context manager whose `parents` are the names of the modules that run now: "Global", "Net", "Net.layer".

    A module is named by the class of the first module around it that was called, and its path there. It runs on the way
    back from when the gradients of its outputs are known to when those of its inputs are.

    Args:
        changes: Called before `parents` changes.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.utils.module_tracker import ModuleTracker
        >>> class Net(mg.nn.Module):
        ...     def forward(self, x):
        ...         return sorted(tracker.parents)
        >>> with ModuleTracker() as tracker:
        ...     Net()(None)
        ['Global', 'Net']
    """

    def __init__(self, changes: Callable[[], None] = lambda: None) -> None:
        self._forward: list[str] = []
        self._backward: set[str] = set()
        self._names: WeakKeyDictionary[Module, str] = WeakKeyDictionary()
        self._changes = changes
        self._handles: list[RemovableHandle] = []

    @property
    def parents(self) -> set[str]:
        """The names of the modules that run now, and "Global"."""
        return {"Global", *self._forward, *self._backward}

    def __enter__(self) -> ModuleTracker:
        """Begin to look."""
        before, after = self._before, self._after
        self._handles = [register_module_forward_pre_hook(before), register_module_forward_hook(after)]
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        for handle in self._handles:
            handle.remove()
        self._forward.clear()
        self._backward.clear()

    def _name(self, module: Module) -> str:
        if module not in self._names:
            for path, part in module.named_modules(remove_duplicate=True):
                self._names.setdefault(part, ".".join([type(module).__name__, *([path] if path else [])]))
        return self._names[module]

    def _before(self, module: Module, args: Any) -> None:
        self._changes()
        if not self._forward:
            self._backward.clear()  # of a backward pass that is over
        name = self._name(module)
        self._forward.append(name)
        _once_all_are_known(args, lambda: self._back(self._backward.discard, name))

    def _after(self, module: Module, args: Any, output: Any) -> None:
        self._changes()
        name = self._forward.pop()
        _once_all_are_known(output, lambda: self._back(self._backward.add, name))

    def _back(self, change: Callable[[str], None], name: str) -> None:
        self._changes()
        change(name)


def _once_all_are_known(values: Any, call: Callable[[], None]) -> None:
    """Call a function each time the gradients of all tensors among values have been computed."""
    values = values if isinstance(values, tuple | list) else values.values() if isinstance(values, dict) else [values]
    tensors = [x for x in values if isinstance(x, Tensor) and x.requires_grad]
    known = 0

    def count(_: Tensor) -> None:
        nonlocal known
        known += 1
        if known % len(tensors) == 0:
            call()

    for tensor in tensors:
        tensor.register_hook(count)
