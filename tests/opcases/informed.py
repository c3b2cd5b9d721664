"""Rows of inverse, solution and Cholesky factor that tell of failures by a number."""

from __future__ import annotations

import numpy as np

from opcases.linalg import SQUARES, near_one, np_near_one, np_symmetric, swapped, symmetric, terms
from opcases.table import row

row("linalg.inv_ex", lambda m, x: m.linalg.inv_ex(near_one(m, x)).inverse, lambda x: np.linalg.inv(np_near_one(x)), SQUARES,
    terms=terms)  # fmt: skip
row("linalg.solve_ex", lambda m, a, b: m.linalg.solve_ex(near_one(m, a), b).result,
    lambda a, b: np.linalg.solve(np_near_one(a), b), [((3, 3), (3, 2)), ((2, 2, 2), (2, 2, 1))], terms=terms)  # fmt: skip
row("linalg.solve_ex vector", lambda m, a, b: m.linalg.solve_ex(near_one(m, a), b).result,
    lambda a, b: np.linalg.solve(np_near_one(a), b[..., None])[..., 0], [((3, 3), (3,)), ((2, 3, 3), (2, 3))], terms=terms)  # fmt: skip
row("linalg.solve_ex right", lambda m, a, b: m.linalg.solve_ex(near_one(m, a), b.mT, left=False).result,
    lambda a, b: swapped(np.linalg.solve(swapped(np_near_one(a)), b)), [((3, 3), (3, 2))], terms=terms)  # fmt: skip
row("linalg.cholesky_ex", lambda m, x: m.linalg.cholesky_ex(symmetric(m, x)).L, lambda x: np.linalg.cholesky(np_symmetric(x)),
    SQUARES, terms=terms)  # fmt: skip
row("linalg.cholesky_ex upper", lambda m, x: m.linalg.cholesky_ex(symmetric(m, x), upper=True).L,
    lambda x: swapped(np.linalg.cholesky(np_symmetric(x))), SQUARES[1:3], terms=terms)  # fmt: skip
