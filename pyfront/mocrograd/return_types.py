"""The classes of named tuples that operations return, by the operations' names, as torch.return_types has them."""

from __future__ import annotations

from mocrograd.ops._indices import Found
from mocrograd.ops.counting import Histogram as histogram
from mocrograd.ops.counting import HistogramDD as histogramdd
from mocrograd.ops.decompositions import EighResult as linalg_eigh
from mocrograd.ops.decompositions import LstsqResult as linalg_lstsq
from mocrograd.ops.decompositions import OldSVDResult as svd
from mocrograd.ops.decompositions import QRResult as linalg_qr
from mocrograd.ops.decompositions import SVDResult as linalg_svd
from mocrograd.ops.eigen import EigResult as linalg_eig
from mocrograd.ops.informed import CholeskyExResult as linalg_cholesky_ex
from mocrograd.ops.informed import InvExResult as linalg_inv_ex
from mocrograd.ops.informed import SolveExResult as linalg_solve_ex
from mocrograd.ops.ldl import LDLExResult as linalg_ldl_factor_ex
from mocrograd.ops.ldl import LDLResult as linalg_ldl_factor
from mocrograd.ops.linalg import SlogdetResult as linalg_slogdet
from mocrograd.ops.linalg import TriangularSolveResult as triangular_solve
from mocrograd.ops.lu import LUFactorExResult as linalg_lu_factor_ex
from mocrograd.ops.lu import LUFactorResult as linalg_lu_factor
from mocrograd.ops.lu import LUResult as linalg_lu
from mocrograd.ops.reduce import Aminmax as aminmax
from mocrograd.ops.reflections import GeqrfResult as geqrf
from mocrograd.ops.transcendental import Frexp as frexp
from mocrograd.shown import kind_of_result

qr, slogdet, lu_unpack = linalg_qr, linalg_slogdet, linalg_lu
cummax, cummin = kind_of_result(Found, "cummax"), kind_of_result(Found, "cummin")
kthvalue, mode = kind_of_result(Found, "kthvalue"), kind_of_result(Found, "mode")
max, min = kind_of_result(Found, "max"), kind_of_result(Found, "min")
median, nanmedian = kind_of_result(Found, "median"), kind_of_result(Found, "nanmedian")
sort, topk = kind_of_result(Found, "sort"), kind_of_result(Found, "topk")

__all__ = [
    "aminmax", "cummax", "cummin", "frexp", "geqrf", "histogram", "histogramdd", "kthvalue", "linalg_cholesky_ex",
    "linalg_eig", "linalg_eigh", "linalg_inv_ex", "linalg_ldl_factor", "linalg_ldl_factor_ex", "linalg_lstsq",
    "linalg_lu", "linalg_lu_factor", "linalg_lu_factor_ex", "linalg_qr", "linalg_slogdet", "linalg_solve_ex",
    "linalg_svd", "lu_unpack", "max", "median", "min", "mode", "nanmedian", "qr", "slogdet", "sort", "svd", "topk",
    "triangular_solve",
]  # fmt: skip
