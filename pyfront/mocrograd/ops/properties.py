"""Properties of tensors and dtypes: promotion, limits, torch's predicates, and changes of size in place."""

from __future__ import annotations

import math
import warnings
from builtins import sum as builtin_sum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mocrograd import backend, dtypes, layout
from mocrograd.dtypes import get_default_dtype, set_default_dtype
from mocrograd.layout import (
    Size,
    channels_last,
    channels_last_3d,
    contiguous_format,
    contiguous_strides,
    preserve_format,
)
from mocrograd.ops._arguments import integers, takes_out
from mocrograd.ops._inplace import check_graph
from mocrograd.ops._memory import move, root_of, span
from mocrograd.ops.cast import clone, converted
from mocrograd.ops.creation import shape_of
from mocrograd.ops.diagonals import as_strided, diagonal
from mocrograd.ops.reduce import sum
from mocrograd.ops.splitting import narrow
from mocrograd.ops.views import relabel, transpose
from mocrograd.shown import shown
from mocrograd.tensor import Tensor, attribute, fresh, method, view_of
from mocrograd.types import Format, Ints, Operand

__all__ = [
    "adjoint",
    "broadcast_shapes",
    "can_cast",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "finfo",
    "get_default_dtype",
    "get_device",
    "iinfo",
    "is_floating_point",
    "is_nonzero",
    "is_same_size",
    "is_signed",
    "is_tensor",
    "narrow_copy",
    "numel",
    "preserve_format",
    "promote_types",
    "resize_as_",
    "result_type",
    "set_default_dtype",
]

