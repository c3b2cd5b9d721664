"""Weights that stay orthogonal: Lezcano-Casado 2019."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from mocrograd import linalg, ops
from mocrograd.autograd import no_grad
from mocrograd.nn.module import Module
from mocrograd.nn.utils.parametrize import register_parametrization
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)
_MAPS = ("matrix_exp", "cayley", "householder")
_TERMS = 12
"""How many terms of the exponential's series there are for a matrix of a norm below one half."""


def _exponential(a: Tensor) -> Tensor:
    """Return the exponential of square matrices: a series of the matrix halved some times, squared as often."""
    norm = a.detach().abs().sum(-2).max().item() if a.numel() else 0.0
    halvings = max(0, int(np.ceil(np.log2(norm))) + 1) if norm > 0 and np.isfinite(norm) else 0
    a = a * 0.5**halvings
    eye = ops.eye(a.shape[-1], dtype=a.dtype, device=a.device)
    total = eye + a / _TERMS
    for n in range(_TERMS - 1, 0, -1):
        total = eye + a @ total / n
    for _ in range(halvings):
        total = total @ total
    return total


def _reflections(v: Tensor) -> Tensor:
    """Return the first columns of the product of reflections, whose vectors stand below the diagonal."""
    n, k = v.shape[-2:]
    eye = ops.eye(n, dtype=v.dtype, device=v.device)
    columns = v.tril(-1) + eye[:, :k]
    scale = 2.0 / (columns * columns).sum(-2)
    out = eye[:, :k].expand(*v.shape[:-2], n, k)
    for j in range(k - 1, -1, -1):
        column = columns[..., j : j + 1]
        out = out - column @ (column.mT @ out) * scale[..., j, None, None]
    return out


def _reflectors(q: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return vectors below the diagonal, and signs on it, of which `_reflections` and the signs make a matrix again."""
    a = q.astype(np.float64).copy()
    k = a.shape[1]
    for j in range(k):
        x = a[j:, j].copy()
        size = np.linalg.norm(x)
        lowest = size == abs(x[0])  # nothing below the diagonal: no reflection is needed
        beta = x[0] if lowest else -np.copysign(size, x[0])
        v = np.zeros_like(x) if lowest else x / (x[0] - beta)
        v[0] = 1.0
        if not lowest:
            a[j:, j + 1 :] -= np.outer(v, v @ a[j:, j + 1 :]) * (2.0 / (v @ v))
        a[j + 1 :, j] = v[1:]
        # A vector of zeros below the diagonal reflects the axis itself, which the sign takes back.
        a[j, j] = -np.sign(beta) if lowest else np.sign(beta)
    return a


def _near(a: Tensor) -> Tensor:
    """Return the orthogonal factor of tall matrices, with a positive diagonal of the other factor."""
    q, r = linalg.qr(a)
    signs: Tensor = r.diagonal(0, -2, -1).sign().unsqueeze(-2)
    return q * ops.where(signs == 0, 1.0, signs).to(q.dtype)


class _Orthogonal(Module):
    base: Any

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape, self.orthogonal_map, self.trivial = tuple(weight.shape), orthogonal_map, use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        wide = x.shape[-2] < x.shape[-1]
        x = x.mT if wide else x
        n, k = x.shape[-2:]
        if self.orthogonal_map == "householder":
            q = _reflections(x) * x.detach().diagonal(0, -2, -1).trunc().unsqueeze(-2)
        else:
            lower = x.tril()
            if n != k:
                lower = ops.cat([lower, x.new_zeros(*x.shape[:-1], n - k)], -1)
            skew = lower - lower.mT
            if self.orthogonal_map == "cayley":
                eye = ops.eye(n, dtype=x.dtype, device=x.device)
                q = linalg.solve(eye - skew * 0.5, eye + skew * 0.5)
            else:
                q = _exponential(skew)
            q = q[..., :k]
        q = self.base @ q if self.trivial else q
        return q.mT if wide else q

    def right_inverse(self, q: Tensor) -> Tensor:
        if tuple(q.shape) != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {tuple(q.shape)}."
            )
        with no_grad():
            wide = q.shape[-2] < q.shape[-1]
            tall = q.mT if wide else q
            n, k = tall.shape[-2:]
            if not self.trivial:
                if self.orthogonal_map != "householder":
                    raise NotImplementedError(
                        "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                        "use_trivialization=False."
                    )
                flat = tall.detach().to("cpu").reshape(-1, n, k).numpy()
                made = np.stack([_reflectors(matrix) for matrix in flat]).reshape(tall.shape)
                held = ops.tensor(made, dtype=q.dtype, device=q.device)
                return held.mT if wide else held
            if n != k:
                more = ops.randn(*tall.shape[:-1], n - k, dtype=q.dtype, device=q.device)
                tall = ops.cat([tall, more], -1)
            self.base = _near(tall)
            start = ops.zeros_like(q)
            start.diagonal(0, -2, -1).fill_(-1.0)
            return start


def orthogonal(
    module: M, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> M:
    """Keep a weight orthogonal: its rows or its columns, whichever are fewer, are at right angles and of length 1.

    Args:
        module: The module that has the weight.
        name: The weight's name.
        orthogonal_map: How it is made of a free matrix: "matrix_exp", the default for square ones, "cayley" or
            "householder", the default for others.
        use_trivialization: Whether it is made of where it started, the buffer `base`, instead of the identity.

    Returns:
        The module.

    Raises:
        ValueError: There is no such weight, it has one dimension, or there is no such map.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.utils.parametrizations.orthogonal(mg.nn.Linear(3, 5))
        >>> mg.allclose(layer.weight.mT @ layer.weight, mg.eye(3), atol=1e-5)
        True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in _MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)
