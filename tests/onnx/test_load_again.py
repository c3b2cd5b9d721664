"""What was exported here is loaded, and what was loaded is exported."""

from __future__ import annotations

from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import mocrograd.onnx as mg_onnx
from mocrograd.onnx.trace import tensors_of
from onnxcases import FUNCTIONS, LAYERS

MODELS = sorted((Path(__file__).parent / "models").glob("*.onnx"))


def exported(model, inputs):
    names = [f"x{i}" for i in range(len(inputs))]
    axes = {n: {0: "batch"} for n in names}
    return mg_onnx.export(model, tuple(inputs), input_names=names, dynamic_axes=axes)


def of_batch(x, batch):
    if x.dtype is mg.float32:
        draw = mg.rand if float(x.min()) >= 0 else mg.randn  # probabilities stay probabilities
        return draw(batch, *x.shape[1:])
    return mg.randint(0, 5, (batch, *x.shape[1:]), dtype=x.dtype)


def assert_comes_back(model, inputs):
    """Asserts that a function, once exported and loaded, computes the same at any batch."""
    module = mg_onnx.load(exported(model, inputs))
    with mg.no_grad():
        for batch in (1, 2, 7):
            given = [of_batch(x, batch) for x in inputs]
            expected, made = tensors_of(model(*given)), module(*given)
            made = made if isinstance(made, tuple) else (made,)
            assert len(made) == len(expected)
            for got, want in zip(made, expected):
                assert got.dtype is want.dtype
                np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    model, inputs = LAYERS[name]
    assert_comes_back(model.eval(), inputs)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    assert_comes_back(FUNCTIONS[name], [mg.randn(2, 3, 4)])


@pytest.mark.parametrize("path", MODELS, ids=[p.stem for p in MODELS])
def test_torch_models_are_exported_again(path):
    module, arrays = mg_onnx.load(path), np.load(path.with_suffix(".npz"))
    inputs = [mg.tensor(arrays[name]) for name in module.input_names]
    again = mg_onnx.load(exported(module, inputs))
    made = again(*[x[:2] for x in inputs])
    for i, y in enumerate(made if isinstance(made, tuple) else (made,)):
        np.testing.assert_allclose(y.detach().numpy(), arrays[f"output_{i}"][:2], rtol=1e-5, atol=1e-5)


class Scaled(mg.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = mg.nn.Parameter(mg.tensor(2.0))
        self.weight = mg.nn.Parameter(mg.randn(3, 3))
        self.register_buffer("mask", mg.tensor([[0.0, 1.0, 0.5]]))

    def forward(self, x):
        return (x @ self.weight + self.mask) * self.scale / 3 + mg.tensor([1.0, 2.0, 3.0])


def test_parameters_and_buffers_are_told_apart():
    module = mg_onnx.load(exported(Scaled().eval(), [mg.randn(2, 3)]))
    assert {n for n, _ in module.named_parameters()} == {"scale", "weight"}
    assert "mask" not in dict(module.named_parameters())
    module(mg.randn(4, 3)).sum().backward()
    assert all(p.grad is not None for p in module.parameters())
    twice = mg_onnx.load(exported(module, [mg.randn(2, 3)]))
    assert {n for n, _ in twice.named_parameters()} == {"scale", "weight"}
    model = exported(Scaled().eval(), [mg.randn(2, 3)])
    model.metadata_props[0].value = "3"
    with pytest.raises(mg_onnx.InvalidModelError, match="no list of names"):
        mg_onnx.load(model)


def test_a_state_dict_comes_back():
    model = mg.nn.Sequential(mg.nn.Conv2d(1, 2, 3), mg.nn.BatchNorm2d(2), mg.nn.Flatten(), mg.nn.Linear(18, 3)).eval()
    module = mg_onnx.load(exported(model, [mg.randn(2, 1, 5, 5)]))
    names = set(model.state_dict()) - {"1.num_batches_tracked"}
    assert set(module.state_dict()) == names
    assert {n for n, _ in module.named_parameters()} == {n for n, _ in model.named_parameters()}
    other = mg.nn.Sequential(mg.nn.Conv2d(1, 2, 3), mg.nn.BatchNorm2d(2), mg.nn.Flatten(), mg.nn.Linear(18, 3)).eval()
    module.load_state_dict({n: t for n, t in other.state_dict().items() if n in names})
    x = mg.randn(3, 1, 5, 5)
    np.testing.assert_allclose(module(x).detach().numpy(), other(x).detach().numpy(), rtol=1e-5, atol=1e-6)
    module.train(), other.train()
    for step in (module, other):
        step(x).sum().backward()
    gradients = dict(other.named_parameters())
    for name, p in module.named_parameters():
        np.testing.assert_allclose(p.grad.numpy(), gradients[name].grad.numpy(), rtol=1e-4, atol=1e-5)
    means = dict(module.named_buffers())["1.running_mean"], dict(other.named_buffers())["1.running_mean"]
    np.testing.assert_allclose(means[0].numpy(), means[1].numpy(), rtol=1e-5, atol=1e-6)
