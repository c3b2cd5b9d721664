"""Compiled functions get their very arguments: what they change of them besides elements, and what they keep, is there."""

import mocrograd as mg
import pytest
from compiler.networks import same_bits
from mocrograd import nn

W = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)


def turn(x):
    x.t_()
    return x.sum()


def lengthen(x):
    x.unsqueeze_(0)
    return x * 2


def replace(x):
    x.data = x * 2
    return x.sum()


def shorten(x):
    x.resize_(1)
    return x + 1


def ask_for_a_gradient(x):
    x.requires_grad_()
    return x.detach() * 2


def fill_the_gradient(x):
    x.requires_grad_()
    loss = (x**3).sum()
    loss.backward()
    return loss.detach()


def put_a_gradient(x):
    x.grad = x * 2
    return x + 1


def name_it(x):
    x.name_of_mine = "x"
    return x * 2


def scale(x):
    x.mul_(W)
    return x.detach() * 1


def scale_a_view(x):
    x[0].mul_(W[1])
    return x.detach() * 1


def scale_and_detach(x):
    x.mul_(W)
    x.detach_()
    return x * 1


CHANGES = [turn, lengthen, replace, shorten, ask_for_a_gradient, fill_the_gradient, put_a_gradient, name_it, scale,
           scale_a_view, scale_and_detach]  # fmt: skip


def seen_of(x):
    """What a program sees of a tensor, and the gradient of what it was made of."""
    W.grad = None
    grad = x.grad
    if x.requires_grad:
        (x.abs() * x).sum().backward(retain_graph=True)
    return (
        x.shape, x.stride(), x.requires_grad, x.is_leaf, x.tolist(), grad is not None and grad.tolist(),
        W.grad is not None and W.grad.tolist(), getattr(x, "name_of_mine", None),
    )  # fmt: skip


@pytest.mark.parametrize("row", [False, True])
@pytest.mark.parametrize("function", CHANGES)
def test_what_a_function_changes_of_an_argument_is_changed(function, row):
    compiled = mg.compile(function)
    for _ in range(5):
        found = []
        for run in (function, compiled):
            base = mg.tensor([[[9.0, 8.0], [7.0, 6.0]], [[1.0, 2.0], [3.0, 4.0]]])
            x = base[1] if row else base[1].clone()
            result = run(x)
            found.append((result.tolist(), seen_of(x), seen_of(base) if row else None))
        assert found[0] == found[1]


def test_a_gradient_reaches_the_argument_behind_the_function():
    compiled = mg.compile(lambda x: (x.requires_grad_() * x).sum())
    for _ in range(4):
        x = mg.tensor([1.0, 2.0])
        compiled(x).backward()
        assert x.grad.tolist() == [2.0, 4.0]


def test_what_keeps_an_argument_keeps_that_very_one():
    class Model(nn.Module):
        def forward(self, x):
            self.seen, self.part = x, x[1:]
            return x * 2

    model = Model()
    compiled = mg.compile(model)
    for _ in range(5):
        x = mg.zeros(3)
        compiled(x)
        x.fill_(7)
        assert model.seen is x
        assert model.part.tolist() == [7.0, 7.0]


def test_gradients_attributes_and_classes_of_arguments_are_there():
    class Labelled(mg.Tensor):
        pass

    def move(p):
        assert isinstance(p, nn.Parameter)
        if p.grad is not None:
            p.sub_(p.grad)
        return p.sum()

    p = nn.Parameter(mg.ones(2))
    compiled = mg.compile(move)
    expected = [2.0, 2.0, 2.0, 0.0, -2.0, -4.0, -6.0, -8.0]
    for count, total in enumerate(expected):
        if count == 3:
            p.grad = mg.ones(2)
        with mg.no_grad():
            assert compiled(p).item() == total
    compiled = mg.compile(lambda x: x * x.factor)
    for factor in range(4):
        x = mg.ones(2)
        x.factor = factor
        assert compiled(x).tolist() == [float(factor)] * 2
    compiled = mg.compile(lambda x: x * 2)
    for kind in (mg.Tensor, mg.Tensor, mg.Tensor, Labelled, mg.Tensor, Labelled):
        assert type(compiled(mg.ones(2).as_subclass(kind))) is kind


def test_views_of_arguments_with_another_dtype():
    def parts(x):
        z = mg.view_as_complex(x.view(-1, 2))
        return z, z.imag, x.view(mg.int32)[1:], x.detach()

    compiled = mg.compile(parts)
    for number in range(4):
        x = mg.arange(6.0) + number
        for got, expected in zip(compiled(x), parts(x), strict=True):
            assert got.dtype is expected.dtype
            assert got.data_ptr() == expected.data_ptr()
            assert got.tolist() == expected.tolist()
    compiled = mg.compile(lambda z: (z.real, z.imag))
    for number in range(4):
        z = mg.tensor([1 + 2j, 3 + 4j]) + number
        assert [part.tolist() for part in compiled(z)] == [z.real.tolist(), z.imag.tolist()]


def test_lists_and_dicts_among_arguments():
    def function(table, rows):
        table["sum"] = table["x"] + rows[0]
        rows[1:] = [rows[0]]
        return table["sum"]

    compiled = mg.compile(function)
    for _ in range(4):
        x = mg.ones(2)
        table, rows = {"x": x}, [x, None, None]
        assert compiled(table, rows).tolist() == [2.0, 2.0]
        assert table["sum"].tolist() == [2.0, 2.0]
        assert table["x"] is x
        assert len(rows) == 2
        assert rows[1] is x


def test_a_change_that_raises_leaves_the_argument_where_it_was():
    def function(x):
        x.add_(1)
        x.requires_grad_()
        raise ValueError("half way")

    compiled = mg.compile(function)
    base = mg.zeros(2, 3)
    for number in range(4):
        x = base[1]
        with pytest.raises(ValueError, match="half way"):
            compiled(x)
        assert x.requires_grad
        assert base[1].tolist() == [number + 1.0] * 3
        assert x.data_ptr() == base[1].data_ptr()


def test_a_sparse_gradient_makes_a_step_run_eagerly():
    mg.manual_seed(0)
    table = nn.Embedding(5, 2, sparse=True)
    start = table.weight.detach().clone()
    found = []
    for run in (lambda f: f, mg.compile):
        with mg.no_grad():
            table.weight.copy_(start)
        table.weight.grad = None
        optimizer = mg.optim.SparseAdam(table.parameters(), lr=0.1)

        def step(index, optimizer=optimizer):
            optimizer.zero_grad()
            table(index).pow(2).sum().backward()
            optimizer.step()

        step = run(step)
        for number in range(5):
            step(mg.tensor([number, 1]))
        found.append(table.weight.detach().clone())
    assert same_bits(*found)
    assert "sparse" in step.reasons[0]


@pytest.mark.parametrize("ask", [lambda x: getattr(x, "scale", 1), lambda x: x.scale if hasattr(x, "scale") else 1])
def test_attributes_that_an_argument_lacks(ask):
    """The next argument may have them, and no guard looks."""
    step = mg.compile(lambda x: x * ask(x))
    for _ in range(4):
        assert step(mg.ones(2)).tolist() == [1, 1]
    other = mg.ones(2)
    other.scale = 5
    assert step(other).tolist() == [5, 5]
    assert step.reasons == ["it asks an argument for an attribute that it lacks, scale"]
    assert not hasattr(mg.Tensor, "__getattr__")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        mg.compile(lambda x: x.nothing)(mg.ones(2))
