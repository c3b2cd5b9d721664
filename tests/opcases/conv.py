"""Rows of convolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from opcases.table import INTEGERS, Shape, row


def _tuple(value: Any, ndim: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * ndim


def _taps(window: Shape, counts: Shape, stride: Shape, dilation: Shape) -> Iterator[tuple[Shape, tuple[slice, ...]]]:
    """Yield each element of a window with the pixels that it meets."""
    for tap in np.ndindex(window):
        starts = [t * d for t, d in zip(tap, dilation)]
        yield tap, tuple(slice(a, a + (n - 1) * s + 1, s) for a, n, s in zip(starts, counts, stride))


def convolution(
    x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Return a convolution, tap by tap."""
    ndim = w.ndim - 2
    stride, dilation = _tuple(stride, ndim), _tuple(dilation, ndim)
    reach = [d * (k - 1) for d, k in zip(dilation, w.shape[2:])]
    if padding == "same":
        frame = [(r // 2, r - r // 2) for r in reach]
    else:
        frame = [(p, p) for p in _tuple(0 if padding == "valid" else padding, ndim)]
    batched = x.ndim == w.ndim
    x = np.pad(x if batched else x[None], [(0, 0), (0, 0), *frame])
    counts = tuple((n - r - 1) // s + 1 for n, r, s in zip(x.shape[2:], reach, stride))
    y = np.zeros((len(x), groups, len(w) // groups, *counts))
    split = x.reshape(len(x), groups, -1, *x.shape[2:])
    filters = w.reshape(groups, -1, *w.shape[1:])
    for tap, pixels in _taps(w.shape[2:], counts, stride, dilation):
        y += np.einsum("ngc...,gfc->ngf...", split[(..., *pixels)], filters[(..., *tap)])
    y = y.reshape(len(x), len(w), *counts) + (0 if b is None else b.reshape(-1, *[1] * ndim))
    return y if batched else y[0]


def transposed(
    x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0, groups: int = 1,
    dilation: Any = 1,
) -> Any:  # fmt: skip
    """Return a transposed convolution, tap by tap."""
    ndim = w.ndim - 2
    stride, dilation, padding = _tuple(stride, ndim), _tuple(dilation, ndim), _tuple(padding, ndim)
    counts = x.shape[2:]
    extra = _tuple(output_padding, ndim)
    sizes = [(n - 1) * s + d * (k - 1) + 1 + e
             for n, s, d, k, e in zip(counts, stride, dilation, w.shape[2:], extra)]  # fmt: skip
    y = np.zeros((len(x), groups, w.shape[1], *sizes))
    split = x.reshape(len(x), groups, -1, *counts)
    filters = w.reshape(groups, -1, *w.shape[1:])
    for tap, pixels in _taps(w.shape[2:], counts, stride, dilation):
        y[(..., *pixels)] += np.einsum("ngc...,gcf->ngf...", split, filters[(..., *tap)])
    inner = tuple(slice(p, n - p) for p, n in zip(padding, sizes))
    y = y[(..., *inner)].reshape(len(x), groups * w.shape[1], *[n - 2 * p for n, p in zip(sizes, padding)])
    return y + (0 if b is None else b.reshape(-1, *[1] * ndim))


def _terms(x: Shape, w: Shape, *rest: Shape) -> int:
    return math.prod(w[1:]) + x[0] * math.prod(x[2:])


def _rows(op: str, reference: Callable[..., Any], options: dict[str, Any], *cases: tuple[Shape, ...]) -> None:
    name = " ".join([op, *(f"{k}={v}".replace(" ", "") for k, v in options.items()), f"{len(cases[0])} operands"])
    row(
        name, lambda m, *t: getattr(m.nn.functional, op)(*t, **options), lambda *a: reference(*a, **options), cases,
        terms=_terms,
    )  # fmt: skip


_rows(
    "conv1d", convolution, {}, ((1, 1, 4), (2, 1, 2), (2,)), ((2, 3, 33), (17, 3, 5), (17,)), ((3, 7), (2, 3, 3), (2,))
)
_rows(
    "conv1d", convolution, {"stride": 3, "padding": 2, "dilation": 2}, ((2, 3, 31), (5, 3, 3)), ((1, 1, 3), (1, 1, 2))
)
_rows("conv2d", convolution, {}, ((1, 1, 3, 4), (1, 1, 2, 2), (1,)), ((2, 3, 7, 9), (5, 3, 3, 3), (5,)),
      ((1, 33, 9, 8), (33, 33, 3, 3), (33,)), ((2, 3, 4, 4), (17, 3, 1, 1), (17,)), ((2, 5, 5), (3, 2, 3, 3), (3,)))  # fmt: skip
_rows("conv2d", convolution, {"padding": "same"}, ((1, 1, 3, 3), (1, 1, 3, 1)), ((1, 2, 17, 33), (3, 2, 5, 3)))
_rows("conv2d", convolution, {"padding": "valid", "dilation": (1, 2)}, ((1, 2, 5, 7), (3, 2, 3, 3), (3,)))
_rows("conv2d", convolution, {"padding": (1, 2), "stride": (2, 1), "groups": 2}, ((2, 4, 7, 6), (6, 2, 3, 3), (6,)))
_rows(
    "conv2d",
    convolution,
    {"padding": 1, "groups": 3},
    ((2, 3, 7, 17), (3, 1, 3, 3), (3,)),
    ((1, 3, 2, 2), (3, 1, 1, 2), (3,)),
)
_rows("conv2d", convolution, {"padding": 1}, ((4, 16, 8, 7), (16, 16, 3, 3), (16,)))
_rows("conv3d", convolution, {"padding": (0, 1, 1), "stride": (1, 2, 1)}, ((1, 2, 3, 4, 5), (3, 2, 2, 3, 2), (3,)))
_rows("conv_transpose1d", transposed, {"stride": 2, "padding": 1, "output_padding": 1}, ((1, 2, 3), (2, 2, 3), (2,)),
      ((2, 3, 17), (3, 5, 4), (5,)))  # fmt: skip
_rows(
    "conv_transpose1d",
    transposed,
    {"dilation": 3, "output_padding": 2},
    ((1, 2, 1), (2, 1, 3), (1,)),
    ((2, 3, 4), (3, 2, 2), (2,)),
)
_rows("conv_transpose2d", transposed, {}, ((1, 1, 2, 3), (1, 2, 2, 2), (2,)), ((2, 7, 5, 4), (7, 17, 3, 3), (17,)))
_rows("conv_transpose2d", transposed, {"stride": (2, 3), "padding": (2, 1), "groups": 2, "dilation": (1, 2)},
      ((1, 4, 3, 4), (4, 3, 3, 2)))  # fmt: skip
_rows("conv_transpose3d", transposed, {"stride": 2}, ((1, 2, 2, 3, 2), (2, 1, 1, 2, 2), (1,)))


def _last_rows(op: str, reference: Callable[..., Any], options: dict[str, Any], *cases: tuple[Shape, ...]) -> None:
    """Add a row of images whose channels lie side by side."""

    def call(m: Any, x: Any, *rest: Any) -> Any:
        images = x.contiguous(memory_format=m.channels_last)
        return getattr(m.nn.functional, op)(images, *rest, **options)

    name = " ".join([op, "channels_last", *(f"{k}={v}".replace(" ", "") for k, v in options.items())])
    row(name, call, lambda *a: reference(*a, **options), cases, terms=_terms)


_last_rows("conv2d", convolution, {}, ((2, 4, 7, 9), (5, 4, 3, 3), (5,)), ((1, 33, 9, 8), (33, 33, 3, 3), (33,)),
           ((2, 9, 4, 4), (17, 9, 1, 1), (17,)), ((2, 8, 5, 4), (8, 8, 5, 4), (8,)))  # fmt: skip
_last_rows("conv2d", convolution, {"padding": 1}, ((4, 16, 8, 7), (16, 16, 3, 3), (16,)))
_last_rows("conv2d", convolution, {"padding": (1, 2), "stride": (2, 1), "groups": 2},
           ((2, 20, 7, 6), (18, 10, 3, 3), (18,)), ((1, 4, 7, 6), (6, 2, 3, 3), (6,)))  # fmt: skip
_last_rows("conv2d", convolution, {"padding": 1, "groups": 17}, ((2, 17, 7, 9), (17, 1, 3, 3), (17,)))
_last_rows("conv_transpose2d", transposed, {"stride": 2}, ((2, 9, 4, 3), (9, 17, 3, 3), (17,)),
           ((1, 8, 4, 3), (8, 9, 1, 1), (9,)))  # fmt: skip


def _integer_rows(op: str, reference: Callable[..., Any], options: dict[str, Any], *cases: tuple[Shape, ...]) -> None:
    """Add a row of integers, whose sums fit into the narrowest."""
    row(
        f"{op} of integers", lambda m, *t: getattr(m.nn.functional, op)(*t, **options),
        lambda *a: reference(*a, **options).astype(a[0].dtype), cases, INTEGERS, ranges=((0, 3),), differentiable=False,
    )  # fmt: skip


_integer_rows(
    "conv1d", convolution, {"stride": 2, "padding": 1}, ((2, 3, 9), (4, 3, 3), (4,)), ((1, 1, 4), (2, 1, 2), (2,))
)
_integer_rows("conv2d", convolution, {"padding": 1, "dilation": 2, "groups": 2}, ((2, 4, 7, 6), (6, 2, 3, 2), (6,)))
_integer_rows("conv3d", convolution, {"stride": (1, 2, 1)}, ((1, 2, 3, 4, 5), (3, 2, 2, 3, 2)))
_integer_rows("conv_transpose1d", transposed, {"stride": 2, "padding": 1}, ((2, 3, 5), (3, 2, 3), (2,)))
_integer_rows("conv_transpose2d", transposed, {"stride": (2, 3), "groups": 2}, ((1, 4, 3, 4), (4, 3, 3, 2)))