type_of = type  # `type` is a method below
_LEGACY = {
    "float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int", "uint8": "Byte", "bool": "Bool",
    "float16": "Half", "bfloat16": "BFloat16", "int16": "Short", "int8": "Char",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip
_FLOATS = {
    "float64": (52, math.ldexp(2 - 2.0**-52, 1023), -1022),
    "float32": (23, math.ldexp(2 - 2.0**-23, 127), -126),
    "float16": (10, 65504.0, -14),
    "bfloat16": (7, math.ldexp(2 - 2.0**-7, 127), -126),
    "float8_e4m3fn": (3, 448.0, -6),
    "float8_e4m3fnuz": (3, 240.0, -7),
    "float8_e5m2": (2, 57344.0, -14),
    "float8_e5m2fnuz": (3, 57344.0, -15),  # torch counts one bit more
    "float8_e8m0fnu": (0, 2.0**127, -127),
}
"""Bits of the fraction, the largest number, and the exponent of the smallest one of full precision."""


def _dtype(name: str, value: Any) -> dtypes.dtype:
    if not isinstance(value, dtypes.dtype):
        raise TypeError(f"{name}(): expected mocrograd.dtype, got {type_of(value).__name__}")
    return value


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """Return the smallest dtype that both can be converted to.

    Raises:
        RuntimeError: There is none.

    Example:
        >>> import mocrograd as mg
        >>> mg.promote_types(mg.int32, mg.float32)
        mocrograd.float32
    """
    return dtypes.promote_any(_dtype("promote_types", type1), _dtype("promote_types", type2))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """Return the dtype of arithmetic on two operands, tensors or numbers: those with dimensions decide within a kind.

    Raises:
        TypeError: One is neither a tensor nor a number.

    Example:
        >>> import mocrograd as mg
        >>> mg.result_type(mg.tensor([1]), 1.5)
        mocrograd.float32
    """
    ranks: list[tuple[int, dtypes.dtype]] = []
    for x in (tensor1, tensor2):
        if isinstance(x, Tensor):
            ranks.append((2 if x._shape else 1, x.dtype))
            continue
        kind = dtypes.scalar_kind(x)
        if kind < 0:
            raise TypeError(f"result_type(): expected Tensor or Number, got {type_of(x).__name__}")
        ranks.append((0, dtypes.default_of(kind)))
    (rank_a, a), (rank_b, b) = ranks
    if rank_a == rank_b:
        return dtypes.promote(a, b)
    return dtypes.combine(a, b) if rank_a > rank_b else dtypes.combine(b, a)


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Return whether a conversion stays within a kind or goes to a higher one: bool, integer, floating, complex.

    Example:
        >>> import mocrograd as mg
        >>> mg.can_cast(mg.float32, mg.int64)
        False
    """
    from_, to = _dtype("can_cast", from_), _dtype("can_cast", to)
    if to is dtypes.bool_ or from_.is_complex:
        return from_.kind <= to.kind
    return to not in dtypes.INTEGERS or not from_.is_floating_point


class finfo:
    """The limits of a floating-point dtype, or of the parts of a complex one.

    Attributes:
        dtype: Its name.
        bits: Its size.
        eps: The step from 1 to the next number.
        max: The largest number.
        min: The smallest one, which is negative.
        tiny: The smallest positive number of full precision, also `smallest_normal`.
        resolution: The approximate decimal resolution.

    Example:
        >>> import mocrograd as mg
        >>> mg.finfo(mg.float32).eps
        1.1920928955078125e-07
    """

    def __init__(self, type: dtypes.dtype | None = None) -> None:
        """Look a dtype up, the default one if none is given.

        Raises:
            TypeError: It is not a floating one.
        """
        kind = (get_default_dtype() if type is None else _dtype("finfo", type)).to_real()
        if not kind.is_floating_point:
            raise TypeError(
                f"mocrograd.finfo() requires a floating point input type, got {kind.name}. Use iinfo instead"
            )
        self._name, self.bits = kind.name, 8 * kind.itemsize
        if kind.name not in _FLOATS:  # torch does not know its limits either, and says so when one is read
            return
        self.dtype = kind.name
        fraction, self.max, lowest = _FLOATS[kind.name]
        self.eps, self.tiny = 2.0**-fraction, 2.0**lowest
        self.resolution = float(f"1e-{int(fraction * math.log10(2))}")
        self.min = -self.max if kind.is_signed else self.tiny
        self.smallest_normal = self.tiny

    def __getattr__(self, name: str) -> Any:
        if name in ("dtype", "eps", "max", "min", "tiny", "smallest_normal", "resolution"):
            raise NotImplementedError(f"finfo(): {name} of {self._name} is not known")
        raise AttributeError(f"'finfo' object has no attribute {name!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self._name == other._name

    __hash__ = None  # type: ignore[assignment]  # as in torch

    def __repr__(self) -> str:
        """Return the limits as text."""
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """The limits of an integer dtype.

    Attributes:
        dtype: Its name.
        bits: Its size.
        max: The largest number.
        min: The smallest one.

    Example:
        >>> import mocrograd as mg
        >>> mg.iinfo(mg.uint8).max
        255
    """

    def __init__(self, type: dtypes.dtype) -> None:
        """Look a dtype up.

        Raises:
            TypeError: It is not an integer one.
        """
        kind = _dtype("iinfo", type)
        if kind.limits == (0, 0):
            raise TypeError(f"mocrograd.iinfo() requires an integer input type, got {kind.name}. Use finfo instead")
        self.dtype, self.bits = kind.name, 8 * kind.itemsize
        self.min, self.max = kind.limits

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]  # as in torch

    def __repr__(self) -> str:
        """Return the limits as text."""
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def is_tensor(obj: object) -> bool:
    """Return whether an object is a tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_tensor(mg.ones(1))
        True
    """
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Return whether a tensor's dtype is a floating one.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_floating_point(mg.ones(1))
        True
    """
    return input.dtype.is_floating_point


@method
def is_signed(input: Tensor) -> bool:
    """Return whether a tensor's dtype has negative numbers.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_signed(mg.tensor([1])), mg.is_signed(mg.tensor([1], dtype=mg.uint8))
        (True, False)
    """
    return input.dtype.is_signed


@method
def is_nonzero(input: Tensor) -> bool:
    """Return whether the one element is not zero.

    Raises:
        RuntimeError: There is not exactly one element.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_nonzero(mg.tensor([0.0])), mg.is_nonzero(mg.tensor([-2]))
        (False, True)
    """
    return bool(input)


def numel(input: Tensor) -> int:
    """Return the number of elements.

    Example:
        >>> import mocrograd as mg
        >>> mg.numel(mg.ones(2, 3))
        6
    """
    return input._size


@method
def ndimension(input: Tensor) -> int:
    """Return the number of dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, 3).ndimension()
        2
    """
    return len(input._shape)


@method
def storage_offset(input: Tensor) -> int:
    """Return how many elements lie in front of the first one in the memory that a NumPy array or an allocation began.

    Raises:
        NotImplementedError: The tensor is on the meta device.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(6)[2:].storage_offset()
        2
    """
    if input.device is backend.meta:
        raise NotImplementedError(f"storage_offset is not implemented for device {input.device}")
    start = backend.start_of(input.storage, input.device)
    if start is None:
        return 0  # memory that a compiled step holds
    return (input._bare_address - start) // input.dtype.itemsize


@method
def type(input: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Return the tensor in another dtype, or the name of its type, as "mocrograd.FloatTensor".

    Args:
        input: A tensor.
        dtype: A dtype, such a name, or a class of tensors of a dtype, as FloatTensor.
        non_blocking: Has no effect.

    Raises:
        ValueError: There is no type of that name.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2)
        >>> x.type(), x.type(mg.int32).dtype
        ('mocrograd.FloatTensor', mocrograd.int32)
    """
    if dtype is None:
        return shown(f"{_LEGACY[input.dtype.name]}Tensor")
    if isinstance(dtype, type_of):
        dtype = getattr(dtype, "dtype", dtype)
    if isinstance(dtype, str):
        names = {
            f"{package}.{short}Tensor": name for package in ("mocrograd", "torch") for name, short in _LEGACY.items()
        }
        if dtype not in names:
            raise ValueError(f"invalid type: '{dtype}', expected one of {', '.join(names)}")
        dtype = dtypes.NAMED[names[dtype]]
    return converted(input, _dtype("type", dtype))


# --------------------------------------------------------------------------------- more questions


def _matrices(name: str, input: Tensor, most: int | None = None) -> Tensor:
    """Return a view with the last two dimensions exchanged; a tensor of no dimensions as it is.

    Raises:
        RuntimeError: There is one dimension, or there are more than `most`.
    """
    ndim = len(input._shape)
    if ndim == 0:
        warnings.warn(f"{name} is deprecated on 0-D tensors.", stacklevel=3)
        return input
    if ndim == 1 or (most is not None and ndim > most):
        what = "matrices (2-D tensors)" if most else "matrices or batches of matrices"
        raise RuntimeError(f"{name} is only supported on {what}. Got {ndim}-D tensor.")
    return transpose(input, -2, -1)


@method
def adjoint(input: Tensor) -> Tensor:
    """Return a view with the last two dimensions exchanged, and conjugated where it is complex.

    Args:
        input: A matrix, or a batch of them.

    Raises:
        RuntimeError: The tensor has one dimension.

    Example:
        >>> import mocrograd as mg
        >>> z = mg.tensor([[1 + 2j, 3 + 0j]])
        >>> mg.adjoint(z).resolve_conj()
        tensor([[1.-2.j],
                [3.-0.j]])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"adjoint(): argument 'input' must be Tensor, not {type_of(input).__name__}")
    return _matrices("tensor.adjoint()", input).conj()


