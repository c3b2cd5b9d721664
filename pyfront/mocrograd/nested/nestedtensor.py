"""The class of nested tensors: rows of several lengths, packed one after the other (wrapping.py, forms.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from itertools import count, pairwise
from typing import Any, NoReturn

from mocrograd import layout, ops
from mocrograd.tensor import Tensor
from mocrograd.wrapping import Wrapping, wrap

_answer: list[Callable[..., Any]] = []
"""What functions make of nested tensors (forms.py)."""
_number = count(1)
_FIRST = 1 << 40  # the least size of a ragged dimension, which no other dimension has


def _no_number(self: Any, *others: Any) -> NoReturn:
    """Raise: rows have several lengths.

    Raises:
        RuntimeError: Always.
    """
    raise RuntimeError("the size of a ragged dimension is no number: use offsets() of the nested tensor")


class Ragged(int):
    """The size of a ragged dimension, equal to itself alone; what packs and unpacks rows of its lengths.

    Attributes:
        offsets: Where each row begins in the packed elements, and where the last one ends.
    """

    offsets: Tensor
    name: str

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = _no_number
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __pow__ = _no_number
    __hash__ = int.__hash__

    def __repr__(self) -> str:
        """Return a name, such as j1."""
        return self.name

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """Return the name."""
        return format(self.name, spec)

    @property
    def batch(self) -> int:
        """The number of rows."""
        return self.offsets._shape[0] - 1

    @cached_property
    def lengths(self) -> list[int]:
        """The lengths of rows."""
        bounds = self.offsets.tolist()
        return [int(end) - int(start) for start, end in pairwise(bounds)]

    @cached_property
    def longest(self) -> int:
        """The length of the longest row."""
        return max(self.lengths, default=0)

    @cached_property
    def rows(self) -> Tensor:
        """Which row each element of the packed dimension belongs to."""
        numbers = ops.arange(self.batch, device=self.offsets.device)
        return numbers.repeat_interleave(ops.tensor(self.lengths, dtype=numbers.dtype, device=self.offsets.device))

    @cached_property
    def positions(self) -> Tensor:
        """At which position of its row each element of the packed dimension is."""
        rows = self.rows
        return ops.arange(rows._shape[0], device=rows.device) - self.offsets.to(rows.dtype)[rows]

    def padded(self, values: Tensor, value: Any, length: int | None = None) -> Tensor:
        """Return rows, packed along the first dimension, as (rows, positions, ...), with a number behind short ones."""
        shape = (self.batch, self.longest if length is None else length, *values._shape[1:])
        empty = ops.full(shape, value, dtype=values.dtype, device=values.device)
        return empty.index_put((self.rows, self.positions), values)

    def packed(self, padded: Tensor) -> Tensor:
        """Return the elements of (rows, positions, ...) that belong to rows, one after the other."""
        return padded[self.rows, self.positions]


def ragged(offsets: Tensor) -> Ragged:
    """Return a new ragged size."""
    number = next(_number)
    size = Ragged(_FIRST + number)
    size.offsets, size.name = offsets, f"j{number}"
    return size


class NestedTensor(Wrapping):
    """Rows of several lengths: the first dimension counts them, another one is ragged, and the rest is alike.

    Make one with `nested.nested_tensor`, `as_nested_tensor` or `nested_tensor_from_jagged`. What has no form for nested
    tensors raises NotImplementedError. A compiled function that uses one runs eagerly.
    """

    _size_of: Ragged
    _at: int  # which dimension is ragged

    __hash__ = object.__hash__

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return what a function's form for nested tensors makes of its arguments.

        Raises:
            NotImplementedError: It has none.
        """
        known = all(issubclass(cls, kind) for kind in types)
        return _answer[0](func, args, kwargs or {}) if known else NotImplemented

    def _like(self, elements: Tensor) -> NestedTensor:
        return made(elements, self._size_of, self._at)

    def _refuse(self) -> NoReturn:
        raise NotImplementedError(
            "expected an ordinary tensor, got a NestedTensor, of which this operation has no form: use values(), "
            "unbind() or to_padded_tensor(padding)"
        )

    @property
    def layout(self) -> Any:
        """`jagged`."""
        return layout.jagged

    @property
    def is_nested(self) -> bool:  # type: ignore[override]
        """True."""
        return True

    def values(self) -> Tensor:
        """Return the elements of all rows, one after the other, which share the memory."""
        elements = self._elements
        return elements.view_as(elements) if elements.requires_grad else elements.detach()

    def offsets(self) -> Tensor:
        """Return where each row begins among the values, and where the last one ends."""
        return self._size_of.offsets

    def lengths(self) -> None:
        """Return None: there is nothing between rows."""

    def to_padded_tensor(self, padding: float, output_size: Any = None) -> Tensor:
        """Return an ordinary tensor in which short rows are filled up.

        Args:
            padding: The number that they are filled with.
            output_size: The shape, in which the ragged dimension may be longer than the longest row.

        Raises:
            RuntimeError: The shape does not fit.
        """
        shape = list(self._shape)
        shape[self._at] = self._size_of.longest
        wanted = shape if output_size is None else list(output_size)
        others = [size for at, size in enumerate(wanted) if at != self._at]
        if len(wanted) != len(shape) or others != [n for at, n in enumerate(shape) if at != self._at]:
            raise RuntimeError(f"to_padded_tensor: a nested tensor of shape {shape} does not fit into {wanted}")
        if wanted[self._at] < shape[self._at]:
            raise RuntimeError(f"to_padded_tensor: expected a size of at least {shape[self._at]}, got {wanted}")
        return padded(self, padding, wanted[self._at])

    def backward(self, gradient: Any = None, *args: Any, **options: Any) -> None:
        """Add gradients to the leaves that it depends on; see `autograd.backward`."""
        given = gradient._elements if isinstance(gradient, NestedTensor) else gradient
        self._elements.backward(given, *args, **options)

    def is_contiguous(self, memory_format: Any = None) -> bool:
        """Return whether the packed elements lie row-major without gaps."""
        return self._elements.is_contiguous()

    def stride(self, dim: int | None = None) -> Any:
        """Refuse: rows are at several distances.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("stride: rows of a NestedTensor are at several distances: use values().stride()")

    def item(self) -> Any:
        """Return the one element.

        Raises:
            RuntimeError: There is not exactly one.
        """
        return self._elements.item()

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: an array has no ragged dimension.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError("can't convert a NestedTensor to numpy. Use values(), or to_padded_tensor(padding), first.")

    def tolist(self) -> Any:
        """Refuse; use `[row.tolist() for row in x.unbind()]`."""
        self.numpy()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle elements and offsets."""
        return _rebuilt, (self._elements, self._size_of.offsets, self._at)

    def __repr__(self, **options: Any) -> str:
        """Return the shape and the offsets."""
        shape = ", ".join(map(str, self._shape))
        node = self.grad_fn
        graph = ", requires_grad=True" if self.requires_grad and node is None else ""
        graph = graph if node is None else f", grad_fn=<{type(node).__name__}>"
        contiguous = self.is_contiguous()
        return f"NestedTensor(size=({shape}), offsets={self._size_of.offsets}{graph}, contiguous={contiguous})"

    __str__ = __repr__


