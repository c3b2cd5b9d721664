"""Finds everything that a function can reach: closure, globals that its code names, objects, classes.

The tensors that are found are the only ones that a plan may touch; containers of other values are watched. State that
cannot be watched, such as the position of an iterator or what an object of a C extension hides, is an obstacle: the
function runs eagerly.

Optimizers are an exception. Where a kernel has their formula, their options are words that vary from run to run, so
only whether each is zero is watched.
"""

from __future__ import annotations

import array
import builtins
import collections
import datetime
import decimal
import enum
import fractions
import functools
import operator
import pathlib
import pickle
import random
import re
import struct
import sys
import threading
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mocrograd.backend import device
from mocrograd.compiler.watch import (
    CELL,
    CLASS,
    DESCRIPTORS,
    DICT,
    FUNCTION,
    INSTANCE,
    ITEMS,
    LIST,
    PLAIN,
    TRUTH,
    Copy,
    Watch,
    is_class_of_python,
)
from mocrograd.dtypes import dtype
from mocrograd.ops.random import Generator
from mocrograd.optim import Optimizer
from mocrograd.tensor import Tensor

_MOST_CONTENTS = 1 << 17
"""The most values that are watched; to look at all takes a nanosecond or two each."""
_MOST_BYTES = 1 << 16
"""The most bytes of an array that is compared with a copy."""
_Pair = collections.namedtuple("_Pair", "first second")
UNCHANGING = (
    range, slice, re.Pattern, re.Match, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
    operator.itemgetter, operator.attrgetter, operator.methodcaller, struct.Struct, decimal.Decimal,
    fractions.Fraction, uuid.UUID, pathlib.PurePath, enum.Enum, np.dtype, np.generic, np.ufunc, type(np.sum),
    type(vars(_Pair)['first']), dtype, device, types.CodeType, types.EllipsisType, types.NotImplementedType,
    types.GenericAlias, type(threading.Lock()), type(threading.RLock()), types.BuiltinFunctionType,
    types.MethodWrapperType, types.CellType, *DESCRIPTORS,
)  # fmt: skip
"""What has no state, or none that a result could depend on."""
_CONTAINERS = (
    object, list, tuple, set, frozenset, dict, collections.OrderedDict, collections.defaultdict, collections.deque,
    types.SimpleNamespace, functools.partial, Exception, BaseException, *PLAIN,
)  # fmt: skip
"""The classes of C whose state is watched, or that have none."""


_PYTHONS_OWN = frozenset(vars(builtins))
_KNOWN = ("mocrograd", "numpy", "_pytest", "pytest")  # pytest writes its own calls into the asserts of a function
_BY_NAME = ("getattr", "vars", "__dict__", "attrgetter", "hasattr")
"""What reads attributes whose names the code does not show."""


class Wrapper:
    """Stands for a function, and does not itself count as something that the function depends on."""

    function: Any