def get_device(input: Tensor) -> int:
    """Return the number of the GPU that a tensor is on, -1 on the CPU.

    Args:
        input: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).get_device()
        -1
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"get_device(): argument 'input' must be Tensor, not {type_of(input).__name__}")
    return input.device.index or 0 if input.device.handle else -1


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Return whether two tensors have one shape.

    Args:
        input: A tensor.
        other: A tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.is_same_size(mg.ones(2, 3), mg.zeros(2, 3)), mg.is_same_size(mg.ones(3), mg.ones(1, 3))
        (True, False)
    """
    for what, x in (("input", input), ("other", other)):
        if not isinstance(x, Tensor):
            raise TypeError(f"is_same_size(): argument '{what}' must be Tensor, not {type_of(x).__name__}")
    return input._shape == other._shape


method(get_device)
method(is_same_size)


@method
def apply_(input: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a Python function makes of it, and return the tensor itself: slow, for tests.

    Args:
        input: A tensor on the CPU.
        callable: Takes a number and returns one.

    Raises:
        RuntimeError: The tensor requires a gradient.
        TypeError: The tensor is on a GPU, or the function cannot be called.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1.0, 2.0]).apply_(lambda value: value**2 + 1)
        tensor([2., 5.])
    """
    if input.requires_grad:
        raise RuntimeError("Can't call apply_() on a tensor that requires grad. Use detach().apply_() instead.")
    if input.device is not backend.cpu:
        raise TypeError(f"apply_ is only implemented on CPU tensors, got one on {input.device}")
    if input._marks:
        return input.copy_(input.clone().apply_(callable))
    array = input.numpy()
    values = [callable(x) for x in array.reshape(-1).tolist()]
    array[...] = np.array(values).astype(array.dtype).reshape(array.shape)
    input._changed()
    return input


@attribute
def H(input: Tensor) -> Tensor:
    """A view of a matrix transposed, and conjugated where it is complex."""
    return _matrices("tensor.H", input, 2).conj()


@attribute
def mT(input: Tensor) -> Tensor:
    """The tensor with its last two dimensions exchanged."""
    return _matrices("tensor.mT", input)


@attribute
def mH(input: Tensor) -> Tensor:
    """A view with the last two dimensions exchanged, and conjugated where it is complex."""
    return _matrices("tensor.mH", input).conj()


@attribute
def is_cpu(input: Tensor) -> bool:
    """Whether the elements are in host memory."""
    return input.device is backend.cpu


@attribute
def is_cuda(input: Tensor) -> bool:
    """Whether the elements are on a GPU."""
    return bool(input.device.handle)


@attribute
def is_meta(input: Tensor) -> bool:
    """Whether the tensor has no memory."""
    return input.device is backend.meta


@attribute
def retains_grad(input: Tensor) -> bool:
    """Whether this result keeps its gradient in `grad`."""
    return input._retains_grad


# ------------------------------------------------------------------------------------------ sizes


def broadcast_shapes(*shapes: Any) -> Size:
    """Return the shape that shapes broadcast to.

    Args:
        *shapes: Tuples of integers, or integers.

    Raises:
        RuntimeError: They do not broadcast, or one is no shape.
        ValueError: A size is negative.

    Example:
        >>> import mocrograd as mg
        >>> mg.broadcast_shapes((2, 1), (3,))
        mocrograd.Size([2, 3])
    """
    all_sizes = []
    for shape in shapes:
        sizes = (shape,) if isinstance(shape, int) else shape
        if not isinstance(sizes, (tuple, list)) or not all(isinstance(n, int) for n in sizes):
            raise RuntimeError(
                f"broadcast_shapes: Input shapes should be ints or tuples or lists of ints, got {shape!r}"
            )
        if any(n < 0 for n in sizes):
            raise ValueError(
                f"broadcast_shapes: Attempting to broadcast a dimension with negative length, got {shape!r}"
            )
        all_sizes.append(tuple(sizes))
    return Size(layout.broadcast_shapes(*all_sizes)) if all_sizes else Size(())


@method
def sum_to_size(input: Tensor, *size: Ints) -> Tensor:
    """Return the sum over those dimensions that a shape lacks, or has of size 1.

    Args:
        input: A tensor.
        *size: The shape, which broadcasts to that of the input.

    Raises:
        RuntimeError: It does not broadcast to it.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, 3).sum_to_size(1, 3)
        tensor([[2., 2., 2.]])
    """
    shape = integers("sum_to_size", "size", size)
    extra = len(input._shape) - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, input._shape[max(extra, 0) :])):
        raise RuntimeError(f"sum_to_size: size {list(shape)} is not expandable to size {list(input._shape)}")
    if not shape:
        return sum(input)
    if shape == input._shape:
        return input
    dims = [d for d, m in enumerate(input._shape) if d < extra or (shape[d - extra] == 1 and m != 1)]
    return sum(input, dims, True).reshape(shape) if dims else input.reshape(shape)


@method
def fill_diagonal_(input: Tensor, fill_value: Operand, wrap: bool = False) -> Tensor:
    """Set the elements of the main diagonal to a value, and return the tensor itself.

    Args:
        input: A matrix, or more dimensions of the same size.
        fill_value: A number, or a tensor of no dimensions.
        wrap: Whether the diagonal of a tall matrix begins anew below its end, after one row.

    Raises:
        RuntimeError: There are fewer than two dimensions, or of more than two some differ.
        TypeError: The value has dimensions.

    Example:
        >>> import mocrograd as mg
        >>> mg.zeros(2, 3).fill_diagonal_(1)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    shape = input._shape
    if len(shape) < 2:
        raise RuntimeError(f"fill_diagonal_: dimensions must be larger than 1, got {len(shape)}")
    if isinstance(fill_value, Tensor) and fill_value._shape:
        raise TypeError(
            f"fill_diagonal_(): argument 'fill_value' must be Number, not Tensor of {list(fill_value._shape)}"
        )
    if len(shape) > 2:
        if len(set(shape)) > 1:
            raise RuntimeError(f"fill_diagonal_: all dimensions of input must be of equal length, got {list(shape)}")
        check_graph("fill_diagonal_", input)
        as_strided(input, shape[:1], (builtin_sum(input._strides),)).fill_(fill_value)
        return input
    rows, columns = shape
    for start in range(0, rows if wrap and columns else 1, columns + 1):
        diagonal(input.narrow(0, start, min(rows - start, columns))).fill_(fill_value)
    return input


