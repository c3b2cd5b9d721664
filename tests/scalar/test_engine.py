"""The scalar engine: values, their gradients, deep graphs."""

import math
import random

import pytest
from mocrograd.scalar import Value, draw_dot, draw_text, trace

UNARY = {
    "exp": (-3.0, 0.0, 2.0),
    "log": (0.1, 1.0, 7.0),
    "tanh": (-20.0, -0.3, 0.0, 2.0),
    "sigmoid": (-800.0, -1.0, 0.0, 3.0, 800.0),
    "relu": (-2.0, 0.0, 3.0),
}
POWERS = ((2.0, 3.0), (-2.0, 3.0), (0.5, -1.5), (3.0, 0.0), (0.0, 2.0), (0.0, 1.0), (0.0, 0.0), (4.0, 0.5))


def readme():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return a, b, g


def test_micrograds_first_example():
    a, b, g = readme()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"
    assert repr(Value(1.5)) == "Value(data=1.5, grad=0.0)"


@pytest.mark.parametrize(("name", "x"), [(name, x) for name, xs in UNARY.items() for x in xs])
def test_functions_and_derivatives_equal_torchs(torch, name, x):
    value, tensor = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    out, expected = getattr(value, name)(), getattr(tensor, name)()
    (out * 3).backward()
    (expected * 3).backward()
    assert out.data == pytest.approx(expected.item(), rel=1e-15, abs=1e-300)
    assert value.grad == pytest.approx(tensor.grad.item(), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize(("x", "y"), POWERS)
def test_powers_equal_torchs(torch, x, y):
    for exponent in (y, Value(y)):
        base = Value(x)
        out = base**exponent
        out.backward()
        a = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        b = torch.tensor(y, dtype=torch.float64, requires_grad=x >= 0)  # else the logarithm is no real number
        expected = a**b
        expected.backward()
        assert (out.data, base.grad) == pytest.approx((expected.item(), a.grad.item()))
        if isinstance(exponent, Value) and x >= 0:
            assert exponent.grad == pytest.approx(b.grad.item())
        if x < 0:
            break


def test_numbers_stand_on_either_side(torch):
    x, t = Value(3.0), torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    for operand in (x, t):
        out = 2 + operand * 2 - 1 / operand + (5 - operand) * 0.5 + 2**operand / 4 + sum([operand, operand])
        out.backward()
    assert x.grad == pytest.approx(t.grad.item(), rel=1e-15)


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: (a * b).tanh(),
    "/": lambda a, b: a / (b * b + 1),
    "tanh": lambda a, b: a.tanh(),
    "sigmoid": lambda a, b: a.sigmoid(),
    "relu": lambda a, b: a.relu(),
}


def test_random_graphs_equal_torchs(torch):
    draw = random.Random(0)
    for _ in range(20):
        numbers = [draw.uniform(0.2, 2) for _ in range(6)]
        ours = [Value(n) for n in numbers]
        theirs = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in numbers]
        leaves = len(numbers)
        for _ in range(40):
            i, j, name = draw.randrange(len(ours)), draw.randrange(len(ours)), draw.choice(list(OPERATIONS))
            for pool in (ours, theirs):
                pool.append(OPERATIONS[name](pool[i], pool[j]))
        sum(ours[leaves:]).backward()
        sum(theirs[leaves:]).backward()
        expected = [0.0 if t.grad is None else t.grad.item() for t in theirs[:leaves]]
        assert [v.grad for v in ours[:leaves]] == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_gradients_add_up_over_backward_passes():
    x = Value(3.0)
    (x * x).backward()
    (x * x).backward()
    assert x.grad == 12.0


def test_a_chain_of_a_million_values_needs_no_recursion():
    x = Value(1.0)
    out = x
    for _ in range(1_000_000):
        out = out + 1e-6
    out.backward()
    assert out.data == pytest.approx(2.0)
    assert x.grad == 1.0


def test_what_is_no_number_is_refused():
    for wrong in ("1", None, [1.0], 1j):
        with pytest.raises(TypeError, match="must be a number"):
            Value(wrong)
        with pytest.raises(TypeError):
            Value(1.0) + wrong
        with pytest.raises(TypeError):
            Value(1.0) ** wrong
    with pytest.raises(ValueError, match="domain"):
        Value(-1.0).log()
    with pytest.raises(ZeroDivisionError):
        Value(1.0) / Value(0.0)


def test_drawings():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = a * b + a
    out.label = "out"
    out.backward()
    nodes, edges = trace(out)
    assert len(nodes) == 4
    assert len(edges) == 4
    assert draw_text(out).splitlines() == [
        "1: + out data -4.0000 grad 1.0000",
        "  2: * data -6.0000 grad 1.0000",
        "    3: a data 2.0000 grad -2.0000",
        "    4: b data -3.0000 grad 2.0000",
        "  3: a (see above)",
    ]
    with pytest.raises(ValueError, match="format"):
        draw_dot(out, format="exe")


def test_a_drawing_of_graphviz_where_it_is_installed():
    graphviz = pytest.importorskip("graphviz", reason="graphviz is not installed")
    dot = draw_dot(Value(1.0, label="x").exp(), rankdir="TB")
    assert isinstance(dot, graphviz.Digraph)
    assert "exp" in dot.source
    assert "x | data 1.0000" in dot.source
    assert "rankdir=TB" in dot.source


def test_a_drawing_without_graphviz_is_text(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "graphviz", None)
    assert draw_dot(Value(1.0).exp()) == f"1: exp data {math.e:.4f} grad 0.0000\n  2: data 1.0000 grad 0.0000"
