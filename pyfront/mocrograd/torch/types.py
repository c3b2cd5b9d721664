"""`torch.types`: names for annotations."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import IO, Any

from mocrograd.backend import device
from mocrograd.dtypes import dtype
from mocrograd.layout import Size
from mocrograd.tensor import Tensor

Number = builtins.int | builtins.float | builtins.bool
_TensorOrTensors = Tensor | Sequence[Tensor]
_dtype = dtype
_device = device
_size = Size | list[builtins.int] | tuple[builtins.int, ...]
_int, _float, _bool, _symint = builtins.int, builtins.float, builtins.bool, builtins.int
Device = device | str | builtins.int | None
FileLike = str | os.PathLike[str] | IO[bytes]
Storage: Any = object
