"""Operations of complex numbers that have no kernels of their own: they are composed of operations of the parts.

An operation finds out that it has no kernel of complex numbers when it looks for one; `Function.of_complex` then does
its work. Sums run over the parts as a view. A product of matrices is one product of real ones: rows of a are read as
pairs of parts, and each element of b becomes a block of two by two. A convolution is one of both parts of the images
with each part of the filters. So gradients follow from those of real operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mocrograd.autograd import mode
from mocrograd.layout import Shape
from mocrograd.ops import activation, arithmetic, transcendental
from mocrograd.ops._convolve import Options
from mocrograd.ops._indices import three
from mocrograd.ops._parts import AsComplex, AsReal, imaginary_part, real_part
from mocrograd.ops._reduction import Sum
from mocrograd.ops.compare import where
from mocrograd.ops.conv import Conv, ConvInput
from mocrograd.ops.creation import arange, tensor
from mocrograd.ops.embedding import Embedding
from mocrograd.ops.joining import cat, stack
from mocrograd.ops.matmul import AddMM, Linear, MatMul
from mocrograd.ops.moments import LogSumExp
from mocrograd.ops.reduce import Prod, amax
from mocrograd.ops.reduce import sum as sum_of
from mocrograd.ops.scan import CumProd, CumSum, LogCumSumExp, cummax
from mocrograd.ops.ternary import Addcdiv, Addcmul, Lerp
from mocrograd.ops.views import reshape
from mocrograd.tensor import Tensor


def of_parts(re: Tensor, im: Tensor) -> Tensor:
    """Return complex numbers of real and imaginary parts of one shape."""
    made: Tensor = AsComplex.run(stack((re, im), -1))
    return made


def _sum(x: Tensor, dims: Shape, keepdim: bool, scale: float) -> Tensor:
    total: Tensor = AsComplex.run(Sum.run(AsReal.run(x), dims, keepdim, scale))
    return total


def _product(a: Tensor, b: Tensor) -> Tensor:
    *batch_a, m, k = a._shape
    *batch_b, _, n = b._shape
    rows = reshape(AsReal.run(a), (*batch_a, m, 2 * k))
    blocks = reshape(stack((AsReal.run(b), AsReal.run(b * 1j)), -3), (*batch_b, 2 * k, 2 * n))
    out = MatMul.run(rows, blocks)
    made: Tensor = AsComplex.run(reshape(out, (*out._shape[:-1], n, 2)))
    return made


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    out = _product(x, weight.mT)
    return out if bias is None else out + bias


def _in_three(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a function along the middle one of three dimensions as one along a dimension of any number."""

    def along(x: Tensor, dim: int, *options: Any) -> Tensor:
        return reshape(function(reshape(x, three(x._shape, dim)), *options), x._shape)

    return along


def _running_sum(x: Tensor, reverse: bool) -> Tensor:
    outer, n, inner = x._shape
    out = CumSum.run(reshape(AsReal.run(x), (outer, n, 2 * inner)), 1, reverse)
    made: Tensor = AsComplex.run(reshape(out, (outer, n, inner, 2)))
    return made


def _running_product(x: Tensor) -> Tensor:
    """Multiply with what lies 1, 2, 4, ... places before: after each turn as many more factors are in."""
    step = 1
    while step < x._shape[1]:
        x = cat((x[:, :step], x[:, step:] * x[:, :-step]), 1)
        step *= 2
    return x


def _prod(x: Tensor, dims: Shape, keepdim: bool) -> Tensor:
    """Multiply the first half of the factors with the second until one is left."""
    rest = [d for d in range(len(x._shape)) if d not in dims]
    kept = tuple([1 if d in dims else n for d, n in enumerate(x._shape)])
    count = math.prod([x._shape[d] for d in dims])
    factors = reshape(x.permute(*rest, *dims) if x._shape else x, (*[x._shape[d] for d in rest], count))
    if count == 0:
        factors = factors.new_ones((*factors._shape[:-1], 1))
    while factors._shape[-1] > 1:
        half = factors._shape[-1] // 2
        pairs = factors[..., :half] * factors[..., half : 2 * half]
        factors = pairs if factors._shape[-1] == 2 * half else cat((pairs, factors[..., 2 * half :]), -1)
    return reshape(factors, kept if keepdim else tuple([x._shape[d] for d in rest]))


