"""Branches, loops, parameters as inputs, and models of several thousand nodes."""

from __future__ import annotations

import mocrograd as mg
import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import itertools

import mocrograd.onnx as mg_onnx
from onnx import TensorProto, helper, numpy_helper

WEIGHT = np.array([1.0, 2.0, 3.0], np.float32)


def value(name, kind=TensorProto.FLOAT, shape=("n",)):
    return helper.make_tensor_value_info(name, kind, list(shape))


def model_of(nodes, inputs, outputs, initializers, opset=18):
    made = [numpy_helper.from_array(array, name) for name, array in initializers.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def branches(condition):
    graphs = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node(kind, ["x", "w"], [name])], name, [], [value(name)]
        )
        for name, kind in (("then", "Mul"), ("else", "Add"))
    }  # fmt: skip
    return helper.make_node("If", [condition], ["y"], name="choice", **graphs)


def test_if():
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0), helper.make_node("Greater", ["s", "zero"], ["c"]),
        branches("c"),
    ]  # fmt: skip
    module = mg_onnx.load(model_of(nodes, [value("x")], [value("y")], {"w": WEIGHT, "zero": np.array(0, np.float32)}))
    w = module.w
    for sign in (1.0, -1.0):
        x = mg.tensor([1.0, 2.0, 3.0]) * sign
        w.grad = None
        y = module(x)
        y.sum().backward()
        assert mg.equal(y, x * w if sign > 0 else x + w)
        assert w.grad.tolist() == (x.tolist() if sign > 0 else [1, 1, 1])


@pytest.mark.parametrize("truth", [True, False])
def test_if_of_a_constant(truth):
    nodes = [helper.make_node("Identity", ["c"], ["d"]), branches("d")]
    module = mg_onnx.load(model_of(nodes, [value("x")], [value("y")], {"w": WEIGHT, "c": np.array(truth)}))
    x = mg.ones(3)
    expected = [1, 2, 3] if truth else [2, 3, 4]
    assert module(x).tolist() == expected
    assert mg.compile(module)(x).tolist() == expected


def loop_model(states=("s",)):
    body = helper.make_graph(
        [helper.make_node("Mul", ["state", "w"], ["next"]), helper.make_node("Identity", ["c"], ["go"]),
         helper.make_node("Identity", ["next"], ["row"])],
        "body", [value("i", TensorProto.INT64, ()), value("c", TensorProto.BOOL, ()), value("state")],
        [value("go", TensorProto.BOOL, ()), value("next"), value("row")],
    )  # fmt: skip
    nodes = [helper.make_node("Loop", ["steps", "", "x"], ["last", "rows"], body=body)]
    inputs = [value("x"), value("steps", TensorProto.INT64, ())]
    return model_of(nodes, inputs, [value("last"), value("rows", shape=("k", "n"))], {"w": WEIGHT})


@pytest.mark.parametrize("steps", [1, 4])
def test_loop(steps):
    module = mg_onnx.load(loop_model())
    last, rows = module(mg.ones(3), mg.tensor(steps))
    w = mg.tensor(WEIGHT)
    assert mg.equal(last, w**steps)
    assert rows.shape == (steps, 3)
    last.sum().backward()
    np.testing.assert_allclose(module.w.grad.numpy(), (steps * w ** (steps - 1)).numpy(), rtol=1e-6)


def test_a_loop_without_a_step():
    module = mg_onnx.load(loop_model())
    with pytest.raises(mg_onnx.UnsupportedNodeError, match=r"Loop \(output 'last'\), opset 18: the loop made no step"):
        module(mg.ones(3), mg.tensor(0))


def test_scan():
    body = helper.make_graph(
        [helper.make_node("Add", ["state", "row"], ["next"]), helper.make_node("Mul", ["next", "w"], ["made"])],
        "body", [value("state"), value("row")], [value("next"), value("made")],
    )  # fmt: skip
    nodes = [helper.make_node("Scan", ["x", "table"], ["last", "rows"], body=body, num_scan_inputs=1)]
    inputs = [value("x"), value("table", shape=("k", "n"))]
    module = mg_onnx.load(model_of(nodes, inputs, [value("last"), value("rows", shape=("k", "n"))], {"w": WEIGHT}))
    table = mg.randn(4, 3)
    last, rows = module(mg.zeros(3), table)
    sums = table.cumsum(0)
    np.testing.assert_allclose(last.detach().numpy(), sums[-1].numpy(), atol=1e-6)
    np.testing.assert_allclose(rows.detach().numpy(), (sums * module.w).detach().numpy(), atol=1e-5)


def test_parameters_as_inputs():
    model = mg.nn.Linear(3, 4).eval()
    x = mg.randn(2, 3)
    bare = mg_onnx.load(mg_onnx.export(model, x, export_params=False))
    assert bare.input_names == ["input", "weight", "bias"]
    assert not list(bare.parameters())
    np.testing.assert_allclose(
        bare(x, model.weight, bias=model.bias).detach().numpy(), model(x).detach().numpy(), atol=1e-6
    )
    kept = mg_onnx.load(mg_onnx.export(model, x, keep_initializers_as_inputs=True))
    assert kept.input_names == ["input"]
    np.testing.assert_allclose(kept(x).detach().numpy(), model(x).detach().numpy(), atol=1e-6)


def test_long_graphs_keep_no_values():
    count = 3000
    names = ["x", *[f"v{i}" for i in range(count - 1)], "y"]
    nodes = [helper.make_node("Add", [a, "w"], [b]) for a, b in itertools.pairwise(names)]
    module = mg_onnx.load(model_of(nodes, [value("x")], [value("y")], {"w": np.ones(3, np.float32)}))
    with mg.no_grad():
        assert module(mg.zeros(3)).tolist() == [count] * 3
        assert sum(len(step.frees) for step in module._program.steps) == count - 1


def test_shapes_at_any_size():
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["rows"]),
        helper.make_node("Unsqueeze", ["rows", "first"], ["list"]),
        helper.make_node("Concat", ["keep", "rest"], ["new"], axis=0),
        helper.make_node("Reshape", ["x", "new"], ["flat"]),
        helper.make_node("Concat", ["list", "two"], ["state_shape"], axis=0),
        helper.make_node("ConstantOfShape", ["state_shape"], ["state"]),
        helper.make_node("Range", ["zero", "rows", "one"], ["numbers"]),
        helper.make_node("Concat", ["three", "list", "six"], ["wide_shape"], axis=0),
        helper.make_node("Expand", ["flat", "wide_shape"], ["wide"]),
    ]
    numbers = {"zero": np.array(0), "one": np.array(1), "first": np.array([0]), "rest": np.array([-1])}
    numbers |= {"keep": np.array([0]), "two": np.array([2]), "three": np.array([3]), "six": np.array([6])}
    outputs = [value("wide", shape="abc"), value("state", shape="ab"), value("numbers", TensorProto.INT64)]
    module = mg_onnx.load(model_of(nodes, [value("x", shape=("n", 2, 3))], outputs, numbers))
    step = mg.compile(module)
    for rows in (1, 4, 0, 4, 2):
        x = mg.randn(rows, 2, 3)
        for run in (module, step):
            wide, state, count = run(x)
            assert mg.equal(wide, x.reshape(rows, 6).expand(3, rows, 6)) if rows else wide.shape == (3, 0, 6)
            assert state.shape == (rows, 2)
            assert count.tolist() == list(range(rows))
