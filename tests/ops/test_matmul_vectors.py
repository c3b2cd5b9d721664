"""Products with vectors, which direct calls compute and record: values, gradients, second derivatives, names of nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend
from mocrograd.ops.matmul import _MATMUL

RNG = np.random.default_rng(7)
SHAPES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "two vectors": (lambda m: m.tensor(RNG.standard_normal(19)), lambda m: m.tensor(RNG.standard_normal(19))),
    "matrix": (lambda m: m.tensor(RNG.standard_normal((7, 19))), lambda m: m.tensor(RNG.standard_normal(19))),
    "transposed": (lambda m: m.tensor(RNG.standard_normal((19, 7))).t(), lambda m: m.tensor(RNG.standard_normal(19))),
    "steps": (
        lambda m: m.tensor(RNG.standard_normal((9, 40)))[::2, 1:39:2],
        lambda m: m.tensor(RNG.standard_normal(57))[::3],
    ),
    "expanded": (
        lambda m: m.tensor(RNG.standard_normal((7, 1))).expand(7, 19),
        lambda m: m.tensor(2.0, dtype=m.float64).expand(19),
    ),
    "one": (lambda m: m.tensor(RNG.standard_normal((1, 1))), lambda m: m.tensor(RNG.standard_normal(1))),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("dtype", [mg.float32, mg.float64], ids=str)
def test_values(name: str, dtype: Any) -> None:
    a, b = (make(mg).to(dtype) for make in SHAPES[name])
    y = backend.matmul(_MATMUL, a, b, None)
    assert y is not None, "the general way was taken"
    expected = np.matmul(a.double().numpy(), b.double().numpy())
    assert y.shape == expected.shape
    assert y.dtype is dtype
    np.testing.assert_allclose(y.numpy(), expected, rtol=3e-5 if dtype is mg.float32 else 1e-12, atol=1e-6)
    with mg.kernels("original"):
        np.testing.assert_allclose((a @ b).numpy(), expected, rtol=3e-5, atol=1e-5)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("wants", [(True, True), (True, False), (False, True)])
def test_gradients(name: str, wants: tuple[bool, bool]) -> None:
    torch = pytest.importorskip("torch")
    arrays = [make(mg).numpy().copy() for make in SHAPES[name]]
    found = []
    for m in (mg, torch):
        a, b = (m.tensor(x, requires_grad=w) for x, w in zip(arrays, wants, strict=True))
        y = a @ b
        leaves = [x for x in (a, b) if x.requires_grad]
        first = m.autograd.grad((y * y).sum(), leaves, create_graph=True)
        second = m.autograd.grad(sum((x * x).sum() for x in first), leaves, allow_unused=True)
        plain = m.autograd.grad((a @ b).sum(), leaves)
        found.append([x.detach().numpy() for x in (*first, *second, *plain)])
        assert y.grad_fn.name() == ("DotBackward0" if y.dim() == 0 else "MvBackward0")
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)


def test_refusals() -> None:
    with pytest.raises(RuntimeError):
        mg.ones(2, 3) @ mg.ones(4)
    with pytest.raises(RuntimeError):
        mg.ones(3) @ mg.ones(4)
    with pytest.raises(RuntimeError):
        mg.ones(3) @ mg.ones(3, dtype=mg.float64)
    assert (mg.ones(0) @ mg.ones(0)).item() == 0
    assert (mg.ones(2, 0) @ mg.ones(0)).tolist() == [0, 0]
    assert (mg.ones(0, 2) @ mg.ones(2)).shape == (0,)
