"""What reductions share: how a layout is reduced, the kernel's call, and `Sum`, which broadcasting needs too."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from mocrograd import dtypes
from mocrograd.autograd import Function, mode
from mocrograd.backend import REDUCE_BLOCK, allocate, call
from mocrograd.layout import Shape, contiguous_strides, layout_words, normalize_dim
from mocrograd.tensor import Tensor, fresh, view_of
from mocrograd.types import Dtype, Ints, Operand


class Reduction(NamedTuple):
    """How a kernel reduces a layout."""

    shape: Shape
    kept: Shape  # the shape with the reduced dimensions as 1
    size: int
    length: int  # elements per result
    blocks: int  # pieces that a kernel reduces by themselves
    repeat: Shape  # the strides with which a contiguous result fills the layout again: 0 along the reduced dimensions
    words: Shape


@lru_cache(maxsize=8192)
def reduction(shape: Shape, strides: Shape, dims: Shape, keepdim: bool) -> Reduction:
    """Return how to reduce `dims`, which are counted from the front."""
    rest = [d for d in range(len(shape)) if d not in dims]
    inner, outer = [shape[d] for d in dims], [shape[d] for d in rest]
    kept = tuple(1 if d in dims else n for d, n in enumerate(shape))
    words = (
        *layout_words(tuple(outer), tuple([strides[d] for d in rest])),
        *layout_words(tuple(inner), tuple([strides[d] for d in dims])),
    )
    out = kept if keepdim else tuple(outer)
    count = math.prod(inner)
    side_by_side = words[2 * words[0]] == 1 and words[-1] != 1  # as _side_by_side in mojo_kernels/reduce
    blocks = 1 if side_by_side else -(-count // REDUCE_BLOCK)
    repeat = tuple([0 if d in dims else stride for d, stride in enumerate(contiguous_strides(kept))])
    return Reduction(out, kept, math.prod(outer), count, blocks, repeat, words)


def dims_of(x: Tensor, dim: Ints | None) -> Shape:
    """Return dimensions counted from the front, ascending; all of them for None or ().

    Raises:
        IndexError: One is out of range.
        RuntimeError: One appears twice.
    """
    ndim = len(x._shape)
    if dim is None or dim == ():
        return tuple(range(ndim))
    if type(dim) is int:
        dims: Shape = (normalize_dim(dim, ndim),)
    else:
        dims = tuple(sorted(normalize_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))))
        if len(set(dims)) != len(dims):
            raise RuntimeError(f"dims {list(dims)}: one dim appears multiple times in the list of dims")
    return dims if ndim else ()


@lru_cache(maxsize=256)
def _kernel_name(name: str, dtype: dtypes.dtype) -> str:
    return f"{name}.forward.{dtype.kernels}"


def reduce_kernel(name: str, x: Tensor, p: Reduction, scale: float = 1, dtype: Dtype = None) -> Tensor:
    """Run a reduction kernel, whose result is of the input's dtype or of the one that is given."""
    kernel = x.device.table[_kernel_name(name, x.dtype)]
    out = fresh(p.shape, p.size, dtype or x.dtype, x.device)
    if p.size and p.length:
        device = x.device
        nbytes = p.size * p.blocks * (out.dtype.wide or out.dtype).itemsize
        storage, scratch = allocate(nbytes, device) if p.blocks > 1 else (None, 0)
        factor = float(scale) if x.dtype.kind == 2 else int(scale)
        call(kernel, p.size * p.length, out.address, x.address, scratch, factor, p.words, device.context)
        del storage
    elif p.size:
        out.fill_(name == "prod" if scale == 1 else math.nan)
    return out


def as_tensor(name: str, input: Operand) -> Tensor:
    """Return a tensor as it is.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' must be Tensor, not {type(input).__name__}")
    return input


class Sum(Function):
    """y = scale * sum of x over some dimensions."""

    # It keeps the dimensions, None where all elements were added up by the direct way, the shape and the scale.

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Shape, keepdim: bool, scale: float) -> Tensor:
        """Run the sum kernel."""
        p = reduction(x._shape, x._strides, dims, keepdim)
        ctx.kept = dims, x._shape, scale
        return reduce_kernel("sum", x, p, scale, x.dtype.computes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Expand the gradient along the reduced dimensions."""
        dims, shape, scale = ctx.kept
        grad = grad if scale == 1 else grad * scale
        p = reduction(shape, contiguous_strides(shape), tuple(range(len(shape))) if dims is None else dims, False)
        if mode.grad or not grad._dense:
            return grad.reshape(p.kept).expand(shape), None, None, None
        return view_of(grad, shape, p.repeat, 0, math.prod(shape)), None, None, None

    def _kind(self) -> str:
        return "Sum" if self.kept[2] == 1 else "Mean"

    def _number(self) -> int:
        """Return 0 for sums of all elements, 1 for those along some dimensions."""
        dims, shape, _ = self.kept
        return int(dims is not None and len(dims) < len(shape))


def sum_to(grad: Any, shape: Shape) -> Tensor:
    """Add a gradient up along the dimensions in which an operand of `shape` was broadcast."""
    if grad._shape == shape:
        return grad
    lead = len(grad._shape) - len(shape)
    dims = tuple([d for d, n in enumerate(grad._shape) if d < lead or (shape[d - lead] == 1 and n != 1)])
    out = Sum.run(grad, dims, True, 1)
    return out if out._shape == shape else out.reshape(shape)
