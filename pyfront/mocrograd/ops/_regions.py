"""Regions of a tensor's memory: views of any strides, their gradients, and how a change of a view reaches its base."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mocrograd.autograd import Function, attach, mode
from mocrograd.backend import call, number_node, recording
from mocrograd.dtypes import dtype as Kind
from mocrograd.layout import Shape, contiguous_strides, is_contiguous
from mocrograd.ops._marked import with_marks
from mocrograd.ops._memory import fill, move, overlaps, root_of, span
from mocrograd.ops._parts import AsComplex, AsReal
from mocrograd.ops.creation import from_host, from_numpy
from mocrograd.tensor import Tensor, fresh, view_of

Region = tuple[Shape, Shape, int]  # shape, strides and offset of a part of a tensor's memory
Layout = tuple[Shape, Shape]  # shape and strides


def sliceable(x: Tensor) -> Tensor:
    """Return a tensor parts of which can be differentiated: where elements share memory, a copy that stands for it."""
    if x._dense or not x._size or not x.requires_grad or not mode.grad or not overlaps(x._shape, x._strides):
        return x
    copy: Tensor = x.contiguous()
    copy._stands_for = x
    return copy


def _in_original(copy: Tensor, strides: Shape, offset: int) -> tuple[Tensor, Shape, int]:
    """Return the tensor that a copy stands for, and where a part of the copy lies in it."""
    x = copy._stands_for
    assert x is not None

    def step(distance: int) -> int:
        total = 0
        for own, original in zip(copy._strides, x._strides):  # the greatest first
            count, distance = divmod(distance, own)
            total += count * original
        return total

    return x, tuple([step(s) for s in strides]), step(offset)


class Slice(Function):
    """A region of x as a view; it keeps the layout of x and the region."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, region: Region) -> Tensor:
        """Return the view."""
        ctx.kept = (x._shape, x._strides), region
        shape, strides, offset = region
        if x._stands_for is not None:
            x, strides, offset = _in_original(x, strides, offset)
        return view_of(x, shape, strides, offset, math.prod(shape))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Write the gradient into zeros at the region."""
        return Unslice.run(grad, *ctx.kept), None

    def _kind(self) -> str:
        """Return what an index did last: torch goes through its items one by one."""
        (shape, strides), (own, steps, _) = self.kept
        d, at = len(shape) - 1, len(own) - 1
        while d >= 0 and at >= 0 and own[at] == shape[d] and steps[at] == strides[d]:
            d, at = d - 1, at - 1
        if at >= 0 and (d < 0 or (own[at] == 1 and steps[at] == 0)):
            return "Unsqueeze"
        if d < 0:
            return "Slice"
        within = at >= 0 and (own[at] - 1) * steps[at] < shape[d] * strides[d]
        return "Slice" if within and (own[at] != 1 or steps[at] == strides[d]) else "Select"


class Diagonal(Slice):
    """A diagonal as a view."""

    def _kind(self) -> str:
        return "Diagonal"


class Unfold(Slice):
    """Windows as a view."""

    def _kind(self) -> str:
        return "Unfold"


class AsStrided(Slice):
    """A region of any strides as a view."""

    def _kind(self) -> str:
        return "AsStrided"


class Unslice(Function):
    """Zeros with x at a region: the transpose of Slice. Elements that share memory are added up."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, layout: Layout, region: Region) -> Tensor:
        """Write x into zeros at the region."""
        ctx.layout, ctx.region = layout, region
        shape, strides = layout
        reach = span(shape, strides)
        flat = fresh((reach,), reach, x.dtype, x.device)
        fill(flat, 0)
        if overlaps(*region[:2]):
            _add(flat, x, region)
        else:
            move(view_of(flat, *region, x._size), x)
        if is_contiguous(shape, strides):
            return view_of(flat, shape, contiguous_strides(shape), 0, math.prod(shape))
        return view_of(flat, shape, strides, 0, math.prod(shape))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Return the region of the gradient."""
        return Slice.run(laid_out(grad, ctx.layout), ctx.region), None, None


def is_full(x: Tensor) -> bool:
    """Return whether the elements of a tensor are all of the memory from its first to its last one."""
    shape, strides = x._shape, x._strides
    return x._size > 0 and (x._dense or (span(shape, strides) == x._size and not overlaps(shape, strides)))


class Parts(Function):
    """Regions that x consists of, as views."""

    layout: Any
    regions: Any

    @staticmethod
    def forward(ctx: Any, x: Tensor, regions: Sequence[Region]) -> tuple[Tensor, ...]:
        """Return the views."""
        ctx.layout, ctx.regions = (x._shape, x._strides), regions
        return tuple([view_of(x, *region, math.prod(region[0])) for region in regions])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor, None]:
        """Write each gradient to its region."""
        return Whole.run(ctx.layout, ctx.regions, *grads), None


class Unbind(Parts):
    """All slices of a dimension."""


class Split(Parts):
    """Parts of a dimension of one size."""


class SplitWithSizes(Parts):
    """Parts of a dimension of given sizes."""


class Whole(Function):
    """What consists of regions: the transpose of Parts. A part may be None for zeros."""

    layout: Any
    regions: Any

    @staticmethod
    def forward(ctx: Any, layout: Layout, regions: Sequence[Region], *parts: Tensor | None) -> Tensor:
        """Copy each part to its region."""
        ctx.layout, ctx.regions = layout, regions
        size = math.prod(layout[0])
        like = next(part for part in parts if part is not None)
        flat = fresh((size,), size, like.dtype, like.device)
        for region, part in zip(regions, parts):
            view = view_of(flat, *region, math.prod(region[0]))
            if part is None:
                fill(view, 0)
            else:
                move(view, part)
        return view_of(flat, *layout, 0, size)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Return the regions of the gradient."""
        return None, None, *Parts.run(laid_out(grad, ctx.layout), ctx.regions)


