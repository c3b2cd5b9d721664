"""Long rows in order on a GPU, and what is selected or counted by their order: the CPU's results, for any grid."""

from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest

pytestmark = pytest.mark.gpu
GRIDS = ["dynamic", "fixed:1", "fixed:3"]
SHAPES = [(1, 33), (1, 2049), (3, 700), (40, 65), (1, 1, 300)]
DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int8", "uint8"]


def same(call: Callable[..., Any], *operands: Any) -> None:
    """Hold a call's results on the GPU, under each grid, against the CPU's."""
    wanted = call(*operands)
    for grid in GRIDS:
        with mg.kernels(grid):
            found = call(*[x.to("gpu") for x in operands])
        several = isinstance(found, tuple)
        for one, other in zip(found if several else (found,), wanted if several else (wanted,), strict=True):
            assert one.device.type == "gpu"
            assert one.shape == other.shape
            np.testing.assert_array_equal(one.cpu().double().numpy(), other.double().numpy(), err_msg=grid)


def data(shape: Any, dtype: str) -> mg.Tensor:
    """Return numbers of which many are equal, with nan, infinities and both zeros where there are such."""
    random = np.random.default_rng(sum(shape))
    x = random.integers(0, 40, shape) - (0.0 if dtype == "uint8" else 20.0)
    if dtype in ("float32", "float64", "float16", "bfloat16"):
        x = np.where(random.random(shape) < 0.1, random.choice([np.nan, np.inf, -np.inf, -0.0], shape), x / 4)
    return mg.tensor(x).to(getattr(mg, dtype))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_sorted(shape: Any, dtype: str) -> None:
    x = data(shape, dtype)
    for descending in (False, True):
        same(lambda t, d=descending: tuple(mg.sort(t, -1, d)), x)
    same(lambda t: tuple(mg.sort(t, 0)), x)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "int64", "bfloat16"])
def test_elements_are_selected(shape: Any, dtype: str) -> None:
    x = data(shape, dtype)
    for largest in (False, True):
        same(lambda t, w=largest: tuple(mg.topk(t, 5, -1, w)), x)
    same(lambda t: tuple(mg.kthvalue(t, 7)), x)
    same(lambda t: tuple(mg.median(t, -1)), x)
    same(lambda t: (mg.median(t), mg.median(t.nan_to_num())), x)
    if x.dtype.is_floating_point:
        same(lambda t: tuple(mg.nanmedian(t, -1)), x)
        same(lambda t: mg.nanmedian(t * mg.nan), x)


@pytest.mark.parametrize("n", [1, 64, 65, 1000, 5000])
def test_what_is_counted(n: int) -> None:
    x = data((n,), "int64")
    same(lambda t: mg.unique(t, return_inverse=True, return_counts=True), x)
    same(lambda t: mg.unique_consecutive(t, return_inverse=True, return_counts=True), x)
    same(lambda t: mg.unique(t.reshape(-1, 1).expand(-1, 2), dim=0, return_counts=True), x)
    same(lambda t: (mg.nonzero(t > 3), t[t > 3], mg.argwhere(t.expand(3, n) > 3)), x)
    same(lambda t: mg.nonzero(t.expand(2, 3, n) > 15, as_tuple=True), x)
    same(lambda t: mg.histc(t.double(), 7, -9, 12), x)
    same(lambda t: mg.repeat_interleave(t, (t + 20) % 3), x)
    same(lambda t: (mg.bincount(t + 20), mg.searchsorted(t.sort().values, t)), x)


def test_gradients_of_selected_elements() -> None:
    x = data((3, 700), "float64").nan_to_num()

    def gradient(t: Any) -> Any:
        t = t.detach().requires_grad_()
        found = t.sort(-1).values * 2 + t.median(-1, True).values
        (found.sum() + t.topk(3).values.sum() + t.kthvalue(4).values.sum()).backward()
        return t.grad

    same(gradient, x)


@pytest.mark.parametrize("name", ["bernoulli", "binomial", "poisson", "gamma", "multinomial"])
def test_draws_are_those_of_the_cpu(name: str) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "bernoulli": lambda a: mg.bernoulli(a / 10),
        "binomial": lambda a: mg.binomial((a * 9).floor(), a / 10),
        "poisson": lambda a: mg.poisson(a * 7),
        "gamma": lambda a: mg.distributions.gamma.standard_gamma(a),
        "multinomial": lambda a: mg.multinomial(a, 20),
    }
    a = mg.linspace(0.1, 9, 400)
    found = []
    for device in ("cpu", "gpu"):
        mg.manual_seed(4)
        found.append(calls[name](a.to(device)).cpu().numpy())
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)
    if name in ("bernoulli", "binomial", "poisson"):
        calls[name](-a.to("gpu"))
        with pytest.raises(RuntimeError, match=f"{name}: .* is no parameter of the distribution"):
            mg.cuda.synchronize()
