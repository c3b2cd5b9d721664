"""New tensors: filled, from Python data, from NumPy."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.autograd import mode, no_grad
from mocrograd.backend import recording
from mocrograd.errors import OutOfMemoryError
from mocrograd.layout import Shape, check_format, contiguous_strides
from mocrograd.ops._arguments import device_of, integer, number, takes_out
from mocrograd.ops._ends import ends_of, real_of, spaced
from mocrograd.ops._memory import FILLS, RAMPS, fill, ramp, span, strides_like
from mocrograd.ops._sequences import from_sequence
from mocrograd.strides import format_strides
from mocrograd.tensor import Tensor, blank, fresh, fresh_with, method, view_of
from mocrograd.types import Device, Dtype, Format, Ints, Operand

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "scalar_tensor",
    "tensor",
    "zeros",
    "zeros_like",
]


_MOST = 1 << 48
"""The most elements of a tensor."""
_FEW = 1 << 12
"""Bytes up to which it is quicker to copy an array twice than to make another one over a tensor's memory."""


def shape_of(name: str, size: tuple[Any, ...]) -> Shape:
    """Return a shape given as integers or as one sequence.

    Raises:
        TypeError: It holds something else.
        RuntimeError: A size is negative.
    """
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    for n in size:
        if type(n) is not int or n < 0:
            break
    else:  # the most common ones
        if math.prod(size) <= _MOST:
            return size
    out = []
    for n in size:
        if type(n) is not int:
            if isinstance(n, bool) or not hasattr(n, "__index__"):
                raise TypeError(f"{name}(): argument 'size' must be a tuple of ints, but found {type(n).__name__}")
            n = n.__index__()
        if n < 0:
            raise RuntimeError(f"{name}: Trying to create tensor with negative dimension {n}: {list(size)}")
        out.append(n)
    if math.prod(out) > _MOST:
        raise OutOfMemoryError(f"{name}: a tensor of shape {out} does not fit into memory")
    return tuple(out)


def _options(dtype: Any, device: Any) -> tuple[dtypes.dtype, backend.device]:
    if dtype is not None and not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"argument 'dtype' must be mocrograd.dtype, not {type(dtype).__name__}")
    return dtype or dtypes.get_default_dtype(), backend.open_device(device)


@takes_out(in_its_dtype=True)
def empty(
    *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False, memory_format: Format = None
) -> Tensor:
    """Return a tensor whose values are whatever the memory held.

    Args:
        *size: The shape, as integers or one sequence.
        dtype: The type of the elements; float32 by default.
        device: Where they are; the CPU by default.
        requires_grad: Whether operations on it are recorded.
        memory_format: The order of the elements in memory; row-major by default.

    Example:
        >>> import mocrograd as mg
        >>> mg.empty(2, 3).shape
        mocrograd.Size([2, 3])
    """
    shape = shape_of("empty", size)
    out = fresh_with(shape, format_strides(shape, memory_format), math.prod(shape), *_options(dtype, device))
    return out.requires_grad_() if requires_grad else out


def _number(fill_value: Any) -> tuple[Any, int]:
    """Return the number that a tensor is filled with, and its kind.

    Raises:
        TypeError: It is neither a number nor a tensor of one without a gradient.
    """
    if isinstance(fill_value, Tensor) and not fill_value._shape and not fill_value.requires_grad:
        fill_value = fill_value.item()
    kind = dtypes.scalar_kind(fill_value)
    if kind < 0:
        raise TypeError(f"full(): argument 'fill_value' must be Number, not {type(fill_value).__name__}")
    return fill_value, kind


