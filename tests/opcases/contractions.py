"""Rows of products over chosen dimensions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from opcases.matmul import NARROW, last
from opcases.table import ARITHMETIC, row


def _chain(m: Any, *matrices: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch would rather have multi_dot called
        return m.chain_matmul(*matrices)


row("inner", lambda m, a, b: m.inner(a, b), np.inner,
    [((3,), (3,)), ((2, 3), (4, 3)), ((2, 2, 3), (3,)), ((), (3,)), ((2, 0), (3, 0))], terms=last)  # fmt: skip
row("tensordot", lambda m, a, b: m.tensordot(a, b), np.tensordot, [((2, 3, 4), (3, 4, 5)), ((3, 4), (3, 4))],
    terms=lambda a, b: b[0] * b[1])  # fmt: skip
row("tensordot dims", lambda m, a, b: m.tensordot(a, b, dims=([2, 0], [-1, 0])),
    lambda a, b: np.tensordot(a, b, ([2, 0], [-1, 0])), [((2, 3, 4), (2, 5, 4)), ((1, 2, 7), (1, 7))],
    terms=lambda a, b: a[2] * a[0])  # fmt: skip
row("tensordot of nothing", lambda m, a, b: m.tensordot(a, b, 0), lambda a, b: np.tensordot(a, b, 0),
    [((2, 3), (4,)), ((), (3,))])  # fmt: skip
row("kron", lambda m, a, b: m.kron(a, b), np.kron, [((2, 3), (4, 5)), ((3,), (2, 2)), ((2, 2), ()), ((0, 3), (2, 2))],
    dtypes=ARITHMETIC, ranges=NARROW)  # fmt: skip
row("cross", lambda m, a, b: m.cross(a, b, dim=-1), np.cross, [((3,), (3,)), ((4, 3), (4, 3)), ((1, 3), (4, 3))],
    dtypes=("float32", "float64", "int64"), ranges=NARROW, terms=lambda *shapes: 2)  # fmt: skip
row("linalg.cross dim", lambda m, a, b: m.linalg.cross(a, b, dim=0), lambda a, b: np.cross(a, b, axis=0),
    [((3, 2), (3, 2))], terms=lambda *shapes: 2)  # fmt: skip
row("trace", lambda m, a: m.trace(a), np.trace, [(3, 3), (1, 1), (33, 33), (3, 5), (5, 3), (0, 0)],
    dtypes=("float32", "float64", "int64"), terms=last)  # fmt: skip
CHAIN = (((2, 3), (3, 4), (4, 5), (5, 2)), ((7, 1), (1, 9), (9, 3), (3, 3)))
row("linalg.multi_dot", lambda m, *a: m.linalg.multi_dot(a), lambda *a: np.linalg.multi_dot(a), CHAIN,
    terms=lambda *shapes: 200)  # fmt: skip
row("linalg.multi_dot of vectors", lambda m, *a: m.linalg.multi_dot(a), lambda *a: np.linalg.multi_dot(a),
    [((3,), (3, 4), (4,)), ((3,), (3,)), ((2, 3), (3, 4), (4,))], terms=lambda *shapes: 30)  # fmt: skip
row("chain_matmul", _chain, lambda *a: np.linalg.multi_dot(a), CHAIN[:1],
    terms=lambda *shapes: 200)  # fmt: skip
row("bilinear", lambda m, x, y, w, b: m.nn.functional.bilinear(x, y, w, b),
    lambda x, y, w, b: np.einsum("...i,oij,...j->...o", x, w, y) + b,
    [((2, 3), (2, 4), (5, 3, 4), (5,)), ((3,), (4,), (2, 3, 4), (2,)), ((2, 2, 1), (2, 2, 3), (1, 1, 3), (1,))],
    terms=lambda x, y, w, b: w[1] * w[2] * 4)  # fmt: skip
row("bilinear without bias", lambda m, x, y, w: m.nn.functional.bilinear(x, y, w),
    lambda x, y, w: np.einsum("...i,oij,...j->...o", x, w, y), [((2, 3), (2, 4), (5, 3, 4))],
    terms=lambda x, y, w: w[1] * w[2] * 4)  # fmt: skip


def _einsum(equation: str, *cases: Any, terms: int = 1, **options: Any) -> None:
    row(f"einsum {equation}", lambda m, *a: m.einsum(equation, *a), lambda *a: np.einsum(equation, *a), cases,
        terms=lambda *shapes: terms, **options)  # fmt: skip


_einsum("ij,jk->ik", ((3, 4), (4, 5)), ((33, 31), (31, 7)), ((3, 0), (0, 4)), terms=31)
_einsum("ij,jk", ((3, 4), (4, 2)), terms=4, dtypes=ARITHMETIC, ranges=NARROW)
_einsum("kj , ik -> ij", ((3, 4), (5, 3)), terms=3)
_einsum("bhqd,bhkd->bhqk", ((2, 3, 4, 5), (2, 3, 6, 5)), terms=5)
_einsum("bqhd,bkhd->bhqk", ((2, 3, 2, 4), (2, 5, 2, 4)), terms=4)
_einsum("...ij,...jk->...ik", ((2, 3, 4), (4, 5)), ((3, 4), (2, 1, 4, 2)), ((2, 1, 2, 3), (2, 3, 2)), terms=4)
_einsum("i...->...i", (3,), (2, 3), (2, 3, 4))
_einsum("ii->i", (1, 1), (4, 4))
_einsum("iij,jki->ki", ((2, 2, 3), (3, 4, 2)), terms=3)
_einsum("ii", (5, 5), (0, 0), terms=5)
_einsum("ij->ji", (2, 3), (0, 3))
_einsum("ij->", (2, 3), terms=6)
_einsum("i,j->ij", ((3,), (4,)))
_einsum("i,->i", ((3,), ()))
_einsum("ij,ij->ij", ((2, 3), (2, 3)))
_einsum("ij,ij->i", ((2, 3), (2, 3)), ((2, 1), (2, 3)), terms=3)
_einsum("ij,kl->", ((2, 3), (3, 2)), terms=36)
_einsum("abcd,dcbe->ae", ((2, 3, 2, 4), (4, 2, 3, 2)), terms=24)
_einsum("a,ab,abc->abc", ((2,), (2, 3), (2, 3, 2)))
_einsum("ab,bc,cd,de->ae", ((2, 3), (3, 4), (4, 2), (2, 3)), terms=72)
row("einsum of lists", lambda m, a, b: m.einsum(a, [..., 0, 1], b, [1, 2], [..., 2, 0]),
    lambda a, b: np.einsum("...ij,jk->...ki", a, b), [((2, 3, 4), (4, 2)), ((3, 4), (4, 2))], terms=lambda a, b: b[0])  # fmt: skip
row("einsum of lists without result", lambda m, a, b: m.einsum(a, [3, 1], b, [1, 2]),
    lambda a, b: (a @ b).T, [((3, 4), (4, 2))], terms=lambda a, b: b[0])  # fmt: skip
