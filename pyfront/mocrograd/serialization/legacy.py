"""The format of earlier versions: one pickle, in which tensors are bytes with a description."""

from __future__ import annotations

import pickle
from typing import IO, Any

import numpy as np

from mocrograd import dtypes
from mocrograd.ops.creation import from_host
from mocrograd.serialization.placement import Placement
from mocrograd.serialization.unpickling import Source
from mocrograd.tensor import Tensor


class Pickle(Source):
    """A file that holds a pickle alone.

    Args:
        file: The file, which is open for reading.
        move: Moves tensors to their device.
        weights_only: Whether to refuse everything but tensors and plain containers.
    """

    def __init__(self, file: IO[bytes], move: Placement, weights_only: bool) -> None:
        super().__init__(weights_only)
        self._file = file
        self._move = move

    def load(self) -> Any:
        """Return the object in the file."""
        return self.unpickled(self._file)

    def find(self, module: str, name: str) -> Any:
        """Return what makes tensors."""
        return self._tensor if (module, name) == ("mocrograd.serialization", "_tensor") else None

    def _tensor(self, cls: Any, dtype: Any, shape: Any, device: Any, requires_grad: Any, values: Any) -> Tensor:
        """Return a tensor.

        Raises:
            pickle.UnpicklingError: The description does not fit the values.
        """
        if not (isinstance(cls, type) and issubclass(cls, Tensor)):
            raise pickle.UnpicklingError(f"a file holds a tensor of the type {cls!r}, expected Tensor or a subclass")
        kind = next((d for d in dtypes.ALL if d.name == dtype), None)
        if kind is None:
            raise pickle.UnpicklingError(f"a file holds a tensor of an unknown dtype: {dtype!r}")
        try:
            if kind is dtypes.bool_:
                array: Any = (np.frombuffer(values, np.uint8) != 0).reshape(shape)
            else:
                array = np.frombuffer(values, kind.numpy).reshape(shape)
        except (TypeError, ValueError) as error:
            raise pickle.UnpicklingError(
                f"a file holds a tensor whose values do not fit its shape {shape}: {error}"
            ) from None
        made: Tensor = Tensor._make_subclass(
            cls, self._move(from_host(array, "cpu", False), str(device)), bool(requires_grad) and kind.is_floating_point
        )
        return made
