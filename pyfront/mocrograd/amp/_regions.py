"""What autocast does to calls: the code of the operations in its lists is replaced when the first region is entered.

A program that enters no region pays nothing. Afterwards a listed operation looks whether its thread is in a region.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules
from types import FunctionType
from typing import Any

from mocrograd import dtypes
from mocrograd.amp._lists import AS_THEY_ARE, LOWER, WIDEST, policies
from mocrograd.autograd import mode
from mocrograd.backend import recording
from mocrograd.ops.cast import to_dtype
from mocrograd.overriding import copy_of, forwarding_code
from mocrograd.tensor import Tensor

_installed: dict[str, bool] = {}
_policies: dict[int, dict[str, str]] = {}
"""By the numbers of functions whose code has been replaced: what is done on which devices."""


class Region:
    """What a thread casts: the dtypes by types of devices.

    Args:
        kinds: The dtypes of 16 bits.
        caches: Whether casts of parameters are kept.
        cache: Where they are kept, until the outermost region is left.
        within: The recording of a compiled function that was in progress when the outermost region was entered. Another
            one keeps no casts, which would outlive it.
    """

    def __init__(self, kinds: dict[str, dtypes.dtype], caches: bool, cache: dict[Any, Any], within: Any) -> None:
        self.kinds, self.caches, self.cache, self.within = kinds, caches, cache, within
        self.key = tuple(sorted((name, dtype.name) for name, dtype in kinds.items()))

    def run(self, wanted: dict[str, str], function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Return the result of an operation of cast operands; within it nothing is cast."""
        tensors = _tensors(args) + _tensors(options.values())
        device = _type_of(tensors[0]) if tensors else ""
        policy, lower = wanted.get(device), self.kinds.get(device)
        if policy is None or lower is None:
            return function(*args, **options)
        target = lower if policy == LOWER else dtypes.float32
        if policy == WIDEST and all(t.dtype is not dtypes.float32 for t in tensors):
            target = lower
        mode.autocast = None
        try:
            if policy == AS_THEY_ARE:
                return function(*args, **options)
            cast = [self._cast(x, target, device) for x in args]
            return function(*cast, **{name: self._cast(x, target, device) for name, x in options.items()})
        finally:
            mode.autocast = self

    def _cast(self, x: Any, target: dtypes.dtype, device: str) -> Any:
        if type(x) in (tuple, list):
            return type(x)([self._cast(y, target, device) for y in x])
        if not isinstance(x, Tensor) or not x.dtype.is_floating_point or x.dtype in (dtypes.float64, target):
            return x
        if _type_of(x) != device:
            return x
        kept = self.caches and x.requires_grad and x.is_leaf and not x._is_view and target.wide is not None
        if not kept or recording.active is not self.within:
            return x.to(target) if hasattr(x, "_elements") else to_dtype(x, target)  # nested and masked ones
        key = id(x), target, mode.grad
        found = self.cache.get(key)
        if found is None or found[1] != x._version:
            found = self.cache[key] = to_dtype(x, target), x._version, x  # x lives on, and keeps its number
        return found[0]


def _type_of(x: Tensor) -> str:
    return "cpu" if x.device.type == "cpu" else "cuda" if x.device.handle else x.device.type


def _tensors(values: Any) -> list[Tensor]:
    found = []
    for x in values:
        if isinstance(x, Tensor):
            found.append(x)
        elif type(x) in (tuple, list):
            found += [y for y in x if isinstance(y, Tensor)]
    return [x for x in found if x.dtype.is_floating_point]


def install(device_type: str) -> None:
    """Make the operations in the lists of a type of devices look for regions; once for the whole process."""
    if device_type in _installed:
        return
    _installed[device_type] = True
    for name, policy in policies(device_type).items():
        for function in _functions(name):
            if id(function) not in _policies:
                _policies[id(function)] = {}
                _replace(function, _policies[id(function)])
            _policies[id(function)][device_type] = policy


def _modules(package: str) -> list[Any]:
    inner = import_module(f"mocrograd.{package}")
    return [inner, *[import_module(f"{inner.__name__}.{found.name}") for found in iter_modules(inner.__path__)]]


def _functions(name: str) -> list[FunctionType]:
    """Return the functions of a name: the public one, the one that layers call, and the method."""
    package, _, name = name.rpartition(".")
    if package:
        homes: list[Any] = [import_module(f"mocrograd.{package}")]
    else:
        homes = [*_modules("ops"), *_modules("nn.functional"), sys.modules["mocrograd"], Tensor]
    found = {id(f): f for home in homes if isinstance(f := vars(home).get(name), FunctionType)}
    return list(found.values())


def _replace(function: FunctionType, wanted: dict[str, str]) -> None:
    original = copy_of(function)

    def call(*args: Any, **options: Any) -> Any:
        region = mode.autocast
        return original(*args, **options) if region is None else region.run(wanted, original, args, options)

    function.__code__ = forwarding_code(len(function.__closure__ or ()))
    function.__kwdefaults__ = {"_call": call}
    function.__wrapped__ = original  # type: ignore[attr-defined]
