"""Compiled graphs of values: equal to the engine's in every bit, and raising what it raises."""

import gc
import math
import random
import struct
import time

import mocrograd as mg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mocrograd import scalar
from mocrograd.scalar import MLP, Value

BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
UNARY = {
    **{name: lambda a, name=name: getattr(a, name)() for name in ("exp", "log", "tanh", "sigmoid", "relu")},
    "neg": lambda a: -a,
    "square": lambda a: a**2,
    "root": lambda a: a**0.5,
    "inverse": lambda a: a**-1,
    "to the power of 0": lambda a: a**0,
    "2 to the power": lambda a: 2**a,
    "shared": lambda a: a * a + a,
}
OPERATIONS = {**BINARY, **UNARY}
POINTS = (
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 1e-300, -1e-300, 5e-324, 1e300, 709.5, 710.0, -750.0, math.pi,
    math.inf, -math.inf, math.nan,
)  # fmt: skip


def bits(x):
    return "nan" if math.isnan(x) else struct.pack("d", x)


def outcome(way, operation, numbers):
    """What a way to compute gives: numbers to the bit, or the type and text of what it raises."""
    try:
        return [bits(x) for x in way(operation, numbers)]
    except (ArithmeticError, TypeError, ValueError) as error:
        return type(error), str(error)


def in_python(operation, numbers):
    leaves = [Value(x) for x in numbers]
    out = operation(*leaves) * 0.3
    out.backward()
    return [out.data, out.grad, *(leaf.grad for leaf in leaves)]


def compiled(operation, numbers):
    """The same, by a graph that was recorded of other numbers."""
    leaves = [Value(1.5) for _ in numbers]
    step = scalar.compile(operation(*leaves) * 0.3)
    for leaf, x in zip(leaves, numbers):
        leaf.data = x
    return [step(), step.loss.grad, *(leaf.grad for leaf in leaves)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_at_special_points(name):
    operation = OPERATIONS[name]
    cases = [(a, b) for a in POINTS for b in POINTS] if name in BINARY else [(a,) for a in POINTS]
    for numbers in cases:
        assert outcome(compiled, operation, numbers) == outcome(in_python, operation, numbers), numbers


@pytest.mark.parametrize("name", OPERATIONS)
@given(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)))
@settings(max_examples=60, deadline=None)
def test_every_operation_to_the_bit(name, numbers):
    operation = OPERATIONS[name]
    numbers = numbers if name in BINARY else numbers[:1]
    assert outcome(compiled, operation, numbers) == outcome(in_python, operation, numbers)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_equals_torchs(torch, name):
    operation = OPERATIONS[name]
    for numbers in ((0.3, 1.7), (2.5, -0.75), (1.1, 3.0)):
        numbers = numbers if name in BINARY else numbers[:1]
        theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
        out = operation(*theirs) * 0.3
        out.backward()
        expected = [out.item(), 1.0, *(t.grad.item() for t in theirs)]
        assert compiled(operation, numbers) == pytest.approx(expected, rel=1e-13)


