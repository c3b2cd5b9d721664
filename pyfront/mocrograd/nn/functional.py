"""The layers as functions: torch's names, arguments and defaults over `mocrograd.ops`."""

from __future__ import annotations

import warnings
from typing import Any

from mocrograd import ops
from mocrograd.dtypes import int64
from mocrograd.ops.arguments import checked
from mocrograd.tensor import Tensor


def refuse(name: str, **options: Any) -> None:
    """Raise for options of torch that are spelled here but not supported.

    Args:
        name: The function or layer that is called.
        options: Option to value; None and False mean that it is not set.

    Raises:
        NotImplementedError: An option is set.
    """
    for option, value in options.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"{name}: {option}={value!r} is not supported")


def check_probability(p: float) -> None:
    """Raise ValueError unless p is in [0, 1]."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Compute `x W^T + b`.

    Args:
        input: (*, in_features).
        weight: (out_features, in_features).
        bias: (out_features), or None.

    Returns:
        (*, out_features).
    """
    return ops.linear(input, weight, bias)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute max(x, 0); `inplace` is not supported."""
    refuse("relu", inplace=inplace)
    return ops.relu(input)


def tanh(input: Tensor) -> Tensor:
    """Compute the hyperbolic tangent of each element."""
    return ops.tanh(input)


def sigmoid(input: Tensor) -> Tensor:
    """Compute 1 / (1 + exp(-x))."""
    return ops.sigmoid(input)


def _axis(name: str, dim: int | None, ndim: int, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Compute exp(x) / sum(exp(x)) along an axis.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.
    """
    input = input if dtype is None else input.to(dtype)
    return ops.softmax(input, _axis("softmax", dim, input.ndim, _stacklevel))


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Compute x - log(sum(exp(x))) along an axis, without overflow.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.
    """
    input = input if dtype is None else input.to(dtype)
    return ops.log_softmax(input, _axis("log_softmax", dim, input.ndim, _stacklevel))


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    Args:
        input: Any shape.
        p: Probability that an element is zeroed.
        training: False returns the input.
        inplace: Not supported.

    Returns:
        The shape of the input.

    Raises:
        ValueError: `p` is not in [0, 1].
    """
    check_probability(p)
    refuse("dropout", inplace=inplace)
    if not training or p == 0.0:
        return input
    if p == 1.0:
        return input * 0.0
    kept = (ops.rand_like(input) >= p).to(input.dtype)
    return input * (kept * (1.0 / (1.0 - p)))


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Compute the cross-entropy between logits and class indices, log-softmax included.

    Args:
        input: Logits, (N, C).
        target: Class indices, (N), int64 or uint8.
        weight: Not supported.
        size_average: Not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1].

    Returns:
        A scalar, or (N) with reduction "none".
    """
    refuse("cross_entropy", weight=weight, size_average=size_average, reduce=reduce)
    return ops.cross_entropy(
        input, target, reduction=reduction, ignore_index=ignore_index, label_smoothing=label_smoothing
    )


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the negative log-likelihood of class indices from log-probabilities.

    Args:
        input: Log-probabilities, (N, C).
        target: Class indices, (N), int64 or uint8.
        weight: Not supported.
        size_average: Not supported.
        ignore_index: Target value whose samples count neither in the sum nor in the mean.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar, or (N) with reduction "none".
    """
    refuse("nll_loss", weight=weight, size_average=size_average, reduce=reduce)
    return ops.nll_loss(input, target, reduction=reduction, ignore_index=ignore_index)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compute the squared difference.

    Args:
        input: Any shape.
        target: The shape of the input; another that broadcasts gives a warning.
        size_average: Not supported.
        reduce: Not supported.
        reduction: "mean", "sum" or "none".

    Returns:
        A scalar, or the broadcast shape with reduction "none".

    Raises:
        ValueError: `reduction` is none of the three.
    """
    refuse("mse_loss", size_average=size_average, reduce=reduce)
    if input.shape != target.shape:
        warnings.warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). "
            "This will likely lead to incorrect results due to broadcasting.",
            stacklevel=2,
        )
    return ops.mse_loss(input, target, reduction=reduction)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Turn class indices into rows of zeros with a single one.

    Args:
        tensor: Class indices, any shape, int64.
        num_classes: Length of a row; by default one more than the greatest index.

    Returns:
        (*, num_classes), int64.

    Raises:
        RuntimeError: The tensor is not int64, an index is negative or not below `num_classes`, or the tensor
            is empty and `num_classes` is not given.
    """
    if tensor.dtype != int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type int64, got {tensor.dtype}")
    if tensor.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif int(tensor.min().item()) < 0:
        raise RuntimeError("Class values must be non-negative.")
    else:
        needed = int(tensor.max().item()) + 1
        num_classes = needed if num_classes == -1 else num_classes
        if needed > num_classes:
            raise RuntimeError(f"Class values must be smaller than num_classes ({num_classes}), got {needed - 1}.")
    return (tensor.unsqueeze(-1) == ops.arange(num_classes, device=tensor.device)).to(int64)


globals().update({name: checked(f) for name, f in list(globals().items()) if getattr(f, "__module__", "") == __name__})
