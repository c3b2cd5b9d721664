"""A few eigenpairs of large symmetric matrices, by products with a few vectors: LOBPCG. Knyazev 2001.

Each step takes the best eigenvectors that the last ones, their residuals and the last changes span. The basis is made
orthonormal by its matrix of products, whose nearly dependent directions are left out (Stathopoulos and Wu 2002), so a
step neither needs nor fails by a Cholesky factor.
"""

from __future__ import annotations

from typing import Any

from mocrograd import dtypes, ops
from mocrograd.autograd import Function, no_grad
from mocrograd.linalg import eigh, solve
from mocrograd.ops._arguments import checked
from mocrograd.tensor import Tensor

_STEPS = 1000


@checked
def lobpcg(
    A: Tensor, k: int | None = None, B: Tensor | None = None, X: Tensor | None = None, n: int | None = None,
    iK: Tensor | None = None, niter: int | None = None, tol: float | None = None, largest: bool | None = None,
    method: str | None = None, tracker: None = None, ortho_iparams: Any = None, ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return the largest or smallest eigenvalues of symmetric matrices, A x = e x or A x = e B x, and their vectors.

    Gradients are those with respect to the symmetric part of a dense A, without B, of any order.

    Args:
        A: (..., m, m), float32 or float64, symmetric; or one sparse matrix, whose gradient is not computed.
        k: The number of eigenpairs; by default the columns of X, or 1.
        B: (..., m, m), positive definite; the identity by default.
        X: (..., m, n), the vectors to begin with; random ones by default.
        n: The number of vectors that are improved, at least k, by default k.
        iK: (..., m, m), an approximate inverse of A, by which residuals are multiplied.
        niter: The most steps, 1000 by default; -1 for any number.
        tol: The residual, relative to the sizes of A and of the eigenvalue, at which to stop; the square root of the
            dtype's epsilon by default.
        largest: Whether the largest ones are looked for, in descending order, as by default; else the smallest ones.
        method: "ortho" or "basic", which are one here.
        tracker: Must be None.
        ortho_iparams: Accepted.
        ortho_fparams: Accepted.
        ortho_bparams: Accepted.

    Returns:
        The eigenvalues (..., k), and the vectors (..., m, k), of which x^T B x is 1.

    Raises:
        ValueError: m is less than 3 n, or `method` is another word; or in backward, B was given.
        IndexError: A has no matrices.
        AssertionError: A is not square, or B or X have other shapes than it asks for.
        RuntimeError: A is of another dtype; or in backward, A is sparse.
        NotImplementedError: There is a tracker.

    Example:
        >>> import mocrograd as mg
        >>> matrix = mg.diag(mg.arange(12.0))
        >>> values, vectors = mg.lobpcg(matrix, k=2)
        >>> values.round(decimals=3)
        tensor([11., 10.])
        >>> vectors.abs().argmax(0)
        tensor([11, 10])
    """
    _check(A, B, X, method, tracker)
    m = A.shape[-1]
    k = (1 if X is None else X.shape[-1]) if k is None else k
    n = max(k, k if n is None else n) if X is None else X.shape[-1]
    if m < 3 * n:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={m}) is smaller than 3 x the number of "
            f"requested eigenpairs (={n})"
        )
    if not 0 < k <= n:
        raise ValueError(f"lobpcg: expected k from 1 to the number of vectors, {n}, got {k}")
    tol = ops.finfo(A.dtype).eps ** 0.5 if tol is None else tol
    options = (X, iK, k, n, _STEPS if niter is None else niter, tol, largest is not False)
    if A.requires_grad and not A.is_sparse:
        A = (A + A.mT) / 2
    values, vectors = _Eigenpairs.apply(A, B, options)
    return values, vectors


def _check(A: Tensor, B: Tensor | None, X: Tensor | None, method: str | None, tracker: Any) -> None:
    """Check the arguments of `lobpcg`."""
    if A.dtype.name not in ("float32", "float64"):
        raise RuntimeError(f"lobpcg: expected A of float32 or float64, got {A.dtype.name}")
    if A.dim() < 2:
        raise IndexError(f"lobpcg: expected A to have at least two dimensions, got shape {list(A.shape)}")
    if A.shape[-1] != A.shape[-2]:
        raise AssertionError(f"A must be square, got shape {list(A.shape)}")
    if B is not None and B.shape != A.shape:
        raise AssertionError(f"A and B must have same shape, got {list(A.shape)} vs {list(B.shape)}")
    if X is not None and (X.dim() != A.dim() or X.shape[:-1] != A.shape[:-1]):
        raise AssertionError(f"X shape mismatch: got {list(X.shape)}, expected {[*A.shape[:-1], 'n']}")
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"lobpcg: expected the method 'basic' or 'ortho', got {method!r}")
    if tracker is not None:
        raise NotImplementedError("lobpcg: there is no tracker; call it with few steps, and its vectors as X again")


class _Eigenpairs(Function):
    """Some eigenpairs; the gradient also takes what the other ones would have given, by solving with A."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor | None, options: Any) -> tuple[Tensor, Tensor]:
        """Run the steps for each matrix."""
        with no_grad():
            pairs = _each(a.detach(), None if b is None else b.detach(), *options)
        ctx.save_for_backward(a, *pairs)
        ctx.simple = b is None
        return pairs

    @staticmethod
    def backward(ctx: Any, dvalues: Tensor, dvectors: Tensor) -> tuple[Tensor, None, None]:
        """Compute da, where de = diag(x^T da x), and dx is the sum over other pairs of y y^T da x / (e - e_y)."""
        a, e, x = ctx.saved_tensors
        if not ctx.simple:
            raise ValueError("lobpcg.backward does not support backward with B != I yet.")
        if a.is_sparse:
            raise RuntimeError("lobpcg.backward does not support sparse input yet.")
        gaps = e.unsqueeze(-2) - e.unsqueeze(-1)
        same = ops.eye(e.shape[-1], dtype=dtypes.bool_, device=a.device)
        inner = ops.where(same, ops.diag_embed(dvalues), x.mT @ dvectors / ops.where(same, 1.0, gaps))
        beyond = dvectors - x @ (x.mT @ dvectors)
        shifts = e[..., :, None, None] * ops.eye(a.shape[-1], dtype=a.dtype, device=a.device) - a.unsqueeze(-3)
        found = x.unsqueeze(-3) * (1 - (e.unsqueeze(-1) - e.unsqueeze(-2))).unsqueeze(-2) @ x.mT.unsqueeze(-3)
        outer = solve(shifts + found, beyond.mT.unsqueeze(-1)).squeeze(-1).mT
        da = x @ inner @ x.mT + outer @ x.mT
        return (da + da.mT) / 2, None, None


def _each(a: Tensor, b: Tensor | None, x: Tensor | None, ik: Tensor | None, *options: Any) -> tuple[Tensor, Tensor]:
    """Return the pairs of each of several matrices."""
    if a.dim() == 2:
        return _pairs(a, b, x, ik, *options)
    each = [
        _each(
            a[i], *[None if t is None else t[i] for t in (b, x)], ik if ik is None or ik.dim() == 2 else ik[i], *options
        )
        for i in range(a.shape[0])
    ]
    return ops.stack([values for values, _ in each]), ops.stack([vectors for _, vectors in each])


def _pairs(
    a: Tensor, b: Tensor | None, x: Tensor | None, ik: Tensor | None, k: int, n: int, steps: int, tol: float,
    largest: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    x = ops.randn(a.shape[-1], n, dtype=a.dtype, device=a.device) if x is None else x.detach()
    x = _orthonormal(x, b)
    size, size_b = _relative_size(a, x), 1.0 if b is None else _relative_size(b, x)
    e, turn = _best(a, x, n, largest)
    x, change = x @ turn, None
    step = 0
    while step != steps:
        residual = a @ x - _times(b, x) * e
        error = residual.norm(dim=0) / (x.norm(dim=0) * (size + e.abs() * size_b))
        if bool((error[:k] <= tol).all()):
            break
        new = residual if ik is None else ik @ residual
        new = new if change is None else ops.cat([new, change], 1)
        for _ in range(2):  # rounding leaves parts of x the first time
            new = new - x @ (x.mT @ _times(b, new))
            new = _orthonormal(new, b)
        if not new.shape[1]:
            break
        e, turn = _best(a, ops.cat([x, new], 1), n, largest)
        change = new @ turn[x.shape[1] :]
        x = x @ turn[: x.shape[1]] + change
        step += 1
    return e[:k].clone(), x[:, :k].clone()


def _times(b: Tensor | None, x: Tensor) -> Tensor:
    return x if b is None else b @ x


def _relative_size(a: Tensor, x: Tensor) -> float:
    size: float = ((a @ x).norm() / x.norm()).item()
    return size


def _best(a: Tensor, basis: Tensor, n: int, largest: bool) -> tuple[Tensor, Tensor]:
    """Return the first eigenpairs of a matrix within what an orthonormal basis spans, the vectors by the basis."""
    products = basis.mT @ (a @ basis)
    values, vectors = eigh((products + products.mT) / 2)
    if largest:
        values, vectors = values.flip(-1), vectors.flip(-1)
    return values[:n], vectors[:, :n]


def _orthonormal(x: Tensor, b: Tensor | None) -> Tensor:
    """Return orthonormal vectors, x^T b x = 1, that span what others do; directions within rounding of 0 are gone."""
    length = x.norm(dim=0)
    x = x[:, length > 0] / length[length > 0]
    products = x.mT @ _times(b, x)
    values, vectors = eigh((products + products.mT) / 2)
    kept = values > values.abs().max() * ops.finfo(x.dtype).eps * x.shape[1] if x.shape[1] else values > 0
    return x @ (vectors[:, kept] / values[kept].sqrt())
