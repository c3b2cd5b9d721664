"""Flatten."""

import mocrograd as mg
from mocrograd import nn


def test_flatten_keeps_the_batch():
    assert tuple(nn.Flatten()(mg.ones(5, 2, 3)).shape) == (5, 6)
    assert tuple(nn.Flatten(0)(mg.ones(5, 2, 3)).shape) == (30,)
    assert tuple(nn.Flatten(1, 2)(mg.ones(5, 2, 3, 4)).shape) == (5, 6, 4)
    assert repr(nn.Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
