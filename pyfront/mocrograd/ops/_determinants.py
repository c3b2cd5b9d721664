"""Determinants of NumPy arrays of matrices, and their derivatives, which singular matrices have too."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__: list[str] = []

Array = np.ndarray[Any, Any]


def determinants(a: np.ndarray[Any, Any]) -> Any:
    """Return determinants; where NumPy stops at a pivot of 0, those of matrices with nan or infinities are nan."""
    found = np.linalg.det(a)
    return np.where((found == 0) & ~np.isfinite(a).all((-2, -1)), found.dtype.type(np.nan), found)


def logarithms(a: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """Return signs and logarithms of determinants, nan as in `determinants`."""
    sign, logarithm = np.linalg.slogdet(a)
    odd = (sign == 0) & ~np.isfinite(a).all((-2, -1))
    return sign, np.where(odd, logarithm.dtype.type(np.nan), logarithm)


def _decomposed(x: Array) -> tuple[Array, Array, Array, Array]:
    """Return U, S and V of matrices, and conj(det(U V)), of size 1; nan for matrices that are not finite."""
    finite = np.isfinite(x).all((-2, -1), keepdims=True)
    u, s, vh = np.linalg.svd(np.where(finite, x, 0))
    sign = np.conj(np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return u, s, vh, np.where(finite, sign, np.nan).astype(x.dtype)


def _products_without_one(s: Array) -> Array:
    """Return, for each number of a row, the product of the others."""
    ones = np.ones_like(s[..., :1])
    before = np.cumprod(np.concatenate([ones, s[..., :-1]], -1), -1)[..., : s.shape[-1]]
    after = np.cumprod(np.concatenate([ones, s[..., :0:-1]], -1), -1)[..., : s.shape[-1]][..., ::-1]
    products: Array = before * after
    return products


def cofactors(x: Array) -> Array:
    """Return the derivatives of the determinants, conjugated."""
    if x.shape[-1] == 1:
        return np.ones_like(x)
    u, s, vh, sign = _decomposed(x)
    out: Array = sign * ((u * _products_without_one(s)[..., None, :]) @ vh)
    return out


def minors(x: Array, grad: Array) -> Array:
    """Return the derivative of the cofactors' sum, weighted by a gradient.

    In the bases of U and V only pairs of rows and columns count: a pair gives minus the product of the other singular
    values times the gradient across it, and the diagonal the sums along it.
    """
    u, s, vh, sign = _decomposed(x)
    eye = np.eye(s.shape[-1], dtype=x.dtype)
    without_two = _products_without_one(np.where(eye == 1, 1, s[..., None, :])) * (1 - eye)
    inner = np.swapaxes(u, -1, -2).conj() @ grad @ np.swapaxes(vh, -1, -2).conj()
    along = (without_two @ np.diagonal(inner, axis1=-2, axis2=-1)[..., None])[..., 0]
    core = along[..., None, :] * eye - without_two * np.swapaxes(inner, -1, -2)
    out: Array = sign * (u @ core.conj() @ vh)
    return out
