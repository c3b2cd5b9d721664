"""Sequential and ModuleList."""

import mocrograd as mg
import pytest
from mocrograd import nn


def layers(count):
    return [nn.Linear(2, 2) for _ in range(count)]


def test_sequential_calls_in_order():
    class Add(nn.Module):
        def forward(self, x):
            return x + 1

    class Double(nn.Module):
        def forward(self, x):
            return x * 2

    assert nn.Sequential(Add(), Double())(3) == 8
    assert nn.Sequential({"twice": Double(), "once": Add()})(3) == 7
    assert nn.Sequential()(3) == 3


def test_sequential_by_name():
    net = nn.Sequential({"hidden": nn.Linear(2, 3), "out": nn.Linear(3, 1)})
    assert list(net.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert net.hidden is net[0]
    assert [name for name, _ in net[1:].named_children()] == ["out"]


@pytest.mark.parametrize("kind", [lambda modules: nn.Sequential(*modules), nn.ModuleList])
def test_list_behaviour(kind):
    a, b, c, d = layers(4)
    container = kind([a, b])
    assert len(container) == 2
    assert container[-1] is b
    assert container.append(c) is container
    assert list(container) == [a, b, c]
    assert type(container[1:]) is type(container)
    assert list(container[1:]) == [b, c]
    container[0] = d
    assert container[0] is d
    del container[0]
    assert list(container) == [b, c]
    assert [name for name, _ in container.named_children()] == ["0", "1"]
    container.extend([a]).insert(0, d)
    assert list(container) == [d, b, c, a]
    del container[1:3]
    assert list(container) == [d, a]
    with pytest.raises(IndexError, match="index 2 is out of range"):
        container[2]
    with pytest.raises(TypeError):
        container["0"]
    with pytest.raises(TypeError, match="not a Module"):
        container.append(3)


def test_module_list_has_parameters_but_no_forward():
    modules = nn.ModuleList(layers(3))
    assert len(list(modules.parameters())) == 6
    assert len(nn.ModuleList()) == 0
    with pytest.raises(NotImplementedError, match="ModuleList"):
        modules(mg.ones(1))
