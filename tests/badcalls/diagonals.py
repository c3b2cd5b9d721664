"""Bad calls of diagonals, triangles and strides."""

from __future__ import annotations

from badcalls.table import bad

bad("diagonal dims", lambda m: m.ones(2, 2).diagonal(0, 1, 1), "identical")
bad("tril of a vector", lambda m: m.tril(m.ones(2)), r"\[2\]")
bad("tril diagonal", lambda m: m.tril(m.ones(2, 2), None), "NoneType")
bad("as_strided beyond", lambda m: m.ones(8).as_strided((3,), (4,)), "9|out of bounds")
bad("as_strided negative stride", lambda m: m.ones(8).as_strided((2,), (-1,), 1), "-1")
bad("as_strided negative offset", lambda m: m.ones(8).as_strided((2,), (1,), -1), "-1")
bad("as_strided lengths", lambda m: m.ones(8).as_strided((2, 2), (1,)), r"mismatch")
bad("unfold size", lambda m: m.ones(3).unfold(0, 4, 1), "is 3 but size is 4")
bad("unfold step", lambda m: m.ones(3).unfold(0, 2, 0), "step is 0")
bad("linalg.diagonal of a vector", lambda m: m.linalg.diagonal(m.ones(3)), "out of range")
