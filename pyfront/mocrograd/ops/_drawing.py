"""Methods that replace the elements of a tensor by random numbers of distributions."""

from __future__ import annotations

import math
from typing import Any

from mocrograd import dtypes
from mocrograd.autograd import no_grad
from mocrograd.ops._arguments import number
from mocrograd.ops._inplace import check_writable, forget
from mocrograd.ops.random import Generator, _are_shares, _floating, drawn_like, integers
from mocrograd.tensor import Tensor, method
from mocrograd.types import Number


def _replace(name: str, input: Tensor, values: Tensor) -> Tensor:
    """Write values to a tensor whose history ends there, as in all in-place draws."""
    check_writable(name, input)
    with no_grad():
        input.copy_(values)
    forget(input)
    return input


def _positive(input: Tensor, generator: Generator | None, dtype: dtypes.dtype) -> Tensor:
    """Return numbers uniform in (0, 1]."""
    uniform: Any = drawn_like("uniform", input, generator, dtype, 0.0, 1.0)
    return 1 - uniform


@method
def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by exponentially distributed numbers of the rate `lambd`.

    Raises:
        RuntimeError: The rate is not positive.
        NotImplementedError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(1000).exponential_(2.0)
        >>> bool(x.min() > 0), bool(0.4 < x.mean() < 0.6)
        (True, True)
    """
    _floating("exponential_", input)
    lambd = number("exponential_", "lambd", lambd)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    return _replace("exponential_", input, _positive(input, generator, input.dtype).log() * (-1 / lambd))


@method
def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by how many tries it takes until the first success, of probability `p`.

    Raises:
        RuntimeError: The probability is not in (0, 1).

    Example:
        >>> import mocrograd as mg
        >>> tries = mg.zeros(1000).geometric_(0.5)
        >>> tries.min(), bool(1.7 < tries.mean() < 2.3)
        (tensor(1.), True)
    """
    p = number("geometric_", "p", p)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p}")
    wide = input.dtype if input.dtype.is_floating_point else dtypes.float64
    tries = (_positive(input, generator, wide).log() * (1 / math.log1p(-p))).ceil().clamp(min=1)
    return _replace("geometric_", input, tries)


@method
def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by numbers of the Cauchy distribution.

    Raises:
        RuntimeError: `sigma` is not positive.
        NotImplementedError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(1000).cauchy_(median=3.0)
        >>> bool(2.5 < x.median() < 3.5)
        True
    """
    _floating("cauchy_", input)
    median, sigma = number("cauchy_", "median", median), number("cauchy_", "sigma", sigma)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    above = drawn_like("normal", input, generator, input.dtype, 0.0, 1.0)
    below = drawn_like("normal", input, generator, input.dtype, 0.0, 1.0)
    return _replace("cauchy_", input, above / below * sigma + median)  # a ratio of normal numbers is Cauchy's


@method
def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by numbers whose logarithms are normally distributed.

    Raises:
        RuntimeError: `std` is not positive.
        NotImplementedError: The dtype is not a floating one.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.zeros(1000).log_normal_(0.0, 1.0)
        >>> bool(abs(x.log().mean()) < 0.2)
        True
    """
    _floating("log_normal_", input)
    mean, std = number("log_normal_", "mean", mean), number("log_normal_", "std", std)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _replace("log_normal_", input, drawn_like("normal", input, generator, input.dtype, mean, std).exp())


@method
def random_(
    input: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Replace the elements by integers uniform in [from_, to): `random_()`, `random_(to)` or `random_(from_, to)`.

    Without bounds they reach up to the greatest integer of the dtype, for floating ones as far as all are held.

    Raises:
        RuntimeError: There is no such integer, or the dtype does not hold all of them.

    Example:
        >>> import mocrograd as mg
        >>> dice = mg.zeros(1000).random_(1, 7)
        >>> dice.min(), dice.max()
        (tensor(1.), tensor(6.))
    """
    if to is None:
        from_, to = None, from_
    if to is None:
        whole = {
            dtypes.float32: (1 << 24) + 1, dtypes.float64: (1 << 53) + 1, dtypes.bool_: 2,
            dtypes.float16: (1 << 11) + 1, dtypes.bfloat16: (1 << 8) + 1,
        }  # fmt: skip
        to = whole.get(input.dtype, min(input.dtype.limits[1] + 1, dtypes.int64.limits[1]))
    values = integers(from_ or 0, to, input._shape, input.dtype, input.device, generator)
    return _replace("random_", input, values)


@method
def bernoulli_(input: Tensor, p: Number = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by 1 with the probability p, else 0.

    Args:
        input: The tensor to change.
        p: A number, or a tensor that broadcasts.
        generator: The stream to draw from.

    Raises:
        RuntimeError: A probability is not in [0, 1].
        NotImplementedError: Elements are complex.

    Example:
        >>> import mocrograd as mg
        >>> draws = mg.zeros(1000).bernoulli_(0.25)
        >>> bool(0.15 < draws.mean() < 0.35)
        True
    """
    if input.dtype.is_complex:
        raise NotImplementedError(f'"bernoulli_" not implemented for {input.dtype.name}')
    wide = input.dtype if input.dtype.is_floating_point else dtypes.float32
    if isinstance(p, Tensor):
        p = p.detach()
        if p._size and not _are_shares(p):
            raise RuntimeError("bernoulli_ expects all probabilities to be in [0, 1]")
    elif not 0 <= (p := number("bernoulli_", "p", p)) <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _replace("bernoulli_", input, drawn_like("uniform", input, generator, wide, 0.0, 1.0) < p)
