"""Distances and similarities of vectors, against torch's."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")


def test_distances_and_similarities_are_torchs():
    random = np.random.default_rng(0)
    values = {name: random.normal(size=(4, 5)) * 2 for name in "xy"}
    for name, options in (
        ("CosineSimilarity", {}), ("CosineSimilarity", {"dim": 0, "eps": 3.0}), ("PairwiseDistance", {}),
        ("PairwiseDistance", {"p": 1.0, "keepdim": True}), ("PairwiseDistance", {"p": float("inf"), "eps": 0.1}),
    ):  # fmt: skip
        got = []
        for module in (mg, torch):
            x = module.tensor(values["x"]).requires_grad_()
            out = getattr(module.nn, name)(**options)(x, module.tensor(values["y"]))
            out.sum().backward()
            got.append((out.detach().numpy(), x.grad.numpy()))
        for a, b in zip(*got):
            np.testing.assert_allclose(a, b, rtol=1e-9, err_msg=f"{name} {options}")


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf")])
@pytest.mark.parametrize("shapes", [((3, 2), (4, 2)), ((2, 1, 5, 33), (3, 4, 33)), ((1, 129), (2, 129)), ((0, 3), (2, 3)),
                                    ((2, 0), (3, 0))], ids=str)  # fmt: skip
def test_cdist_is_torchs(shapes, p):
    random = np.random.default_rng(3)
    a, b = (random.normal(size=shape) for shape in shapes)
    got = []
    for module in (mg, torch):
        x, y = (module.tensor(v).requires_grad_() for v in (a, b))
        out = module.cdist(x, y, p)
        (out * out).sum().backward()
        got.append((out.detach().numpy(), x.grad.numpy(), y.grad.numpy()))
    for ours, theirs in zip(*got):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", [1.0, 2.0])
@pytest.mark.parametrize("shape", [(64, 8, 3), (64, 16, 0), (65, 17, 5), (67, 32, 513), (130, 33, 512), (70, 15, 1030),
                                   (129, 65, 1)], ids=str)  # fmt: skip
def test_distances_between_many_rows(shape, p, dtype):
    rows, others, columns = shape
    random = np.random.default_rng(5)
    a = random.normal(size=(2, rows, columns)).astype(dtype)
    b = random.normal(size=(2, others, columns)).astype(dtype)
    a[0, 1], b[1, 2] = np.nan, np.inf
    b[0, 3] = a[0, 2]
    exact = np.abs(a[:, :, None].astype("float64") - b[:, None]) ** p
    expected = exact.sum(-1) ** (1 / p)
    found = []
    for kernels in ("original", "dynamic", "fixed:1", "fixed:2", "fixed:3"):
        with mg.kernels(kernels):
            found.append(mg.cdist(mg.tensor(a), mg.tensor(b), p).numpy())
    for result in found:
        np.testing.assert_allclose(result, expected, rtol=1e-5 if dtype == "float32" else 1e-13)
        assert result[0, 2, 3] == 0
    for result in found[2:]:
        np.testing.assert_array_equal(found[1], result)


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 2.5, float("inf")])
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_pdist_is_torchs(rows, p):
    values = np.random.default_rng(4).normal(size=(rows, 3))
    got = []
    for module in (mg, torch):
        x = module.tensor(values).requires_grad_()
        out = module.nn.functional.pdist(x, p)
        (out * out).sum().backward()
        got.append((out.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*got):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_no_rows_have_no_distances():  # torch crashes in the backward of this
    x = mg.ones(0, 3, requires_grad=True)
    mg.pdist(x).sum().backward()
    assert x.grad.shape == (0, 3)


def test_equal_rows_have_distance_0_and_gradient_0():
    for p in (0.5, 1.0, 1.5, 2.0, 3.0, float("inf")):
        x = mg.ones(2, 3, requires_grad=True)
        mg.cdist(x, x.detach(), p).sum().backward()
        assert x.grad.abs().sum().item() == 0.0
