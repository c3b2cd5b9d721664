"""Time steps of SGD on float32 parameters against NumPy by hand and torch.

A step moves four tensors of equal size; with momentum their directions, too. torch runs its fused kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import contest
from contest import Case

TENSORS = 4
RATE = 0.01
MOMENTUM = 0.9


def of_size(size: int, momentum: float) -> Case:
    """Return the case of tensors of so many elements."""
    import mocrograd as mg
    import numpy as np

    rng = np.random.default_rng(0)
    starts, grads = rng.standard_normal((2, TENSORS, size), np.float32)

    def make(m: Any) -> Callable[[], Any]:
        if m is np:
            return by_hand(starts.copy(), grads, momentum)
        params = [m.from_numpy(start.copy()).requires_grad_() for start in starts]
        for param, grad in zip(params, grads):
            param.grad = m.from_numpy(grad.copy())
        fused = {} if m is mg else {"fused": True}
        step = m.optim.SGD(params, lr=RATE, momentum=momentum, **fused).step

        def run() -> Any:
            step()
            return params[0].detach()

        return run

    # the directions begin as the gradients
    expected = starts[0].astype(np.float64) - RATE * grads[0].astype(np.float64)
    operands, flops = (5, 4) if momentum else (3, 2)
    name = "SGD with momentum" if momentum else "SGD"
    count = TENSORS * size
    return Case(name, count, 4 * operands * count, flops * count, make, contest.close_to(expected, 1e-6))


def by_hand(params: Any, grads: Any, momentum: float) -> Callable[[], Any]:
    """Return a step in NumPy, with memory of its own for what it computes."""
    import numpy as np

    directions, change = np.zeros_like(params), np.empty_like(params)

    def run() -> Any:
        for param, grad, direction, delta in zip(params, grads, directions, change):
            if momentum:
                direction *= momentum
                direction += grad
            np.multiply(direction if momentum else grad, RATE, out=delta)
            param -= delta
        return params[0]

    return run


def cases(quick: bool) -> Iterator[Case]:
    """Yield steps of all sizes."""
    for size in (64, 4096) if quick else (64, 1 << 12, 1 << 16, 1 << 20, 1 << 22):
        yield of_size(size, 0.0)
        yield of_size(size, MOMENTUM)


if __name__ == "__main__":
    contest.main("optim", __doc__, cases)
