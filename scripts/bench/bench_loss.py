"""Time losses and their gradients, float32, against NumPy by hand and torch.

Rows times classes for cross-entropy, 10 classes and 1,000; elements for the mean squared error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import contest
from contest import Case


def cross_entropy(rows: int, classes: int) -> Iterator[Case]:
    """Yield the loss, and the loss with its gradient, which is what is checked."""
    import numpy as np

    rng = np.random.default_rng(0)
    scores = rng.standard_normal((rows, classes), np.float32)
    targets = rng.integers(0, classes, rows)

    def forward(m: Any) -> Callable[[], Any]:
        if m is np:
            return lambda: cross_entropy_by_hand(scores, targets)[0]
        x, y = m.from_numpy(scores.copy()), m.from_numpy(targets.copy())
        return lambda: m.nn.functional.cross_entropy(x, y)

    def both(m: Any) -> Callable[[], Any]:
        if m is np:
            return lambda: cross_entropy_by_hand(scores, targets)[1]
        x, y = m.from_numpy(scores.copy()).requires_grad_(), m.from_numpy(targets.copy())
        return contest.gradient_of(x, lambda: m.nn.functional.cross_entropy(x, y))

    loss, grad = cross_entropy_by_hand(scores.astype(np.float64), targets)
    name = f"cross-entropy of {classes} classes"
    # a maximum, a difference, an exponential of some ten operations and a sum per score
    yield Case(name, scores.size, scores.nbytes, 13 * scores.size, forward, contest.close_to(loss, 1e-5))
    yield Case(f"{name}, and back", scores.size, 3 * scores.nbytes, 26 * scores.size, both,
               contest.close_to(grad, 1e-6))  # fmt: skip


def cross_entropy_by_hand(scores: Any, targets: Any) -> tuple[Any, Any]:
    """Return the mean loss and its gradient, in NumPy."""
    import numpy as np

    rows = np.arange(len(targets))
    shifted = scores - scores.max(1, keepdims=True)
    grad = np.exp(shifted)
    sums = grad.sum(1)
    loss = (np.log(sums) - shifted[rows, targets]).mean()
    grad /= sums[:, None]
    grad[rows, targets] -= 1
    grad /= len(targets)
    return loss, grad


def squared_error(size: int) -> Iterator[Case]:
    """Yield the loss with its gradient."""
    import numpy as np

    a, b = np.random.default_rng(0).standard_normal((2, size), np.float32)

    def by_hand() -> Any:
        difference = a - b
        _ = np.dot(difference, difference) / size
        difference *= 2 / size
        return difference

    def both(m: Any) -> Callable[[], Any]:
        if m is np:
            return by_hand
        x, y = m.from_numpy(a.copy()).requires_grad_(), m.from_numpy(b.copy())
        return contest.gradient_of(x, lambda: m.nn.functional.mse_loss(x, y))

    expected = 2 / size * (a.astype(np.float64) - b)
    yield Case("squared error, and back", size, 3 * a.nbytes, 4 * size, both, contest.close_to(expected, 1e-6))


def cases(quick: bool) -> Iterator[Case]:
    """Yield the losses of all sizes."""
    for rows in (8, 64) if quick else (8, 128, 2048, 32768, 524288):
        yield from cross_entropy(rows, 10)
        yield from squared_error(10 * rows)
    for rows in (8,) if quick else (8, 128, 2048, 8192):
        yield from cross_entropy(rows, 1000)


if __name__ == "__main__":
    contest.main("loss", __doc__, cases)
