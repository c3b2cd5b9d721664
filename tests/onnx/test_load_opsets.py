"""Operators whose meaning changed between opsets, and recurrent layers, against onnxruntime."""

from __future__ import annotations

import itertools
import warnings

import mocrograd as mg
import numpy as np
import pytest

pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import mocrograd.onnx as mg_onnx
import onnxruntime as runtime
from onnx import helper, numpy_helper

RNG = np.random.default_rng(0)


def floats(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


X = floats(2, 4, 6)
IMAGE = floats(2, 3, 5, 7)
HALF = np.array(0.5, np.float32)
CASES = [
    # operator, opsets, input, constants, attributes, outputs
    ("Softmax", (7, 11, 12, 13, 18), X, [], {"axis": 1}, 1),
    ("Softmax", (7, 12, 13), X, [], {}, 1),
    ("LogSoftmax", (7, 12, 13), X, [], {"axis": 0}, 1),
    ("Hardmax", (7, 12, 13), X, [], {"axis": 1}, 1),
    ("Squeeze", (7, 11), X[:, :1], [], {"axes": [1]}, 1),
    ("Squeeze", (13, 18), X[:, :1], [ints(-2)], {}, 1),
    ("Squeeze", (7, 13), X[:1, :1], [], {}, 1),
    ("Unsqueeze", (7, 11), X, [], {"axes": [0, 4]}, 1),
    ("Unsqueeze", (13, 18), X, [ints(-1, 0)], {}, 1),
    ("ReduceSum", (7, 11), X, [], {"axes": [1], "keepdims": 0}, 1),
    ("ReduceSum", (13, 18), X, [ints(1)], {"keepdims": 0}, 1),
    ("ReduceSum", (13,), X, [], {"noop_with_empty_axes": 1}, 1),
    *[(f"Reduce{kind}", (7, 13), X, [], {"axes": [0, 2]}, 1) for kind in ("Mean", "Max", "Min", "L1", "L2", "LogSumExp")],
    *[(f"Reduce{kind}", (18,), X, [ints(0, 2)], {}, 1) for kind in ("Mean", "Max", "Min", "L1", "L2", "SumSquare")],
    ("Clip", (7, 10), X, [], {"min": -0.5, "max": 0.25}, 1),
    ("Clip", (7,), X, [], {"max": 0.25}, 1),
    ("Clip", (11, 13), X, [-HALF, HALF], {}, 1),
    ("Clip", (11, 13), X, [None, HALF], {}, 1),
    ("Dropout", (7, 10), X, [], {"ratio": 0.3}, 1),
    ("Dropout", (12, 13), X, [HALF], {}, 1),
    ("Pad", (7, 10), X, [], {"pads": [0, 1, 2, 0, 0, 1], "value": 1.5}, 1),
    ("Pad", (7,), X, [], {"pads": [0, 1, 2, 0, 2, 3], "mode": "reflect"}, 1),
    ("Pad", (11, 13), X, [ints(0, 1, 2, 0, 0, -1), HALF], {}, 1),
    ("Pad", (11, 18), X, [ints(0, 1, 2, 0, 0, 1)], {"mode": "edge"}, 1),
    ("Pad", (18,), X, [ints(1, 2), None, ints(-1)], {}, 1),
    ("Pad", (19,), X, [ints(0, 1, 2, 0, 2, 3)], {"mode": "wrap"}, 1),
    ("Slice", (7, 9), X, [], {"starts": [1, -2], "ends": [9, 100], "axes": [1, 2]}, 1),
    ("Slice", (10, 13), X, [ints(-1, 0), ints(-100, 5), ints(1, -1), ints(-2, 3)], {}, 1),
    ("Split", (7, 11), X, [], {"axis": 1, "split": [1, 3]}, 2),
    ("Split", (13,), X, [ints(1, 3)], {"axis": 1}, 2),
    ("Split", (7, 13), X, [], {"axis": 2}, 3),
    ("Split", (18,), X, [], {"axis": 2, "num_outputs": 4}, 4),
    ("TopK", (7,), X, [], {"k": 3, "axis": 1}, 2),
    ("TopK", (10,), X, [ints(3)], {"axis": 2}, 2),
    ("TopK", (11,), X, [ints(2)], {"axis": 1, "largest": 0}, 2),
    ("Upsample", (7,), IMAGE, [], {"scales": [1.0, 1.0, 2.0, 3.0]}, 1),
    ("Upsample", (9,), IMAGE, [np.array([1, 1, 2, 1.5], np.float32)], {"mode": "linear"}, 1),
    ("Resize", (11,), floats(1, 1, 10, 3), [floats(0), np.array([1, 1, 0.7, 1], np.float32)], {"mode": "linear"}, 1),
    ("Resize", (10,), IMAGE, [np.array([1, 1, 2, 2], np.float32)], {"mode": "nearest"}, 1),
    *[
        ("Resize", (11, 13, 18), IMAGE,
         [floats(0), np.array([1, 1, 1.6, 2.0] if how == "align_corners" else [1, 1, 1.7, 0.6], np.float32)],
         {"mode": mode, "coordinate_transformation_mode": how}, 1)
        for mode, how in itertools.product(
            ("nearest", "linear", "cubic"), ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
        )
    ],
    *[
        ("Resize", (13, 18), IMAGE, [None, None, ints(2, 3, 9, 4)], {"nearest_mode": how, "mode": "nearest"}, 1)
        for how in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    ],
    *[
        ("Resize", (11, 18), IMAGE, [floats(0), np.array([1, 1, 0.5, 0.5], np.float32)],
         {"nearest_mode": how, "mode": "nearest"}, 1)
        for how in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    ],
    ("BatchNormalization", (7, 9, 14, 15), IMAGE, [floats(3), floats(3), floats(3), np.abs(floats(3))], {"epsilon": 0.1}, 1),
    ("PRelu", (7, 9, 16), IMAGE, [floats(3, 1, 1)], {}, 1),
    ("Gemm", (7, 9, 11, 13), X[0], [floats(3, 6), floats(3)], {"transB": 1, "alpha": 0.5, "beta": 2.0}, 1),
    ("Gemm", (11, 13), X[0], [floats(6, 3)], {}, 1),
    ("MaxPool", (7, 8, 10, 12), IMAGE, [], {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 1]}, 1),
    ("MaxPool", (10, 12), IMAGE, [], {"kernel_shape": [2, 2], "strides": [3, 2], "ceil_mode": 1}, 2),
    ("MaxPool", (7, 12), IMAGE, [], {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"}, 1),
    ("AveragePool", (7, 10, 19), IMAGE, [], {"kernel_shape": [3, 3], "pads": [0, 1, 2, 1], "count_include_pad": 1}, 1),
    ("AveragePool", (7, 10), IMAGE, [], {"kernel_shape": [3, 3], "auto_pad": "SAME_UPPER", "strides": [2, 2]}, 1),
    ("Conv", (7, 11), IMAGE, [floats(4, 3, 2, 3), floats(4)], {"auto_pad": "SAME_UPPER", "strides": [2, 1]}, 1),
    ("Conv", (7, 11), IMAGE, [floats(6, 1, 3, 3)], {"group": 3, "dilations": [2, 1], "pads": [0, 1, 1, 2]}, 1),
    ("ConvTranspose", (7, 11), IMAGE, [floats(3, 2, 3, 3), floats(2)], {"strides": [2, 2], "output_padding": [1, 1]}, 1),
    ("ConvTranspose", (7, 11), IMAGE, [floats(3, 2, 3, 3)], {"strides": [2, 2], "pads": [1, 0, 0, 2]}, 1),
    ("ConvTranspose", (11,), IMAGE, [floats(3, 2, 3, 3)], {"strides": [2, 2], "output_shape": [10, 14]}, 1),
    ("Flatten", (7, 9, 11, 13), IMAGE, [], {"axis": 2}, 1),
    ("Gather", (7, 11, 13), X, [ints(0, 2, 3).reshape(3, 1)], {"axis": 1}, 1),
    ("ArgMax", (7, 11, 12, 13), np.round(X), [], {"axis": 1, "keepdims": 0}, 1),
    ("Reshape", (7, 13, 14), X, [ints(0, -1, 3)], {}, 1),
    ("Upsample", (9,), IMAGE, [np.array([1, 1, 3, 2], np.float32)], {"mode": "nearest"}, 1),
    ("LRN", (7, 13), IMAGE, [], {"size": 3, "alpha": 0.5, "bias": 2.0}, 1),
    ("CumSum", (11, 14), X, [np.array(1)], {"exclusive": 1, "reverse": 1}, 1),
    ("ScatterElements", (11, 16), X, [ints(0, 1, 1).reshape(1, 3, 1), floats(1, 3, 1)], {"axis": 1}, 1),
    ("ScatterND", (16, 18), X, [ints(0, 1, 1, 2).reshape(2, 2), floats(2, 6)], {"reduction": "add"}, 1),
    ("GroupNormalization", (21,), IMAGE[:, :2], [floats(2), floats(2)], {"num_groups": 2}, 1),
    ("LayerNormalization", (17,), X, [floats(4, 6), floats(4, 6)], {"axis": 1}, 1),
    ("Mod", (10, 13), np.array([-7, 7, 5]), [np.array([3, -3, 2])], {}, 1),
    ("Div", (7, 14), np.array([-7, 7, 5]), [np.array([2, -2, 2])], {}, 1),
]  # fmt: skip
RECURRENT = [
    (kind, direction, options)
    for kind in ("RNN", "GRU", "LSTM")
    for direction in ("forward", "reverse", "bidirectional")
    for options in (
        {},
        {"lengths": True},
        {"states": True, "bias": False},
        {"clip": 0.3},
        {"before": 1},
        {"acts": True},
    )
    if kind == "GRU" or "before" not in options
]


def compare(kind, opset, arrays, variable, attributes, outputs, tolerance=1e-5):
    """Asserts that a node computes what onnxruntime computes; None in arrays is an absent input."""
    names = ["" if a is None else f"i{n}" for n, a in enumerate(arrays)]
    out = [f"o{i}" for i in range(outputs)]
    node = helper.make_node(kind, names, out, **attributes)
    codes = {"f": 1, "i": 7}
    inputs = [
        helper.make_tensor_value_info(n, codes[a.dtype.kind], a.shape)
        for n, a in zip(names, arrays)
        if n and int(n[1:]) in variable
    ]
    constants = [
        numpy_helper.from_array(a, n) for n, a in zip(names, arrays) if n and int(n[1:]) not in variable
    ]  # fmt: skip
    infos = [helper.ValueInfoProto(name=o) for o in out]
    graph = helper.make_graph([node], "g", inputs, infos, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data = model.SerializeToString()
    given = {i.name: arrays[int(i.name[1:])] for i in inputs}
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    expected = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"]).run(None, given)
    for o, y in zip(graph.output, expected):  # the checker wants the types of outputs
        o.CopyFrom(helper.make_tensor_value_info(o.name, {"f": 1, "i": 7, "b": 9}[y.dtype.kind], y.shape))
    model.graph.CopyFrom(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = mg_onnx.load(model)(*[mg.tensor(a) for a in given.values()])
    made = made if isinstance(made, tuple) else (made,)
    assert len(made) == len(expected)
    for got, want in zip(made, expected):
        assert got.detach().numpy().dtype == want.dtype
        assert got.shape == want.shape
        np.testing.assert_allclose(got.detach().numpy(), want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)])
def test_opsets(number):
    kind, opsets, x, constants, attributes, outputs = CASES[number]
    for opset in opsets:
        compare(kind, opset, [x, *constants], {0}, attributes, outputs)


@pytest.mark.parametrize(("kind", "direction", "options"), RECURRENT)
def test_recurrent(kind, direction, options):
    steps, batch, size, hidden = 5, 3, 4, 2
    gates, dirs = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind], 2 if direction == "bidirectional" else 1
    arrays = [floats(steps, batch, size), floats(dirs, gates * hidden, size), floats(dirs, gates * hidden, hidden)]
    arrays.append(floats(dirs, 2 * gates * hidden) if options.get("bias", True) else None)
    arrays.append(np.array([5, 2, 3], np.int32) if "lengths" in options else None)
    states = "states" in options
    arrays.append(floats(dirs, batch, hidden) if states else None)
    if kind == "LSTM" and states:
        arrays += [floats(dirs, batch, hidden), floats(dirs, 3 * hidden)]
    attributes = {"hidden_size": hidden, "direction": direction}
    if "clip" in options:
        attributes["clip"] = options["clip"]
    if "before" in options:
        attributes["linear_before_reset"] = 1
    if "acts" in options:
        attributes["activations"] = {
            "RNN": ["Relu"],
            "GRU": ["Sigmoid", "Softsign"],
            "LSTM": ["Sigmoid", "Relu", "Tanh"],
        }[kind] * dirs
    while arrays[-1] is None:
        arrays.pop()
    compare(kind, 14, arrays, {0}, attributes, 3 if kind == "LSTM" else 2)
