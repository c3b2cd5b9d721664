"""Random numbers of further distributions, made of uniform and normal ones, and choices.

Those that look at values on the host (`multinomial`, `poisson`) take their place in the same stream, so a seed gives
the same numbers for any number of workers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mocrograd import backend, dtypes
from mocrograd.autograd import no_grad
from mocrograd.backend import recording
from mocrograd.layout import broadcast_shapes
from mocrograd.ops.arguments import number
from mocrograd.ops.cast import to_dtype
from mocrograd.ops.creation import from_host
from mocrograd.ops.inplace import check_writable, forget
from mocrograd.ops.random import Generator, _draw, default_generator, integers, uniform_
from mocrograd.tensor import Tensor, fresh, method

__all__ = ["binomial", "multinomial", "poisson"]


def _replace(name: str, input: Tensor, values: Tensor) -> Tensor:
    """Write values to a tensor whose history ends there, as in all in-place draws."""
    check_writable(name, input)
    with no_grad():
        input.copy_(values)
    forget(input)
    return input


def _floating(name: str, input: Tensor) -> None:
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype.name}')


def _drawn(kind: str, input: Tensor, generator: Generator | None, dtype: Any, *parameters: float) -> Tensor:
    return _draw(kind, fresh(input._shape, input._size, dtype, input.device), generator, *parameters)


def _positive(input: Tensor, generator: Generator | None, dtype: dtypes.dtype) -> Tensor:
    """Return numbers uniform in (0, 1]."""
    uniform: Any = _drawn("uniform", input, generator, dtype, 0.0, 1.0)
    return 1 - uniform


@method
def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by exponentially distributed numbers of the rate `lambd`.

    Raises:
        RuntimeError: The rate is not positive.
        NotImplementedError: The dtype is not a floating one.
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
    """
    _floating("cauchy_", input)
    median, sigma = number("cauchy_", "median", median), number("cauchy_", "sigma", sigma)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma}")
    above = _drawn("normal", input, generator, input.dtype, 0.0, 1.0)
    below = _drawn("normal", input, generator, input.dtype, 0.0, 1.0)
    return _replace("cauchy_", input, above / below * sigma + median)  # a ratio of normal numbers is Cauchy's


@method
def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by numbers whose logarithms are normally distributed.

    Raises:
        RuntimeError: `std` is not positive.
        NotImplementedError: The dtype is not a floating one.
    """
    _floating("log_normal_", input)
    mean, std = number("log_normal_", "mean", mean), number("log_normal_", "std", std)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std}")
    return _replace("log_normal_", input, _drawn("normal", input, generator, input.dtype, mean, std).exp())


@method
def random_(
    input: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Replace the elements by integers uniform in [from_, to): `random_()`, `random_(to)` or `random_(from_, to)`.

    Without bounds they reach up to the greatest integer of the dtype, for floating ones up to 2^24 or 2^53.

    Raises:
        RuntimeError: There is no such integer, or the dtype does not hold all of them.
    """
    if to is None:
        from_, to = None, from_
    if to is None:
        whole = {dtypes.float32: (1 << 24) + 1, dtypes.float64: (1 << 53) + 1, dtypes.bool_: 2}
        to = whole.get(input.dtype, min(input.dtype.limits[1] + 1, dtypes.int64.limits[1]))
    values = integers(from_ or 0, to, input._shape, input.dtype, input.device, generator)
    return _replace("random_", input, values)


