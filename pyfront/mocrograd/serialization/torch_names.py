"""Objects that are pickled under torch's names, although torch is not installed.

Python's pickler in C imports what it names. Up to version 2 of the format it then renames what Python 2 called
otherwise, by a table, to which this module adds.
"""

from __future__ import annotations

from _compat_pickle import REVERSE_NAME_MAPPING
from collections.abc import Callable
from typing import TypeVar

from mocrograd import dtypes
from mocrograd.serialization.names import STORAGES

_Kind = TypeVar("_Kind", bound=type)


def _of(module: str) -> Callable[[_Kind], _Kind]:
    """Return a decorator of classes that are pickled as what a module has under their name."""

    def enter(kind: _Kind) -> _Kind:
        REVERSE_NAME_MAPPING[__name__, kind.__name__] = module, kind.__name__
        return kind

    return enter


@_of("torch._utils")
class _rebuild_tensor_v2:
    """Makes a tensor."""


@_of("torch._tensor")
class _rebuild_from_type_v2:
    """Makes a tensor with attributes."""


@_of("torch._utils")
class _rebuild_parameter:
    """Makes a parameter."""


@_of("torch._utils")
class _rebuild_parameter_with_state:
    """Makes a parameter with attributes."""


@_of("torch._utils")
class _rebuild_sparse_tensor:
    """Makes a sparse tensor."""


@_of("torch.serialization")
class _get_layout:
    """Finds a layout by its name."""


@_of("mocrograd.serialization")
class subclass:
    """Makes a tensor of a subclass."""


@_of("torch")
class Tensor:
    """The class of tensors."""


@_of("torch")
class Size:
    """The class of shapes."""


@_of("torch")
class device:
    """The class of devices."""


@_of("torch")
class FloatStorage:
    """Memory of float32."""


@_of("torch")
class DoubleStorage:
    """Memory of float64."""


@_of("torch")
class LongStorage:
    """Memory of int64."""


@_of("torch")
class IntStorage:
    """Memory of int32."""


@_of("torch")
class ByteStorage:
    """Memory of uint8."""


@_of("torch")
class BoolStorage:
    """Memory of bools."""


@_of("torch")
class HalfStorage:
    """Memory of float16."""


@_of("torch")
class BFloat16Storage:
    """Memory of bfloat16."""


@_of("torch")
class ShortStorage:
    """Memory of int16."""


@_of("torch")
class CharStorage:
    """Memory of int8."""


@_of("torch")
class ComplexFloatStorage:
    """Memory of complex64."""


@_of("torch")
class ComplexDoubleStorage:
    """Memory of complex128."""


TENSOR, WITH_ATTRIBUTES, CLASS = _rebuild_tensor_v2, _rebuild_from_type_v2, Tensor
PARAMETER, PARAMETER_WITH_ATTRIBUTES = _rebuild_parameter, _rebuild_parameter_with_state
SIZE, DEVICE, SUBCLASS = Size, device, subclass
SPARSE, LAYOUT = _rebuild_sparse_tensor, _get_layout
_MEMORIES = (
    FloatStorage, DoubleStorage, LongStorage, IntStorage, ByteStorage, BoolStorage, HalfStorage, BFloat16Storage,
    ShortStorage, CharStorage, ComplexFloatStorage, ComplexDoubleStorage,
)  # fmt: skip
MEMORY = {STORAGES[kind.__name__]: kind for kind in _MEMORIES}
"""By the name of the elements' dtype."""
DTYPES = {found: name for name, found in vars(dtypes).items() if isinstance(found, dtypes.dtype) and name[:1] != "_"}
"""What dtypes are called in their module."""
for _found, _name in DTYPES.items():
    REVERSE_NAME_MAPPING[dtypes.__name__, _name] = "torch", _found.name


def renamed(module: str, name: str) -> tuple[str, str] | None:
    """Return the name that an object of a module is pickled under, None for its own."""
    ours = module in (__name__, dtypes.__name__)
    return REVERSE_NAME_MAPPING.get((module, name)) if ours else None
