"""Random numbers have the moments and frequencies of their distributions, and follow from the seed alone."""

import math

import mocrograd as mg
import numpy as np
import pytest

N = 40_000


def generator(seed=1):
    return mg.Generator().manual_seed(seed)


MOMENTS = {  # name -> (draw, mean, standard deviation)
    "exponential_": (lambda g: mg.empty(N).exponential_(2.0, generator=g), 0.5, 0.5),
    "geometric_": (lambda g: mg.empty(N).geometric_(0.25, generator=g), 4.0, math.sqrt(0.75) / 0.25),
    "geometric_ of integers": (
        lambda g: mg.empty(N, dtype=mg.int64).geometric_(0.5, generator=g).double(),
        2.0,
        math.sqrt(2),
    ),
    "log_normal_": (
        lambda g: mg.empty(N).log_normal_(0.0, 0.5, generator=g),
        math.exp(0.125),
        math.sqrt((math.exp(0.25) - 1) * math.exp(0.25)),
    ),
    "bernoulli_": (lambda g: mg.empty(N).bernoulli_(0.3, generator=g), 0.3, math.sqrt(0.21)),
    "bernoulli_ of a tensor": (
        lambda g: mg.empty(2, N // 2).bernoulli_(mg.tensor([[0.2], [0.4]]), generator=g),
        0.3,
        math.sqrt(0.21),
    ),
    "bernoulli p": (lambda g: mg.bernoulli(mg.empty(N), 0.3, generator=g), 0.3, math.sqrt(0.21)),
    "poisson": (lambda g: mg.poisson(mg.full((N,), 3.0), generator=g), 3.0, math.sqrt(3)),
    "random_": (lambda g: mg.empty(N).random_(2, 12, generator=g), 6.5, math.sqrt(99 / 12)),
    "random_ to": (lambda g: mg.empty(N, dtype=mg.uint8).random_(10, generator=g).double(), 4.5, math.sqrt(99 / 12)),
    "randint": (lambda g: mg.randint(-5, 5, (N,), generator=g).double(), -0.5, math.sqrt(99 / 12)),
    "normal of tensors": (lambda g: mg.normal(mg.full((N,), 2.0), mg.full((N,), 3.0), generator=g), 2.0, 3.0),
    "normal of a tensor and a number": (lambda g: mg.normal(mg.full((N,), 2.0), 3.0, generator=g), 2.0, 3.0),
    "normal of a number and a tensor": (lambda g: mg.normal(2.0, mg.full((N,), 3.0), generator=g), 2.0, 3.0),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_and_streams(name):
    draw, mean, std = MOMENTS[name]
    x = draw(generator()).numpy().astype(np.float64)
    assert abs(x.mean() - mean) < 5 * std / math.sqrt(N)
    assert abs(x.std() - std) < 0.05 * std
    with mg.kernels("fixed", workers=3):
        np.testing.assert_array_equal(draw(generator()).numpy(), x)
    assert not np.array_equal(draw(generator(2)).numpy(), x)
    g = generator()
    first, second = draw(g).numpy(), draw(g).numpy()
    assert not np.array_equal(first, second)


def test_cauchy_has_its_quartiles():
    x = mg.empty(N).cauchy_(1.0, 2.0, generator=generator()).numpy()
    np.testing.assert_allclose(np.quantile(x, [0.25, 0.5, 0.75]), [-1.0, 1.0, 3.0], atol=0.1)


def chi_square(counts, expected):
    return float(((counts - expected) ** 2 / expected).sum())


def test_integers_are_equally_frequent():
    counts = np.bincount(mg.randint(0, 10, (N,), generator=generator()).numpy(), minlength=10)
    assert chi_square(counts, N / 10) < 27.9  # 99.9 % of 9 degrees of freedom


def test_multinomial_with_replacement_has_the_weights():
    weights = np.array([1.0, 0.0, 3.0, 6.0])
    drawn = mg.multinomial(mg.tensor(weights), N, replacement=True, generator=generator())
    assert drawn.dtype is mg.int64
    counts = np.bincount(drawn.numpy(), minlength=4)
    assert counts[1] == 0
    kept = weights > 0
    assert chi_square(counts[kept], N * weights[kept] / 10) < 13.8  # of 2 degrees of freedom


def test_multinomial_without_replacement_draws_each_once():
    rows = mg.tensor([[1.0, 2.0, 0.0, 5.0]]).expand(N // 4, 4)
    drawn = mg.multinomial(rows, 3, generator=generator()).numpy()
    assert (np.sort(drawn) == [0, 1, 3]).all()
    counts = np.bincount(drawn[:, 0], minlength=4)[[0, 1, 3]]
    assert chi_square(counts, N / 4 * np.array([1, 2, 5]) / 8) < 13.8
    assert mg.multinomial(mg.tensor([0.0, 1.0]), 1).tolist() == [1]


def test_random_without_bounds_stays_in_the_dtype():
    assert 0 <= mg.empty(1000, dtype=mg.uint8).random_(generator=generator()).numpy().max() <= 255
    assert set(mg.empty(100, dtype=mg.bool).random_(generator=generator()).tolist()) == {True, False}
    assert mg.empty(1000).random_(generator=generator()).numpy().max() <= 1 << 24
    assert mg.empty(1000, dtype=mg.int64).random_(generator=generator()).numpy().min() >= 0


def test_a_strided_tensor_is_filled():
    x = mg.zeros(4, 6)
    x[:, ::2].exponential_(generator=generator())
    assert (x.numpy()[:, ::2] > 0).all()
    assert (x.numpy()[:, 1::2] == 0).all()


def test_compiled_draws_move_on():
    step = mg.compile(lambda x: mg.randint_like(x, 1000).float() + mg.empty(8).exponential_(), fullgraph=True)
    mg.manual_seed(3)
    compiled = [step(mg.zeros(8)).tolist() for _ in range(4)]
    mg.manual_seed(3)
    eager = [(mg.randint_like(mg.zeros(8), 1000).float() + mg.empty(8).exponential_()).tolist() for _ in range(4)]
    assert compiled == eager
    assert compiled[2] != compiled[3]