def _add_product(x: Tensor, a: Tensor, b: Tensor, beta: Any, alpha: Any) -> Tensor:
    out = _product(a, b)
    out = out if alpha == 1 else out * alpha
    if beta == 0:  # the values of x do not count, and its gradient is 0
        none = tensor(False, device=x.device)
        return out + where(none, x, 0.0) if x.requires_grad and mode.grad else out
    return out + (x if beta == 1 else x * beta)


def _log_sum_exp(x: Tensor) -> Tensor:
    """Return the logarithm of the sum of each row's exponentials, the largest real part taken out."""
    rows, columns = x._shape
    if not columns:
        return x.new_full((rows, 1), -math.inf)
    most = amax(real_part(x.detach()), -1, True)
    most = where(abs(most) < math.inf, most, 0.0)
    out: Tensor = arithmetic.log(sum_of(arithmetic.exp(x - most), -1, True)) + most
    return out


def _add_exponentials(a: Tensor, b: Tensor) -> Tensor:
    """Return log(e^a + e^b), from the operand with the greater real part; nan where a part of either is nan."""
    x, y = real_part(a.detach()), real_part(b.detach())
    first = x >= y
    high, low = where(first, a, b), where(first, b, a)
    gap = where((x == y) & (abs(x) == math.inf), 0.0, low - high)
    unknown = (a.detach() != a.detach()) | (b.detach() != b.detach())
    return (high + _log1p(arithmetic.exp(gap))).masked_fill(unknown, complex(math.nan, math.nan))


def _running_log_sum_exp(x: Tensor, reverse: bool) -> Tensor:
    """Add what lies 1, 2, 4, ... elements before; an imaginary part goes on from that of the sum before it.

    In which multiple of 2 pi an imaginary part lies depends on the order of the sums. It is that of sums one after the
    other: near the greater one of the operands, which are the sum before and the element.
    """
    x = x.flip(1) if reverse else x
    out, step = x, 1
    while step < x._shape[1]:
        out = cat((out[:, :step], _add_exponentials(out[:, step:], out[:, :-step])), 1)
        step *= 2
    if x._size:
        out = out + 1j * _turns(x.detach(), out.detach())
    return out.flip(1) if reverse else out


def _turns(x: Tensor, y: Tensor) -> Tensor:
    """Return the multiples of 2 pi to add to the imaginary parts of running sums y of x."""
    turn = 2 * math.pi
    real, angle, start = real_part(y), imaginary_part(y), imaginary_part(x)
    restarts = cat((real[:, :1] == real[:, :1], real_part(x)[:, 1:] >= real[:, :-1]), 1)
    from_start = start + _wrapped(angle - start)
    steps = cat((angle[:, :1] * 0, _wrapped(angle[:, 1:] - angle[:, :-1])), 1).nan_to_num(0.0, 0.0, 0.0)
    path = steps.cumsum(1)
    positions = arange(x._shape[1], device=x.device).reshape(-1, 1)
    last = cummax(where(restarts, positions, 0), 1).values
    followed = from_start.gather(1, last) + path - path.gather(1, last)
    return (((followed - angle) / turn).round() * turn).nan_to_num(0.0, 0.0, 0.0)


def _wrapped(angle: Tensor) -> Tensor:
    """Return angles less their whole turns."""
    return angle - (angle / (2 * math.pi)).round() * (2 * math.pi)


def _embedding(weight: Tensor, index: Tensor, padding: int, by_frequency: bool) -> Tensor:
    rows, columns = weight._shape
    out = Embedding.run(reshape(AsReal.run(weight), (rows, 2 * columns)), index, padding, by_frequency)
    made: Tensor = AsComplex.run(reshape(out, (*index._shape, columns, 2)))
    return made


def _by_parts(node: Any) -> Callable[..., Tensor]:
    """Return a convolution of complex numbers: both parts of the images with either part of the filters."""

    def convolve(x: Tensor, w: Tensor, bias: Tensor | None, options: Options, sizes: Shape) -> Tensor:
        n = x._shape[0]
        both = cat((real_part(x), imaginary_part(x)), 0)
        by_real, by_imaginary = [
            node.run(both, part.contiguous(), None, options, sizes) for part in (real_part(w), imaginary_part(w))
        ]
        out = of_parts(by_real[:n] - by_imaginary[n:], by_real[n:] + by_imaginary[:n])
        return out if bias is None else out + reshape(bias, (-1, *(1,) * (len(out._shape) - 2)))

    return convolve


