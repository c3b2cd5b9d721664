"""What torch tells of tensors of other kinds, as attributes: all tensors here are strided and dense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import backend
from mocrograd.layout import Size, strided
from mocrograd.ops.creation import empty, tensor
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor, alias, attribute, method
from mocrograd.types import Device

_NOT = (
    "is_ipu", "is_maia", "is_mkldnn", "is_mps", "is_mtia", "is_nested", "is_quantized", "is_sparse", "is_sparse_csr",
    "is_vulkan", "is_xla", "is_xpu",
)  # fmt: skip
for _name in _NOT:
    setattr(Tensor, _name, False)


@attribute
def layout(input: Tensor) -> Any:
    """`strided`: the elements lie at distances that the strides tell."""
    return strided


@attribute
def name(input: Tensor) -> None:
    """None: tensors have no names."""


@attribute
def output_nr(input: Tensor) -> int:
    """Which output of its node it is."""
    return 0 if input._edge is None else input._edge[1]


@method
def is_inference(input: Tensor) -> bool:
    """Return False: what `inference_mode` makes are tensors like all others.

    Example:
        >>> import mocrograd as mg
        >>> with mg.inference_mode():
        ...     x = mg.ones(2)
        >>> x.is_inference()
        False
    """
    return False


@method
def is_pinned(input: Tensor, device: Device = None) -> bool:
    """Return False: no memory is pinned.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2).is_pinned()
        False
    """
    return False


@method
def pin_memory(input: Tensor, device: Device = None) -> Tensor:
    """Return the tensor itself: copies to a GPU do not need pinned memory.

    Raises:
        RuntimeError: It is not on the CPU, or there is no GPU.
    """
    if input.device is not backend.cpu:
        raise RuntimeError(f"cannot pin a tensor on {input.device}: only dense CPU tensors can be pinned")
    if not backend.device_count():
        raise RuntimeError("Cannot access accelerator device when none is available.")
    return input


@method
def record_stream(input: Tensor, stream: Any) -> None:
    """Do nothing: a GPU does everything in the order in which it is told to.

    Raises:
        RuntimeError: `stream` is no stream.
    """
    if not hasattr(stream, "wait_stream"):
        raise RuntimeError(f"record_stream(): unknown parameter type, expected a Stream, got {type(stream).__name__}")


@method
def is_coalesced(input: Tensor) -> bool:
    """Raise RuntimeError, as torch does for dense tensors."""
    raise RuntimeError("is_coalesced expected sparse coordinate tensor layout but got Strided")


@method
def to_dense(input: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """Return the tensor itself, which is dense, in a dtype.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2)
        >>> x.to_dense() is x
        True
    """
    return input if dtype is None else input.to(dtype)


@method
def const_data_ptr(input: Tensor) -> int:
    """Return the address of the first element; 0 without memory.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2)
        >>> x.const_data_ptr() == x.data_ptr()
        True
    """
    return input.data_ptr()


@method
def dim_order(input: Tensor) -> tuple[int, ...]:
    """Return the dimensions from the one with the largest stride to the one with the smallest.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, 3).T.dim_order()
        (1, 0)
    """
    return tuple(sorted(range(input.ndim), key=lambda d: -input._strides[d]))


@method
def is_set_to(input: Tensor, tensor: Tensor) -> bool:
    """Return whether another tensor has the same memory, shape and strides.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.ones(2, 3)
        >>> x.is_set_to(x.view(2, 3)), x.is_set_to(x.clone())
        (True, False)
    """
    alike = input._shape == tensor._shape and input._strides == tensor._strides
    return alike and input._bare_address == tensor._bare_address and input._marks == tensor._marks


@method
def as_subclass(input: Tensor, cls: type[Tensor]) -> Any:
    """Return the tensor as one of a subclass, with the same memory and history.

    Args:
        input: A tensor.
        cls: A class derived from Tensor.

    Raises:
        TypeError: It is none.

    Example:
        >>> import mocrograd as mg
        >>> class Named(mg.Tensor):
        ...     pass
        >>> x = mg.ones(2)
        >>> named = x.as_subclass(Named)
        >>> type(named).__name__, named.data_ptr() == x.data_ptr()
        ('Named', True)
    """
    if not (isinstance(cls, type) and issubclass(cls, Tensor)):
        raise TypeError(f"as_subclass(): argument 'cls' must be a subclass of Tensor, got {cls!r}")
    seen = disabled_torch_function(Tensor.view_as, (), (input, input))
    new = Tensor._make_subclass(cls, seen)
    new.requires_grad, new.grad_fn, new._edge = seen.requires_grad, seen.grad_fn, seen._edge
    return new


@method
def new(input: Tensor, *args: Any, device: Device = None) -> Tensor:
    """Return a tensor of the same dtype, of sizes with values that are not set, or of data.

    Example:
        >>> import mocrograd as mg
        >>> mg.ones(2, dtype=mg.float64).new([1, 2])
        tensor([1., 2.], dtype=mocrograd.float64)
    """
    where = input.device if device is None else device
    if not args or isinstance(args[0], (int, Size)):
        return empty(*args or (0,), dtype=input.dtype, device=where)
    if isinstance(args[0], Tensor):
        return args[0].detach()
    return tensor(args[0], dtype=input.dtype, device=where)


@method
def map_(input: Tensor, tensor: Tensor, callable: Callable[[float, float], float]) -> Tensor:
    """Replace each element by what a function of Python makes of it and one of another tensor, which broadcasts.

    Raises:
        TypeError: The other one is of another dtype.
        RuntimeError: The tensor requires a gradient.

    Example:
        >>> import mocrograd as mg
        >>> mg.tensor([1.0, 2.0]).map_(mg.tensor([3.0, 4.0]), lambda a, b: a * b)
        tensor([3., 8.])
    """
    if tensor.dtype is not input.dtype:
        raise TypeError(f"map_: expected {input.type()} for 'other' (got {tensor.type()})")
    if input.requires_grad:
        raise RuntimeError("Can't call map_() on a tensor that requires grad. Use detach().map_() instead.")
    others = tensor.expand_as(input).reshape(-1).tolist()
    values = [callable(x, y) for x, y in zip(input.reshape(-1).tolist(), others)]
    return input.copy_(input.new_tensor(values).reshape(input._shape))


def _class_getitem(cls: type[Tensor], kind: Any) -> type[Tensor]:
    """Return the class: annotations such as `Tensor[float]` say nothing more."""
    return cls


alias("__class_getitem__", classmethod(_class_getitem))