class Replaced(Function):
    """A base after a view of it was changed in place: the history of both.

    It keeps the layout of the base, and the region.
    """

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """The old values get the gradient outside the region, the new ones that of the region."""
        layout, region = ctx.kept
        grad = laid_out(grad, layout)
        return Cleared.run(grad, region), Slice.run(grad, region)

    def name(self) -> str:
        """Return the name of the operation that changed it, or torch's of a change of a view, which has no number."""
        return super().name() if self.torch_name else "torch::autograd::CopySlices"


class Cleared(Function):
    """x with zeros at a region."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, region: Region) -> Tensor:
        """Copy x, and clear the region."""
        ctx.region, ctx.layout = region, (x._shape, x._strides)
        reach = span(*ctx.layout)
        flat = fresh((reach,), reach, x.dtype, x.device)
        out = view_of(flat, x._shape, x._strides, 0, x._size)
        move(out, x)
        fill(view_of(flat, *region, math.prod(region[0])), 0)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Clear the region of the gradient."""
        return Cleared.run(laid_out(grad, ctx.layout), ctx.region), None


class LaidOut(Function):
    """The same values with other strides."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, strides: Shape) -> Tensor:
        """Copy the elements to the new layout."""
        reach = span(x._shape, strides)
        flat = fresh((reach,), reach, x.dtype, x.device)
        out = view_of(flat, x._shape, strides, 0, x._size)
        move(out, x)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Return the gradient."""
        return grad, None


def laid_out(x: Tensor, layout: Layout) -> Tensor:
    """Return a tensor with a layout: itself where it has that layout."""
    strides = layout[1]
    if x._strides == strides:
        return x
    return x.contiguous() if is_contiguous(*layout) else LaidOut.run(x, strides)


@lru_cache(maxsize=64)
def _offsets(shape: Shape, strides: Shape, offset: int) -> np.ndarray[Any, Any]:
    """Return the offsets in memory of the elements of a region."""
    return np.array(sum((np.arange(n).reshape(-1, *[1] * (len(shape) - d - 1)) * stride for d, (n, stride) in
                         enumerate(zip(shape, strides))), np.full(shape, offset)), dtype=np.int64)  # fmt: skip


def _add(flat: Tensor, x: Tensor, region: Region) -> None:
    """Add the elements of x to flat memory, at a region whose elements overlap."""
    device = x.device
    numbers = _offsets(*region)
    # a recording has its own copy
    offsets = from_numpy(numbers).to(device) if recording.active is None else from_host(numbers, device, False)
    x = x.contiguous()
    if x._size:
        inner = 2 if x.dtype.is_complex else 1  # parts that are added
        kernel = device.table[f"index_add.forward.{x.dtype.to_real().name}"]
        words = (flat.address, x.address, offsets.address, 1, x._size, inner, flat._size, 0)
        call(kernel, x._size, words, device.context)