@takes_out(in_its_dtype=True)
def full(
    size: Ints, fill_value: Operand, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of one value; its dtype follows from the value unless it is given.

    Args:
        size: The shape.
        fill_value: A number, or a tensor without dimensions and gradient.
        dtype: The type of the elements.
        device: Where they are; the CPU by default.
        requires_grad: Whether operations on it are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.full((2, 2), 7.0)
        tensor([[7., 7.],
                [7., 7.]])
    """
    fill_value, kind = _number(fill_value)
    shape = shape_of("full", tuple(size) if isinstance(size, (tuple, list)) else (size,))
    return _filled(shape, fill_value, dtype or dtypes.default_of(kind), device, requires_grad)


def _filled(shape: Shape, value: Any, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Return a tensor of one number."""
    out = fresh(shape, math.prod(shape), *_options(dtype, device))
    fill(out, value)
    return out.requires_grad_() if requires_grad else out


@takes_out(in_its_dtype=True)
def zeros(*size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of zeros; the arguments are those of `empty`.

    Example:
        >>> import mocrograd as mg
        >>> mg.zeros(2, 2)
        tensor([[0., 0.],
                [0., 0.]])
    """
    return _filled(shape_of("zeros", size), 0.0, dtype, device, requires_grad)


@takes_out(in_its_dtype=True)
def ones(*size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of ones; the arguments are those of `empty`.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(3)
        tensor([1., 1., 1.])
    """
    return _filled(shape_of("ones", size), 1.0, dtype, device, requires_grad)


def _shaped_like(input: Tensor, dtype: Any, device: Any, memory_format: Any) -> Tensor:
    """Return an unset tensor of another one's shape, in the order that it has in memory or in that of a format."""
    options = _options(dtype or input.dtype, device_of(device, input))
    return fresh_with(input._shape, strides_like(input, memory_format), input._size, *options)


def empty_like(
    input: Tensor, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False,
    memory_format: Format = None,
) -> Tensor:  # fmt: skip
    """Return an unset tensor of the shape, dtype and device of another one.

    Example:
        >>> import mocrograd as mg
        >>> mg.empty_like(mg.zeros(2, 3)).shape
        mocrograd.Size([2, 3])
    """
    check_format("empty_like", memory_format)
    if input._sparse:
        return input._like_sparse(None, dtype, device, requires_grad)
    made = _shaped_like(input, dtype, device, memory_format)
    made = made.requires_grad_() if requires_grad else made
    return made if mode.vmap is None else mode.vmap.like(input, made)


def full_like(
    input: Tensor, fill_value: Operand, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False,
    memory_format: Format = None,
) -> Tensor:  # fmt: skip
    """Return a tensor of one value, of the shape, dtype and device of another one.

    Example:
        >>> import mocrograd as mg
        >>> mg.full_like(mg.zeros(2), 5.0)
        tensor([5., 5.])
    """
    plain = dtype is None and device is None and memory_format is None
    if plain and not requires_grad and mode.vmap is None:
        whole: Tensor | None = backend.filled_like(FILLS, input, fill_value)
        if whole is not None:
            return whole
    check_format("full_like", memory_format)
    if input._sparse:
        return input._like_sparse(fill_value, dtype, device, requires_grad)
    made = _shaped_like(input, dtype, device, memory_format)
    fill(made, _number(fill_value)[0])
    made = made.requires_grad_() if requires_grad else made
    return made if mode.vmap is None else mode.vmap.like(input, made)


def zeros_like(
    input: Tensor, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False,
    memory_format: Format = None,
) -> Tensor:  # fmt: skip
    """Return zeros of the shape, dtype and device of another tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.zeros_like(mg.ones(2))
        tensor([0., 0.])
    """
    check_format("zeros_like", memory_format)
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad, memory_format=memory_format)


def ones_like(
    input: Tensor, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False,
    memory_format: Format = None,
) -> Tensor:  # fmt: skip
    """Return ones of the shape, dtype and device of another tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones_like(mg.zeros(2))
        tensor([1., 1.])
    """
    check_format("ones_like", memory_format)
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad, memory_format=memory_format)