@method
def resize_(input: Tensor, *size: Ints, memory_format: Format = None) -> Tensor:
    """Change the shape, and with it the number of elements, and return the tensor itself.

    Elements keep their order in memory; new ones have any value. A tensor that is no view takes new memory where it
    needs more than it has.

    Args:
        input: A tensor.
        *size: The shape.
        memory_format: Has no effect: the elements lie row-major.

    Raises:
        RuntimeError: A gradient is required, or memory does not suffice and is that of another tensor or of NumPy.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.arange(6)
        >>> x.resize_(2, 2)
        tensor([[0, 1],
                [2, 3]])
    """
    if input.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = shape_of("resize_", size)
    if shape == input._shape:
        return input
    base = root_of(input)
    offset = (input._bare_address - base._bare_address) // input.dtype.itemsize
    has, needs = span(base._shape, base._strides) - offset, math.prod(shape)
    if needs > has and input._is_view:
        raise RuntimeError(
            f"resize_: shape {list(shape)} needs {needs} elements of memory, but this view of another tensor has {has}"
        )
    if needs > has and isinstance(base.storage, np.ndarray):
        raise RuntimeError(
            f"resize_: shape {list(shape)} needs {needs} elements, but the memory of a NumPy array has {has}"
        )
    input._changed()
    source = input
    if needs > has:
        source = fresh((needs,), needs, input.dtype, input.device)
        if has:
            move(view_of(source, (has,), (1,), 0, has), view_of(input.detach(), (has,), (1,), 0, has))
    input._set_data(view_of(source.detach(), shape, contiguous_strides(shape), 0, needs))
    return input