class Reread(Function):
    """A view of the parts of complex numbers, or of real ones as pairs: a region of the real numbers of its base.

    It keeps the layout of the base, and the region.
    """

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Write the gradient into zeros at the region."""
        if grad.dtype.is_complex:
            return Unslice.run(AsReal.run(grad.contiguous()), *ctx.kept)
        return AsComplex.run(Unslice.run(grad, *ctx.kept))


class Rewritten(Function):
    """A base after such a view of it was changed in place: the history of both.

    It keeps the layout of the base, and the region.
    """

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """The old values get the gradient outside the region, the new ones that of the region."""
        layout, region = ctx.kept
        if grad.dtype.is_complex:
            grad = AsReal.run(grad)
            return AsComplex.run(Cleared.run(laid_out(grad, layout), region)), Slice.run(grad, region)
        grad = laid_out(grad, layout)
        return Cleared.run(grad, region), AsComplex.run(Slice.run(grad, region).clone())

    def name(self) -> str:
        """Return the name of the operation that changed it, or torch's of a change of a view, which has no number."""
        return super().name() if self.torch_name else "torch::autograd::CopySlices"


def of_other_parts(base: Tensor, view: Tensor) -> bool:
    """Return whether one is complex and the other has the dtype of its parts."""
    return base.dtype is not view.dtype and base.dtype.to_real() is view.dtype.to_real()


def _of_reals(shape: Shape, strides: Shape, dtype: Kind) -> Layout:
    return ((*shape, 2), (*[2 * s for s in strides], 1)) if dtype.is_complex else (shape, strides)


def _located(base: Tensor, view: Tensor) -> tuple[Layout, Region]:
    """Return the layout of a base, and in it the region of a view: of real numbers where the dtypes differ."""
    if not of_other_parts(base, view):
        return (base._shape, base._strides), region_in(base, view)
    offset = (view._bare_address - base._bare_address) // base.dtype.to_real().itemsize if view._size else 0
    region = (*_of_reals(view._shape, view._strides, view.dtype), offset)
    return _of_reals(base._shape, base._strides, base.dtype), region


class Marks(Function):
    """What memory holds of a conjugate or negative view, or such a view of it; it keeps the marks."""

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Conjugate or negate the gradient."""
        return with_marks(grad, ctx.kept)


def _with_marks_behind(edge: Any, marks: int) -> Any:
    """Return an edge to a node of marks in front of another edge: that one itself where there are none."""
    if edge is None or not marks:
        return edge
    node = Marks()
    node.edges, node.kept = (edge,), marks
    number_node(node)
    return node, 0


def _unmarked_edge(x: Tensor) -> Any:
    """Return where the gradient of what memory holds of a tensor goes."""
    return _with_marks_behind(x._edge, x._marks)


def _attach_marked(node: Function, x: Tensor) -> None:
    """Make a node that computes what memory holds of a tensor the history of the tensor."""
    if not x._marks:
        attach(node, x)
        return
    number_node(node)
    marks = Marks()
    marks.edges, marks.kept = ((node, 0),), x._marks
    attach(marks, x)


def replay(base: Tensor) -> None:
    """Make the views of a tensor whose history has changed views of its new value."""
    for reference in (base._stamp or [])[1:]:
        view = reference()  # type: ignore[operator]
        if view is None or root_of(view) is not base:
            continue
        if not base.requires_grad:
            view.requires_grad, view.grad_fn, view._edge = False, None, None
            continue
        node = Reread() if of_other_parts(base, view) else AsStrided()
        node.edges = (_unmarked_edge(base),)
        node.kept = _located(base, view)
        _attach_marked(node, view)


def region_in(base: Tensor, view: Tensor) -> Region:
    """Return the region of a view in its base."""
    distance = view._bare_address - base._bare_address if view._size else 0
    return view._shape, view._strides, distance // base.dtype.itemsize


def rebase(view: Tensor) -> None:
    """Put what a view became, or a constant where it has no history, into the history of its base."""
    base = view._base
    assert base is not None
    node = Rewritten() if of_other_parts(base, view) else Replaced()
    node.edges = (_unmarked_edge(base), _unmarked_edge(view))
    if any(node.edges):
        node.kept = _located(base, view)
        _attach_marked(node, base)
    replay(base)
