"""What a function depends on besides its arguments, and whether that still holds.

`Surroundings` walks from a function through its closure, the globals that its code names, the objects it is bound to
and what those hold. Tensors found on the way are the only ones that a plan may touch; everything else is watched: while
the watched values are what they were when the plan was recorded, the function would do the same again.

Optimizers are an exception: their numbers (rates, factors) are words that vary from run to run, so only whether each is
zero is watched, and their state, which every step moves on, only gives tensors.
"""

from __future__ import annotations

import functools
import sys
import types
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mocrograd.ops.random import Generator
from mocrograd.optim import Optimizer
from mocrograd.tensor import Tensor

_MOST_ITEMS = 512
"""Longer lists and dicts are watched by identity and length alone."""
_PLAIN = (int, float, complex, str, bytes, bool, type(None))
_MISSING = object()


def same(a: Any, b: Any) -> bool:
    """Return whether two watched values are the same: one object, or equal plain values of one type."""
    return a is b or (type(a) is type(b) and isinstance(a, _PLAIN) and a == b)


class Wrapper:
    """Stands for a function, and is nothing that the function depends on itself."""

    function: Any


class Surroundings:
    """What a function depends on besides its arguments.

    Attributes:
        tensors: The tensors found, by identity, with a name for explanations.
        watched: The same tensors.
        states: Two words for each of them: its address, and whether it has a gradient.
    """

    def __init__(self, function: Any, objects: Sequence[Any] = ()) -> None:
        """Walk from a function and from objects among its arguments."""
        self.tensors: dict[int, tuple[Tensor, str]] = {}
        self._items: list[tuple[dict[Any, Any], Any, Any, str]] = []  # container, key, expected value, name
        self._cells: list[tuple[Any, Any, str]] = []
        self._copies: list[tuple[Any, Any, str]] = []  # a container, what it held, name
        self._lengths: list[tuple[Any, int, str]] = []
        self._rates: list[tuple[dict[str, Any], str, bool, str]] = []  # group, option, whether it is zero, name
        self.states = b""
        self._seen: set[int] = set()
        self._keep: list[Any] = []  # the identities in `_seen` must not be used again
        self._grads: list[tuple[Tensor, Tensor | None]] = []
        self._visit(function, "")
        for number, value in enumerate(objects):
            self._visit(value, f"argument object {number}")
        self._unchanged = self._make_check()
        self.watched = tuple([tensor for tensor, _ in self.tensors.values()])
        self.states = array("q", [word for t in self.watched for word in (t.address, t.grad is not None)]).tobytes()

    def _make_check(self) -> Callable[[], bool]:
        """Return a function that says whether everything is the very object it was, in one expression."""
        names: dict[str, Any] = {}

        def name(value: Any) -> str:
            names[f"x{len(names)}"] = value
            return f"x{len(names) - 1}"

        checks = [f"{name(c)}.get({name(k)}) is {name(v)}" for c, k, v, _ in self._items]
        checks += [f"{name(cell)}.cell_contents is {name(value)}" for cell, value, _ in self._cells]
        checks += [f"{name(container)} == {name(copy)}" for container, copy, _ in self._copies]
        checks += [f"len({name(sequence)}) == {length}" for sequence, length, _ in self._lengths]
        checks += [f"({name(group)}[{option!r}] == 0) is {zero}" for group, option, zero, _ in self._rates]
        check: Callable[[], bool] = eval(f"lambda: {' and '.join(checks) or 'True'}", names)
        return check

    def holds(self) -> bool:
        """Return whether nothing has changed: usually everything is the very object it was, which is quick to see."""
        try:
            if self._unchanged():
                return True
        except Exception:  # an option is gone, or two items that differ have no truth value when compared
            pass
        return self.changed() is None

    def changed(self) -> str | None:
        """Return the name of something that is no longer what it was, or None."""
        for container, key, value, name in self._items:
            if container.get(key, _MISSING) is not value and not same(container.get(key, _MISSING), value):
                return name
        for cell, value, name in self._cells:
            if cell.cell_contents is not value and not same(cell.cell_contents, value):
                return name
        for container, copy, name in self._copies:
            if not _equal(container, copy):
                return _difference(container, copy, name)
        for sequence, length, name in self._lengths:
            if len(sequence) != length:
                return name
        for group, option, zero, name in self._rates:
            if (group[option] == 0) is not zero:
                return name
        return None

    def moved(self) -> str | None:
        """Return the name of a tensor with other memory, or with a gradient where it had none or the reverse."""
        states = array("q", self.states)
        for tensor, address, has_grad in zip(self.watched, states[::2], states[1::2]):
            if tensor.address != address:
                return f"the memory of {self.tensors[id(tensor)][1]}"
            if (tensor.grad is not None) != has_grad:
                return f"{self.tensors[id(tensor)][1]}.grad"
        return None if self.has_grads() else "the gradient that a parameter holds"

    def has_grads(self) -> bool:
        """Return whether the gradients that must be the very tensors they were still are."""
        return all(leaf.grad is grad for leaf, grad in self._grads)

    def require_grad(self, leaf: Tensor) -> None:
        """Watch also which tensor the gradient of a leaf is."""
        self._grads.append((leaf, leaf.grad))

    # ------------------------------------------------------------------------------------- the walk

    def _visit(self, value: Any, name: str) -> None:
        if isinstance(value, _PLAIN) or id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._keep.append(value)
        if isinstance(value, Tensor):
            self.tensors[id(value)] = (value, name)
        elif isinstance(value, types.FunctionType):
            self._visit_function(value, name)
        elif isinstance(value, types.MethodType):
            self._visit(value.__self__, name and f"{name}.__self__")
            self._visit(value.__func__, name)
        elif isinstance(value, Optimizer):
            self._visit_optimizer(value, name)
        elif isinstance(value, (list, tuple, set, frozenset)):
            self._visit_sequence(value, name)
        elif isinstance(value, dict):
            self._visit_dict(value, name)
        elif isinstance(value, Wrapper):
            self._visit(value.function, name)
        elif isinstance(value, functools.partial):
            self._visit(value.func, name)
            self._visit((value.args, value.keywords), name)
        elif not isinstance(value, (type, types.ModuleType, types.BuiltinFunctionType, Generator)):
            self._visit_object(value, name)

    def _visit_function(self, function: types.FunctionType, name: str) -> None:
        for key, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                value = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            self._cells.append((cell, value, key))
            self._visit(value, key)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(value, f"a default of {function.__name__}")
        if not _is_known(function.__module__):
            self._visit_names(function.__globals__, set(_names(function.__code__)), "")

    def _visit_names(self, scope: dict[str, Any], used: set[str], prefix: str) -> None:
        for key in sorted(used & scope.keys()):
            value = scope[key]
            self._items.append((scope, key, value, prefix + key))
            if isinstance(value, types.ModuleType):
                if not prefix and not _is_known(value.__name__):
                    self._visit_names(vars(value), used, f"{key}.")
            else:
                self._visit(value, prefix + key)

    def _visit_optimizer(self, optimizer: Optimizer, name: str) -> None:
        for number, group in enumerate(optimizer.param_groups):
            for option, value in group.items():
                where = f"{name}.param_groups[{number}][{option!r}]"
                if isinstance(value, (int, float)) and not isinstance(value, bool):
                    self._rates.append((group, option, value == 0, where))
                elif not (isinstance(value, tuple) and all(isinstance(number, (int, float)) for number in value)):
                    self._items.append((group, option, value, where))
                    self._visit(value, where)
        self._lengths.append((optimizer.param_groups, len(optimizer.param_groups), f"{name}.param_groups"))
        for number, state in enumerate(optimizer.state.values()):
            for key, value in state.items():
                if isinstance(value, Tensor):
                    self.tensors.setdefault(id(value), (value, f"{name}.state[{number}][{key!r}]"))

    def _visit_sequence(self, values: Any, name: str) -> None:
        if len(values) > _MOST_ITEMS:
            self._lengths.append((values, len(values), name))
            return
        if isinstance(values, list):
            self._copies.append((values, list(values), name))
        elif isinstance(values, (set, frozenset)):
            self._lengths.append((values, len(values), name))
        for i, value in enumerate(values):
            self._visit(value, f"{name}[{i}]")

    def _visit_dict(self, values: dict[Any, Any], name: str) -> None:
        if len(values) > _MOST_ITEMS:
            self._lengths.append((values, len(values), name))
            return
        self._copies.append((values, dict(values), name))
        for key, value in values.items():
            self._visit(value, f"{name}[{key!r}]")

    def _visit_object(self, value: Any, name: str) -> None:
        inner = getattr(value, "__wrapped__", None)
        if isinstance(inner, types.FunctionType):
            self._visit(inner, name)
        members = getattr(value, "__dict__", None)
        if type(members) is dict:
            self._copies.append((members, dict(members), name or type(value).__name__))
            for key, member in members.items():
                self._visit(member, f"{name}.{key}" if name else key)
        for function in _methods(type(value)):
            if id(function) not in self._seen:
                self._seen.add(id(function))
                self._visit_function(function, name)


def _equal(container: Any, copy: Any) -> bool:
    """Compare a list or dict with what it held: identical items are equal without a look inside."""
    try:
        return bool(container == copy)
    except Exception:  # the comparison of two different items, tensors for example, has no truth value
        return False


def _difference(container: Any, copy: Any, name: str) -> str:
    """Name the first item in which two lists or dicts differ."""
    if isinstance(copy, dict):
        for key in (*copy, *container):
            if not same(container.get(key, _MISSING), copy.get(key, _MISSING)):
                return f"{name}.{key}" if isinstance(key, str) else f"{name}[{key!r}]"
    return name


def _is_known(module: str | None) -> bool:
    """Return whether a module is this package or Python's library, whose functions depend on nothing of the user's."""
    root = (module or "").partition(".")[0]
    return root in ("mocrograd", "numpy") or root in sys.stdlib_module_names


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes that code and the functions inside it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _methods(cls: type) -> Iterator[types.FunctionType]:
    """Yield the functions of a class and its bases, those of Python and of this package left out."""
    for base in cls.__mro__:
        if _is_known(base.__module__):
            continue
        for member in vars(base).values():
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, types.FunctionType):
                yield function
