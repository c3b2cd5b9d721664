"""Dropout."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn


def test_dropout_scales_what_it_keeps():
    mg.manual_seed(0)
    x = mg.ones(100, 100, requires_grad=True)
    y = nn.Dropout(0.25)(x)
    values = y.detach().numpy()
    assert set(np.unique(values)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (values == 0).mean() == pytest.approx(0.25, abs=0.02)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), values)


def test_dropout_does_nothing_in_evaluation_and_for_zero():
    x = mg.ones(5)
    assert nn.Dropout(0.5).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_dropout_of_everything_has_zero_gradient():
    x = mg.ones(5, requires_grad=True)
    y = nn.Dropout(1.0)(x)
    y.sum().backward()
    assert y.tolist() == x.grad.tolist() == [0.0] * 5


def test_dropout_follows_the_seed():
    mg.manual_seed(1)
    first = nn.functional.dropout(mg.ones(50)).tolist()
    second = nn.functional.dropout(mg.ones(50)).tolist()
    mg.manual_seed(1)
    assert nn.functional.dropout(mg.ones(50)).tolist() == first != second


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_bad_probability(p):
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        nn.Dropout(p)
    with pytest.raises(ValueError, match="between 0 and 1"):
        nn.functional.dropout(mg.ones(1), p)


def test_inplace_is_not_supported():
    with pytest.raises(NotImplementedError, match="Dropout: inplace=True"):
        nn.Dropout(inplace=True)
