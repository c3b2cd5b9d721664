"""Modules under other names: pickles and files hold names of before, which are found when somebody asks for one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from importlib.abc import Loader

_RENAMED = {
    "costs": "backend.costs", "defaults": "compat.defaults", "files": "serialization.files",
    "recording": "backend.recording", "toplevel": "compat.toplevel", "torch_names": "compat.scripts",
    "typed": "compat.typed",
    "autograd.walk": "autograd.engine", "compiler.walk": "compiler.reachable",
    "nn.cells": "nn.rnn", "nn.elementwise_loss": "nn.loss", "nn.fractional": "nn.pooling", "nn.likelihood": "nn.loss",
    "nn.margin_loss": "nn.loss", "nn.parameter_containers": "nn.container", "nn.members": "nn.module",
    "nn.piecewise": "nn.activation",
    "nn.reduction": "nn.loss", "nn.unpooling": "nn.pooling",
    "nn.functional.ctc": "nn.functional.loss", "nn.functional.elementwise_loss": "nn.functional.loss",
    "nn.functional.fractional": "nn.functional.pooling", "nn.functional.likelihood": "nn.functional.loss",
    "nn.functional.noise": "nn.functional",
    "nn.functional.products": "nn.functional.linear", "nn.functional.sampling": "nn.functional.resample",
    "nn.functional.unpooling": "nn.functional.pooling",
    "ops.assigning": "ops.indexing", "ops.attributes": "ops.properties", "ops.bitwise": "ops.arithmetic",
    "ops.copying": "ops._copying", "ops.ctc": "ops.loss", "ops.display": "ops._display",
    "ops.distributions": "ops.random", "ops.division": "ops.arithmetic", "ops.einsum": "ops.contractions",
    "ops.elementwise": "ops.arithmetic", "ops.extremes": "ops.reduce", "ops.masks": "ops.indexing",
    "ops.membership": "ops.counting", "ops.movement": "ops.views", "ops.numbers": "ops",
    "ops.outputs": "ops._outputs", "ops.places": "ops._indices",
    "ops.pointwise": "ops._pointwise", "ops.probability": "ops.loss",
    "ops.products": "ops.matmul", "ops.quantiles": "ops.sorting", "ops.reinterpret": "ops.views",
    "ops.relabeling": "ops.views", "ops.resizing": "ops.properties", "ops.shapes": "ops.rearrange",
    "ops.slices": "ops.gathering", "ops.special": "ops.transcendental", "ops.systems": "ops", "ops.tapers": "ops",
    "ops.windows": "ops.padding",
}  # fmt: skip
"""Modules of before, and where what pickles name is today, both within the package."""


class Aliases:
    """Finds modules that are asked for by another name.

    Args:
        today: Other name to the module's own, or None where there is none.
    """

    def __init__(self, today: Callable[[str], str | None]) -> None:
        self._today = today
        self._specs: dict[str, ModuleSpec | None] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return a spec where the name is another one of a module."""
        name = self._today(fullname)
        own = None if name is None else importlib.util.find_spec(name)
        if own is None:
            return None
        spec = ModuleSpec(fullname, cast("Loader", self), origin=own.origin)
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def get_code(self, fullname: str) -> Any:
        """Return the module's code, for `python -m`."""
        name = self._today(fullname)
        assert name is not None
        own = importlib.util.find_spec(name)
        assert own is not None
        return own.loader.get_code(name)  # type: ignore[union-attr]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module itself."""
        name = self._today(spec.name)
        assert name is not None
        module = importlib.import_module(name)
        self._specs[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back: the import has set the other name's."""
        spec = module.__spec__
        if spec is not None:
            module.__spec__ = self._specs.pop(spec.name)


def module_today(name: str) -> str | None:
    """Return what a module of before is called today, None where it was never renamed."""
    package, _, rest = name.partition(".")
    today = _RENAMED.get(rest) if package == "mocrograd" else None
    return today and f"mocrograd.{today}"


def today(module: str, name: str) -> tuple[str, str]:
    """Return the module and the name that an object has today which a pickle names."""
    renamed = module_today(module)
    if renamed is None:
        return module, name
    found = getattr(importlib.import_module(renamed), name, None)
    return getattr(found, "__module__", renamed), name


sys.meta_path.append(Aliases(module_today))  # for plain pickle; asked after all others, so imports cost nothing
