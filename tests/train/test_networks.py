"""The example networks."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn, optim
from mocrograd.train.networks import NETWORKS, build_network


@pytest.mark.parametrize(("name", "layers"), [("normal", 3), ("longer", 30)])
def test_layers(name, layers):
    network = build_network(name)
    linear = [m for m in network if isinstance(m, nn.Linear)]
    assert len(linear) == layers
    assert [m.in_features for m in linear] + [linear[-1].out_features] == list(NETWORKS[name])
    assert len(network) == 2 * layers - 1
    assert tuple(network(mg.ones(2, 64)).shape) == (2, 10)


def test_sizes_of_bigger():
    assert NETWORKS["bigger"] == (64, 8192, 4096, 2048, 10)


def test_start_is_kaiming_normal_with_zero_bias():
    mg.manual_seed(0)
    layer = build_network("longer")[2]
    assert layer.weight.detach().numpy().std() == pytest.approx(math.sqrt(2 / 256), rel=0.02)
    assert not layer.bias.detach().numpy().any()


def test_all_thirty_layers_of_longer_get_gradients_and_move():
    mg.manual_seed(0)
    network = build_network("longer")
    before = [p.detach().numpy().copy() for p in network.parameters()]
    optimizer = optim.SGD(network.parameters(), lr=0.01)
    nn.functional.cross_entropy(network(mg.rand(32, 64)), mg.randint(10, (32,))).backward()
    optimizer.step()
    assert len(before) == 60
    for old, param in zip(before, network.parameters(), strict=True):
        assert np.abs(param.grad.numpy()).max() > 0
        assert (param.detach().numpy() != old).any()


def test_unknown_network():
    with pytest.raises(ValueError, match="unknown network 'huge': expected normal, longer, bigger"):
        build_network("huge")
