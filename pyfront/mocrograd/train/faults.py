"""Where a loss that is not finite comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.autograd import no_grad
from mocrograd.nn import Module
from mocrograd.ops.random import default_generator
from mocrograd.tensor import Tensor


class NotFiniteError(RuntimeError):
    """A loss or a gradient is nan or infinite.

    Example:
        >>> import mocrograd as mg
        >>> data = mg.utils.data.DataLoader(mg.utils.data.TensorDataset(mg.ones(4, 1) * mg.inf, mg.zeros(4, 1)))
        >>> model = mg.nn.Linear(1, 1)
        >>> trainer = mg.train.Trainer(model, mg.nn.MSELoss(), mg.optim.SGD(model.parameters(), lr=0.1))
        >>> try:
        ...     history = trainer.fit(data, epochs=1, progress=False)
        ... except mg.train.NotFiniteError as error:
        ...     print(type(error).__name__)
        NotFiniteError
    """


def finite(tensor: Tensor) -> bool:
    """Tell whether all elements are finite."""
    return not tensor.is_floating_point() or bool(tensor.detach().isfinite().all().item())


def bad_gradient(model: Module) -> str | None:
    """Name the last parameter, the first that the backward pass reached, whose gradient is not finite."""
    for name, param in reversed(list(model.named_parameters())):
        if param.grad is not None and not finite(param.grad):
            return name
    return None


def _layer(model: Module, parameter: str) -> str:
    owner = parameter.rpartition(".")[0]
    kind = type(model.get_submodule(owner) if owner else model).__name__
    return f"layer {owner!r} ({kind})"


def explain(model: Module, forward: Callable[[], Any]) -> str:
    """Say which layer gives the first output, or has the first gradient, that is not finite.

    Args:
        model: Runs once more.
        forward: Runs it on the batch.
    """
    found: list[str] = []

    def look(name: str) -> Callable[..., None]:
        def hook(module: Module, arguments: Any, output: Any) -> None:
            values = output if isinstance(output, (tuple, list)) else (output,)
            if not found and any(isinstance(value, Tensor) and not finite(value) for value in values):
                found.append(f"the output of layer {name!r} ({type(module).__name__}) is the first that is not finite")

        return hook

    weights = [name for name, param in model.named_parameters() if not finite(param)]
    if weights:
        where = f"{_layer(model, weights[0])}: {weights[0]} itself is not finite"
        return f"the first layer whose output is not finite is {where}, from a gradient of an earlier batch"
    handles = [
        module.register_forward_hook(look(name))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    state = default_generator.get_state()
    try:
        with no_grad():
            forward()
    finally:
        for handle in handles:
            handle.remove()
        for buffer, value in buffers:
            buffer.detach().copy_(value)
        default_generator.set_state(state)
    if found:
        return found[0]
    gradient = bad_gradient(model)
    if gradient is not None:
        return f"all outputs are finite; the gradient of {gradient} in {_layer(model, gradient)} is not"
    return "the outputs of all layers are finite, so the loss function made it"
