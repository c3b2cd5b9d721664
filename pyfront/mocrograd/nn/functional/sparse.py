"""Functions of class indices."""

from __future__ import annotations

from mocrograd import ops
from mocrograd.dtypes import int64
from mocrograd.ops._arguments import checked
from mocrograd.tensor import Tensor

__all__ = [
    "one_hot",
]


@checked
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

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.functional.one_hot(mg.tensor([0, 2]), 3)
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    if tensor.dtype != int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type int64, got {tensor.dtype}")
    if tensor.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif int(tensor.min().item()) < 0:
        raise RuntimeError(f"Class values must be non-negative, got {int(tensor.min().item())}.")
    else:
        needed = int(tensor.max().item()) + 1
        num_classes = needed if num_classes == -1 else num_classes
        if needed > num_classes:
            raise RuntimeError(f"Class values must be smaller than num_classes ({num_classes}), got {needed - 1}.")
    return (tensor.unsqueeze(-1) == ops.arange(num_classes, device=tensor.device)).to(int64)
