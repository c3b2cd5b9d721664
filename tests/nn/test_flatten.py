"""Flatten and Unflatten."""

import mocrograd as mg
import pytest
from mocrograd import nn


def test_flatten_keeps_the_batch():
    assert tuple(nn.Flatten()(mg.ones(5, 2, 3)).shape) == (5, 6)
    assert tuple(nn.Flatten(0)(mg.ones(5, 2, 3)).shape) == (30,)
    assert tuple(nn.Flatten(1, 2)(mg.ones(5, 2, 3, 4)).shape) == (5, 6, 4)
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"


def test_unflatten():
    layer = nn.Unflatten(1, (2, -1))
    assert tuple(layer(mg.ones(3, 10, 4)).shape) == (3, 2, 5, 4)
    assert repr(layer) == "Unflatten(dim=1, unflattened_size=(2, -1))"
    with pytest.raises(TypeError, match="found element of type str at pos 1"):
        nn.Unflatten(1, (2, "a"))
    with pytest.raises(TypeError, match="found type int"):
        nn.Unflatten(1, 2)
    with pytest.raises(RuntimeError, match="multiply up"):
        layer(mg.ones(3, 5))