class Reachable:
    """Finds everything that a function can reach.

    Attributes:
        tensors: The tensors, by identity, with a name for explanations.
        watches: The containers.
        copies: Values of C that are compared with copies.
        streams: Generators of random numbers that are not the library's: a name, and what tells their state.
        obstacle: What cannot be watched, as the end of a sentence; "" where there is nothing.
    """

    def __init__(self) -> None:
        self.tensors: dict[int, tuple[Tensor, str]] = {}
        self.watches: list[Watch] = []
        self.copies: list[Copy] = []
        self.streams: list[tuple[str, Callable[[], Any]]] = []
        self.obstacle = ""
        self._room = _MOST_CONTENTS
        self._seen: set[int] = set()
        self._keep: list[Any] = []  # the identities in `_seen` must not be used again

    def visit(self, value: Any, name: str) -> None:
        """Look at a value, then at everything that it reaches."""
        if isinstance(value, PLAIN) or id(value) in self._seen:
            return
        self._seen.add(id(value))
        self._keep.append(value)
        for kinds, visit in _VISITORS:
            if isinstance(value, kinds):
                visit(self, value, name)
                return
        self._visit_object(value, name)

    def reaches(self, value: Any) -> bool:
        """Return whether a value was found."""
        return id(value) in self._seen

    def _watch(self, kind: int, container: Any, name: str, keys: tuple[Any, ...] = ()) -> Watch:
        watch = Watch(kind, container, name, keys)
        self.watches.append(watch)
        self._room -= len(watch.contents)
        if self._room < 0:
            self._refuse(f"it can reach more than {_MOST_CONTENTS} values, the last ones in {name}")
        return watch

    def _refuse(self, obstacle: str) -> None:
        self.obstacle = self.obstacle or obstacle

    def _pass_over(self, value: Any, name: str) -> None:
        """Skip a value whose state does not matter."""

    # ------------------------------------------------------------------------- tensors and functions

    def _visit_tensor(self, tensor: Tensor, name: str) -> None:
        if tensor._sparse:
            self._refuse(f"it can reach a sparse tensor, {name}, of which nothing is recorded")
            return
        if tensor._marks:
            self._refuse(f"it can reach a conjugate or negative view, {name}")
            return
        if tensor.grad is not None and tensor.grad._sparse:
            self._refuse(f"{name} has a sparse gradient, of which nothing is recorded")
            return
        self.tensors[id(tensor)] = (tensor, name)
        if tensor._grad_hooks is not None:
            self.visit(tensor._grad_hooks, f"the hooks of {name}")
        if getattr(tensor, "__dict__", None):
            self._visit_members(tensor, name)

    def _visit_wrapper(self, wrapper: Wrapper, name: str) -> None:
        self.visit(wrapper.function, name)

    def _visit_method(self, method: types.MethodType, name: str) -> None:
        self.visit(method.__self__, name and f"{name}.__self__")
        self.visit(method.__func__, name)

    def _visit_bound(self, function: Any, name: str) -> None:
        owner = getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, types.ModuleType):
            self.visit(owner, f"what {name} belongs to")

    def _visit_function(self, function: types.FunctionType, name: str) -> None:
        for key, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            for value in self._watch(CELL, cell, key).contents:
                self.visit(value, key)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self.visit(value, f"a default of {function.__name__}")
        if not is_known(function.__module__):
            self._watch(FUNCTION, function, f"the code of {function.__name__}")
            self._visit_dict(vars(function), name or function.__name__)
            self._visit_globals(function)

    def _visit_globals(self, function: types.FunctionType) -> None:
        used = set(_names(function.__code__))
        computed = not used.isdisjoint(_BY_NAME)
        scope = function.__globals__
        self._visit_names(scope, used, "")
        self._visit_names(vars(builtins), used - scope.keys() - _PYTHONS_OWN, "")
        for key in used - scope.keys():  # imported inside the function
            module = sys.modules.get(key)
            if module is not None and not is_known(key):
                self._visit_names(vars(module), used, f"{key}.")
        for key in used & scope.keys() if computed else ():
            if type(scope[key]) is types.ModuleType:
                self.visit(scope[key], key)

    def _visit_names(self, scope: dict[str, Any], used: set[str], prefix: str) -> None:
        keys = tuple(sorted(used & scope.keys()))
        if keys:
            self._watch(ITEMS, scope, prefix[:-1], keys)
        for key in keys:
            value = scope[key]
            if isinstance(value, types.ModuleType):
                if not prefix and not is_known(value.__name__):
                    self._visit_names(vars(value), used, f"{key}.")
            else:
                self.visit(value, prefix + key)

    def _visit_module(self, module: types.ModuleType, name: str) -> None:
        """Watch all names of a module, and visit only its containers."""
        if is_known(module.__name__):
            return
        keys = tuple([key for key in vars(module) if not key.startswith("__")])
        self._watch(ITEMS, vars(module), name, keys)
        for key in keys:
            if type(vars(module)[key]) in (list, dict, set):
                self.visit(vars(module)[key], f"{name}.{key}")

    def _visit_descriptor(self, descriptor: Any, name: str) -> None:
        for part in ("__func__", "fget", "fset", "fdel"):
            self.visit(getattr(descriptor, part, None), name)

    # ------------------------------------------------------------------------------ values of C

    def _visit_stream(self, stream: Any, name: str) -> None:
        self.streams.append((name, lambda: stream_state(stream)))

    def _visit_array(self, values: Any, name: str) -> None:
        nbytes = memoryview(values).nbytes if not isinstance(values, np.ndarray) else values.nbytes
        if nbytes > _MOST_BYTES or (isinstance(values, np.ndarray) and values.dtype.hasobject):
            self._refuse(f"it can reach {name}, an array of {nbytes} bytes that Python may change")
        elif isinstance(values, np.ndarray):
            self.copies.append(Copy(lambda: (values.shape, str(values.dtype), values.tobytes()), name))
        else:
            self.copies.append(Copy(lambda: (bytes(values),), name))

    # -------------------------------------------------------------------------- containers, objects

    def _visit_optimizer(self, optimizer: Optimizer, name: str) -> None:
        self._watch(INSTANCE, optimizer, name)
        self._watch(LIST, optimizer.param_groups, f"{name}.param_groups")
        vary = _replays_numbers(type(optimizer))
        for number, group in enumerate(optimizer.param_groups):
            where = f"{name}.param_groups[{number}]"
            numbers = tuple([option for option, value in group.items() if vary and _is_number(value)])
            self._watch(TRUTH, group, where, numbers)
            others = [o for o, v in group.items() if o not in numbers and not (vary and _are_numbers(v))]
            self._watch(ITEMS, group, where, tuple(others))
            for option in others:
                self.visit(group[option], f"{where}[{option!r}]")
        self._watch(DICT, optimizer.state, f"{name}.state")
        for number, state in enumerate(optimizer.state.values()):
            self._visit_dict(state, f"{name}.state[{number}]")
        for key, value in vars(optimizer).items():
            if key not in ("param_groups", "state", "defaults"):
                self.visit(value, f"{name}.{key}")
        self.visit(type(optimizer), type(optimizer).__name__)

    def _visit_dict(self, values: dict[Any, Any], name: str) -> None:
        self._watch(DICT, values, name)
        for key, value in list(values.items()):
            self.visit(value, f"{name}.{key}" if isinstance(key, str) else f"{name}[{key!r}]")

    def _visit_items(self, values: Any, name: str) -> None:
        if isinstance(values, dict):
            self._visit_dict(values, name)
            return
        if isinstance(values, list):
            self._watch(LIST, values, name)
        elif isinstance(values, (set, collections.deque)):
            self.copies.append(Copy(lambda: tuple(values), name))
        for i, value in enumerate(list(values)):
            self.visit(value, f"{name}[{i}]")

    def _visit_object(self, value: Any, name: str) -> None:
        cls = type(value)
        hidden = [base for base in cls.__mro__ if base not in _CONTAINERS and not is_class_of_python(base, _in_c)]
        if hidden:
            iterator = hasattr(cls, "__next__")
            what = "an iterator whose position" if iterator else f"a {hidden[0].__name__} whose state"
            self._refuse(f"it can reach {name or cls.__name__}, {what} cannot be watched")
            return
        if isinstance(value, (dict, list, tuple, set, frozenset, collections.deque)):
            self._visit_items(value, name)
        if isinstance(value, functools.partial):
            self.visit((value.func, value.args, value.keywords), name)
        self._visit_members(value, name)
        self.visit(cls, cls.__name__)

    def _visit_members(self, value: Any, name: str) -> None:
        """Watch the attributes of an object."""
        if type(getattr(value, "__dict__", None)) is dict:
            self._watch(INSTANCE, value, name or type(value).__name__)
            for key, member in list(vars(value).items()):  # a look may add to it: some load attributes when asked
                self.visit(member, f"{name}.{key}" if name else key)
        slots = [s for base in type(value).__mro__ for s in _slots(base)]
        if slots:
            take = lambda: tuple([getattr(value, slot, None) for slot in slots])  # noqa: E731
            self.copies.append(Copy(take, f"the slots of {name}"))
            for slot, member in zip(slots, take()):
                self.visit(member, f"{name}.{slot}")

    def _visit_class(self, cls: type, name: str) -> None:
        for base in cls.__mro__:
            if is_known(base.__module__) or not is_class_of_python(base, _in_c):
                continue
            self._watch(CLASS, base, base.__name__)
            for key, member in list(vars(base).items()):
                if isinstance(member, types.FunctionType) or not key.startswith(("__", "_abc_impl")):
                    self.visit(member, f"{base.__name__}.{key}")


