"""Linear algebra under torch's names: `mg.linalg.solve(A, B)`."""

from mocrograd.ops.contractions import linalg_cross as cross
from mocrograd.ops.contractions import multi_dot

__all__ = ["cross", "multi_dot"]
