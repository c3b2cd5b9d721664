"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import ops
from mocrograd.nn.module import Module
from mocrograd.nn.utils import stateless
from mocrograd.tensor import Tensor


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with tensors instead of its parameters and buffers, through which gradients flow.

    Args:
        module: The module; it has its own tensors again afterwards.
        parameter_and_buffer_dicts: Dotted name to tensor, or several such dictionaries; what is not named stays.
        args: The positional arguments, a tuple, or the only one.
        kwargs: The keyword arguments.
        tie_weights: Whether a member with several names is replaced under each of them.
        strict: Whether every member must be given, and nothing else.

    Returns:
        What the module returns. A buffer that it replaced stands in the dictionary.

    Raises:
        ValueError: Not a dictionary, or two tensors for one member.
        RuntimeError: The names do not fit, when `strict`.
        AttributeError: There is no such submodule.
        TypeError: Something given is no tensor.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.Linear(2, 1, bias=False)
        >>> mg.func.functional_call(layer, {"weight": mg.ones(1, 2)}, mg.ones(3, 2)).tolist()
        [[2.0], [2.0], [2.0]]
    """
    return stateless.call(module, parameter_and_buffer_dicts, args, kwargs, tie_weights, strict)


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the parameters and the buffers of several modules, stacked, for `vmap` of `functional_call`.

    Args:
        models: Modules of one class, all in training or none.

    Returns:
        Dotted name to parameters, which are leaves that require gradients where the modules' do; and to buffers.

    Raises:
        RuntimeError: There is no module, classes or modes differ, or some require gradients and others do not.

    Example:
        >>> import mocrograd as mg
        >>> params, buffers = mg.func.stack_module_state([mg.nn.Linear(2, 1) for _ in range(3)])
        >>> params["weight"].shape, buffers
        (mocrograd.Size([3, 1, 2]), {})
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(model.named_parameters()) for model in models]
    buffers = [dict(model.named_buffers()) for model in models]
    stacked = {name: _leaf([each[name] for each in parameters]) for name in parameters[0]}
    return stacked, {name: _leaf([each[name] for each in buffers]) for name in buffers[0]}


def _leaf(tensors: list[Tensor]) -> Tensor:
    """Return tensors stacked, as a leaf."""
    wanted = tensors[0].requires_grad
    if any(t.requires_grad is not wanted for t in tensors):
        raise RuntimeError("Expected .requires_grad of the parameters of all models to agree, got different ones")
    return ops.stack([t.detach() for t in tensors]).requires_grad_(wanted)


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """Return a function as it is: changes in place are recorded here as they are.

    Args:
        func: Any function.
        remove: "mutations" or "mutations_and_views".

    Raises:
        RuntimeError: It is neither.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.functionalize(lambda x: x + 1)(mg.ones(2))
        tensor([2., 2.])
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are: "
            "remove='mutations' and remove='mutations_and_views'"
        )
    return func
