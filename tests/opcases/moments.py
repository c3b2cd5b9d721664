"""Rows of variance, deviation and logsumexp."""

from __future__ import annotations

from typing import Any

import numpy as np

from opcases.table import CUBES, LARGE, MATRICES, dims_size, row

for _name, _numpy in (("var", np.var), ("std", np.std)):
    for _what, _dim, _options, _ddof, _cases in (
        ("", None, {}, 1, [(7,), (3, 5), (129,), (LARGE,)]), (" 0 correction=0", 0, {"correction": 0}, 0, MATRICES[1:]),
        (" -1 keepdim", -1, {"keepdim": True}, 1, MATRICES[1:]), (" unbiased=False", 1, {"unbiased": False}, 0, CUBES),
        (" of columns", 0, {}, 1, [(65, 33), (129, 300)]), (" of two dims", (0, 2), {}, 1, ((2, 3, 4), (7, 9, 11))),
    ):  # fmt: skip
        row(
            _name + _what,
            lambda m, x, n=_name, d=_dim, o=_options: getattr(m, n)(x, d, **o),
            lambda x, f=_numpy, d=_dim, o=_options, c=_ddof: f(x, axis=d, ddof=c, keepdims=o.get("keepdim", False)),
            _cases, terms=dims_size(_dim),
        )  # fmt: skip
    row(f"{_name}_mean", lambda m, x, n=_name: getattr(m, n + "_mean")(x, 1),
        lambda x, f=_numpy: (f(x, 1, ddof=1), x.mean(1)), [(3, 5), (7, 129), (2, 40, 31)], terms=dims_size(1))  # fmt: skip
row("var of a shifted tensor", lambda m, x: m.var(x + 1000.0, 1), lambda x: np.var(x, 1, ddof=1), [(3, 129), (2, 65, 33)],
    dtypes=("float64",), terms=dims_size(1))  # fmt: skip


def _lse(x: Any, axis: Any, keepdims: bool = False) -> Any:
    return np.log(np.exp(x).sum(axis=axis, keepdims=keepdims))


for _dim, _cases in ((-1, ((1, 7), (3, 129), (7,), ())), (0, MATRICES[:3]), ((0, 2), CUBES[:2])):
    row(f"logsumexp {_dim}", lambda m, x, d=_dim: m.logsumexp(x, d), lambda x, d=_dim: _lse(x, d if x.ndim else None), _cases,
        ranges=((-9, 9),), terms=dims_size(_dim))  # fmt: skip
row("logsumexp keepdim", lambda m, x: x.logsumexp(1, keepdim=True), lambda x: _lse(x, 1, True), MATRICES[:2])