def made(elements: Tensor, size: Ragged, at: int) -> NestedTensor:
    """Return a nested tensor of packed elements.

    Args:
        elements: Of one dimension less than the result.
        size: Of the ragged dimension.
        at: Which dimension that is.
    """
    shape = elements._shape
    new: NestedTensor = wrap(NestedTensor, elements, (size.batch, *shape[: at - 1], size, *shape[at:]))
    new._size_of, new._at = size, at
    return new


def packed_first(x: NestedTensor) -> Tensor:
    """Return the elements with the packed dimension in front."""
    return x._elements.movedim(x._at - 1, 0)


def padded(x: NestedTensor, value: Any, length: int | None = None) -> Tensor:
    """Return an ordinary tensor of the same dimensions in which short rows end in a number."""
    return x._size_of.padded(packed_first(x), value, length).movedim(1, x._at)


def repacked(wide: Tensor, size: Ragged, at: int) -> NestedTensor:
    """Return the nested tensor of which a padded one is given."""
    return made(size.packed(wide.movedim(at, 1)).movedim(0, at - 1), size, at)


def rows_of(x: NestedTensor) -> tuple[Tensor, ...]:
    """Return the rows."""
    return tuple(x._elements.split(x._size_of.lengths, x._at - 1))


def _rebuilt(elements: Tensor, offsets: Tensor, at: int) -> NestedTensor:
    return made(elements, ragged(offsets), at)
