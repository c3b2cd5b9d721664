"""Graphs of MAX compute what the model computes; what they cannot express is an error."""

from __future__ import annotations

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("max.graph", reason="MAX is not installed")

from max.driver import CPU, Buffer
from max.engine import InferenceSession
from mocrograd.export import max_graph
from mocrograd.onnx import UnsupportedOperatorError


def graph_of(model, *shape):
    return max_graph(model.eval(), mg.randn(2, *shape), dynamic_axes={"input": {0: "batch"}})


def test_a_compiled_graph_computes_the_same_at_any_batch():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=(1, 0)), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(24, 6), nn.LayerNorm(6), nn.GELU(), nn.Softmax(-1),
    )  # fmt: skip
    model[1].running_mean.normal_()
    model[1].running_var.uniform_(0.5, 2)
    run = InferenceSession(devices=[CPU()]).load(graph_of(model, 1, 6, 6))
    for batch in (1, 2, 7):
        x = mg.randn(batch, 1, 6, 6)
        (found,) = run.execute(Buffer.from_numpy(x.numpy()))
        with mg.no_grad():
            np.testing.assert_allclose(found.to_numpy(), model(x).numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3, groups=2, stride=2), nn.AvgPool2d(2, padding=1)), (4, 9, 9)),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (4, 9, 9)),
        (nn.Sequential(nn.Linear(5, 5), nn.LeakyReLU(), nn.ELU(), nn.SiLU(), nn.Hardswish(), nn.Softplus()), (5,)),
        (nn.Sequential(nn.GroupNorm(2, 4), nn.Mish(), nn.ReLU6(), nn.LogSoftmax(1)), (4, 3, 3)),
        (nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), (3, 6)),
    ],
)
def test_graphs_have_the_shapes_of_the_model(model, shape):
    graph = graph_of(model, *shape)
    (info,) = graph.output_types
    with mg.no_grad():
        expected = model(mg.randn(2, *shape)).shape
    assert [str(d) for d in info.shape] == ["batch", *map(str, expected[1:])]


@pytest.mark.parametrize(("model", "shape"), [(nn.LSTM(3, 4, batch_first=True), (5, 3)), (nn.Conv1d(1, 2, 3), (1, 9))])
def test_what_has_no_form_is_an_error(model, shape):
    with pytest.raises(UnsupportedOperatorError, match="max_graph"):
        graph_of(model, *shape)