@method
def bernoulli_(input: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Replace the elements by 1 with the probability p, else 0.

    Args:
        input: The tensor to change.
        p: A number, or a tensor that broadcasts.
        generator: The stream to draw from.

    Raises:
        RuntimeError: A probability is not in [0, 1].
    """
    wide = input.dtype if input.dtype.is_floating_point else dtypes.float32
    if isinstance(p, Tensor):
        p = p.detach()
        if p._size and not ((p >= 0) & (p <= 1)).all():
            raise RuntimeError("bernoulli_ expects all probabilities to be in [0, 1]")
    elif not 0 <= (p := number("bernoulli_", "p", p)) <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return _replace("bernoulli_", input, _drawn("uniform", input, generator, wide, 0.0, 1.0) < p)


def host_stream(name: str, count: int, generator: Generator | None = None) -> np.random.Generator:
    """Return a stream of NumPy's for an op that draws on the host, at the next place of a generator's stream.

    Args:
        name: The op, which cannot be replayed.
        count: How many numbers it draws.
        generator: The stream whose place and seed are taken.
    """
    recording.cannot_replay(f"{name}() draws on the host")
    seed, place = (generator or default_generator).take(count)
    return np.random.Generator(np.random.Philox(key=np.array([seed % (1 << 64), place], np.uint64)))


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Return numbers of the Poisson distributions whose means a tensor holds.

    Raises:
        RuntimeError: A mean is negative.
        NotImplementedError: The dtype is not a floating one.
    """
    _floating("poisson", input)
    means = input.detach().to("cpu").numpy()
    if not (means >= 0).all():
        raise RuntimeError("poisson: invalid Poisson rate, expected rate to be non-negative")
    stream = host_stream("poisson", input._size, generator)
    return from_host(np.asarray(stream.poisson(means)).astype(means.dtype), input.device, False)


def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Return how many of `count` tries succeed, each with the probability `prob`.

    Args:
        count: The numbers of tries, whole floating ones.
        prob: The probabilities; both broadcast.
        generator: The stream to draw from.

    Raises:
        ValueError: The counts are not of a floating dtype.
        RuntimeError: A count is negative, a probability is not in [0, 1], or the dtypes differ.
    """
    if not count.dtype.is_floating_point:
        raise ValueError(f"binomial only supports floating-point dtypes for count, got: {count.dtype.name}")
    if count.dtype is not prob.dtype:
        raise RuntimeError(
            f"binomial: expected count and prob to have the same dtype, got {count.dtype.name} and {prob.dtype.name}"
        )
    shape = broadcast_shapes(count._shape, prob._shape)
    tries, chances = (x.detach().to("cpu").numpy() for x in (count, prob))
    if not ((tries >= 0) & (tries < 2**63)).all():
        raise RuntimeError("binomial: expected all counts to be non-negative")
    if not ((chances >= 0) & (chances <= 1)).all():
        raise RuntimeError("binomial: expected all probabilities to be in [0, 1]")
    stream = host_stream("binomial", math.prod(shape), generator)
    drawn = stream.binomial(tries.astype(np.int64), chances, shape)
    return from_host(np.asarray(drawn).astype(tries.dtype), count.device, False)


@method
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Return indices that are drawn with the probabilities that rows hold.

    Args:
        input: (n,) or (m, n): weights, which need not add up to 1.
        num_samples: How many indices to draw from each row.
        replacement: Whether an index may be drawn again.
        generator: The stream to draw from.

    Returns:
        (num_samples,) or (m, num_samples), of int64.

    Raises:
        RuntimeError: The rank is another, weights are negative, infinite or all 0, or there are too few to draw from.
    """
    if len(input._shape) not in (1, 2):
        raise RuntimeError(f"multinomial: prob_dist must be 1 or 2 dim, got {list(input._shape)}")
    if not input.dtype.is_floating_point:
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.name}")
    if num_samples <= 0:
        raise RuntimeError(f"multinomial: cannot sample n_sample <= 0 samples, got {num_samples}")
    count = input._shape[-1]
    if not replacement and num_samples > count:
        raise RuntimeError(
            "multinomial: cannot sample n_sample > prob_dist.size(-1) samples without replacement: "
            f"{num_samples} > {count}"
        )
    recording.cannot_replay("multinomial() draws on the host")
    weights = input.detach().to("cpu").numpy().astype(np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise RuntimeError("multinomial: probability tensor contains either `inf`, `nan` or element < 0")
    if weights.size and not (weights.sum(-1) > 0).all():
        raise RuntimeError("multinomial: invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement and weights.size and ((weights > 0).sum(-1) < num_samples).any():
        raise RuntimeError(
            "multinomial: invalid multinomial distribution (with replacement=False, not enough non-negative category "
            f"to sample), expected {num_samples} weights above 0"
        )
    rows = weights.reshape(math.prod(weights.shape[:-1]), count)
    if len(rows) and not count:
        raise RuntimeError(f"multinomial: there is nothing to draw from, got weights of shape {list(input._shape)}")
    drawn = (len(rows), num_samples if replacement else count)
    size = math.prod(drawn)
    uniform = uniform_(fresh(drawn, size, dtypes.float64, backend.cpu), generator=generator).numpy()
    if replacement:
        ends = np.cumsum(rows, -1)
        last = [np.flatnonzero(row)[-1] for row in rows]  # rounding may reach the end
        found = [np.searchsorted(row, u * row[-1], side="right") for row, u in zip(ends, uniform)]
        chosen = [np.minimum(places, most) for places, most in zip(found, last)]
        indices = np.array(chosen, np.int64).reshape(drawn)
    else:  # the least of exponential waiting times: each index comes first with the probability that it should
        with np.errstate(divide="ignore"):
            waits = -np.log1p(-uniform) / rows
        indices = np.argsort(waits, -1, kind="stable")[:, :num_samples]
    return to_dtype(from_host(indices.reshape(*input._shape[:-1], num_samples), input.device, False), dtypes.int64)
