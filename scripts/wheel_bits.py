"""Writes the results of every row of the table of operations, from the installed mocrograd, to a file.

scripts/wheel_check.py runs it under each baseline and compares. Random numbers start at the same place in each case.
"""

from __future__ import annotations

import pickle
import sys

import mocrograd as mg
import numpy as np
from opcases import ROWS, outputs
from tolerances import tolerance

Result = tuple[np.ndarray, dict[str, float]]
"""An array, and how far it may be from the exact result: `rtol` and `atol`, as the tests have them."""


def results() -> dict[str, Result]:
    """Returns the results of each case, by the name of the row, the shapes, the dtype and the number of the result."""
    found = {}
    for row in ROWS:
        for dtype in row.dtypes:
            for case in row.cases:
                mg.manual_seed(0)
                arrays = row.arrays(case, dtype)
                scale = max([1.0, *(float(np.abs(a).max()) for a in arrays if a.size and a.dtype.kind == "f")])
                made = [result.detach().numpy() for result in outputs(row.call(mg, *map(mg.tensor, arrays)))]
                for i, array in enumerate(made):
                    bounds = tolerance(array.dtype.name, terms=row.terms(*case), scale=scale)
                    found[f"{row.name} {case} {dtype} {i}"] = (array, bounds)
    return found


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as file:
        pickle.dump(results(), file)