@method
def new_full(
    input: Tensor, size: Ints, fill_value: Operand, *, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return a tensor of one value, of the dtype and device of this one.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, dtype=mg.int64).new_full((2,), 7)
        tensor([7, 7])
    """
    made = full(size, fill_value, dtype=dtype or input.dtype, device=device_of(device, input))
    made = made if mode.vmap is None else mode.vmap.like(input, made)
    return made.requires_grad_() if requires_grad else made


@method
def _ones(input: Tensor) -> Tensor:
    """Return the gradient of a loss with respect to itself.

    Raises:
        RuntimeError: The loss is complex.
    """
    made: Tensor | None = backend.filled_like(FILLS, input, 1)
    if made is not None:
        return made
    if input.dtype.is_complex:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {input.dtype}")
    out = fresh(input._shape, input._size, input.dtype, input.device)
    fill(out, 1)
    return out


@method
def new_ones(
    input: Tensor, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return ones of the dtype and device of this tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.zeros(2, dtype=mg.int64).new_ones(3)
        tensor([1, 1, 1])
    """
    shape = shape_of("new_ones", size)
    return new_full(input, shape, 1, dtype=dtype, device=device, requires_grad=requires_grad)


@method
def new_zeros(
    input: Tensor, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return zeros of the dtype and device of this tensor.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, dtype=mg.float64).new_zeros(3)
        tensor([0., 0., 0.], dtype=mocrograd.float64)
    """
    shape = shape_of("new_zeros", size)
    return new_full(input, shape, 0, dtype=dtype, device=device, requires_grad=requires_grad)


@method
def new_empty(
    input: Tensor, *size: Ints, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return an unset tensor of the dtype and device of this one.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, dtype=mg.float64).new_empty(3).dtype
        mocrograd.float64
    """
    made = empty(shape_of("new_empty", size), dtype=dtype or input.dtype, device=device_of(device, input))
    made = made if mode.vmap is None else mode.vmap.like(input, made)
    return made.requires_grad_() if requires_grad else made


