"""Time pointwise operations on float32 against NumPy and torch: into fresh results, and into tensors that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import contest
from contest import Case

SHAPES = ((8, 8), (32, 64), (256, 1024), (4096, 4096))


def of_shape(rows: int, columns: int) -> Iterator[Case]:
    """Yield relu, exp, and sums of one shape: with a transposed matrix, with a row, and in place, too."""
    import numpy as np

    a, b = np.random.default_rng(0).standard_normal((2, rows, columns), np.float32)
    exact = a.astype(np.float64)

    def relu(m: Any) -> Callable[[], Any]:
        x = contest.tensor(m, a)
        return (lambda: np.maximum(x, 0)) if m is np else lambda: m.relu(x)

    def exp(m: Any) -> Callable[[], Any]:
        x = contest.tensor(m, a)
        return lambda: m.exp(x)

    def add(m: Any) -> Callable[[], Any]:
        x, y = contest.tensor(m, a), contest.tensor(m, b)
        return lambda: x + y

    def add_transposed(m: Any) -> Callable[[], Any]:
        x, y = contest.tensor(m, a), contest.tensor(m, np.ascontiguousarray(b.T)).T
        return lambda: x + y

    def add_row(m: Any) -> Callable[[], Any]:
        x, y = contest.tensor(m, a), contest.tensor(m, b[0])
        return lambda: x + y

    def add_in_place(m: Any) -> Callable[[], Any]:
        x = m.zeros((rows, columns), dtype=m.float32)
        return (lambda: np.add(x, x, out=x)) if m is np else lambda: x.add_(x)

    def case(name: str, operands: int, flops: int, make: Callable[[Any], Callable[[], Any]], expected: Any) -> Case:
        label = f"{name} {rows} x {columns}"
        return Case(name, a.size, operands * a.nbytes, flops * a.size, make, contest.close_to(expected, 1e-6), label)

    yield case("relu", 2, 1, relu, np.maximum(exact, 0))
    yield case("exp", 2, 10, exp, np.exp(exact))
    yield case("add", 3, 1, add, exact + b)
    yield case("add transposed", 3, 1, add_transposed, exact + b)
    yield case("add a row", 2, 1, add_row, exact + b[0])
    yield case("add in place", 2, 1, add_in_place, np.zeros_like(exact))


INTO = {
    "relu_": lambda m, x, y, z: x.relu_(),
    "add_": lambda m, x, y, z: x.add_(y),
    "add_ of a number": lambda m, x, y, z: x.add_(0.0),
    "add_ with alpha": lambda m, x, y, z: x.add_(y, alpha=-0.1),
    "mul_ of a number": lambda m, x, y, z: x.mul_(0.9),
    "x -= 0.1 * y": lambda m, x, y, z: x.__isub__(0.1 * y),
    "lerp_": lambda m, x, y, z: x.lerp_(y, 0.1),
    "addcmul_": lambda m, x, y, z: x.addcmul_(y, z, value=0.1),
    "addcdiv_": lambda m, x, y, z: x.addcdiv_(y, z, value=0.1),
    "clamp_": lambda m, x, y, z: x.clamp_(-1, 1),
    "zero_": lambda m, x, y, z: x.zero_(),
    "copy_": lambda m, x, y, z: x.copy_(y),
    "add with out": lambda m, x, y, z: m.add(x, y, out=x),
    "log with out": lambda m, x, y, z: m.log(z, out=x),
    "a product and its relu_, recorded": lambda m, x, y, z: (x * z.requires_grad_()).relu_().detach(),
}  # fmt: skip
"""Calls that write into a tensor of zeros what is 0 again: of zeros y and ones z."""
FEW = 64


def into() -> Iterator[Case]:
    """Yield small calls that write into a tensor that exists; NumPy has few of them."""
    import numpy as np

    def make(run: Callable[..., Any], m: Any) -> Callable[[], Any] | None:
        if m is np:
            return None
        x, y, z = m.zeros(FEW), m.zeros(FEW), m.ones(FEW)
        return lambda: run(m, x, y, z)

    for name, run in INTO.items():
        check = contest.close_to(np.zeros(FEW), 1e-6)
        label = f"{name} of {FEW}"
        yield Case(name, FEW, 8 * FEW, FEW, partial(make, run), check, label)


def cases(quick: bool) -> Iterator[Case]:
    """Yield the cases of all shapes."""
    yield from into()
    for rows, columns in SHAPES[:2] if quick else SHAPES:
        yield from of_shape(rows, columns)


if __name__ == "__main__":
    contest.main("elementwise", __doc__, cases)
