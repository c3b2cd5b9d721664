"""Linear algebra under torch's names: `mg.linalg.solve(A, B)`."""

import sys

from mocrograd.ops._outputs import checked_functions
from mocrograd.ops.calculus import linalg_vander as vander
from mocrograd.ops.contractions import linalg_cross as cross
from mocrograd.ops.contractions import multi_dot
from mocrograd.ops.decompositions import eigh, eigvalsh, lstsq, matrix_rank, pinv, svdvals
from mocrograd.ops.decompositions import linalg_qr as qr
from mocrograd.ops.decompositions import linalg_svd as svd
from mocrograd.ops.linalg import (
    LinAlgError,
    det,
    inv,
    matrix_exp,
    matrix_power,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
    vecdot,
)
from mocrograd.ops.linalg import linalg_cholesky as cholesky
from mocrograd.ops.linalg import linalg_diagonal as diagonal
from mocrograd.ops.matmul import matmul
from mocrograd.ops.norms import cond, matrix_norm, vector_norm
from mocrograd.ops.norms import norm_of as norm

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

globals().update(checked_functions(sys.modules[__name__], __all__))
