"""Rules of convolutions: samples are more images, or more groups of channels where each has filters of its own."""

from __future__ import annotations

from typing import Any

from mocrograd.autograd import Function
from mocrograd.func.batched import Job, shaped
from mocrograd.func.rules.products import shared
from mocrograd.ops.conv import Conv, ConvInput, ConvWeight
from mocrograd.tensor import Tensor


def _images(x: Tensor) -> Tensor:
    """Return samples' images as images."""
    return x.reshape(-1, *x._shape[2:])


def _channels(x: Tensor) -> Tensor:
    """Return samples' channels as channels of the same images."""
    x = x.transpose(0, 1)
    return x.reshape(x._shape[0], -1, *x._shape[3:])


def _filters(x: Any) -> Any:
    return None if x is None else x.reshape(-1, *x._shape[2:])


def _samples(y: Tensor, size: int) -> Tensor:
    """Return what `_channels` joined by sample."""
    return y.reshape(y._shape[0], size, -1, *y._shape[2:]).transpose(0, 1)


class _Shared(Function):
    """A convolution of samples' images with filters that they share, of which each has gradients of its own."""

    kind: type[Function]
    other: type[Function]

    @classmethod
    def of(cls, x: Tensor, w: Tensor, bias: Tensor | None, options: Any, sizes: Any) -> Tensor:
        """Compute it."""
        out: Tensor = cls.apply(x, w, bias, options, sizes)
        return out

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, bias: Tensor | None, options: Any, sizes: Any) -> Tensor:
        """Convolve all images with the one set of filters."""
        ctx.options = options
        ctx.save_for_backward(x, w)
        y = ctx.kind.run(_images(x).contiguous(), w[0].contiguous(), None if bias is None else bias[0].contiguous(),
                         options, sizes)  # fmt: skip
        return shaped(y, (*x._shape[:2], *y._shape[1:]))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Convolve gradients with the one set of filters, and with each sample's images."""
        x, w = ctx.saved_tensors
        wants_x, wants_w, wants_bias, *_ = ctx.needs_input_grad
        dx = dw = db = None
        if wants_x:
            dx = _convolve(ctx.other, grad, w, None, ctx.options, x._shape[3:], x._shape[0])
        if wants_w:
            images, results = (x, grad) if ctx.kind is Conv else (grad, x)
            dw = _weight(images, results, ctx.options, w._shape[3:], x._shape[0])
        if wants_bias:
            db = grad.sum((1, *range(3, len(grad._shape))))
        return dx, dw, db, None, None


class SharedConv(_Shared):
    """A convolution."""

    kind = Conv
    other = ConvInput


class SharedConvInput(_Shared):
    """A transposed convolution."""

    kind = ConvInput
    other = Conv


def _convolve(
    kind: type[Function], x: Tensor, w: Tensor, bias: Tensor | None, options: Any, sizes: Any, size: int
) -> Tensor:
    """Return the convolutions of samples' images with filters that are theirs, all with samples in front."""
    if shared(w) and (bias is None or shared(bias)) and x._size:
        found: Tensor = (SharedConv if kind is Conv else SharedConvInput).of(x, w, bias, options, sizes)
        return found
    many = options._replace(groups=options.groups * size)
    out = kind.run(_channels(x).contiguous(), _filters(w).contiguous(), _filters(bias), many, sizes)
    return _samples(out, size)


def _weight(x: Tensor, dy: Tensor, options: Any, window: Any, size: int) -> Tensor:
    """Return the gradients of samples' filters."""
    many = options._replace(groups=options.groups * size)
    out = ConvWeight.run(_channels(x).contiguous(), _channels(dy).contiguous(), many, window)
    return out.reshape(size, -1, *out._shape[1:])


def _rule(kind: type[Function]) -> Any:
    def rule(job: Job) -> Any:
        x, w, bias, options, sizes = job.args
        options = options._replace(last=False)
        if not job.mapped[1] and not job.mapped[2]:
            out = job.call(_images(x).contiguous(), w.contiguous(), bias, options, sizes)
            return out.reshape(*x._shape[:2], *out._shape[1:])
        return _convolve(kind, job.whole(0), job.whole(1), job.whole(2), options, sizes, job.size)

    return rule


def _of_weight(job: Job) -> Any:
    return _weight(job.whole(0), job.whole(1), job.args[2]._replace(last=False), job.args[3], job.size)


RULES = {Conv: _rule(Conv), ConvInput: _rule(ConvInput), ConvWeight: _of_weight}
