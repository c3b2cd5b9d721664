"""The states of models, taken and given by functions that also know wrapped ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocrograd.nn.module import Module
from mocrograd.nn.state import IncompatibleKeys
from mocrograd.tensor import Tensor


@dataclass
class StateDictOptions:
    """How a state is taken or given.

    Attributes:
        full_state_dict: Whether tensors are whole, which they are in one process; parameters on the device "meta" are
            then replaced by the tensors given.
        cpu_offload: Whether tensors that are taken are copied to the CPU.
        ignore_frozen_params: Whether parameters that require no gradient are left out.
        keep_submodule_prefixes: No effect.
        strict: Whether all names must agree.
        broadcast_from_rank0: Whether the first process gives its tensors to the others; there are none.
        flatten_optimizer_state_dict: No effect.
        dsd_fqn_modifiers: No effect.
    """

    full_state_dict: bool = False
    cpu_offload: bool = False
    ignore_frozen_params: bool = False
    keep_submodule_prefixes: bool = True
    strict: bool = True
    broadcast_from_rank0: bool = False
    flatten_optimizer_state_dict: bool = False
    dsd_fqn_modifiers: str = "_fqn_modifiers"


def get_model_state_dict(
    model: Module, *, submodules: Any = None, options: StateDictOptions | None = None
) -> dict[str, Any]:
    """Return the state of a model.

    Args:
        model: The model.
        submodules: torch's way to take a part, which is deprecated; it must be None.
        options: How the state is taken.

    Raises:
        NotImplementedError: `submodules` are given.
    """
    if submodules is not None:
        raise NotImplementedError("get_model_state_dict(): take the state of the submodule itself")
    options = options or StateDictOptions()
    state: dict[str, Any] = dict(model.state_dict())
    if options.ignore_frozen_params:
        for name, parameter in model.named_parameters():
            if not parameter.requires_grad:
                state.pop(name, None)
    if options.cpu_offload:
        return {name: value.to("cpu") if isinstance(value, Tensor) else value for name, value in state.items()}
    return state


def set_model_state_dict(
    model: Module, model_state_dict: Mapping[str, Any], *, options: StateDictOptions | None = None
) -> IncompatibleKeys:
    """Give a model a state.

    Args:
        model: The model.
        model_state_dict: The state.
        options: How it is given.

    Returns:
        The names that were missing and those that nothing asked for.

    Raises:
        RuntimeError: Names do not agree where they must, or shapes do not.
    """
    options = options or StateDictOptions()
    whole = options.full_state_dict or options.broadcast_from_rank0
    without_memory = any(value.is_meta for value in model.state_dict().values() if isinstance(value, Tensor))
    return model.load_state_dict(dict(model_state_dict), strict=options.strict, assign=whole and without_memory)
