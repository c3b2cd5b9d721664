"""Calling a module with tensors instead of its parameters and buffers."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mocrograd.nn.module import Module
from mocrograd.tensor import Tensor


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call `mocrograd.func.functional_call`, which replaces it; deprecated, as in torch.

    Args:
        module: The module.
        parameters_and_buffers: Dotted name to tensor.
        args: The positional arguments, a tuple, or the only one.
        kwargs: The keyword arguments.
        tie_weights: Whether a member with several names is replaced under each of them.
        strict: Whether every member must be given, and nothing else.

    Returns:
        What the module returns.
    """
    warnings.warn(
        "This API is deprecated. Please use mocrograd.func.functional_call instead.", FutureWarning, stacklevel=2
    )
    return call(module, parameters_and_buffers, args, kwargs, tie_weights, strict)


def call(module: Module, given: Any, args: Any, kwargs: dict[str, Any] | None, tie_weights: bool, strict: bool) -> Any:
    """Call a module with other tensors, and put its own back.

    Args:
        module: The module.
        given: Dotted name to tensor, or several such dictionaries.
        args: The positional arguments, a tuple, or the only one.
        kwargs: The keyword arguments.
        tie_weights: Whether a member with several names is replaced under each of them.
        strict: Whether every member must be given, and nothing else.

    Returns:
        What the module returns.

    Raises:
        ValueError: `given` is no dictionary, or gives two tensors for one member.
        RuntimeError: The names do not fit.
        AttributeError: There is no such submodule.
        TypeError: Something given, or what it would replace, is no tensor.
    """
    if isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(d, Mapping) for d in given):
        tensors: Any = {}
        for part in given:
            for name, tensor in part.items():
                if name in tensors:
                    raise ValueError(f"{name} appears more than once in the given dictionaries")
                tensors[name] = tensor
    elif isinstance(given, Mapping):
        tensors = given
    else:
        raise ValueError(f"Expected a dictionary of tensors, or a sequence of dictionaries, but got {type(given)}")
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{tensor!r}, given for '{name}', is not an instance of mocrograd.Tensor")
    targets = _targets(module, tensors, tie_weights, strict)
    before = [(owner, name, owner.__dict__[name]) for owner, name, _ in targets]
    for owner, name, key in targets:
        owner.__dict__[name] = tensors[key]
    try:
        return module(*(args if isinstance(args, tuple) else () if args is None else (args,)), **(kwargs or {}))
    finally:
        for owner, name, key in targets:
            if owner.__dict__[name] is not tensors[key]:  # a buffer that forward replaced
                tensors[key] = owner.__dict__[name]
        for owner, name, value in before:
            owner.__dict__[name] = value


def _targets(
    module: Module, tensors: Mapping[str, Tensor], tie_weights: bool, strict: bool
) -> list[tuple[Module, str, str]]:
    """Return the modules, the names in them, and the keys of the tensors that go there."""
    members: dict[str, tuple[Module, str]] = {}
    for path, owner in module.named_modules(remove_duplicate=False):
        for name in (*owner._parameter_names, *owner._buffer_names):
            if owner.__dict__[name] is not None:
                members[f"{path}.{name}" if path else name] = owner, name
    keys: dict[str, str] = {name: name for name in tensors}
    if tie_weights:
        twins: dict[int, list[str]] = {}
        for key, (owner, name) in members.items():
            twins.setdefault(id(owner.__dict__[name]), []).append(key)
        for names in twins.values():
            present = [name for name in names if name in tensors]
            if len({id(tensors[name]) for name in present}) > 1:
                raise ValueError(
                    f"functional_call got multiple values for keys {present}, which are tied. Consider using "
                    "tie_weights=False"
                )
            if present:
                keys |= {name: present[0] for name in names if name not in tensors}
    unexpected = [key for key in keys if key not in members]
    missing = [key for key in members if key not in keys]
    if strict and (unexpected or missing):
        what = [f"Unexpected key(s): {', '.join(unexpected)}."] if unexpected else []
        what += [f"Missing key(s): {', '.join(missing)}."] if missing else []
        raise RuntimeError(f"Error(s) in replacing the tensors of {type(module).__name__}:\n\t" + "\n\t".join(what))
    for key in unexpected:  # tensors that are plain attributes are replaced too, and unknown names are passed over
        path, _, name = key.rpartition(".")
        owner = module.get_submodule(path)
        found = getattr(owner, name, None)
        if found is not None and not isinstance(found, Tensor):
            raise TypeError(f"attribute `{name}`: {found!r} is not an instance of mocrograd.Tensor")
        if name in owner.__dict__:
            members[key] = owner, name
    return [(*members[name], key) for name, key in keys.items() if name in members]