@method
def new_tensor(
    input: Tensor, data: Any, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of data, of the dtype and device of this one.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(1, dtype=mg.float64).new_tensor([1, 2])
        tensor([1., 2.], dtype=mocrograd.float64)
    """
    return tensor(data, dtype=dtype or input.dtype, device=device_of(device, input), requires_grad=requires_grad)


def tensor(data: Any, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor that copies data.

    Args:
        data: A number, nested sequences of numbers, a NumPy array or a tensor.
        dtype: The type of the elements; by default float32 for Python's floats, int64 for its integers, bool for its
            bools, and NumPy's own type for its arrays and scalars, of which uint16 becomes int32, and uint32 and uint64
            become int64.
        device: Where they are; by default the default device, and for a tensor its own where none has been chosen.
        requires_grad: Whether operations on it are recorded.

    Raises:
        ValueError: Sequences at one depth have different lengths, a tensor among them has more than one element, or an
            integer has more than 64 bits.
        TypeError: The data is text, or there is no dtype for it.
        RuntimeError: The data is no number, or one does not fit into the dtype.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([[1, 2], [3, 4]]).dtype
        mocrograd.int64
    """
    _options(dtype, device)
    if isinstance(data, Tensor):
        out = data.detach().to(dtype=dtype, device=device_of(device), copy=True)
        return out.requires_grad_() if requires_grad else out
    if isinstance(data, (np.ndarray, np.generic)):
        recording.cannot_replay("it makes a tensor of a NumPy array")
        array = np.array(data, dtype=dtype.numpy if dtype else None, order="C", subok=False)
        array = dtypes.representable(array)
        dtype = dtypes.from_numpy(array.dtype) if dtype is None else dtype
    else:
        array = from_sequence(data, dtype)
        dtype = dtype or (dtypes.get_default_dtype() if array.dtype == dtypes.get_default_dtype().numpy else None)
    return from_host(array, device, requires_grad, dtype)


def from_host(array: np.ndarray[Any, Any], device: Device, requires_grad: bool, dtype: Dtype = None) -> Tensor:
    """Return a tensor with the values of an array, which a compiled step takes for the same at each run.

    Args:
        array: The values; those of bfloat16 may have NumPy's float32.
        device: Where the tensor is.
        requires_grad: Whether operations on it are recorded.
        dtype: Its dtype; that of the array by default.
    """
    own = dtypes.from_numpy(array.dtype)
    if own is dtypes.bfloat16:
        array, own, dtype = array.astype(np.float32), dtypes.float32, own
    out = fresh(array.shape, array.size, own, backend.cpu)
    if array.size:
        if array.nbytes <= _FEW:
            backend.write_bytes(out.address, array.tobytes())
        else:
            out._as_numpy()[...] = array
        recording.data(out)
    if dtype is not None and dtype is not own:
        out = out.to(dtype)
    if (target := backend.open_device(device)) is not backend.cpu:
        out = out.to(device=target, non_blocking=True)  # nobody else has the memory that is copied
    return out.requires_grad_() if requires_grad else out


def as_tensor(data: Any, *, dtype: Dtype = None, device: Device = None) -> Tensor:
    """Return data as a tensor, sharing memory where dtype and device allow it.

    Example:
        >>> import mocrograd as mg
        >>> mg.as_tensor([1.0, 2.0])
        tensor([1., 2.])
    """
    if isinstance(data, np.ndarray) and dtypes.representable(data[:0] if data.ndim else data).dtype == data.dtype:
        data = from_numpy(data) if dtype is None or dtype is dtypes.from_numpy(data.dtype) else data
    if isinstance(data, Tensor):
        return data.to(dtype=dtype, device=device_of(device))
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: Any, *, dtype: Dtype = None, device: Device = None, copy: bool | None = None, requires_grad: bool = False
) -> Tensor:
    """Return an object as a tensor.

    Args:
        obj: A tensor, an array, an object with `__dlpack__`, a number or nested sequences.
        dtype: The type of the elements.
        device: Where they are.
        copy: True: it gets memory of its own. False: it shares the object's. None: it shares where that can be.
        requires_grad: Whether operations on it are recorded.

    Raises:
        ValueError: It should share the object's memory, and cannot.

    Example:
        >>> import mocrograd as mg
        >>> import numpy as np
        >>> memory = np.array([1.0, 2.0])
        >>> shared, copied = mg.asarray(memory), mg.asarray(memory, copy=True)
        >>> memory[0] = 9.0
        >>> shared, copied
        (tensor([9., 2.], dtype=mocrograd.float64), tensor([1., 2.], dtype=mocrograd.float64))
    """
    if not isinstance(obj, (Tensor, np.ndarray)) and hasattr(obj, "__dlpack__"):
        obj = from_dlpack(obj)
    shared = isinstance(obj, (Tensor, np.ndarray))
    out = as_tensor(obj, dtype=dtype, device=device)
    if copy is False and not (
        shared and out.data_ptr() == (from_numpy(obj) if isinstance(obj, np.ndarray) else obj).data_ptr()
    ):
        raise ValueError("asarray: can't alias the object: expected a tensor or array of the wanted dtype and device")
    if copy and shared:
        out = out.clone()
    return out.detach().requires_grad_() if requires_grad else out