_VISITORS: tuple[tuple[Any, Callable[[Reachable, Any, str], None]], ...] = (
    (Tensor, Reachable._visit_tensor),
    (Generator, Reachable._pass_over),
    (Wrapper, Reachable._visit_wrapper),
    (types.FunctionType, Reachable._visit_function),
    (types.MethodType, Reachable._visit_method),
    ((types.BuiltinFunctionType, types.MethodWrapperType), Reachable._visit_bound),
    (UNCHANGING, Reachable._pass_over),
    (type, Reachable._visit_class),
    (types.ModuleType, Reachable._visit_module),
    (Optimizer, Reachable._visit_optimizer),
    ((random.Random, np.random.Generator, np.random.RandomState, np.random.BitGenerator), Reachable._visit_stream),
    ((np.ndarray, array.array, bytearray, memoryview), Reachable._visit_array),
    ((property, staticmethod, classmethod), Reachable._visit_descriptor),
)


def stream_state(stream: Any) -> Any:
    """Return the state of a random number generator of Python's library or NumPy."""
    if isinstance(stream, random.Random):
        return None if isinstance(stream, random.SystemRandom) else stream.getstate()
    if isinstance(stream, np.random.RandomState):
        return pickle.dumps(stream.get_state(legacy=False))
    return pickle.dumps(getattr(stream, "bit_generator", stream).state)


def is_known(module: str | None) -> bool:
    """Return whether a module is this package or Python's library, whose functions depend on no user's objects."""
    root = (module or "").partition(".")[0]
    return root in _KNOWN or root in sys.stdlib_module_names


@functools.lru_cache(maxsize=1024)
def _in_c(module: str) -> bool:
    """Return whether a module was not written in Python."""
    if module in sys.builtin_module_names:
        return True
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return file.endswith((".so", ".pyd"))


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes that code and the functions inside it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)


def _slots(cls: type) -> tuple[str, ...]:
    """Return the slots that a class of Python's adds."""
    slots = vars(cls).get("__slots__", ())
    slots = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple([s for s in slots if s not in ("__dict__", "__weakref__")])


def _replays_numbers(cls: type[Optimizer]) -> bool:
    """Return whether the step of an optimizer's class reads the numbers of its groups anew at each replay."""
    owner = next(base for base in cls.__mro__ if "step" in vars(base))
    return bool(vars(owner).get("replays_numbers", False))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(number, (int, float)) for number in value)
