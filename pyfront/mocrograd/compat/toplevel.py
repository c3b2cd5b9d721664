"""What torch has at its top level besides operations: functions of layers.

Most functions of nn.functional stand here as they are. Some have another order of arguments in torch at this level, and
losses take their reduction as a number; those are defined here over the ones of nn.functional.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.nn import functional as F
from mocrograd.nn.functional import (
    adaptive_avg_pool1d,
    avg_pool1d,
    bilinear,
    celu_,
    group_norm,
    layer_norm,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    pixel_shuffle,
    pixel_unshuffle,
    relu_,
    rms_norm,
    rrelu,
    selu_,
    threshold_,
)
from mocrograd.nn.functional._options import check_probability
from mocrograd.nn.functional.dropout import drop as drop_channels
from mocrograd.ops import normalization as norm
from mocrograd.ops._arguments import checked, takes_out
from mocrograd.ops._outputs import writing
from mocrograd.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "alpha_dropout_", "avg_pool1d",
    "batch_norm", "bilinear", "binary_cross_entropy_with_logits", "celu_", "cosine_embedding_loss",
    "ctc_loss", "dropout", "dropout_", "embedding", "feature_alpha_dropout", "feature_alpha_dropout_",
    "feature_dropout", "feature_dropout_", "fill", "group_norm", "hinge_embedding_loss", "instance_norm",
    "kl_div", "layer_norm", "margin_ranking_loss", "max_pool1d", "max_pool1d_with_indices", "max_pool2d",
    "max_pool3d", "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss", "relu_", "rms_norm", "rrelu",
    "rrelu_", "selu_", "threshold", "threshold_", "triplet_margin_loss",
]  # fmt: skip
_REDUCTIONS = ("none", "mean", "sum")


def _of_channels(input: Tensor, p: float, training: bool, inplace: bool = False) -> Tensor:
    """Zero channels of an input with a batch dimension."""
    check_probability(p)
    return drop_channels("feature_dropout", input, p, training, inplace, 2)


def _loss(loss: Callable[..., Tensor], order: str) -> Callable[..., Tensor]:
    """Return a loss whose arguments come in another order, the reduction as a number: 0 none, 1 mean, 2 sum."""
    name = loss.__name__
    parameters = dict(inspect.signature(loss).parameters)
    if "log_target" in parameters:  # alone is by keyword only
        parameters["log_target"] = parameters["log_target"].replace(kind=inspect.Parameter.KEYWORD_ONLY)
    parameters["reduction"] = parameters["reduction"].replace(default=0, annotation="int")
    signature = inspect.Signature([parameters[p] for p in order.split()], return_annotation="Tensor")
    if name == "poisson_nll_loss":  # torch has no defaults here
        signature = signature.replace(parameters=[p.replace(default=p.empty) for p in signature.parameters.values()])

    def function(*args: Any, **options: Any) -> Tensor:
        given = signature.bind(*args, **options).arguments
        reduction = given.get("reduction", 0)
        if isinstance(reduction, bool) or reduction not in (0, 1, 2):
            kind = TypeError if not isinstance(reduction, int) else ValueError
            raise kind(f"{name}: reduction must be 0 (none), 1 (mean) or 2 (sum), got {reduction!r}")
        result: Tensor = loss(**(given | {"reduction": _REDUCTIONS[reduction]}))
        return result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Compute `nn.functional.{name}` of arguments in another order.\n\n    Args:\n"
        "        reduction: 0 for the losses one by one, 1 for their mean, 2 for their sum.\n        others: As there."
    )
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__wrapped__ = loss  # type: ignore[attr-defined]
    return checked(function)


def _dropping(drop: Callable[..., Tensor], name: str) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Return a function that drops elements, and the one that does it in place."""

    def function(input: Tensor, p: float, train: bool) -> Tensor:
        return drop(input, p, train)

    def in_place(input: Tensor, p: float, train: bool) -> Tensor:
        return drop(input, p, train, True)

    for form, suffix, where in ((function, "", ""), (in_place, "_", ", in place")):
        form.__name__ = form.__qualname__ = name + suffix
        form.__doc__ = (
            f"Drop elements as nn.functional's {name} does{where}.\n\n    Args:\n        input: Any shape.\n"
            "        p: Probability that an element, or a channel, is dropped.\n"
            "        train: False returns the input.\n\n"
            "    Raises:\n        ValueError: `p` is not in [0, 1].\n\n    Example:\n"
            f"        >>> import mocrograd as mg\n        >>> mg.{form.__name__}(mg.ones(1, 3), 0.5, False)\n"
            "        tensor([[1., 1., 1.]])\n    "
        )
    return checked(function), checked(in_place)


threshold = writing(takes_out(cast=True)(F.threshold))
threshold.__module__ = __name__  # where pickles find it

binary_cross_entropy_with_logits = _loss(F.binary_cross_entropy_with_logits, "input target weight pos_weight reduction")
cosine_embedding_loss = _loss(F.cosine_embedding_loss, "input1 input2 target margin reduction")
ctc_loss = _loss(F.ctc_loss, "log_probs targets input_lengths target_lengths blank reduction zero_infinity")
hinge_embedding_loss = _loss(F.hinge_embedding_loss, "input target margin reduction")
kl_div = _loss(F.kl_div, "input target reduction log_target")
margin_ranking_loss = _loss(F.margin_ranking_loss, "input1 input2 target margin reduction")
poisson_nll_loss = _loss(F.poisson_nll_loss, "input target log_input full eps reduction")
triplet_margin_loss = _loss(F.triplet_margin_loss, "anchor positive negative margin p eps swap reduction")

