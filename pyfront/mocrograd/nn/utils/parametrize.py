"""Parametrizations: a parameter or buffer of a module that is computed from others whenever it is read.

A parametrized module is of a class of its own, made below, in which the tensor's name is a property. The class is
never changed: registering and removing give the module another one, so copies of a module cannot disturb each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from mocrograd.autograd import no_grad
from mocrograd.nn.container import ModuleDict, ModuleList
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)


class _Cache:
    """The values that are remembered while `cached` is active."""

    def __init__(self) -> None:
        self.depth = 0
        self.values: dict[tuple[int, str], Tensor] = {}


_cache = _Cache()


@contextmanager
def cached() -> Iterator[None]:
    """Compute every parametrized tensor once inside the context, at its first use, instead of at each.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.nn.utils import parametrize, parametrizations
        >>> layer = parametrizations.weight_norm(mg.nn.Linear(2, 2))
        >>> with parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    _cache.depth += 1
    try:
        yield
    finally:
        _cache.depth -= 1
        if not _cache.depth:
            _cache.values = {}


def _hold(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _check(what: str, value: Any, like: Tensor | None = None) -> Tensor:
    """Return a value that is a tensor, of the dtype and shape of another if one is given."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{what} must return a tensor. Got {type(value).__name__}.")
    if like is not None and value.dtype != like.dtype:
        raise ValueError(
            f"{what} may not change the dtype of the tensor, unless the `unsafe` flag is enabled: "
            f"expected {like.dtype}, got {value.dtype}"
        )
    if like is not None and value.shape != like.shape:
        raise ValueError(
            f"{what} may not change the shape of the tensor, unless the `unsafe` flag is enabled: "
            f"expected {like.shape}, got {value.shape}"
        )
    return value


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, first to last, and what they start from: `original`, or `original0`, ...

    Args:
        modules: The parametrizations.
        original: The parameter or buffer that they replace.
        unsafe: Whether they may change its dtype and shape, unchecked.

    Raises:
        ValueError: There are none, or their results or their `right_inverse` do not fit.
    """

    unsafe: bool
    is_tensor: bool
    ntensors: int

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        """Go back from the tensor to what the parametrizations compute it from."""
        if not len(modules):
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        like = original.detach()
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                with suppress(NotImplementedError):  # it is taken for the identity then
                    new = module.right_inverse(new) if hasattr(module, "right_inverse") else new
        self.is_tensor = isinstance(new, Tensor)
        if isinstance(new, Tensor):
            self.ntensors = 1
            if new.dtype != like.dtype or new.device != like.device:
                raise ValueError(
                    "When `right_inverse` returns one tensor, it may not change the dtype or the device: expected "
                    f"{like.dtype} on {like.device}, got {new.dtype} on {new.device}"
                )
            if new is not original:
                original.data = new.detach()
            _hold(self, "original", original)
        else:
            self.ntensors = len(self._several(new))
            for number, part in enumerate(new):
                kept = part.detach()
                kept = Parameter(kept, original.requires_grad) if isinstance(original, Parameter) else kept
                _hold(self, f"original{number}", kept)
        if not unsafe:
            _check("A parametrization", self(), like)

    def _several(self, values: Any) -> Sequence[Tensor]:
        if not isinstance(values, Sequence) or not all(isinstance(x, Tensor) for x in values):
            given = [type(x).__name__ for x in values] if isinstance(values, Sequence) else type(values).__name__
            raise ValueError(f"'right_inverse' must return a tensor or a sequence of tensors. Got {given}.")
        return values

    def right_inverse(self, value: Tensor) -> None:
        """Give the tensor a value, by setting what it is computed from.

        Args:
            value: The value.

        Raises:
            RuntimeError: A parametrization has no `right_inverse`.
            ValueError: What `right_inverse` returns does not fit.
        """
        new: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                new = module.right_inverse(new)
            parts = [_check("`right_inverse`", new)] if self.is_tensor else list(self._several(new))
            if len(parts) != self.ntensors:
                raise ValueError(
                    f"'right_inverse' must return a sequence of {self.ntensors} tensors. Got {len(parts)}."
                )
            for kept, part in zip(self._originals(), parts):
                if kept.dtype != part.dtype:
                    raise ValueError(f"'right_inverse' returned {part.dtype}, but the tensor held is {kept.dtype}")
            for kept, part in zip(self._originals(), parts):
                if part is not kept:
                    kept.data = part.detach()

    def _originals(self) -> list[Tensor]:
        members = self.__dict__
        return [members["original"]] if self.is_tensor else [members[f"original{n}"] for n in range(self.ntensors)]

    def forward(self) -> Any:
        """Compute the tensor."""
        members = self.__dict__
        first, *others = self._module_names
        value = members[first](*self._originals())
        for name in others:
            value = members[name](value)
        return value


class _Parametrized:
    """What the classes of parametrized modules have in common."""

    _tensors: tuple[str, ...]

    def _set_member(self, kind: str, name: str, value: Any) -> None:
        if name in self._tensors:
            raise KeyError(f"attribute '{name}' already exists")
        super()._set_member(kind, name, value)  # type: ignore[misc]

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copy and pickle by the original class, as the class itself stands in no module."""
        return _rebuild, (type(self).__bases__[1], self._tensors), self.__dict__


def _rebuild(base: type[Module], names: tuple[str, ...]) -> Module:
    kind = _class(base, names)
    return kind.__new__(kind)


def _class(base: type[Module], names: tuple[str, ...]) -> type[Module]:
    """Return a class in which some tensors are computed."""
    members: dict[str, Any] = {name: _property(name) for name in names}
    members |= {"_tensors": names, "__module__": base.__module__, "__doc__": base.__doc__}
    return type(f"Parametrized{base.__name__}", (_Parametrized, base), members)


def _all(module: Module) -> Any:
    """Return the ModuleDict of a module's parametrizations."""
    return module.__dict__["parametrizations"]


def _property(name: str) -> property:
    def read(module: Module) -> Tensor:
        parametrizations = _all(module)[name]
        if not _cache.depth:
            value: Tensor = parametrizations()
            return value
        key = id(module), name
        if key not in _cache.values:
            _cache.values[key] = parametrizations()
        return _cache.values[key]

    def write(module: Module, value: Tensor) -> None:
        _all(module)[name].right_inverse(value)

    return property(read, write)


def register_parametrization(module: M, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> M:
    """Compute a parameter or buffer by a module whenever it is read; a second module goes on from the first.

    The tensor that was there becomes `module.parametrizations.NAME.original`, after `parametrization.right_inverse`
    if there is one; where that returns several, they become `original0`, `original1`, ...

    Args:
        module: The module that has the tensor.
        tensor_name: The tensor's name.
        parametrization: Computes it.
        unsafe: Whether it may change dtype and shape, unchecked.

    Returns:
        The module.

    Raises:
        ValueError: There is no such tensor, or the parametrization changes dtype or shape.

    Example:
        >>> import mocrograd as mg
        >>> class Symmetric(mg.nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).mT
        >>> layer = mg.nn.Linear(3, 3)
        >>> layer = mg.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
        >>> mg.equal(layer.weight, layer.weight.mT)
        True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        found = _all(module)[tensor_name]
        if not unsafe:
            before = getattr(module, tensor_name)
            after = _check("A parametrization", parametrization(before), before)
            if hasattr(parametrization, "right_inverse"):
                with suppress(NotImplementedError):
                    _check("`right_inverse`", parametrization.right_inverse(after), before)
        found.append(parametrization)
        found.unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    parametrizations = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.parametrizations = ModuleDict()
    _all(module)[tensor_name] = parametrizations
    _set_class(module)
    return module


def _set_class(module: Module) -> None:
    """Give a module the class whose properties are what is parametrized."""
    base = type_before_parametrizations(module)
    module.__class__ = _class(base, tuple(_all(module)))


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Tell whether a tensor of a module, or any, is parametrized.

    Args:
        module: The module.
        tensor_name: The tensor's name; None for any.
    """
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: M, tensor_name: str, leave_parametrized: bool = True) -> M:
    """Make a parametrized tensor an ordinary one again.

    Args:
        module: The module.
        tensor_name: The tensor's name.
        leave_parametrized: Whether it keeps its present value; False gives it that of `original`.

    Returns:
        The module.

    Raises:
        ValueError: The tensor is not parametrized, or has no single original to go back to.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = _all(module)
    found = parametrizations[tensor_name]
    if found.is_tensor:
        original = found.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).detach()  # the parameter stays, for optimizers
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    base = type_before_parametrizations(module)
    del parametrizations[tensor_name]
    if len(parametrizations):
        _set_class(module)
    else:
        module.__class__ = base
        delattr(module, "parametrizations")
    _hold(module, tensor_name, original)
    return module


def type_before_parametrizations(module: Module) -> type:
    """Return the class that a module had before its tensors were parametrized.

    Args:
        module: The module.
    """
    return type(module).__bases__[1] if isinstance(module, _Parametrized) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: M, tensor_name: str | None = None) -> M:
    """Give a module the parametrizations of another, and the tensors that they start from.

    Args:
        from_module: The module that has them.
        to_module: The module that takes them.
        tensor_name: The tensor whose parametrizations are taken; None for all.

    Returns:
        The module that took them.
    """
    names = [tensor_name] if tensor_name is not None else list(getattr(from_module, "parametrizations", ()))
    for name in names:
        if not is_parametrized(from_module, name):
            raise ValueError(f"Module {from_module} does not have a parametrization on {name}")
        given = _all(from_module)[name]
        if not hasattr(to_module, name):
            _hold(to_module, name, Parameter(getattr(from_module, name).detach()))
        for parametrization in given:
            register_parametrization(to_module, name, parametrization, unsafe=given.unsafe)
        taken = _all(to_module)[name]
        for member in ["original"] if given.is_tensor else [f"original{n}" for n in range(given.ntensors)]:
            setattr(taken, member, getattr(given, member))
    return to_module
