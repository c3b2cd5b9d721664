"""Time softmax and log-softmax of rows of float32 against NumPy and torch, two threads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import timing
from timing import Case

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


def case(modules: dict[str, Any], function: Callable[[Any], Any], rows: int, columns: int) -> Case:
    """Return the case of one function of NumPy arrays, which the modules have by the same name."""
    import numpy as np

    name = function.__name__
    a = np.random.default_rng(0).standard_normal((rows, columns), np.float32)
    x = {m: m.from_numpy(a.copy()) for m in modules.values()}
    return Case(
        f"{name} {rows} x {columns}",
        2 * a.nbytes,
        1e-5,
        lambda m: getattr(m.nn.functional, name)(x[m], 1),
        lambda: function(a),
        lambda: function(a.astype(np.float64)),
    )


def cases(modules: dict[str, Any]) -> Iterator[Case]:
    """Yield both functions of all shapes."""
    for rows, columns in SHAPES:
        for function in (softmax, log_softmax):
            yield case(modules, function, rows, columns)


if __name__ == "__main__":
    timing.main(__doc__, cases)
