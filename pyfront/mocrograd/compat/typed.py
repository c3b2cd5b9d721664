"""torch's old constructors of one dtype: LongTensor([1, 2]) has these values, FloatTensor(2, 3) is uninitialised."""

from __future__ import annotations

import functools
from typing import Any

from mocrograd import dtypes
from mocrograd.ops.creation import empty, tensor
from mocrograd.tensor import Tensor


class _OfDtype(type):
    """A class whose instances are the tensors of a dtype on the CPU, or on a GPU."""

    dtype: dtypes.dtype
    device: str

    def __instancecheck__(cls, instance: object) -> bool:
        there = isinstance(instance, Tensor) and bool(instance.device.handle) == (cls.device != "cpu")
        return there and instance.dtype is cls.dtype  # type: ignore[attr-defined]

    def __call__(cls, *args: Any) -> Tensor:
        """Make a tensor of data, or of sizes with values that are not set.

        Raises:
            TypeError: There is something else than integers or a sequence.
        """
        if len(args) == 1 and not isinstance(args[0], int):
            if not hasattr(args[0], "__len__"):
                raise TypeError(f"{cls.__name__}(): data must be a sequence (got {type(args[0]).__name__})")
            return tensor(args[0], dtype=cls.dtype, device=cls.device)
        return empty(*(args or (0,)), dtype=cls.dtype, device=cls.device)


def _constructor(name: str, dtype: dtypes.dtype, device: str = "cpu") -> Any:
    module = "mocrograd" if device == "cpu" else "mocrograd.cuda"
    doc = f"Tensors of {dtype.name}."
    if device == "cpu":
        lines = "Example:", "    >>> import mocrograd as mg", f"    >>> mg.{name}([0, 1]).dtype", f"    {dtype}"
        doc = "\n    ".join([doc + "\n", *lines, ""])
    fields = {"dtype": dtype, "device": device, "__doc__": doc, "__module__": module}
    return _OfDtype(name, (), fields)


FloatTensor = _constructor("FloatTensor", dtypes.float32)
DoubleTensor = _constructor("DoubleTensor", dtypes.float64)
LongTensor = _constructor("LongTensor", dtypes.int64)
IntTensor = _constructor("IntTensor", dtypes.int32)
ByteTensor = _constructor("ByteTensor", dtypes.uint8)
BoolTensor = _constructor("BoolTensor", dtypes.bool_)
HalfTensor = _constructor("HalfTensor", dtypes.float16)
BFloat16Tensor = _constructor("BFloat16Tensor", dtypes.bfloat16)
ShortTensor = _constructor("ShortTensor", dtypes.int16)
CharTensor = _constructor("CharTensor", dtypes.int8)


@functools.cache
def on_gpu(name: str) -> Any:
    """Return the constructor of a name whose tensors are on a GPU.

    Raises:
        AttributeError: There is none.
    """
    found = globals().get(name)
    if not isinstance(found, _OfDtype):
        raise AttributeError(f"module 'mocrograd.cuda' has no attribute {name!r}")
    return _constructor(name, found.dtype, "gpu")
