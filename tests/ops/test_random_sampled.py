"""Draws whose parameters are tensors: their distributions, any form and number of workers, compiled steps, vmap."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest

COUNT = 200_000
CALLS: dict[str, Callable[[Any, Any], Any]] = {
    "bernoulli": lambda a, g: mg.bernoulli(a / (a + 1), generator=g),
    "binomial": lambda a, g: mg.binomial((a * 9).floor(), a / (a + 1), generator=g),
    "poisson": lambda a, g: mg.poisson(a * 7, generator=g),
}


def stream() -> mg.Generator:
    return mg.Generator().manual_seed(11)


def close(numbers: Any, logarithms: Any, least: int = 0) -> None:
    """Compare how often whole numbers occur with their probabilities: chi squared within five standard deviations."""
    counts = np.bincount(np.asarray(numbers, int) - least, minlength=len(logarithms))
    assert len(counts) == len(logarithms)
    expected = np.exp(logarithms) * len(numbers)
    frequent = expected > 20
    expected = np.append(expected[frequent], len(numbers) - expected[frequent].sum())
    counts = np.append(counts[frequent], len(numbers) - counts[frequent].sum())
    some = expected > 1
    chi = ((counts - expected)[some] ** 2 / expected[some]).sum()
    freedom = max(some.sum() - 1, 1)
    assert chi < freedom + 5 * math.sqrt(2 * freedom) + 5


@pytest.mark.parametrize("mean", [0.0, 0.3, 9.99, 10.0, 11.5, 40.0, 900.0])
def test_poisson(mean: float) -> None:
    numbers = mg.poisson(mg.full((COUNT,), mean, dtype=mg.float64), generator=stream()).numpy()
    k = np.arange(numbers.max() + 1)
    factorials = np.array([math.lgamma(n + 1) for n in k])
    close(numbers, k * math.log(mean) - mean - factorials if mean else np.zeros(1))


@pytest.mark.parametrize("count", [0, 1, 13, 25, 1000])
@pytest.mark.parametrize("chance", [0.0, 0.02, 0.4, 0.5, 0.77, 1.0])
def test_binomial(count: int, chance: float) -> None:
    tries = mg.full((COUNT,), float(count), dtype=mg.float64)
    numbers = mg.binomial(tries, mg.full((COUNT,), chance, dtype=mg.float64), generator=stream()).numpy()
    found = [math.comb(count, k) * chance**k * (1 - chance) ** (count - k) for k in range(int(numbers.max()) + 1)]
    with np.errstate(divide="ignore"):
        close(numbers, np.log(found))


@pytest.mark.parametrize("mean", [1e13, 1e300])
def test_large_means_are_rounded_normal_numbers(mean: float) -> None:
    numbers = mg.poisson(mg.full((1000,), mean, dtype=mg.float64), generator=stream()).numpy()
    np.testing.assert_array_equal(numbers, np.floor(numbers))
    assert abs((numbers - mean).mean()) < 5 * math.sqrt(mean / 1000)
    tries = mg.full((1000,), 1e18, dtype=mg.float64)
    numbers = mg.binomial(tries, mg.full((1000,), 0.25, dtype=mg.float64), generator=stream()).numpy()
    assert abs((numbers - 2.5e17).mean()) < 5 * math.sqrt(1e18 * 3 / 16 / 1000)


def test_values_at_the_ends() -> None:
    odd = mg.tensor([0.0, math.inf, 1e-300], dtype=mg.float64)
    assert mg.poisson(odd).tolist() == [0.0, math.inf, 0.0]
    assert mg.bernoulli(mg.tensor([0.0, 1.0])).tolist() == [0.0, 1.0]
    gamma = mg.distributions.gamma.standard_gamma
    assert gamma(mg.tensor([0.0])).item() == mg.finfo(mg.float32).tiny
    with pytest.raises(RuntimeError, match="at least 0"):
        gamma(mg.tensor([-1.0]))
    angles = mg.distributions.VonMises(mg.tensor([3.0] * 99), 1e9, validate_args=False).sample()
    assert abs(angles - 3).max() < 1e-3


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64], ids=str)
@pytest.mark.parametrize("count", [1, 15, 16, 17, 63, 64, 65, 20_001])
def test_every_form_and_number_of_workers_draws_the_same(name: str, dtype: Any, count: int) -> None:
    a = mg.linspace(0.01, 9, count, dtype=dtype)
    draw = CALLS[name]
    with mg.kernels("original"):
        expected = draw(a, stream())
    before = mg.get_num_threads()
    try:
        for workers in (1, 2, 5):
            mg.set_num_threads(workers)
            assert mg.equal(draw(a, stream()), expected)
    finally:
        mg.set_num_threads(before)
    one_by_one = stream()
    assert mg.equal(mg.cat([draw(part, one_by_one) for part in a.split(7)]), expected)


def test_gamma_and_angles_draw_the_same_in_every_form() -> None:
    a = mg.linspace(0.01, 30, 333)
    for draw in (mg.distributions.gamma.standard_gamma, lambda a: mg.distributions.VonMises(0.5, a).sample()):
        found = []
        for form in ("original", "dynamic"):
            mg.manual_seed(3)
            with mg.kernels(form):
                found.append(draw(a))
        np.testing.assert_allclose(found[0].numpy(), found[1].numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", CALLS)
def test_compiled_steps_draw_anew(name: str) -> None:
    a = mg.linspace(0.1, 3, 50)
    step = mg.compile(lambda x: CALLS[name](x, None))
    mg.manual_seed(0)
    found = [step(a).tolist() for _ in range(4)]
    mg.manual_seed(0)
    assert found == [CALLS[name](a, None).tolist() for _ in range(4)]
    assert found[2] != found[3]
    with pytest.raises(RuntimeError, match="range that the operation takes"):
        step(mg.linspace(-3, -2, 50))


@pytest.mark.parametrize("name", [*CALLS, "multinomial", "gamma"])
def test_vmap_minds_the_randomness_that_was_asked_for(name: str) -> None:
    draw: Any = {
        "multinomial": lambda a, g: mg.multinomial(a, 30, True),
        "gamma": lambda a, g: mg.distributions.Gamma(a, 1.0, validate_args=False).sample(),
    }
    call = CALLS.get(name) or draw[name]
    shared = mg.full((40,), 2.0)
    for a in (shared, shared.expand(3, 40)):
        mapped = lambda randomness, a=a: mg.vmap(  # noqa: E731
            lambda x, own: call(own if a.dim() > 1 else shared, None) + 0 * x,
            randomness=randomness,
        )(mg.zeros(3, 1), mg.full((3, 40), 2.0))
        with pytest.raises(RuntimeError, match="randomness error mode"):
            mapped("error")
        rows = mapped("different")
        assert not mg.equal(rows[0], rows[1])
        rows = mapped("same")
        assert mg.equal(rows[0], rows[1])
