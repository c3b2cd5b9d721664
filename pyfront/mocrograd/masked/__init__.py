"""Operations on elements that a mask leaves in, under torch's names: `mg.masked.sum(x, mask=mask)`.

A mask is True where an element counts. A `MaskedTensor` keeps its mask with its elements. Its class is imported at the
first use, since from then on functions look whether an argument is one.
"""

from typing import TYPE_CHECKING, Any

from mocrograd.masked.reductions import (
    amax,
    amin,
    argmax,
    argmin,
    cumprod,
    cumsum,
    logaddexp,
    logsumexp,
    mean,
    median,
    norm,
    prod,
    std,
    sum,
    var,
)
from mocrograd.masked.rows import log_softmax, normalize, softmax, softmin

if TYPE_CHECKING:
    from mocrograd.masked.maskedtensor import MaskedTensor

__all__ = [
    "MaskedTensor",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "as_masked_tensor",
    "cumprod",
    "cumsum",
    "is_masked_tensor",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "masked_tensor",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]


def __getattr__(name: str) -> Any:
    if name in ("MaskedTensor", "maskedtensor"):
        return _tensors().MaskedTensor if name == "MaskedTensor" else _tensors()
    raise AttributeError(f"module 'mocrograd.masked' has no attribute {name!r}")


def _tensors() -> Any:
    """Return the module of masked tensors, with what functions make of them."""
    import mocrograd.masked.forms
    import mocrograd.masked.maskedtensor

    return mocrograd.masked.maskedtensor


def masked_tensor(data: Any, mask: Any, requires_grad: bool = False) -> "MaskedTensor":
    """Return a masked tensor of copies of elements and mask, a leaf of graphs.

    Args:
        data: The elements, a tensor of a floating dtype, of integers other than uint8, or of bools.
        mask: Bools of the same shape, True where an element counts.
        requires_grad: Whether operations on it are recorded.

    Raises:
        TypeError: One of the two is no ordinary tensor, or has another dtype.
        ValueError: The shapes differ.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.masked.masked_tensor(mg.tensor([1.0, 2.0]), mg.tensor([True, False]))
        >>> x * 2
        MaskedTensor(
          [  2.0000,       --]
        )
    """
    made: MaskedTensor = _tensors().MaskedTensor(data, mask, requires_grad)
    return made


def as_masked_tensor(data: Any, mask: Any) -> "MaskedTensor":
    """Return a masked tensor through which gradients reach the tensor of its elements, 0 for what is masked out.

    Arguments and errors are those of `masked_tensor`.
    """
    made: MaskedTensor = _tensors().connected(data, mask)
    return made


def is_masked_tensor(obj: Any, /) -> bool:
    """Return whether an object is a masked tensor."""
    return hasattr(obj, "get_mask") and isinstance(obj, _tensors().MaskedTensor)
