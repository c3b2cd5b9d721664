"""Containers: how they behave, and that names, order, repr and what they refuse are torch's."""

from collections import OrderedDict

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


def three(m):
    return m.nn.Sequential(m.nn.Linear(1, 2), m.nn.ReLU(), m.nn.Linear(2, 3))


def changed(container, *actions):
    for action in actions:
        action(container)
    return container


def plus(m):
    net = three(m)
    net += m.nn.Sequential(m.nn.Tanh())
    return net


def twice(m):
    net = three(m)
    net *= 2
    return net


def added(m):
    modules = m.nn.ModuleList([m.nn.ReLU()])
    modules += [m.nn.Tanh()]
    return modules


def named(m):
    return m.nn.Sequential(OrderedDict([("a", m.nn.Linear(1, 2)), ("b", m.nn.ReLU()), ("c", m.nn.Tanh())]))


def modules(m):
    return m.nn.ModuleDict({"a": m.nn.ReLU(), "z": m.nn.Linear(1, 1), "b": m.nn.Linear(1, 1)})


def values(m):
    return m.nn.ParameterList([m.ones(2, 3), m.nn.Parameter(m.zeros(1)), "text"])


def params(m):
    return m.nn.ParameterDict({"b": m.ones(2), "a": m.zeros(3), "n": 3})


def joined(m):
    both = params(m)
    both |= {"c": m.ones(1)}
    return both


BUILDS = {
    "add": lambda m: three(m) + m.nn.Sequential(m.nn.Tanh()),
    "in-place add": plus,
    "mul": lambda m: three(m) * 2,
    "rmul": lambda m: 2 * three(m),
    "in-place mul": twice,
    "insert": lambda m: three(m).insert(1, m.nn.Tanh()),
    "insert from the end": lambda m: three(m).insert(-1, m.nn.Tanh()),
    "insert at the end": lambda m: three(m).insert(3, m.nn.Tanh()),
    "extend": lambda m: three(m).extend([m.nn.Tanh(), m.nn.ReLU()]),
    "pop": lambda m: changed(three(m), lambda c: c.pop(1)),
    "pop of a slice": lambda m: changed(three(m), lambda c: c.pop(slice(0, 2))),
    "popped": lambda m: three(m).pop(-1),
    "named slice": lambda m: named(m)[::2],
    "named after deletion": lambda m: changed(named(m), lambda c: c.__delitem__(0)),
    "named append": lambda m: named(m).append(m.nn.ReLU()),
    "list of equal modules": lambda m: m.nn.ModuleList(
        [m.nn.Sequential(m.nn.ReLU()) for _ in range(3)] + [m.nn.ReLU()]
    ),
    "list": lambda m: m.nn.ModuleList(),
    "list add": lambda m: m.nn.ModuleList([m.nn.ReLU()]) + m.nn.ModuleList([m.nn.Linear(1, 1)]),
    "list in-place add": added,
    "list slice": lambda m: m.nn.ModuleList([m.nn.ReLU(), m.nn.Tanh(), m.nn.Sigmoid()])[1:],
    "list insert": lambda m: changed(
        m.nn.ModuleList([m.nn.ReLU(), m.nn.Tanh()]), lambda c: c.insert(0, m.nn.Sigmoid())
    ),
    "list pop": lambda m: changed(m.nn.ModuleList([m.nn.ReLU(), m.nn.Tanh()]), lambda c: c.pop(0)),
    "dict": modules,
    "dict of pairs": lambda m: m.nn.ModuleDict([["x", m.nn.ReLU()], ("y", m.nn.Tanh())]),
    "dict update": lambda m: changed(modules(m), lambda c: c.update({"a": m.nn.Tanh(), "q": m.nn.ReLU()})),
    "dict pop": lambda m: changed(modules(m), lambda c: c.pop("a")),
    "dict clear": lambda m: changed(modules(m), lambda c: c.clear()),
    "parameters": values,
    "parameters append": lambda m: values(m).append(m.ones(3)),
    "parameters slice": lambda m: values(m)[:2],
    "parameters set": lambda m: changed(values(m), lambda c: c.__setitem__(-3, m.ones(5))),
    "parameters of one": lambda m: m.nn.ParameterList([m.ones(1)]),
    "named parameters": params,
    "named parameters of pairs": lambda m: m.nn.ParameterDict([("z", m.ones(1)), ("a", m.ones(2))]),
    "named parameters or": lambda m: params(m) | m.nn.ParameterDict({"a": m.ones(9)}),
    "named parameters ror": lambda m: {"z": m.ones(9)} | params(m),
    "named parameters in-place or": joined,
    "named parameters pop": lambda m: changed(params(m), lambda c: c.pop("b")),
    "named parameters popitem": lambda m: changed(params(m), lambda c: c.popitem()),
    "named parameters setdefault": lambda m: changed(params(m), lambda c: c.setdefault("q", m.ones(2))),
    "named parameters clear": lambda m: changed(params(m), lambda c: c.clear()),
    "named parameters fromkeys": lambda m: params(m).fromkeys(["r", "s"], m.ones(2)),
    "named parameters copy": lambda m: params(m).copy(),
    "named parameters of another kind": lambda m: changed(
        params(m), lambda c: c.__setitem__("n", m.ones(4)), lambda c: c.__setitem__("a", m.ones(4))
    ),
}


@pytest.mark.parametrize("name", BUILDS)
def test_a_container_is_torchs(name, torch):
    ours, theirs = BUILDS[name](mg), BUILDS[name](torch)
    assert repr(ours).replace("mocrograd", "torch") == repr(theirs)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        return
    assert type(ours).__name__ == type(theirs).__name__
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {
        k: tuple(v.shape) for k, v in theirs.state_dict().items()
    }
    if hasattr(theirs, "__len__"):
        assert len(ours) == len(theirs)
        assert [type(x).__name__ for x in ours] == [type(x).__name__ for x in theirs]
    if hasattr(theirs, "keys"):
        assert list(ours.keys()) == list(theirs.keys())
        assert [k for k, _ in ours.items()] == [k for k, _ in theirs.items()]
        assert [type(v).__name__ for v in ours.values()] == [type(v).__name__ for v in theirs.values()]
    assert not any(name.isdigit() for name in dir(ours))


def test_what_a_dict_of_parameters_answers():
    kept = params(mg)
    assert "a" in kept
    assert "q" not in kept
    assert kept.get("q", 7) == 7
    assert kept.get("n") == 3
    assert list(reversed(kept)) == ["n", "b", "a"]
    assert isinstance(kept["a"], mg.nn.Parameter)
    assert [name for name, _ in kept.named_parameters()] == ["a", "b"]
    with pytest.raises(KeyError):
        mg.nn.ParameterDict().popitem()
