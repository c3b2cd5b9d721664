"""Bad calls of norms and condition numbers."""

from __future__ import annotations

from badcalls.table import bad

bad("renorm of a vector", lambda m: m.renorm(m.ones(3), 2, 0, 1), "at least 2 dimensions, got 1")
bad("renorm of no norm", lambda m: m.renorm(m.ones(3, 3), 0, 0, 1), "non-positive-norm")
bad("renorm of integers", lambda m: m.renorm(m.ones(3, 3, dtype=m.int64), 2, 0, 1), "floating point")
bad("renorm of a negative norm", lambda m: m.renorm(m.ones(3, 3), 2, 0, -1), ">= 0 but got -1")
bad("norm of integers", lambda m: m.norm(m.ones(3, dtype=m.int64)), "floating point")
bad("norm of an unknown name", lambda m: m.norm(m.ones(3), "big"), "fro")
bad("linalg.matrix_norm of a vector", lambda m: m.linalg.matrix_norm(m.ones(3)), "at least 2 dimensions")
bad("linalg.matrix_norm of an unknown order", lambda m: m.linalg.matrix_norm(m.ones(3, 3), 3), "not supported")
bad("linalg.norm of three dimensions", lambda m: m.linalg.norm(m.ones(2, 2, 2), 1), "1D or 2D. Got 3D")
bad("linalg.cond of an unknown norm", lambda m: m.linalg.cond(m.eye(2), 3), "invalid norm type: 3")
bad("linalg.cond of no square", lambda m: m.linalg.cond(m.ones(2, 3), 1), "2 by 3")
bad("linalg.cond of a vector", lambda m: m.linalg.cond(m.ones(2)), "at least 2 dimensions")
