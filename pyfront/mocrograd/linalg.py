"""Linear algebra under torch's names: `mg.linalg.solve(A, B)`.

`checked` and `writing` add checks of arguments and `out=` to functions that operations call among each other.
"""

from mocrograd import ops
from mocrograd.ops import calculus, contractions, decompositions, eigen, informed, ldl, norms, reflections
from mocrograd.ops import linalg as systems
from mocrograd.ops import lu as triangles
from mocrograd.ops._arguments import checked, name_functions
from mocrograd.ops._outputs import writing
from mocrograd.ops.linalg import LinAlgError

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
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
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

cholesky = writing(systems.linalg_cholesky)
cholesky_ex = writing(informed.cholesky_ex)
cond = writing(norms.cond)
cross = writing(contractions.linalg_cross)
det = writing(ops.det)
diagonal = checked(systems.linalg_diagonal)
eig = writing(eigen.eig)
eigh = writing(decompositions.eigh)
eigvals = writing(eigen.eigvals)
eigvalsh = writing(decompositions.eigvalsh)
householder_product = writing(reflections.householder_product)
inv = writing(systems.inv)
inv_ex = writing(informed.inv_ex)
ldl_factor = writing(ldl.ldl_factor)
ldl_factor_ex = writing(ldl.ldl_factor_ex)
ldl_solve = writing(ldl.ldl_solve)
lstsq = writing(decompositions.lstsq)
lu = writing(triangles.lu)
lu_factor = writing(triangles.lu_factor)
lu_factor_ex = writing(triangles.lu_factor_ex)
lu_solve = writing(triangles.linalg_lu_solve)
matmul = checked(ops.matmul)
matrix_exp = checked(ops.matrix_exp)
matrix_norm = writing(norms.matrix_norm)
matrix_power = writing(ops.matrix_power)
matrix_rank = writing(decompositions.matrix_rank)
multi_dot = writing(contractions.multi_dot)
norm = writing(norms.norm_of)
pinv = writing(decompositions.pinv)
qr = writing(decompositions.linalg_qr)
slogdet = writing(ops.slogdet)
solve = writing(systems.solve)
solve_ex = writing(informed.solve_ex)
solve_triangular = writing(systems.solve_triangular)
svd = writing(decompositions.linalg_svd)
svdvals = writing(decompositions.svdvals)
tensorinv = writing(systems.tensorinv)
tensorsolve = writing(systems.tensorsolve)
vander = checked(calculus.linalg_vander)
vecdot = writing(systems.vecdot)
vector_norm = writing(norms.vector_norm)

name_functions(__name__, __all__)
