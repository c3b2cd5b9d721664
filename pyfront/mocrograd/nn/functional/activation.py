"""Activations as functions."""

from __future__ import annotations

import warnings

from mocrograd import dtypes, ops
from mocrograd.autograd import mode
from mocrograd.autograd.function import shows
from mocrograd.ops import activation
from mocrograd.ops._arguments import checked, number
from mocrograd.ops._narrow import computed_wide
from mocrograd.ops._outputs import deliver_in_place
from mocrograd.ops.creation import zeros_like
from mocrograd.ops.ternary import Hardtanh, HardtanhInPlace
from mocrograd.tensor import Tensor
from mocrograd.types import Dtype

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]


def _done(name: str, input: Tensor, out: Tensor, inplace: bool) -> Tensor:
    """Return a result, or the input that takes it over."""
    return deliver_in_place(name + "_", input, out) if inplace else out


def _kept(input: Tensor, inplace: bool) -> Tensor:
    """Return what a result is computed of: a copy, where backward needs values that are about to be overwritten."""
    return input.clone() if inplace and mode.grad and input.requires_grad else input


@checked
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute max(x, 0).

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.relu(x)
        tensor([0.0000, 0.0000, 0.0000, 0.5000, 2.0000])
    """
    return _done("relu", input, ops.relu(_kept(input, inplace)), inplace)


@checked
def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute min(max(x, 0), 6).

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.relu6(x)
        tensor([0.0000, 0.0000, 0.0000, 0.5000, 2.0000])
    """
    out = activation.relu6(_kept(input, inplace)) if input.dtype.is_floating_point else _clamped(input, 0, 6)
    return _done("relu6", input, out, inplace)


@checked
def tanh(input: Tensor) -> Tensor:
    """Compute the hyperbolic tangent of each element.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.tanh(x)
        tensor([-0.9640, -0.4621,  0.0000,  0.4621,  0.9640])
    """
    return ops.tanh(input)


@checked
def sigmoid(input: Tensor) -> Tensor:
    """Compute 1 / (1 + exp(-x)).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.sigmoid(x)
        tensor([0.1192, 0.3775, 0.5000, 0.6225, 0.8808])
    """
    return ops.sigmoid(input)


@checked
@shows("LeakyRelu")
def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, negative_slope x elsewhere.

    Args:
        input: Any shape.
        negative_slope: The slope below 0.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.leaky_relu(x, 0.1)
        tensor([-0.2000, -0.0500,  0.0000,  0.5000,  2.0000])
    """
    return _done(
        "leaky_relu",
        input,
        activation.plain_prelu(_kept(input, inplace), number("leaky_relu", "negative_slope", negative_slope)),
        inplace,
    )


@checked
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Compute x where it is positive, weight x elsewhere; weight has one slope, or one per channel (axis 1).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.prelu(x, mg.tensor([0.1]))
        tensor([-0.2000, -0.0500,  0.0000,  0.5000,  2.0000])
    """
    return ops.prelu(input, weight)


@checked
def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """Compute x where it is positive, a x elsewhere, with a random slope a for each element.

    Args:
        input: Any shape.
        lower: The least slope.
        upper: The largest slope.
        training: Whether slopes are random; otherwise the slope is the middle.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.rrelu(x, 0.1, 0.3, training=False)
        tensor([-0.4000, -0.1000,  0.0000,  0.5000,  2.0000])
    """
    if not lower <= upper:
        raise RuntimeError(f"rrelu: lower={lower} should not be above upper={upper}")
    slope = ops.rand_like(input.detach()) * (upper - lower) + lower if training else (lower + upper) / 2
    return _done("rrelu", input, activation.plain_prelu(_kept(input, inplace), slope), inplace)


@checked
def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """Do as `rrelu`, in place."""
    return rrelu(input, lower, upper, training, inplace=True)


@checked
def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, alpha (exp(x) - 1) elsewhere.

    Args:
        input: Any shape.
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.elu(x)
        tensor([-0.8647, -0.3935,  0.0000,  0.5000,  2.0000])
    """
    return _done("elu", input, activation.elu(_kept(input, inplace), number("elu", "alpha", alpha)), inplace)


@checked
def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute x where it is positive, alpha (exp(x / alpha) - 1) elsewhere.

    Args:
        input: Any shape.
        alpha: Minus the limit for very negative elements.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.celu(x)
        tensor([-0.8647, -0.3935,  0.0000,  0.5000,  2.0000])
    """
    return _done("celu", input, ops.celu(_kept(input, inplace), alpha), inplace)


