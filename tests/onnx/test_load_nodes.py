"""The cases of single nodes that the package onnx has: each is computed as it says, or refused by name."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import mocrograd as mg
import mocrograd.onnx as mg_onnx
import onnx
from mocrograd import dtypes
from onnx.backend.test.loader import load_model_tests

SECONDS = 120
RANDOM = ("bernoulli", "training_dropout")
"""Cases whose results depend on another generator; those of dropout with a ratio of 0 do not."""
EXCEPTIONS = {
    "test_col2im_5d": "blocks of two dimensions are supported",
    "test_maxpool_2d_uint8": "pooling is of floats",
}
UNSUPPORTED = {
    "Attention", "BitCast", "CausalConvWithState", "ConvInteger", "DFT", "DeformConv", "DequantizeLinear", "ImageDecoder",
    "LinearAttention", "MatMulInteger",
    "MelWeightMatrix", "NonMaxSuppression", "Optional", "OptionalGetElement", "OptionalHasElement", "QLinearConv",
    "QLinearMatMul", "QuantizeLinear", "RoiAlign", "STFT", "TensorScatter", "TfIdfVectorizer",
}  # fmt: skip
"""Operators of the main domain without a form; others with a case have one. onnx replaces most calls of `Attention`,
`CausalConvWithState` and `LinearAttention` by other operators, but not those that leave out an optional input."""
PASSING = 1300
HALVES = {onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
"""Results of these are compared to what they resolve."""


def given(value):
    """Returns what a case gives or expects as a tensor or a list of them."""
    if isinstance(value, list):
        return [given(v) for v in value]
    if isinstance(value, onnx.TensorProto):
        value = onnx.numpy_helper.to_array(value)
    return mg.tensor(np.array(dtypes.representable(value)))


def assert_alike(made, expected, case):
    if isinstance(expected, list):
        assert len(made) == len(expected)
        for x, y in zip(made, expected):
            assert_alike(x, y, case)
        return
    assert made.dtype is expected.dtype
    assert made.shape == expected.shape
    low = any(o.type.tensor_type.elem_type in HALVES for o in case.model.graph.output)
    rtol = 2e-2 if low else case.rtol
    atol = 1e-2 if low else max(case.atol, 1e-6)
    wide = made.dtype.wide or made.dtype
    np.testing.assert_allclose(made.detach().to(wide).numpy(), expected.to(wide).numpy(), rtol=rtol, atol=atol)


def outcome(case):
    """Returns "" for a case that is right, the operator that is refused, or what is wrong."""
    try:
        module = mg_onnx.load(case.model)
    except mg_onnx.UnsupportedNodeError as error:
        return "refused", str(error)
    for inputs, outputs in case.data_sets:
        made = module(*[given(x) for x in inputs])
        assert_alike(list(made) if isinstance(made, tuple) else [made], [given(y) for y in outputs], case)
    return "right", ""


def test_node_cases():
    start, right, wrong, refused = time.perf_counter(), 0, {}, set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in load_model_tests(kind="node"):
            opsets = {o.domain: o.version for o in case.model.opset_import}
            drawn = any(r in case.name for r in RANDOM) and "zero_ratio" not in case.name
            if opsets.get("", 7) < 7 or case.name in EXCEPTIONS or drawn:
                continue
            try:
                how, text = outcome(case)
            except Exception as error:
                wrong[case.name] = f"{type(error).__name__}: {error}"[:300]
                continue
            right += how == "right"
            operator = text.partition(" ")[0]
            if how == "refused" and "the operator is not supported" in text:
                refused.add(operator)
    assert not wrong, wrong
    assert refused <= UNSUPPORTED, sorted(refused - UNSUPPORTED)
    assert right >= PASSING, right
    assert time.perf_counter() - start < SECONDS