def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: Format = None) -> Tensor:
    """Change the shape to that of another tensor, and return the tensor itself; see `resize_`.

    Args:
        input: A tensor.
        the_template: The other one.
        memory_format: Has no effect: the elements lie row-major.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(6).resize_as_(mg.zeros(2, 2))
        tensor([[0, 1],
                [2, 3]])
    """
    if not isinstance(the_template, Tensor):
        raise TypeError(f"resize_as_(): argument 'the_template' must be Tensor, not {type_of(the_template).__name__}")
    resized: Tensor = resize_(input, the_template._shape)
    return resized


method(resize_as_)


@method
def as_strided_(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Give the tensor any sizes and strides over its memory, and return the tensor itself; see `as_strided`.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(6).as_strided_((2, 2), (1, 2))
        tensor([[0, 2],
                [1, 3]])
    """
    return relabel("as_strided_", input, lambda x: as_strided(x, size, stride, storage_offset))


@method
@takes_out()
def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Return a copy of a part of a dimension.

    Args:
        input: A tensor.
        dim: The dimension.
        start: Where the part begins.
        length: Its size.

    Raises:
        RuntimeError: It reaches outside.
        IndexError: It begins outside.

    Example:
        >>> import mocrograd as mg
        >>> mg.narrow_copy(mg.arange(6), 0, 2, 3)
        tensor([2, 3, 4])
    """
    return clone(narrow(input, dim, start, length))
