"""What torch has at its top level besides operations: functions of layers, and changes in place as functions.

Most functions of nn.functional stand here as they are. Some have another order of arguments in torch at this level, and
losses take their reduction as a number; those are defined here over the ones of nn.functional.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mocrograd import dtypes
from mocrograd.nn import functional as F
from mocrograd.nn.functional._options import check_probability
from mocrograd.nn.functional.dropout import drop as drop_channels
from mocrograd.ops import normalization as norm
from mocrograd.ops._arguments import checked
from mocrograd.ops._outputs import writing
from mocrograd.tensor import Tensor

_AS_THEY_ARE = """
    adaptive_avg_pool1d avg_pool1d bilinear celu_ group_norm layer_norm max_pool1d max_pool2d max_pool3d
    pixel_shuffle pixel_unshuffle relu_ rms_norm rrelu selu_ threshold threshold_"""
"""Those of nn.functional whose arguments begin as torch's at top level."""

_IN_PLACE = """
              abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_
    asinh_ atan_ atanh_     ceil_     clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ deg2rad_
    detach_ erf_ erfc_ exp2_     exp_ expm1_ fill_ fix_     floor_ frac_ gcd_ i0_ lcm_ ldexp_ log10_ log1p_
    log2_ log_ logit_ nan_to_num_     neg_ negative_ rad2deg_ reciprocal_ round_     rsqrt_ sigmoid_ sin_ sinc_
    sinh_ sqrt_ square_ tan_ tanh_     trunc_ xlogy_ zero_"""
"""Methods that change their tensor, which torch has as functions too."""

_LOSSES = {
    "binary_cross_entropy_with_logits": "input target weight pos_weight reduction",
    "cosine_embedding_loss": "input1 input2 target margin reduction",
    "ctc_loss": "log_probs targets input_lengths target_lengths blank reduction zero_infinity",
    "hinge_embedding_loss": "input target margin reduction",
    "kl_div": "input target reduction log_target",
    "margin_ranking_loss": "input1 input2 target margin reduction",
    "poisson_nll_loss": "input target log_input full eps reduction",
    "triplet_margin_loss": "anchor positive negative margin p eps swap reduction",
}


def _of_channels(input: Tensor, p: float, training: bool, inplace: bool = False) -> Tensor:
    """Zero channels of an input with a batch dimension."""
    check_probability(p)
    return drop_channels("feature_dropout", input, p, training, inplace, 2)


_DROPPING = {
    "alpha_dropout": F.alpha_dropout,
    "dropout": F.dropout,
    "feature_alpha_dropout": F.feature_alpha_dropout,
    "feature_dropout": _of_channels,
}
"""Functions that drop elements, each of which has a form that does so in place."""

__all__ = [
    *_AS_THEY_ARE.split(),
    *_IN_PLACE.split(),
    *_LOSSES,
    *_DROPPING,
    *(name + "_" for name in _DROPPING),
    "adaptive_max_pool1d",
    "batch_norm",
    "embedding",
    "fill",
    "instance_norm",
    "max_pool1d_with_indices",
    "rrelu_",
]
_REDUCTIONS = ("none", "mean", "sum")


def _in_place(name: str) -> Callable[..., Tensor]:
    """Return a method as a function that says what its first argument must be."""
    change = getattr(Tensor, name)

    @functools.wraps(change)
    def function(input: Tensor, *args: Any, **options: Any) -> Tensor:
        if not isinstance(input, Tensor):
            raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
        result: Tensor = change(input, *args, **options)
        return result

    return function


def _loss(name: str, order: str) -> Callable[..., Tensor]:
    """Return a loss whose arguments come in another order, the reduction as a number: 0 none, 1 mean, 2 sum."""
    loss = getattr(F, name)
    parameters = dict(inspect.signature(loss).parameters)
    if "log_target" in parameters:  # alone is by keyword only
        parameters["log_target"] = parameters["log_target"].replace(kind=inspect.Parameter.KEYWORD_ONLY)
    parameters["reduction"] = parameters["reduction"].replace(default=0, annotation="int")
    signature = inspect.Signature([parameters[p] for p in order.split()])
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
    return function


def _dropping(name: str, drop: Callable[..., Tensor]) -> None:
    """Add a function that drops elements, and the one that does it in place."""

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
            "    Raises:\n        ValueError: `p` is not in [0, 1]."
        )
        globals()[name + suffix] = checked(form)


for _name in _AS_THEY_ARE.split():
    globals()[_name] = getattr(F, _name)
threshold = writing(F.threshold)
for _name in _IN_PLACE.split():
    globals()[_name] = _in_place(_name)
for _name, _order in _LOSSES.items():
    globals()[_name] = checked(_loss(_name, _order))
for _name, _drop in _DROPPING.items():
    _dropping(_name, _drop)


@checked
def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows that cover the last axis evenly, and their places.

    Args:
        input: (batch, channels, length), or without the batch.
        output_size: The number of windows.

    Returns:
        The values and their places, each (batch, channels, output_size).
    """
    values, places = F.adaptive_max_pool1d(input, output_size, True)
    return values, places


@checked
def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the largest elements of windows along the last axis, and their places; see nn.functional.max_pool1d.

    Args:
        input: (batch, channels, length), or without the batch.
        kernel_size: Elements of a window.
        stride: From window to window; by default the window's size.
        padding: Elements added on either side, which never win.
        dilation: From element to element of a window.
        ceil_mode: Whether a last window may stand over the edge.
    """
    values, places = F.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    return values, places


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
    """
    return norm.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def fill(input: Tensor, value: Any) -> Tensor:
    """Return a tensor of the input's shape and dtype with one value everywhere.

    Args:
        input: Any shape.
        value: A number, or a tensor of no dimensions.
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