for _node, _rule in (
    (Sum, _sum), (MatMul, _product), (Linear, _linear), (AddMM, _add_product), (CumSum, _in_three(_running_sum)),
    (CumProd, _in_three(_running_product)), (Prod, _prod), (LogSumExp, _log_sum_exp),
    (LogCumSumExp, _in_three(_running_log_sum_exp)), (Embedding, _embedding), (Conv, _by_parts(Conv)),
    (ConvInput, _by_parts(ConvInput)),
):  # fmt: skip
    _node.of_complex = staticmethod(_rule)


# --------------------------------------------------------------------------------------- pointwise


def _log1p(z: Tensor) -> Tensor:
    """Return log(1 + z): far from |1 + z| = 1 by that size, near it by what its square has above 1."""
    x, y = real_part(z), imaginary_part(z)
    size = transcendental.hypot(1 + x, y)
    near = (size > 0.5) & (size < 2)
    above = where(near, x * (2 + x) + y * y, 0.0)
    far = arithmetic.log(where(near, 1.0, size))
    return of_parts(where(near, transcendental.log1p(above) * 0.5, far), transcendental.atan2(y, 1 + x))


def _scaled(z: Tensor, factor: float) -> Tensor:
    """Multiply both parts, so that one that is infinite leaves the other."""
    made: Tensor = AsComplex.run(AsReal.run(z) * factor)
    return made


def _expm1(z: Tensor) -> Tensor:
    """Return e^z - 1, in whose real part 1 - cos(y) = 2 sin(y / 2)^2 keeps its digits near 0."""
    x, y = real_part(z), imaginary_part(z)
    half = transcendental.sin(y * 0.5)
    grown = transcendental.expm1(x)
    return of_parts(grown * transcendental.cos(y) - 2 * half * half, (grown + 1) * transcendental.sin(y))


def _sinc(z: Tensor) -> Tensor:
    zero = z == 0
    angle = where(zero, 1.0, z) * math.pi
    return where(zero, 1.0, transcendental.sin(angle) / angle)


_UNARY: dict[Any, Callable[[Tensor], Tensor]] = {
    transcendental.log1p: _log1p,
    transcendental.expm1: _expm1,
    transcendental.exp2: lambda z: arithmetic.exp(_scaled(z, math.log(2))),
    transcendental.log2: lambda z: _scaled(arithmetic.log(z), 1 / math.log(2)),
    transcendental.log10: lambda z: _scaled(arithmetic.log(z), 1 / math.log(10)),
    transcendental.rsqrt: lambda z: arithmetic.reciprocal(arithmetic.sqrt(z)),
    transcendental.sinc: _sinc,
    activation.silu: lambda z: z * arithmetic.sigmoid(z),
}


def _composed(compute: Callable[..., Tensor], operands: int) -> Any:
    """Return what does the work of a node whose last argument, where it is there, is the tensor to write."""

    def of_complex(*args: Any) -> Tensor:
        out = args[operands] if len(args) > operands else None
        result = compute(*args[:operands])
        return result if out is None else out.copy_(result)

    return staticmethod(of_complex)


def _lerp(x: Tensor, end: Tensor, weight: Any, _: Any) -> Tensor:
    """Start from the nearer end, so that both ends are met."""
    near = abs(weight) < 0.5
    if not isinstance(near, Tensor):
        return x + weight * (end - x) if near else end - (end - x) * (1 - weight)
    return where(near, x + weight * (end - x), end - (end - x) * (1 - weight))


_TERNARY: dict[Any, Callable[..., Tensor]] = {
    Lerp: _lerp,
    Addcmul: lambda x, a, b, value: x + a * b * value,
    Addcdiv: lambda x, a, b, value: x + a / b * value,
}
transcendental.logaddexp.node.of_complex = _composed(_add_exponentials, 2)
for _node, _compute in _TERNARY.items():
    _node.of_complex = _composed(_compute, 4)
for _function, _compute in _UNARY.items():
    _function.node.of_complex = _composed(_compute, 1)