@checked
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute scale (x where it is positive, alpha (exp(x) - 1) elsewhere), which keeps mean 0 and variance 1.

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.selu(x)
        tensor([-1.5202, -0.6918,  0.0000,  0.5254,  2.1014])
    """
    return _done("selu", input, ops.selu(_kept(input, inplace)), inplace)


@checked
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Compute x times the share of the normal distribution below x.

    Args:
        input: Any shape.
        approximate: "none", or "tanh" for a faster approximation.

    Raises:
        RuntimeError: `approximate` is neither.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.gelu(x)
        tensor([-0.0455, -0.1543,  0.0000,  0.3457,  1.9545])
    """
    if approximate == "none":
        return activation.gelu(input)
    if approximate == "tanh":
        return activation.gelu_tanh(input)
    raise RuntimeError(f"approximate argument must be either none or tanh, but got {approximate!r}")


@checked
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute x sigmoid(x).

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.silu(x)
        tensor([-0.2384, -0.1888,  0.0000,  0.3112,  1.7616])
    """
    return _done("silu", input, activation.silu(_kept(input, inplace)), inplace)


@checked
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute x tanh(softplus(x)).

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.mish(x)
        tensor([-0.2525, -0.2207,  0.0000,  0.3752,  1.9440])
    """
    return _done("mish", input, activation.mish(_kept(input, inplace)), inplace)


@checked
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Compute log(1 + exp(beta x)) / beta, and x where beta x is above a threshold.

    Args:
        input: Any shape.
        beta: How sharply the line bends.
        threshold: Where the two no longer differ.

    Raises:
        NotImplementedError: The input is not floating.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.softplus(x)
        tensor([0.1269, 0.4741, 0.6931, 0.9741, 2.1269])
    """
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"softplus" not implemented for {input.dtype.name}: expected floating point')
    beta, threshold = number("softplus", "beta", beta), number("softplus", "threshold", threshold)
    out: Tensor = activation.softplus(input, beta)
    return out if threshold >= 20.0 else ops.where(input * beta > threshold, input, out)


@checked
@computed_wide
def softsign(input: Tensor) -> Tensor:
    """Compute x / (1 + |x|).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.softsign(x)
        tensor([-0.6667, -0.3333,  0.0000,  0.3333,  0.6667])
    """
    return input / (ops.abs(input) + 1)


def _clamped(input: Tensor, low: float, high: float) -> Tensor:
    """Clamp integers, which stay what they are."""
    if input.dtype.kind == 0:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if input.dtype.limits[0] == 0 and min(low, high) < 0:
        raise RuntimeError(f"cannot do hardtanh on an unsigned type with negative limits, got {low} and {high}")
    return input.clamp(int(low), int(high))


@checked
def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Compute min(max(x, min_val), max_val); at the bounds the gradient is 0.

    Args:
        input: Any shape.
        min_val: The least value.
        max_val: The largest value.
        inplace: Whether the input takes the result over.

    Raises:
        ValueError: `min_val` is above `max_val`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.hardtanh(x)
        tensor([-1.0000, -0.5000,  0.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    low, high = number("hardtanh", "min_val", min_val), number("hardtanh", "max_val", max_val)
    if not input.dtype.is_floating_point:
        return _done("hardtanh", input, _clamped(input, low, high), inplace)
    kind = HardtanhInPlace if inplace else Hardtanh
    return _done("hardtanh", input, kind.run(input, low, high, 0), inplace)


@checked
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute relu6(x + 3) / 6.

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.hardsigmoid(x)
        tensor([0.1667, 0.4167, 0.5000, 0.5833, 0.8333])
    """
    return _done("hardsigmoid", input, activation.hardsigmoid(_kept(input, inplace)), inplace)


@checked
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Compute x relu6(x + 3) / 6.

    Args:
        input: Any shape.
        inplace: Whether the input takes the result over.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.hardswish(x)
        tensor([-0.3333, -0.2083,  0.0000,  0.2917,  1.6667])
    """
    return _done("hardswish", input, activation.hardswish(_kept(input, inplace)), inplace)


@checked
def logsigmoid(input: Tensor) -> Tensor:
    """Compute log(sigmoid(x)), without overflow.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.logsigmoid(x)
        tensor([-2.1269, -0.9741, -0.6931, -0.4741, -0.1269])
    """
    return activation.log_sigmoid(input.contiguous())


@checked
@computed_wide
def tanhshrink(input: Tensor) -> Tensor:
    """Compute x - tanh(x).

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.tanhshrink(x)
        tensor([-1.0360, -0.0379,  0.0000,  0.0379,  1.0360])
    """
    return input - ops.tanh(input)


@checked
def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Move x towards 0 by lambd, but not beyond.

    Args:
        input: Any shape.
        lambd: How far, at least 0.

    Raises:
        RuntimeError: `lambd` is negative.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.softshrink(x)
        tensor([-1.5000, -0.0000,  0.0000,  0.0000,  1.5000])
    """
    if not number("softshrink", "lambd", lambd) >= 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    return activation.softshrink(input, float(lambd))


