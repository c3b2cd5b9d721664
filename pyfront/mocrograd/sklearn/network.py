"""Networks of estimators: how they are made, what their outputs mean, and what they lose."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from mocrograd import nn, ops
from mocrograd.autograd import no_grad
from mocrograd.dtypes import get_default_dtype
from mocrograd.nn import functional as F
from mocrograd.tensor import Tensor

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "identity": nn.Identity,
    "logistic": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}
"""scikit-learn's names of activations."""


def perceptron(units: Sequence[int], activation: str, random: np.random.RandomState, dtype: Any) -> nn.Sequential:
    """Return linear layers with activations between them, with the weights that scikit-learn would draw.

    Args:
        units: The numbers of inputs, of hidden units of each layer, and of outputs.
        activation: A name in `ACTIVATIONS`.
        random: Where the weights are drawn from. Glorot and Bengio 2010.
        dtype: The weights' type.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(units):
        bound = math.sqrt((2 if activation == "logistic" else 6) / (inputs + outputs))
        linear = nn.utils.skip_init(nn.Linear, inputs, outputs, dtype=dtype)
        with no_grad():
            linear.weight.copy_(ops.tensor(random.uniform(-bound, bound, (inputs, outputs)).T))
            linear.bias.copy_(ops.tensor(random.uniform(-bound, bound, outputs)))
        layers += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def own_copy(module: Any, inputs: int, outputs: int) -> nn.Module:
    """Return a copy of a module, or what a function makes of the numbers of features and outputs.

    Raises:
        TypeError: The function makes no module.
    """
    if isinstance(module, nn.Module):
        return copy.deepcopy(module)
    made = module(inputs, outputs)
    if not isinstance(made, nn.Module):
        raise TypeError(f"module= must be a Module or make one, got {type(made).__name__}")
    return made


def is_sparse(x: Any) -> bool:
    """Return whether inputs are a sparse matrix or array of SciPy."""
    return hasattr(x, "tocsr")


def dense(x: Any) -> np.ndarray:
    """Return an array of inputs that may be sparse."""
    array: np.ndarray = x.toarray() if is_sparse(x) else x
    return array


def dtype_of(module: nn.Module) -> Any:
    """Return the type of the numbers that a module computes with: that of its first parameter of floats."""
    return next((p.dtype for p in module.parameters() if p.dtype.is_floating_point), get_default_dtype())


def check_width(module: nn.Module, rows: Any, outputs: int, binary: bool) -> int:
    """Run a module on some rows, and return the number of its outputs.

    Args:
        module: The module, which makes its lazy parameters now.
        rows: Inputs, (rows, features), an array.
        outputs: How many outputs there must be.
        binary: Whether there may also be two, a score for each of two classes.

    Raises:
        ValueError: The outputs have another shape.
    """
    module.eval()
    with no_grad():
        shape = tuple(module(ops.tensor(rows, dtype=dtype_of(module))).shape)
    if shape == (len(rows), outputs):
        return outputs
    if binary and shape == (len(rows), 2):
        return 2
    wanted = f"({len(rows)}, {outputs})" + (f" or ({len(rows)}, 2)" if binary else "")
    raise ValueError(f"module= must return outputs of shape {wanted} for {len(rows)} rows, got {shape}")


# Losses of each row, of outputs before the last activation. ------------------------------------------------


def cross_entropy(outputs: Tensor, classes: Tensor) -> Tensor:
    """Return the cross entropy of each row."""
    return F.cross_entropy(outputs, classes, reduction="none")


def binary_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the cross entropies of each row, one for each output, summed."""
    return F.binary_cross_entropy_with_logits(outputs, targets, reduction="none").sum(1)


def half_squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return half the squared distance of each row."""
    return (outputs - targets).square().sum(1) * 0.5


def half_deviance(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return half the Poisson deviance of each row, of the logarithms of means."""
    least = ops.xlogy(targets, targets) - targets
    return (outputs.exp() - targets * outputs + least).sum(1)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "softmax": cross_entropy,
    "logistic": binary_cross_entropy,
    "identity": half_squares,
    "exp": half_deviance,
}
"""The losses by the activation of the outputs, under scikit-learn's names."""

OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda outputs: outputs.softmax(1),
    "logistic": lambda outputs: outputs.sigmoid(),
    "identity": lambda outputs: outputs,
    "exp": lambda outputs: outputs.exp(),
}
"""What makes predictions of outputs."""
