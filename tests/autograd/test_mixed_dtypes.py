"""Gradients have the dtype and the device of what they are for, whatever was computed with it."""

import math

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

IN_PLACE = ["copy_", "add_", "sub_", "mul_", "div_"]


@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("target", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("source", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", IN_PLACE)
def test_operand_of_another_dtype(name, source, target, shape):
    gradients = []
    for m in (torch, mg):
        operand = m.full(shape, -2.0, dtype=getattr(m, source)).requires_grad_()
        kept = m.full((3,) if shape else (), 3.0, dtype=getattr(m, target)).requires_grad_()
        result = getattr(kept * 1, name)(operand)
        gradients.append(m.autograd.grad((result * result).sum(), [kept, operand]))
    for expected, got, of in zip(*gradients, (target, source)):
        assert got.dtype is getattr(mg, of)
        np.testing.assert_allclose(got.double().numpy(), expected.double().numpy(), rtol=1e-6)


def test_gradient_of_a_determinant_of_one_element():
    x = mg.tensor([[[math.inf]], [[2.0]], [[0.0]]], requires_grad=True)
    mg.linalg.det(x).sum().backward()
    assert x.grad.reshape(-1).tolist() == [1.0, 1.0, 1.0]