@checked
def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Compute x, and 0 where |x| <= lambd.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.hardshrink(x)
        tensor([-2.,  0.,  0.,  0.,  2.])
    """
    return ops.hardshrink(input, lambd)


@checked
@shows("Threshold")
def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Compute x where it is above a threshold, a value elsewhere.

    Args:
        input: Any shape.
        threshold: The threshold.
        value: What replaces the elements that are not above.
        inplace: Whether the input takes the result over.

    Raises:
        RuntimeError: The input is bool, or one of the numbers does not fit into its integers.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([-2.0, -0.5, 0.0, 0.5, 2.0])
        >>> mg.nn.functional.threshold(x, 0.1, 20.0)
        tensor([20.0000, 20.0000, 20.0000,  0.5000,  2.0000])
    """
    low, value = number("threshold", "threshold", threshold), number("threshold", "value", value)
    if isinstance(input, Tensor) and not input.dtype.is_floating_point:
        if input.dtype.kind == 0:
            raise RuntimeError("\"threshold_cpu\" not implemented for 'Bool'")
        low, value = (_whole(n, input.dtype) for n in (low, value))
    return _done("threshold", input, ops.where(input <= low, value, input), inplace)


def _whole(value: float, dtype: dtypes.dtype) -> int:
    """Return a number as one of an integer type."""
    least, most = dtype.limits
    if not least <= value <= most:
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    return int(value)


@checked
@computed_wide
@shows("Glu")
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Compute a sigmoid(b), of the two halves a and b along an axis.

    Args:
        input: Any shape whose size along the axis is even.
        dim: The axis.

    Raises:
        RuntimeError: The size is odd, or there are no dimensions.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 0.0, -1.0]])
        >>> mg.nn.functional.glu(x)
        tensor([[0.5000, 0.5379]])
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    return input.narrow(dim, 0, size // 2) * ops.sigmoid(input.narrow(dim, size // 2, size // 2))


def _axis(name: str, dim: int | None, ndim: int, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


@checked
def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Dtype = None) -> Tensor:
    """Compute exp(x) / sum(exp(x)) along an axis.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.functional.softmax(x, dim=1)
        tensor([[0.0900, 0.2447, 0.6652]])
    """
    input = input if dtype is None else input.to(dtype)
    return ops.softmax(input, _axis("softmax", dim, input.ndim, _stacklevel))


@checked
def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Dtype = None) -> Tensor:
    """Compute x - log(sum(exp(x))) along an axis, without overflow.

    Args:
        input: Any shape.
        dim: The axis; without it axis 0 of one- and three-dimensional input, else axis 1, and a warning.
        dtype: Type to convert the input to first.

    Returns:
        The shape of the input.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.functional.log_softmax(x, dim=1)
        tensor([[-2.4076, -1.4076, -0.4076]])
    """
    input = input if dtype is None else input.to(dtype)
    return ops.log_softmax(input, _axis("log_softmax", dim, input.ndim, _stacklevel))


@checked
def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Dtype = None) -> Tensor:
    """Compute softmax(-x) along an axis; arguments as `softmax`.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 2.0, 3.0]])
        >>> mg.nn.functional.softmin(x, dim=1)
        tensor([[0.6652, 0.2447, 0.0900]])
    """
    input = input if dtype is None else input.to(dtype)
    return ops.softmax(-input, _axis("softmin", dim, input.ndim, _stacklevel))


@checked
def relu_(input: Tensor) -> Tensor:
    """Do as `relu`, in place."""
    return relu(input, inplace=True)


@checked
def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Do as `elu`, in place."""
    return elu(input, alpha, inplace=True)


@checked
def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Do as `celu`, in place."""
    return celu(input, alpha, inplace=True)


@checked
def selu_(input: Tensor) -> Tensor:
    """Do as `selu`, in place."""
    return selu(input, inplace=True)


@checked
def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Do as `leaky_relu`, in place."""
    return leaky_relu(input, negative_slope, inplace=True)


@checked
def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Do as `hardtanh`, in place."""
    return hardtanh(input, min_val, max_val, inplace=True)


@checked
def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """Draw from the distribution of which these are the logits, so that gradients reach them.

    Args:
        logits: Log-probabilities, not normalised.
        tau: The temperature: the smaller, the closer to one class.
        hard: Whether to return one class alone, with the gradient of the soft result.
        eps: Has no effect.
        dim: The axis of the classes.

    Returns:
        The shape of the logits; sums to 1 along `dim`.

    Example:
        >>> import mocrograd as mg
        >>> one = mg.nn.functional.gumbel_softmax(mg.zeros(2, 5), hard=True)
        >>> one.sum(1)
        tensor([1., 1.])
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=3)
    noise = -logits.detach().clone().exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    chosen = zeros_like(soft).scatter(dim, soft.detach().argmax(dim, True), 1.0)
    return chosen - soft.detach() + soft


_threshold = threshold  # whose name is an argument below


@checked
def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """Do as `threshold`, in place."""
    return _threshold(input, threshold, value, inplace=True)
