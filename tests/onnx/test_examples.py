"""The networks of the examples are exported, and compute the same in onnxruntime at other batches and lengths."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.train.networks import NETWORKS, build_network

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnxruntime as runtime
from mocrograd.onnx import export
from mocrograd.onnx.trace import tensors_of

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def examples_can_be_imported(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])


def example(name):
    spec = spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def letters(batch, length):
    return [mg.randint(0, 20, (batch, length))]


def digits(batch, length):
    return [mg.randint(0, 10, (batch, length)) for _ in range(2)]


def rows(*sizes):
    return lambda batch, length: [mg.randn(batch, *sizes)]


def vae():
    model = example("vae").VAE()
    return lambda x: model.decode(model.encode(x).mean).mean


CASES = {
    "actor_critic": (lambda: example("actor_critic").Policy(), lambda batch, length: [mg.randint(0, 5, (batch, 2))]),
    "autoencoder": (lambda: example("autoencoder").Autoencoder(), rows(64)),
    "char_gpt": (lambda: example("char_gpt").GPT(), letters),
    "char_lstm": (lambda: example("char_lstm").CharLSTM(), letters),
    "cnn_digits": (lambda: example("cnn_digits").Net(), rows(1, 28, 28)),
    "fizz_buzz": (lambda: example("fizz_buzz").learn(epochs=1)[0], rows(10)),
    "gru_adder": (lambda: example("gru_adder").Adder(), digits),
    "moons": (
        lambda: nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)), rows(2),
    ),
    "resnet_shapes": (lambda: example("resnet_shapes").ResNet(), rows(3, 32, 32)),
    "train_digits": (lambda: build_network("normal"), rows(64)),
    "vae": (vae, rows(64)),
    "xor": (lambda: example("xor").train(steps=1)[0], rows(2)),
    "xor_layers": (lambda: example("xor_layers").learn(epochs=1)[0], rows(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_networks_of_examples(name):
    make, inputs = CASES[name]
    model = make()
    if isinstance(model, nn.Module):
        model.eval()
    sequences = inputs in (letters, digits)
    given = inputs(2, 6)
    names = [f"x{i}" for i in range(len(given))]
    axes = {0: "batch", 1: "length"} if sequences else {0: "batch"}
    forward = model if callable(model) else model.forward
    made = export(forward, tuple(given), input_names=names, dynamic_axes=dict.fromkeys(names, axes))
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch, length in ((1, 1), (2, 6), (7, 9)):
        given = inputs(batch, length)
        with mg.no_grad():
            expected = tensors_of(forward(*given))
        found = session.run(None, {n: x.numpy() for n, x in zip(names, given)})
        assert len(found) == len(expected)
        for got, want in zip(found, expected):
            np.testing.assert_allclose(got, want.numpy(), rtol=1e-5, atol=1e-5)


def test_every_example_is_here():
    others = {"layers", "sounds"}  # a helper; what transforms sounds, which export has no form for
    assert {path.stem for path in EXAMPLES.glob("*.py")} - others == CASES.keys()


def test_all_networks_of_the_digits():
    assert set(NETWORKS) == {"normal", "longer", "bigger"}
    model = build_network("longer").eval()
    made = export(model, mg.randn(2, 64), input_names=["x0"], dynamic_axes={"x0": {0: "batch"}})
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    x = mg.randn(3, 64)
    np.testing.assert_allclose(session.run(None, {"x0": x.numpy()})[0], model(x).detach().numpy(), rtol=1e-4, atol=1e-5)