def frombuffer(
    buffer: Any, *, dtype: dtypes.dtype, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """Return a tensor of one dimension that shares the memory of an object with the buffer protocol.

    Args:
        buffer: Such an object: bytearray, memoryview, array.
        dtype: The type of the elements.
        count: How many elements to take, all that follow for -1.
        offset: How many bytes to leave out at the start.
        requires_grad: Whether operations on it are recorded.

    Raises:
        ValueError: The buffer is too short, or what is left is no multiple of the element's size.

    Example:
        >>> import mocrograd as mg
        >>> mg.frombuffer(bytearray([1, 0, 2, 0]), dtype=mg.int16)
        tensor([1, 2], dtype=mocrograd.int16)
    """
    _options(dtype, None)
    view = memoryview(buffer).cast("B")
    left = len(view) - offset
    if offset < 0 or left <= 0:
        raise ValueError(
            f"frombuffer: offset must be in [0, {len(view) - 1}] for a buffer of {len(view)} bytes, got {offset}"
        )
    if count == 0 or count < -1 or (count > 0 and count * dtype.itemsize > left):
        raise ValueError(
            f"frombuffer: expected 1 to {left // dtype.itemsize} elements, or -1 for all, got count={count}"
        )
    if count < 0 and left % dtype.itemsize:
        raise ValueError(f"frombuffer: {left} bytes are no multiple of the element's size {dtype.itemsize}")
    raw = dtypes.int16 if dtype is dtypes.bfloat16 else dtype
    out: Any = from_numpy(np.frombuffer(buffer, raw.numpy, count, offset))
    if raw is not dtype:
        out = out.view(dtype)
    return out.requires_grad_() if requires_grad else out


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """Return a tensor that shares the memory of a NumPy array.

    Raises:
        TypeError: It is no array, or there is no dtype for its elements.
        ValueError: Its strides are negative, or no multiples of the element's size, or its bytes are in another order.

    Warns:
        UserWarning: Tensors have no such elements (unsigned integers of more than 8 bits), so they become wider ones in
            memory of their own; or the array is read-only.

    Example:
        >>> import mocrograd as mg
        >>> import numpy as np
        >>> array = np.arange(3.0)
        >>> x = mg.from_numpy(array)
        >>> x += 10
        >>> array
        array([10., 11., 12.])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if not ndarray.dtype.isnative:
        raise ValueError("given numpy array has byte order different from the native byte order; use array.astype")
    wider = dtypes.representable(ndarray)
    if wider is not ndarray and wider.dtype != ndarray.dtype:
        warnings.warn(
            f"tensors of {ndarray.dtype} do not exist: the elements become {wider.dtype}, in memory of their own",
            UserWarning,
            stacklevel=2,
        )
        ndarray = wider
    dtype = dtypes.from_numpy(ndarray.dtype)
    flags, shape, steps, itemsize = ndarray.flags, ndarray.shape, ndarray.strides, dtype.itemsize
    if not flags.aligned or [step for step in steps if step < 0 or step % itemsize]:
        raise ValueError(
            "At least one stride in the given numpy array is negative or no multiple of the element's size, and "
            "tensors with such strides are not supported. (You can probably work around this by making a copy "
            "of your array with array.copy().)"
        )
    address = backend.address_of(ndarray)
    if address % itemsize and ndarray.size:
        raise ValueError(
            f"expected memory at a multiple of {itemsize} bytes for {dtype.name}: copy it with array.copy()"
        )
    if not flags.writeable:
        warnings.warn(
            "The given NumPy array is not writable, and tensors do not support non-writable memory: writing to "
            "the tensor writes to the array.",
            UserWarning,
            stacklevel=2,
        )
    out: Tensor = blank(Tensor)
    strides = tuple([step // itemsize for step in steps])
    dense = strides == contiguous_strides(shape)
    backend.set_memory(out, ndarray, shape, strides, dtype, backend.cpu, address, ndarray.size, dense)
    return out


@method
def __array_wrap__(input: Tensor, array: Any, context: Any = None, return_scalar: bool = False) -> Tensor:
    """Return what a function of NumPy's made of a tensor as a tensor; NumPy calls it."""
    return tensor(array)


class _Writable:
    """The memory of an array, which may be written to, as NumPy sees it."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array
        described = array.__array_interface__
        self.__array_interface__ = {**described, "data": (described["data"][0], False)}


class _Capsule:
    """A capsule of DLPack over host memory, as the object that NumPy wants."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0


def from_dlpack(ext_tensor: Any, *, device: Device = None, copy: bool | None = None) -> Tensor:
    """Return a tensor that shares the memory of an object with `__dlpack__`, or of a capsule, in host memory.

    Args:
        ext_tensor: The object.
        device: Where the tensor is.
        copy: Whether it has memory of its own; where it must, by default.

    Raises:
        ValueError: It must have memory of its own, and may not.

    Example:
        >>> import mocrograd as mg
        >>> import numpy as np
        >>> array = np.arange(3.0)
        >>> x = mg.from_dlpack(array)
        >>> array[0] = 7
        >>> x
        tensor([7., 1., 2.], dtype=mocrograd.float64)
    """
    capsule = type(ext_tensor).__name__ == "PyCapsule"
    array = np.from_dlpack(_Capsule(ext_tensor) if capsule else ext_tensor)
    if capsule:  # which says nothing about writing, so NumPy would not
        array = np.asarray(_Writable(array))
    # NumPy gives arrays without elements strides of 0
    made = from_numpy(array) if array.size else empty(array.shape, dtype=dtypes.from_numpy(array.dtype))
    if device is not None and backend.device(device) is not made.device:
        if copy is False:
            raise ValueError(f"from_dlpack(): cannot move memory from {made.device} to {device} without a copy")
        return made.to(device)
    return made.clone() if copy else made


@takes_out(in_its_dtype=True)
def arange(
    start: Any = None, end: Any = None, step: float = 1, *, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return start, start + step, ... up to, without, end; int64 for integers, else float32. `arange(end)` starts at 0.

    Raises:
        TypeError: There is no end.
        RuntimeError: The step is 0, or leads away from the end.
        NotImplementedError: The dtype is complex, or bool.

    Example:
        >>> import mocrograd as mg
        >>> mg.arange(1, 7, 2)
        tensor([1, 3, 5])
    """
    start, end = (None, start) if end is None else (start, end)
    start = 0 if start is None else start
    if end is None:
        raise TypeError("arange() missing 1 required positional argument: 'end'")
    if not (type(start) is type(end) is type(step) is int):
        start, end, step = [real_of(x) for x in (start, end, step)]
        for name, value in (("start", start), ("end", end), ("step", step)):
            if not math.isfinite(number("arange", name, value)):
                raise RuntimeError(f"arange(): unsupported range: {start} -> {end}")
    if dtype is None:
        kinds = [dtypes.scalar_kind(x) for x in (start, end, step)]
        dtype = dtypes.get_default_dtype() if 2 in kinds else dtypes.int64
    elif dtype.is_complex or dtype.kind == 0:
        raise NotImplementedError(f'"arange" not implemented for {dtype.name}')
    if dtype is dtypes.int64:
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = shape_of("arange", (math.ceil((end - start) / step),))[0]
    if dtype.kind == 1:
        start, step = int(start), int(step)
    return _ramp(count, start, step, start + (count - 1) * step, dtype, device, requires_grad)


def _ramp(count: int, first: float, step: float, last: float, dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    """Return evenly spaced numbers, computed in float64 where the dtype is floating, in int64 elsewhere."""
    dtype, device = _options(dtype, device)
    own = dtype if dtype in RAMPS else dtypes.float64 if dtype.kind == 2 else dtypes.int64
    out = fresh((count,), count, own, device)
    ramp(out, first, step, last)
    out = out if own is dtype else out.to(dtype)
    return out.requires_grad_() if requires_grad else out


def _steps(name: str, steps: Any) -> int:
    """Return a number of values.

    Raises:
        TypeError: It is no integer.
        RuntimeError: It is negative.
    """
    count = integer(name, "steps", steps)
    if count < 0:
        raise RuntimeError(f"number of steps must be non-negative, got {steps}")
    return shape_of(name, (count,))[0]


@takes_out(in_its_dtype=True)
def linspace(
    start: complex, end: complex, steps: int, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return `steps` evenly spaced values from start to end, both included; complex where one of these is.

    Example:
        >>> import mocrograd as mg
        >>> mg.linspace(0.0, 1.0, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    steps = _steps("linspace", steps)
    first, last, dtype = ends_of("linspace", start, end, dtype)
    dtype, _ = _options(dtype, device)
    if dtype.kind == 2:
        step = (last - first) / max(steps - 1, 1)
        return _ramp(steps, first, step, last if steps > 1 else first, dtype, device, requires_grad)  # type: ignore[arg-type]
    return from_host(spaced(first, last, steps, dtype).astype(dtype.numpy), device, requires_grad, dtype)


@takes_out(in_its_dtype=True)
def logspace(
    start: complex, end: complex, steps: int, base: float = 10.0, *, dtype: Dtype = None, device: Device = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Return `base` to the power of `steps` evenly spaced values from start to end, as `linspace` gives them.

    Example:
        >>> import mocrograd as mg
        >>> mg.logspace(0, 2, 3).round()
        tensor([  1.,  10., 100.])
    """
    steps = _steps("logspace", steps)
    first, last, dtype = ends_of("logspace", start, end, dtype)
    dtype, _ = _options(dtype, device)
    values = np.power(number("logspace", "base", base), spaced(first, last, steps, dtype))
    return from_host(values.astype(dtype.numpy), device, requires_grad, dtype)


@takes_out(in_its_dtype=True)
def eye(
    n: int, m: int | None = None, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False
) -> Tensor:
    """Return the identity matrix of n rows and m columns (n by default).

    Example:
        >>> import mocrograd as mg
        >>> mg.eye(2)
        tensor([[1., 0.],
                [0., 1.]])
    """
    shape = shape_of("eye", (n, n if m is None else m))
    out = _filled(shape, 0.0, dtype, device, False)
    fill(view_of(out, (min(shape),), (shape[1] + 1,), 0, min(shape)), 1)
    return out.requires_grad_() if requires_grad else out


def scalar_tensor(s: Any, *, dtype: Dtype = None, device: Device = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor of no dimensions, of the default dtype where none is given.

    Args:
        s: A number.
        dtype: The dtype.
        device: Where it is.
        requires_grad: Whether operations on it are recorded.

    Example:
        >>> import mocrograd as mg
        >>> mg.scalar_tensor(2), mg.scalar_tensor(2, dtype=mg.int64)
        (tensor(2.), tensor(2))
    """
    if dtypes.scalar_kind(s) < 0:
        raise TypeError(f"scalar_tensor(): argument 's' must be Number, not {type(s).__name__}")
    dtype = dtypes.get_default_dtype() if dtype is None else dtype
    return full((), s, dtype=dtype, device=device, requires_grad=requires_grad)


@method
def __new__(cls: Any, *args: Any, **kwargs: Any) -> Tensor:
    """Make a float32 tensor of a shape, or of data, as torch's legacy constructor does."""
    if len(args) == 1 and not isinstance(args[0], int):
        return tensor(args[0], dtype=dtypes.get_default_dtype())
    return empty(*args)


def rebuild(
    cls: type[Tensor],
    array: np.ndarray[Any, Any],
    device: str,
    requires_grad: bool,
    shape: tuple[int, ...] | None = None,
    strides: tuple[int, ...] = (),
    dtype: Dtype = None,
) -> Any:
    """Return a tensor from what it was pickled as; where there is a dtype, the array has only its bytes."""
    made: Any = tensor(array, device=device)
    if dtype is not None:
        made = made.view(dtype)
    if shape is not None:
        if math.prod(shape) and span(shape, strides) > made._size:
            raise ValueError(f"a tensor of shape {shape} and strides {strides} does not fit into {made._size} elements")
        with no_grad():
            made = view_of(made, shape, strides, 0, math.prod(shape))
    return Tensor._make_subclass(cls, made, requires_grad)
