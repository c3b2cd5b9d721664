"""What arguments may be: names for annotations, torch's where it has one."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from mocrograd.backend import device
    from mocrograd.dtypes import dtype
    from mocrograd.layout import memory_format
    from mocrograd.tensor import Tensor

Number: TypeAlias = "int | float"
"""A number of Python, a bool included."""
Operand: TypeAlias = "Tensor | int | float | complex | np.number[Any] | np.bool_"
"""What takes part in arithmetic with a tensor."""
Ints: TypeAlias = "int | Sequence[int]"
"""A size, a dimension or a step, or one for each of several dimensions."""
Sections: TypeAlias = "Tensor | int | Sequence[int]"
"""A number of parts, or the indices where one ends and the next begins."""
Several: TypeAlias = "Sequence[Tensor]"
"""Tensors that become one."""
Device: TypeAlias = "device | str | int | None"
"""A device, its name, or the number of a GPU; None stands for the default."""
Dtype: TypeAlias = "dtype | None"
"""A type of elements; None stands for the default."""
Format: TypeAlias = "memory_format | None"
"""An order of dimensions in memory, of which there is one."""
Index: TypeAlias = "SupportsIndex | slice | EllipsisType | Tensor | np.ndarray[Any, Any] | Sequence[Any] | None"
"""What stands between brackets; several of them are a tuple."""
