"""Backward passes that ask for some gradients: the same numbers, and nothing else runs."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn
from mocrograd.autograd import Function, backward, grad
from opcases import ROWS, outputs

ROWS_OF_SEVERAL = [
    row for row in ROWS if row.differentiable and row.cases and sum(a.dtype.kind in "fc" for a in row.arrays(row.cases[0], row.dtypes[0])) > 1
]  # fmt: skip


class Counted(Function):
    """The product of two numbers; counts how often its backward runs."""

    runs = 0

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, dy):
        Counted.runs += 1
        a, b = ctx.saved_tensors
        return dy * b, dy * a


def leaf(*values):
    return mg.tensor(values, dtype=mg.float64, requires_grad=True)


@pytest.fixture(autouse=True)
def start():
    Counted.runs = 0


@pytest.mark.parametrize("row", ROWS_OF_SEVERAL, ids=lambda row: row.name)
@pytest.mark.parametrize("create_graph", [False, True])
def test_one_gradient_is_the_one_among_all(row, create_graph):
    """Asked for alone, each gradient has the bits that it has among all of them."""
    arrays = row.arrays(row.cases[0], row.dtypes[0])
    mg.manual_seed(0)
    leaves = [mg.tensor(a, requires_grad=a.dtype.kind in "fc") for a in arrays]
    results = [r for r in outputs(row.call(mg, *leaves)) if r.requires_grad]
    if not results:
        return
    random = np.random.default_rng(3)
    weights = [mg.tensor(random.normal(size=tuple(r.shape))).to(r.dtype) for r in results]
    options = {"retain_graph": True, "create_graph": create_graph, "allow_unused": True}
    asked = [x for x in leaves if x.requires_grad]
    for x, among_all in zip(asked, grad(results, asked, weights, **options)):
        (alone,) = grad(results, x, weights, **options)
        assert (alone is None) == (among_all is None)
        if alone is not None:
            assert alone.detach().numpy().tobytes() == among_all.detach().numpy().tobytes()


def test_what_leads_to_no_input_does_not_run():
    a, b, w = leaf(2.0), leaf(3.0), leaf(4.0)
    (dw,) = grad(Counted.apply(a, b) + w, w)
    assert (dw.tolist(), Counted.runs) == ([1.0], 0)
    (Counted.apply(a, b) + w).backward(inputs=[w])
    assert (w.grad.tolist(), a.grad, Counted.runs) == ([1.0], None, 0)


def test_a_released_part_of_a_graph_is_no_obstacle_to_the_rest():
    x, w = leaf(2.0), leaf(5.0)
    b = x.exp()
    b.sum().backward()
    assert grad((b * w).sum(), w)[0].item() == b.item()
    with pytest.raises(RuntimeError, match="second time"):
        grad((b * w).sum(), x)


def test_products_of_what_is_not_asked_for_are_not_computed():
    model = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Conv1d(8, 8, 1))
    x = mg.randn(1, 8, 8, requires_grad=True)
    loss = model(x).square().sum()
    calls = []
    for asked in ([x], [x, *model.parameters()]):
        with mg.profile() as profile:
            grad(loss, asked, retain_graph=True)
        calls.append(sum(row.flops or 0 for row in profile.rows()))
    assert calls[0] < 0.7 * calls[1]


def test_pieces_of_a_graph_in_passes_within_each_other():
    """A hook's own pass asks for a leaf that the pass around it does not ask for."""
    x, w = leaf(2.0), leaf(3.0)
    product = Counted.apply(x, w)
    inner, found = product * 1, []
    inner.register_hook(lambda g: found.append(grad(product, w, retain_graph=True)[0].item()))
    assert grad(inner * w, x)[0].item() == 9.0
    assert found == [2.0]


def test_a_second_derivative_through_gradients_that_were_asked_for():
    x, w = leaf(2.0), leaf(3.0)
    (dx,) = grad(x * x * w * w, x, create_graph=True)
    assert [g.item() for g in grad(dx, [x, w])] == [18.0, 24.0]


def test_backward_into_results():
    w = leaf(1.0, 2.0)
    y = w * 3
    z = (y * y).sum()
    z.backward(inputs=[y], retain_graph=True)
    assert (y.grad.tolist(), w.grad) == ([6.0, 12.0], None)
    backward(z, inputs=(t for t in (y, w)))
    assert (y.grad.tolist(), w.grad.tolist()) == ([12.0, 24.0], [18.0, 36.0])


def test_backward_into_what_the_result_does_not_depend_on():
    w, other = leaf(1.0), leaf(2.0)
    (w * 2).backward(inputs=[other])
    assert w.grad is other.grad is None


def test_hooks_see_the_gradients_that_are_asked_for():
    a, b = leaf(2.0), leaf(3.0)
    y, seen = a * b, []
    y.grad_fn.register_hook(lambda to_inputs, to_outputs: seen.append(to_inputs))
    grad(y, a)
    assert seen[0][1] is None
    assert seen[0][0].item() == 3.0


@pytest.mark.parametrize(
    ("inputs", "error", "match"),
    [
        ([], RuntimeError, "cannot be empty"),
        ([mg.ones(1)], RuntimeError, "can't retain_grad on Tensor that has requires_grad=False"),
        (3, TypeError, "expected inputs to be Tensors, got int"),
        (["w"], TypeError, "expected inputs to be Tensors, got str"),
    ],
)
def test_inputs_that_make_no_sense(inputs, error, match):
    w = leaf(1.0)
    with pytest.raises(error, match=match):
        (w * 2).backward(inputs=inputs)