alpha_dropout, alpha_dropout_ = _dropping(F.alpha_dropout, "alpha_dropout")
dropout, dropout_ = _dropping(F.dropout, "dropout")
feature_alpha_dropout, feature_alpha_dropout_ = _dropping(F.feature_alpha_dropout, "feature_alpha_dropout")
feature_dropout, feature_dropout_ = _dropping(_of_channels, "feature_dropout")


@checked
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows that cover the last axis evenly, and their indices.

    Args:
        input: (batch, channels, length), or without the batch.
        output_size: The number of windows.

    Returns:
        The values and their indices, each (batch, channels, output_size).

    Example:
        >>> import mocrograd as mg
        >>> values, positions = mg.adaptive_max_pool1d(mg.tensor([[[1.0, 4.0, 2.0, 3.0]]]), 2)
        >>> values, positions
        (tensor([[[4., 3.]]]), tensor([[[1, 3]]]))
    """
    values, indices = F.adaptive_max_pool1d(input, output_size, True)
    return values, indices


@checked
def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows along the last axis, and their indices; see nn.functional.max_pool1d.

    Args:
        input: (batch, channels, length), or without the batch.
        kernel_size: Elements of a window.
        stride: From window to window; by default the window's size.
        padding: Elements added on either side, which never win.
        dilation: From element to element of a window.
        ceil_mode: Whether a last window may stand over the edge.

    Example:
        >>> import mocrograd as mg
        >>> values, positions = mg.max_pool1d_with_indices(mg.tensor([[[1.0, 4.0, 2.0, 3.0]]]), 2)
        >>> values, positions
        (tensor([[[4., 3.]]]), tensor([[[1, 3]]]))
    """
    values, indices = F.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    return values, indices


@checked
def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """Do as nn.functional's rrelu, in place.

    Args:
        input: Any shape.
        lower: The least slope.
        upper: The largest slope.
        training: Whether slopes are random; otherwise the slope is the middle.
    """
    return F.rrelu(input, lower, upper, training, True)


@checked
def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """Look up rows; nn.functional has the index first.

    Args:
        weight: (rows, features).
        indices: int64 or int32, any shape.
        padding_idx: A row that gets no gradient; none, where it is negative.
        scale_grad_by_freq: Whether a row's gradient is divided by how often it was looked up.
        sparse: Must be False.

    Returns:
        (*indices, features).

    Raises:
        IndexError: An index is out of range.

    Example:
        >>> import mocrograd as mg
        >>> table = mg.tensor([[0.0, 0.0], [1.0, 2.0]])
        >>> mg.embedding(table, mg.tensor([1, 0, 1]))
        tensor([[1., 2.],
                [0., 0.],
                [1., 2.]])
    """
    row = padding_idx if 0 <= padding_idx < len(weight) else None
    return F.embedding(indices, weight, row, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


@checked
def batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    training: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """Normalise each channel; nn.functional.batch_norm has the running statistics first, and defaults.

    Args:
        input: (batch, channels, ...).
        weight: (channels,), or None.
        bias: (channels,), or None.
        running_mean: (channels,), or None.
        running_var: (channels,), or None.
        training: Whether the batch's statistics count.
        momentum: The share of the batch in the running statistics.
        eps: What is added to the variance.
        cudnn_enabled: Has no effect.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0], [3.0]])
        >>> mg.batch_norm(x, None, None, None, None, True, 0.1, 0.0, False)
        tensor([[-1.],
                [ 1.]])
    """
    return norm.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


@checked
def instance_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None, running_var: Tensor | None,
    use_input_stats: bool, momentum: float, eps: float, cudnn_enabled: bool,
) -> Tensor:  # fmt: skip
    """Normalise each channel of each sample; nn.functional.instance_norm has another order, and defaults.

    Args:
        input: (batch, channels, ...).
        weight: (channels,), or None.
        bias: (channels,), or None.
        running_mean: (channels,), or None.
        running_var: (channels,), or None.
        use_input_stats: Whether the sample's statistics count.
        momentum: The share of the batch in the running statistics.
        eps: What is added to the variance.
        cudnn_enabled: Has no effect.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[[1.0, 3.0], [10.0, 30.0]]])
        >>> mg.instance_norm(x, None, None, None, None, True, 0.1, 0.0, False)
        tensor([[[-1.,  1.],
                 [-1.,  1.]]])
    """
    return norm.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def fill(input: Tensor, value: Any) -> Tensor:
    """Return a tensor of the input's shape and dtype with one value everywhere.

    Args:
        input: Any shape.
        value: A number, or a tensor of no dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.fill(mg.zeros(2), 7.0)
        tensor([7., 7.])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"fill(): argument 'input' must be Tensor, not {type(input).__name__}")
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        value = value.to(input.device, input.dtype)
    everywhere = input.new_full((), True, dtype=dtypes.bool_)
    filled: Tensor = input.masked_fill(everywhere, value)
    return filled
