"""Modules as functions of their parameters."""

from __future__ import annotations

from typing import Any

from mocrograd.nn.module import Module
from mocrograd.nn.utils import stateless


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
