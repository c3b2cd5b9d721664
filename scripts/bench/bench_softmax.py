"""Time softmax and log-softmax of rows of float32 against NumPy and torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import contest
from contest import Case

SHAPES = ((32, 10), (32, 64), (256, 1024), (4096, 4096))


def softmax(v: Any) -> Any:
    """Compute softmax in NumPy."""
    import numpy as np

    powers = np.exp(v - v.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def log_softmax(v: Any) -> Any:
    """Compute log-softmax in NumPy."""
    import numpy as np

    shifted = v - v.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def case(function: Callable[[Any], Any], rows: int, columns: int) -> Case:
    """Return the case of a function of NumPy arrays, which the modules have by the same name."""
    import numpy as np

    name = function.__name__
    a = np.random.default_rng(0).standard_normal((rows, columns), np.float32)

    def make(m: Any) -> Callable[[], Any]:
        x = contest.tensor(m, a)
        return partial(function, x) if m is np else partial(getattr(m.nn.functional, name), x, 1)

    right = contest.close_to(function(a.astype(np.float64)), 1e-5)
    # a maximum, a difference, an exponential of some ten operations, a sum and a quotient per element
    return Case(name, a.size, 2 * a.nbytes, 14 * a.size, make, right, f"{name} {rows} x {columns}")


def cases(quick: bool) -> Iterator[Case]:
    """Yield both functions of all shapes."""
    for rows, columns in SHAPES[:2] if quick else SHAPES:
        for function in (softmax, log_softmax):
            yield case(function, rows, columns)


if __name__ == "__main__":
    contest.main("softmax", __doc__, cases)
