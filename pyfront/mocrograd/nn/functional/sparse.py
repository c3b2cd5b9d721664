"""Functions of class indices."""

from __future__ import annotations

from mocrograd.backend import cpu, recording
from mocrograd.dtypes import int64
from mocrograd.ops._arguments import checked, integer
from mocrograd.ops.embedding import MANY, marked
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
    num_classes = integer("one_hot", "num_classes", num_classes)
    if tensor.numel() == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif num_classes <= 0 or tensor.device is not cpu or tensor._size >= MANY:
        num_classes = _checked_classes(tensor, num_classes)
    else:
        recording.cannot_replay("one_hot() checks its indices on the host")
    try:
        return marked(tensor, num_classes)
    except IndexError:
        _checked_classes(tensor, num_classes)
        raise


def _checked_classes(tensor: Tensor, num_classes: int) -> int:
    """Return the number of classes, of which the values on the host tell where it is -1.

    Raises:
        RuntimeError: An index is negative, or not below the number.
    """
    least, most = int(tensor.min().item()), int(tensor.max().item())
    if least < 0:
        raise RuntimeError(f"Class values must be non-negative, got {least}.")
    if num_classes == -1:
        return most + 1
    if most >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes ({num_classes}), got {most}.")
    return num_classes