GRAPHS = st.lists(
    st.tuples(st.sampled_from(["+", "-", "*", "tanh", "sigmoid", "relu", "square", "exp", "**"]), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=60,
)  # fmt: skip


@given(GRAPHS, st.lists(st.floats(-2, 2), min_size=4, max_size=4), st.lists(st.floats(-2, 2), min_size=4, max_size=4))
@settings(max_examples=200, deadline=None)
def test_random_graphs_to_the_bit(graph, first, second):
    """Graphs with shared nodes, nodes that are no part of the result, gradients of before, and several calls."""

    def build(leaves):
        pool = list(leaves)
        for name, i, j in graph:
            a, b = pool[i % len(pool)].tanh(), pool[j % len(pool)]
            pool.append(
                (a * a + 0.1) ** b.tanh() if name == "**" else (OPERATIONS[name](*(a, b)[: 1 + (name in BINARY)]))
            )
        return sum(pool[len(pool) // 2 :])

    ours, theirs = [Value(x) for x in first], [Value(x) for x in first]
    step = scalar.compile(build(ours))
    for numbers in (first, second):
        for leaf, other, x in zip(ours, theirs, numbers):
            leaf.data = other.data = x
        expected = build(theirs)
        expected.backward()
        assert bits(step()) == bits(step.loss.data) == bits(expected.data)
        assert [bits(v.grad) for v in ours] == [bits(v.grad) for v in theirs]


def moons(net, points):
    data = sum((1 + -label * net(x)).relu() for x, label in points) * (1.0 / len(points))
    return data + 1e-4 * sum(p * p for p in net.parameters())


def test_training_of_moons_equals_the_engines_to_the_bit():
    draw = random.Random(3)
    points = [([draw.gauss(0, 1), draw.gauss(0, 1)], draw.choice((-1, 1))) for _ in range(10)]
    nets = []
    for _ in range(2):
        random.seed(4)
        nets.append(MLP(2, [16, 16, 1]))
    step = scalar.compile(moons(nets[0], points))
    for _ in range(4):
        for net in nets:
            net.zero_grad()
        losses = [step(), moons(nets[1], points)]
        losses[1].backward()
        assert losses[0] == losses[1].data
        for a, b in zip(*(net.parameters() for net in nets)):
            assert (a.data, a.grad) == (b.data, b.grad)
            a.data -= 0.1 * a.grad
            b.data -= 0.1 * b.grad


def test_leaves_constants_and_what_is_in_between():
    x, w, apart = Value(2.0), Value(3), Value(7.0)
    y = x * w
    step = scalar.compile((y + 1) ** 2)
    assert [x, w] == [leaf for leaf in step.leaves if leaf in (x, w, apart)]
    assert [leaf.data for leaf in step.leaves] == [2.0, 3, 1]
    x.data = -4
    assert step() == 121.0
    assert (x.grad, w.grad, apart.grad) == (-66.0, 88.0, 0.0)
    assert (y.data, y.grad) == (6.0, 0.0)
    step.refresh()
    assert (y.data, y.grad) == (-12.0, -22.0)
    step.leaves[2].data = 3.0  # a constant
    assert step() == 81.0
    assert (x.grad, w.grad) == (-66.0 - 54.0, 88.0 + 72.0)


def test_a_result_that_is_a_leaf():
    x = Value(2.0)
    step = scalar.compile(x)
    x.data, x.grad = 5.0, 3.0
    assert (step(), x.data, x.grad) == (5.0, 5.0, 1.0)
    x.backward()
    assert x.grad == 1.0


def test_values_stay_as_they_were_where_python_raises():
    x, y = Value(1.0), Value(2.0)
    step = scalar.compile((y * x).log() * y)
    x.data, x.grad = -1.0, 0.5
    with pytest.raises(ValueError, match="math domain error"):
        step()
    assert (x.grad, y.grad, step.loss.grad) == (0.5, 0.0, 0.0)
    assert step.loss.data == 2 * math.log(2)
    x.data = 1.0
    root = scalar.compile(x**0.5)
    x.data = 0.0
    with pytest.raises(ZeroDivisionError):  # in the backward pass
        root()
    assert (root.loss.data, x.grad) == (1.0, 0.5)
    x.data = 4.0
    assert root() == 2.0


def test_what_cannot_be_compiled():
    for wrong in (1.0, None, lambda: Value(1.0), mg.ones(1)):
        with pytest.raises(TypeError, match="expects the Value of a result, not"):
            scalar.compile(wrong)
    x = Value(0.5)
    own = Value(math.sin(x.data), (x,), "sin")
    with pytest.raises(ValueError, match="'sin' is no operation of Value"):
        scalar.compile(own + 1)
    misnamed = Value(math.sin(x.data), (x,), "tanh")
    misnamed._backward = lambda: None
    with pytest.raises(ValueError, match="'tanh' is no operation"):
        scalar.compile(misnamed)
    source = Value(1.0)
    source._backward = print
    with pytest.raises(ValueError, match="no operation"):
        scalar.compile(source * 2)


@pytest.mark.parametrize("wrong", ["1.0", None, 1j, [1.0]])
def test_data_that_is_no_number(wrong):
    x = Value(1.0)
    step = scalar.compile(x * 2)
    x.data = wrong
    with pytest.raises(TypeError):
        step()


def test_the_choice_of_kernels_changes_nothing():
    x = Value(0.7)
    step = scalar.compile(x.exp() * x.tanh())
    results = []
    for choice in ("original", "fixed:2", "dynamic"):
        with mg.kernels(choice):
            x.grad = 0.0
            results.append((step(), x.grad))
    assert len(set(results)) == 1


@pytest.fixture
def without_collector():
    """Python's collector of cycles takes most of the time that it takes to make a million values."""
    gc.disable()
    yield
    gc.enable()


def test_a_million_nodes(without_collector):
    x = Value(1.0)
    out = x
    for _ in range(1_000_000):
        out = out + 1e-6
    start = time.perf_counter()
    step = scalar.compile(out)
    assert time.perf_counter() - start < 60
    x.data = 2.0
    assert step() == pytest.approx(3.0)
    assert x.grad == 1.0
