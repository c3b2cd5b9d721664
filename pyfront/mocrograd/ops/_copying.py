"""Copies of tensors as objects: for `copy`, `deepcopy` and `pickle`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import no_grad
from mocrograd.layout import contiguous_strides
from mocrograd.ops._marked import with_marks
from mocrograd.ops._memory import span
from mocrograd.ops.creation import rebuild
from mocrograd.tensor import Tensor, blank, method, view_of

_WORD = 8
"""Copied memory begins at a multiple of so many bytes, so that elements of each dtype are aligned there too."""
_VIEWS = ("_one_of_several",)
"""Attributes that belong to a view and to none of its copies."""


def reach(x: Tensor) -> tuple[int, int]:
    """Return the address of a tensor's first element and that behind its last one."""
    size = x._size if x._dense else span(x._shape, x._strides)
    return x._bare_address, x._bare_address + size * x.dtype.itemsize


def flat(x: Tensor, dtype: dtypes.dtype, start: int, end: int) -> Tensor:
    """Return the memory between two addresses, which lie in that of a tensor, as elements of a dtype."""
    count = (end - start) // dtype.itemsize
    new: Tensor = blank(Tensor)
    backend.set_memory(new, x.storage, (count,), (1,), dtype, x.device, start, count, True)
    return new


class _Piece:
    """Memory that has been copied.

    Attributes:
        start: The address of the first byte in the original.
        end: The address behind its last byte.
        copies: The tensors that it was copied for, and their copies.
    """

    def __init__(self, original: Tensor, start: int, end: int) -> None:
        """Copy the memory between two addresses, which lie in that of a tensor."""
        self.start, self.end = start // _WORD * _WORD, end
        self.copies: list[tuple[Tensor, Tensor]] = []
        self._memory = flat(original, dtypes.uint8, self.start, end).clone()
        self._memory._shared_stamp()

    def attach(self, original: Tensor, new: Tensor) -> None:
        """Give a tensor the part of the copied memory that another one has of the original."""
        address = self._memory.address + original._bare_address - self.start
        backend.set_memory(
            new, self._memory.storage, original._shape, original._strides, original.dtype, original.device, address,
            original._size, original._dense,
        )  # fmt: skip
        new._stamp = self._memory._stamp
        self.copies.append((original, new))


def deep_copied(x: Tensor, memo: dict[Any, Any]) -> Tensor:
    """Return a copy of a leaf in a layout of the same strides; copies of tensors that overlap in memory overlap too.

    Args:
        x: A tensor.
        memo: What `deepcopy` has copied already.
    """
    new: Tensor = blank(type(x))
    start, end = reach(x)
    if start == end or x.device is backend.meta or x._marks:
        with no_grad():
            copied = x.detach().clone()
            new._set_data(copied if start < end else view_of(copied, x._shape, x._strides, 0, 0))
    else:
        pieces: list[_Piece] = memo.setdefault("tensors", {}).setdefault(id(x.storage), [])
        touched = [piece for piece in pieces if piece.start < end and start < piece.end]
        if len(touched) == 1 and touched[0].start <= start and end <= touched[0].end:
            touched[0].attach(x, new)
        else:
            with no_grad():
                piece = _Piece(x, min([start, *(p.start for p in touched)]), max([end, *(p.end for p in touched)]))
            for before in touched:
                for original, copy in before.copies:
                    piece.attach(original, copy)
                pieces.remove(before)
            pieces.append(piece)
            piece.attach(x, new)
    memo[id(x)] = new
    new.requires_grad = x.requires_grad
    if x.grad is not None:
        new.grad = deepcopy(x.grad, memo)
    new.__dict__.update(deepcopy(attributes(x), memo))
    return new


def attributes(x: Tensor) -> dict[str, Any]:
    """Return the attributes that a tensor was given."""
    return {name: value for name, value in x.__dict__.items() if name not in _VIEWS}


def shallow(x: Tensor) -> Tensor:
    """Return a leaf in the same memory."""
    new: Tensor = Tensor._make_subclass(type(x), x.detach(), x.requires_grad)
    new.__dict__.update(attributes(x))
    return new


def preserved(x: Tensor) -> Tensor:
    """Return a copy that has the same strides if the tensor fills the memory that it reaches over."""
    start, end = reach(x)
    return deep_copied(x.detach(), {}) if end - start == x.nbytes else x.detach().clone()


def marked_view(plain: Tensor, marks: int, cls: type[Tensor], requires_grad: bool) -> Tensor:
    """Return a conjugate or negative view from what it was pickled as: the view of it without marks, and the marks."""
    with no_grad():
        view: Tensor = Tensor._make_subclass(cls, with_marks(plain, marks), requires_grad)
    return view


def reduced(x: Tensor) -> tuple[Any, ...]:
    """Return how pickle makes a tensor: of an array with its values, or with the memory that it reaches over."""
    given = attributes(x)
    if x._marks:
        plain = with_marks(x.detach(), x._marks)
        return (marked_view, (plain, x._marks, type(x), x.requires_grad), *([given] if given else []))
    device = str(x.device)
    if x._strides == contiguous_strides(x._shape):
        array = x.detach().to("cpu")._raw_numpy()
        what: tuple[Any, ...] = type(x), array, device, x.requires_grad
        if x.dtype is dtypes.bfloat16:
            what += None, (), x.dtype
        return (rebuild, what, *([given] if given else []))
    array = flat(x, x.dtype, *reach(x)).to("cpu")._raw_numpy()
    what = (
        type(x),
        array,
        device,
        x.requires_grad,
        x._shape,
        x._strides,
        *([x.dtype] if x.dtype is dtypes.bfloat16 else []),
    )
    return (rebuild, what, *([given] if given else []))


@method
def __deepcopy__(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """Copy a leaf with its gradient and attributes; copies of tensors that share memory share it too."""
    if self.grad_fn is not None:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol")
    found: Tensor | None = memo.get(id(self))
    return deep_copied(self, memo) if found is None else found


@method
def __copy__(self: Tensor) -> Tensor:
    """Return a leaf in the same memory."""
    return shallow(self)


@method
def __reduce__(self: Tensor) -> tuple[Any, ...]:
    """Pickle the values as a NumPy array."""
    return reduced(self)
