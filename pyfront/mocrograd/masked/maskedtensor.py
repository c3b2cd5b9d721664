"""The class of masked tensors, which hold two ordinary tensors, elements and a mask (wrapping.py, forms.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from mocrograd import autograd, dtypes, ops
from mocrograd.tensor import Tensor
from mocrograd.wrapping import Wrapping, wrap

_answer: list[Callable[..., Any]] = []
"""What functions make of masked tensors (forms.py)."""
_DTYPES = {
    dtypes.float16, dtypes.float32, dtypes.float64, dtypes.bool_, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
}  # fmt: skip


class MaskedTensor(Wrapping):
    """A tensor with a mask, which is True where an element counts.

    Operations of one or two operands and changes of shape keep the mask, and reductions leave out what is masked out.
    Operations that have no form for masked tensors raise TypeError. A compiled function that uses one runs eagerly.

    Args:
        data: The elements, which are copied.
        mask: Bools of the same shape, which are copied.
        requires_grad: Whether operations on it are recorded.

    Raises:
        TypeError: One of the two is no ordinary tensor, or has another dtype.
        ValueError: The shapes differ.
    """

    _kept: Tensor  # the mask

    __hash__ = object.__hash__

    def __new__(cls, data: Any, mask: Any, requires_grad: bool = False) -> MaskedTensor:
        """Copy elements and mask."""
        check(data, mask)
        elements = data.detach().clone()
        elements.requires_grad_(requires_grad)
        return made(elements, mask.detach().clone())

    def __init__(self, data: Any, mask: Any, requires_grad: bool = False) -> None:
        """Leave everything to `__new__`."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return what a function's form for masked tensors makes of its arguments.

        Raises:
            TypeError: It has none, or another class among the arguments has its own way.
        """
        known = all(issubclass(cls, kind) for kind in types)
        return _answer[0](func, args, kwargs or {}) if known else NotImplemented

    def _like(self, elements: Tensor) -> MaskedTensor:
        return made(elements, self._kept)

    def _refuse(self) -> NoReturn:
        raise TypeError(
            "expected an ordinary tensor, got a MaskedTensor, of which this operation has no form: use get_data() or "
            "to_tensor(value)"
        )

    def backward(self, gradient: Any = None, *args: Any, **options: Any) -> None:
        """Add gradients of what is not masked out to the leaves that it depends on; see `autograd.backward`."""
        if isinstance(gradient, MaskedTensor):
            gradient = gradient.to_tensor(0)
        guarded(self._elements, self._kept).backward(gradient, *args, **options)

    def get_data(self) -> Tensor:
        """Return the elements, through which the gradient of what is masked out is 0."""
        data = guarded(self._elements, self._kept)
        return data.detach() if data is self._elements else data

    def get_mask(self) -> Tensor:
        """Return the mask."""
        return self._kept

    def to_tensor(self, value: Any) -> Tensor:
        """Return the elements, with a number in place of what is masked out.

        Args:
            value: The number.
        """
        return self._elements.masked_fill(~self._kept, value)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Return whether the elements lie row-major without gaps."""
        return self._elements.is_contiguous(memory_format)

    def stride(self, dim: int | None = None) -> Any:
        """Return the strides of the elements."""
        return self._elements.stride(dim)

    def item(self) -> Any:
        """Return the one element.

        Raises:
            RuntimeError: There is not exactly one.
            ValueError: It is masked out.
        """
        number = self._elements.item()
        if not self._kept.item():
            raise ValueError("item: the only element of a MaskedTensor is masked out")
        return number

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: an array has no mask.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("can't convert a MaskedTensor to numpy. Use MaskedTensor.to_tensor(value) first.")

    def tolist(self) -> Any:
        """Refuse: a list has no mask; use `to_tensor(value).tolist()`."""
        self.numpy()

    def __setitem__(self, index: Any, value: Any) -> None:
        """Refuse: elements have no mask of their own to be set with.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a MaskedTensor does not support assigning to an index: change get_data() and get_mask()")

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle elements and mask."""
        return _rebuilt, (self._elements, self._kept)

    def __deepcopy__(self, memo: dict[int, Any]) -> MaskedTensor:
        """Copy a leaf with its gradient."""
        if id(self) not in memo:
            memo[id(self)] = made(self._elements.__deepcopy__(memo), self._kept.clone())
        copied: MaskedTensor = memo[id(self)]
        return copied

    def __repr__(self, **options: Any) -> str:
        """Return the elements, with -- for what is masked out."""
        if not self._shape:
            return f"MaskedTensor({_shown(self._elements, self._kept)}, {self._kept.item()})"
        return "MaskedTensor(\n" + _indented(_rows(self._elements, self._kept)) + "\n)"

    __str__ = __repr__


def check(data: Any, mask: Any) -> None:
    """Hold elements and a mask to be what a masked tensor is made of.

    Raises:
        TypeError: One of the two is no ordinary tensor, or has another dtype.
        ValueError: The shapes differ.
    """
    for which, x in (("data", data), ("mask", mask)):
        if isinstance(x, MaskedTensor) or not isinstance(x, Tensor):
            raise TypeError(f"{which} must be a Tensor")
        if x._sparse:
            raise TypeError(f"masked_tensor: expected {which} with memory, got a sparse tensor: use to_dense()")
    if mask.dtype is not dtypes.bool_:
        raise TypeError("mask must have dtype bool.")
    if data.dtype not in _DTYPES:
        raise TypeError(f"{data.dtype} is not supported in MaskedTensor.")
    if data.dim() != mask.dim():
        raise ValueError("data.dim() must equal mask.dim()")
    if data.shape != mask.shape:
        raise ValueError("data.size() must equal mask.size()")


def made(elements: Tensor, mask: Tensor) -> MaskedTensor:
    """Return a masked tensor of elements, whose graph is its own.

    Raises:
        TypeError: The elements' dtype has no masked tensors.
        RuntimeError: A `vmap` is running.
    """
    check(elements, mask)
    new: MaskedTensor = wrap(MaskedTensor, elements, elements._shape)
    new._kept = mask
    return new


def guarded(x: Tensor, mask: Tensor) -> Tensor:
    """Return a tensor of the mask's shape through which the gradient of what is masked out is 0, nan or not."""
    if not (x.requires_grad and autograd.is_grad_enabled()):
        return x
    wide = x.broadcast_to(mask.shape)
    return ops.where(mask, wide, wide.detach())


def connected(data: Any, mask: Any) -> MaskedTensor:
    """Return a masked tensor through which gradients reach the tensor of its elements."""
    check(data, mask)
    elements = guarded(data, mask)
    return made(elements.clone() if elements is data else elements, mask.detach().clone())


def _rebuilt(elements: Tensor, mask: Tensor) -> MaskedTensor:
    return made(elements, mask)


def _shown(element: Tensor, kept: Tensor) -> str:
    number = element.item()
    return "--" if not kept.item() else f"{number:8.4f}" if isinstance(number, float) else str(number)


def _rows(elements: Tensor, mask: Tensor) -> str:
    if elements.dim() > 1:
        rows = [_indented(_rows(row, kept)) for row, kept in zip(elements, mask, strict=True)]
        return "[\n" + ",\n".join(rows) + "\n]"
    texts = [_shown(element, kept) for element, kept in zip(elements.detach(), mask, strict=True)]
    widths = [8 if text == "--" else len(text) for text in texts]
    return "[" + ", ".join(text.rjust(max(widths)) if text == "--" else text for text in texts) + "]"


def _indented(text: str) -> str:
    return "\n".join("  " + line for line in text.split("\n"))
