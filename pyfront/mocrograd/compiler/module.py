"""What `compile` makes of a module: a module around it, whose states have torch's names."""

from __future__ import annotations

from typing import Any

from mocrograd.compiler.compiled import Compiled
from mocrograd.compiler.reachable import Wrapper
from mocrograd.nn import Module

_OWN = frozenset(("find", "function", "plan", "plans", "reasons", "record_now", "replay"))
_KEPT = frozenset(("_orig_mod", "forward", "training"))


class OptimizedModule(Module, Wrapper):
    """A compiled module; call it as the original, which is `_orig_mod` and has all other attributes.

    Attributes of `Compiled` are there too: `plan`, `plans` and `reasons`.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.compile(mg.nn.Linear(2, 1))
        >>> model(mg.ones(3, 2)).shape, list(model.state_dict())
        (mocrograd.Size([3, 1]), ['_orig_mod.weight', '_orig_mod.bias'])
    """

    def __init__(self, module: Module, fullgraph: bool = False, generate: bool = False) -> None:
        super().__init__()
        self._orig_mod = module
        self.__dict__["forward"] = Compiled(module, fullgraph, generate)
        self.training = module.training

    def __getattr__(self, name: str) -> Any:
        """Give what the compiled function has, or else the module."""
        members = self.__dict__
        if name in _OWN:
            return getattr(members["forward"], name)
        if "_orig_mod" in members:
            return getattr(members["_orig_mod"], name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute of the module."""
        if name in _KEPT or name in self.__dict__ or "_orig_mod" not in self.__dict__:
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        """Delete an attribute of the module."""
        delattr(self._orig_mod, name)

    def __dir__(self) -> list[str]:
        """List the attributes of both."""
        return sorted({*super().__dir__(), *dir(self._orig_mod)})

    def __reduce__(self) -> Any:
        """Copy and pickle the module, which is compiled anew."""
        compiled = self.__dict__["forward"]
        return OptimizedModule, (self._orig_mod, compiled._fullgraph, compiled._generate)
