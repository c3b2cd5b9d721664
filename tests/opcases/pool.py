"""Rows of pooling and unpooling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from opcases.table import INTEGERS, Shape, row


def _tuple(value: Any, ndim: int) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * ndim


def windows(
    image: Shape, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> list[list[range]]:
    """Return the windows along each dimension, as pixels of the padded image counted from the image's first."""
    ndim = len(image)
    found = []
    options = [_tuple(o, ndim) for o in (kernel_size, kernel_size if stride is None else stride, padding, dilation)]
    for n, k, s, p, d in zip(image, *options):
        starts = range(-p, n + p - (d * (k - 1) if not ceil_mode else 0), s)
        reach = d * (k - 1) + 1
        if ceil_mode:
            starts = [a for a in starts if a < n and (a + reach <= n + p or a - s + reach < n + p)]
        found.append([range(a, a + reach, d) for a in starts])
    return found


def adaptive(image: Shape, output_size: Any) -> list[list[range]]:
    """Return windows that share an image evenly."""
    sizes = _tuple(output_size, len(image))
    return [[range(i * n // c, -(-(i + 1) * n // c)) for i in range(c)]
            for n, c in zip(image, [n if s is None else s for n, s in zip(image, sizes)])]  # fmt: skip


def _each(x: Any, spans: list[list[range]]) -> Any:
    """Yield each place of a result with the pixels of its window (leading dimensions, pixels), and their places."""
    image = x.shape[-len(spans) :]
    numbers = np.arange(math.prod(image)).reshape(image)
    for place in np.ndindex(*[len(s) for s in spans]):
        inside = np.ix_(*[[i for i in spans[d][j] if 0 <= i < image[d]] for d, j in enumerate(place)])
        pixels = numbers[inside].reshape(-1)
        yield place, x.reshape(*x.shape[: -len(spans)], -1)[..., pixels], pixels


def largest(x: Any, spans: list[list[range]]) -> tuple[Any, Any]:
    """Return the largest pixels of windows and their places."""
    shape = (*x.shape[: -len(spans)], *[len(s) for s in spans])
    values, places = np.zeros(shape), np.zeros(shape, np.int64)
    for place, window, pixels in _each(x, spans):
        values[(..., *place)] = window.max(-1)
        places[(..., *place)] = pixels[window.argmax(-1)]
    return values, places


def mean(x: Any, spans: list[list[range]], include_pad: Any = None, divisor: int | None = None) -> Any:
    """Return the means of windows; `include_pad` is the padding where it counts."""
    image = x.shape[-len(spans) :]
    y = np.zeros((*x.shape[: -len(spans)], *[len(s) for s in spans]))
    for place, window, pixels in _each(x, spans):
        count = len(pixels)
        if include_pad is not None:
            padding = _tuple(include_pad, len(spans))
            count = math.prod(
                min(spans[d][j].stop, image[d] + padding[d]) - spans[d][j].start for d, j in enumerate(place)
            )
        y[(..., *place)] = window.sum(-1) / (divisor or count)
    return y


def _name(op: str, options: dict[str, Any]) -> str:
    return " ".join([op, *(f"{k}={v}".replace(" ", "") for k, v in options.items())])


def _max_rows(ndim: int, options: dict[str, Any], *cases: Shape) -> None:
    op = f"max_pool{ndim}d"
    row(
        _name(op, options), lambda m, x: getattr(m.nn.functional, op)(x, return_indices=True, **options),
        lambda x: largest(x, windows(x.shape[-ndim:], **options)), cases, result="same int64",
    )  # fmt: skip


_max_rows(1, {"kernel_size": 3}, (1, 1, 7), (2, 3, 33), (3, 65))
_max_rows(1, {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 1}, (2, 3), (2, 2, 35))
_max_rows(2, {"kernel_size": 2}, (1, 2, 3, 4), (2, 3, 7, 17), (1, 1, 4, 70), (2, 4, 4))
_max_rows(
    2, {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)}, (1, 1, 4, 6), (1, 2, 9, 34)
)
_max_rows(2, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (1, 1, 4, 5), (1, 2, 8, 37))
_max_rows(2, {"kernel_size": 2, "stride": 3}, (1, 1, 5, 9))
_max_rows(3, {"kernel_size": 2, "stride": 1}, (1, 1, 3, 2, 4), (1, 2, 4, 3, 18))


def _avg_rows(ndim: int, options: dict[str, Any], *cases: Shape) -> None:
    op = f"avg_pool{ndim}d"
    own = {k: v for k, v in options.items() if k not in ("count_include_pad", "divisor_override")}
    padding = options.get("padding", 0) if options.get("count_include_pad", True) else None
    row(
        _name(op, options), lambda m, x: getattr(m.nn.functional, op)(x, **options),
        lambda x: mean(x, windows(x.shape[-ndim:], **own), padding, options.get("divisor_override")), cases,
        terms=lambda *shapes: 9,
    )  # fmt: skip


_avg_rows(1, {"kernel_size": 3, "padding": 1}, (1, 1, 4), (2, 3, 35), (2, 33))
_avg_rows(2, {"kernel_size": 2}, (1, 1, 3, 4), (2, 3, 7, 17), (2, 3, 3), (2, 2, 4, 70))
_avg_rows(2, {"kernel_size": (2, 3)}, (1, 2, 4, 21))
_avg_rows(
    2, {"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "count_include_pad": False}, (1, 1, 4, 5), (1, 2, 9, 34)
)
_avg_rows(2, {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (1, 1, 4, 5), (1, 2, 8, 38))
_avg_rows(2, {"kernel_size": 3, "stride": 3, "divisor_override": 2}, (1, 1, 4, 5))
_avg_rows(3, {"kernel_size": 2, "stride": 1}, (1, 1, 3, 2, 4), (1, 2, 4, 3, 18))
for _ndim, _sizes, _cases in (
    (1, 3, ((1, 1, 7), (2, 3, 9), (2, 2))), (2, 1, ((1, 2, 3, 4), (2, 3, 7, 5))), (2, (2, 3), ((1, 1, 3, 5), (2, 4, 6))),
    (2, (None, 5), ((1, 1, 2, 7),)), (3, 2, ((1, 1, 3, 2, 5),)),
):  # fmt: skip
    row(
        f"adaptive_avg_pool{_ndim}d {_sizes}",
        lambda m, x, n=_ndim, s=_sizes: getattr(m.nn.functional, f"adaptive_avg_pool{n}d")(x, s),
        lambda x, n=_ndim, s=_sizes: mean(x, adaptive(x.shape[-n:], s)), _cases, terms=lambda *shapes: 16,
    )  # fmt: skip
    row(
        f"adaptive_max_pool{_ndim}d {_sizes}",
        lambda m, x, n=_ndim, s=_sizes: getattr(m.nn.functional, f"adaptive_max_pool{n}d")(x, s, return_indices=True),
        lambda x, n=_ndim, s=_sizes: largest(x, adaptive(x.shape[-n:], s)), _cases, result="same int64",
    )  # fmt: skip

for _options in ({"kernel_size": 2}, {"kernel_size": 3, "stride": 2, "padding": 1}):
    row(
        f"{_name('max_pool2d', _options)} channels_last",
        lambda m, x, o=_options: m.nn.functional.max_pool2d(
            x.contiguous(memory_format=m.channels_last), return_indices=True, **o
        ),
        lambda x, o=_options: largest(x, windows(x.shape[-2:], **o)),
        ((2, 3, 4, 6), (1, 17, 8, 6)),
        result="same int64",
    )
    row(
        f"{_name('avg_pool2d', _options)} channels_last",
        lambda m, x, o=_options: m.nn.functional.avg_pool2d(x.contiguous(memory_format=m.channels_last), **o),
        lambda x, o=_options: mean(x, windows(x.shape[-2:], **o), o.get("padding", 0)),
        ((2, 3, 4, 6), (1, 17, 8, 6)),
        terms=lambda *shapes: 9,
    )


def _norms(x: Any, ndim: int, p: float, kernel_size: int, **options: Any) -> Any:
    spans = windows(x.shape[-ndim:], kernel_size, **options)
    out = np.zeros((*x.shape[:-ndim], *[len(s) for s in spans]))
    for place in np.ndindex(*out.shape[-ndim:]):
        part = x[(..., *np.ix_(*[list(spans[d][j]) for d, j in enumerate(place)]))]
        out[(..., *place)] = (part**p).reshape(*x.shape[:-ndim], -1).sum(-1) ** (1 / p)
    return out


for _ndim, _p, _options, _cases in (
    (1, 2.0, {}, ((1, 2, 7), (3, 9))), (2, 3.0, {"stride": 1}, ((1, 2, 4, 3), (2, 5, 6))), (3, 1.0, {}, ((1, 1, 2, 4, 5),)),
):  # fmt: skip
    row(
        f"lp_pool{_ndim}d {_p} {_options}".replace(" {}", ""),
        lambda m, x, n=_ndim, p=_p, o=_options: getattr(m.nn.functional, f"lp_pool{n}d")(x, p, 2, **o),
        lambda x, n=_ndim, p=_p, o=_options: _norms(x, n, p, 2, **o), _cases, ranges=((0.2, 2.0),),
        terms=lambda *shapes: 8,
    )  # fmt: skip


def _put_back(x: Any, ndim: int) -> Any:
    values, places = largest(x, windows(x.shape[-ndim:], 2))
    flat = np.zeros((*x.shape[:-ndim], int(np.prod(x.shape[-ndim:]))))
    np.put_along_axis(flat, places.reshape(*flat.shape[:-1], -1), values.reshape(*flat.shape[:-1], -1), -1)
    return flat.reshape(x.shape)


for _ndim, _cases in ((1, ((1, 2, 7), (3, 8))), (2, ((1, 2, 4, 5), (2, 3, 6))), (3, ((1, 1, 2, 4, 5),))):

    def _there_and_back(m: Any, x: Any, n: int = _ndim) -> Any:
        f = m.nn.functional
        values, places = getattr(f, f"max_pool{n}d")(x, 2, return_indices=True)
        return getattr(f, f"max_unpool{n}d")(values, places, 2, output_size=x.shape[-n:])

    row(f"max_unpool{_ndim}d", _there_and_back, lambda x, n=_ndim: _put_back(x, n), _cases)


def _integer_rows(ndim: int, options: dict[str, Any], *cases: Shape) -> None:
    """Add rows of pools of integers; means are rounded towards 0."""
    exact = {"dtypes": INTEGERS, "ranges": ((0, 100),), "differentiable": False}
    row(
        f"max_pool{ndim}d of integers",
        lambda m, x: getattr(m.nn.functional, f"max_pool{ndim}d")(x, return_indices=True, **options),
        lambda x: largest(x, windows(x.shape[-ndim:], **options)), cases, result="same int64", **exact,
    )  # fmt: skip
    row(
        f"avg_pool{ndim}d of integers", lambda m, x: getattr(m.nn.functional, f"avg_pool{ndim}d")(x, **options),
        lambda x: np.trunc(mean(x, windows(x.shape[-ndim:], **options), options.get("padding", 0)) + 1e-9), cases, **exact,
    )  # fmt: skip


_integer_rows(1, {"kernel_size": 3, "padding": 1}, (2, 3, 9), (1, 1, 7))
_integer_rows(2, {"kernel_size": (3, 2), "stride": (2, 1)}, (1, 2, 7, 5), (2, 4, 4))
_integer_rows(3, {"kernel_size": 2, "stride": 1}, (1, 2, 3, 2, 4))
