"""Results that direct calls write into existing tensors: in place and with `out`, against torch and the general way."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.backend import extensions

SIZES = (1, 7, 64, 65, 1000)
CALLS = {
    "relu_": lambda m, x, y, z: x.relu_(),
    "exp_": lambda m, x, y, z: x.exp_(),
    "abs_": lambda m, x, y, z: x.abs_(),
    "+=": lambda m, x, y, z: x.__iadd__(y),
    "-= number": lambda m, x, y, z: x.__isub__(0.75),
    "*= number of no dimensions": lambda m, x, y, z: x.__imul__(y.reshape(-1)[0].clone()),
    "div_": lambda m, x, y, z: x.div_(y),
    "add_ alpha": lambda m, x, y, z: x.add_(y, alpha=-0.3),
    "sub_ alpha": lambda m, x, y, z: x.sub_(y, alpha=2),
    "lerp_": lambda m, x, y, z: x.lerp_(y, 0.1),
    "lerp_ tensor": lambda m, x, y, z: x.lerp_(y, z),
    "addcmul_": lambda m, x, y, z: x.addcmul_(y, z, value=0.5),
    "addcdiv_": lambda m, x, y, z: x.addcdiv_(y, z, value=-0.5),
    "clamp_": lambda m, x, y, z: x.clamp_(-0.5, 0.5),
    "clamp_ max": lambda m, x, y, z: x.clamp_(max=0.25),
    "clamp_min_": lambda m, x, y, z: x.clamp_min_(z),
    "zero_": lambda m, x, y, z: x.zero_(),
    "fill_": lambda m, x, y, z: x.fill_(2),
    "copy_": lambda m, x, y, z: x.copy_(y),
    "copy_ other dtype": lambda m, x, y, z: x.copy_((y * 3).to(m.int64)),
    "moving average": lambda m, x, y, z: x.mul_(0.9).add_(y, alpha=1 - 0.9),
    "neg out": lambda m, x, y, z: m.neg(y, out=x),
    "add out": lambda m, x, y, z: m.add(y, z, out=x),
    "sub of a number, out": lambda m, x, y, z: m.sub(y, 2.5, out=x),
    "add alpha, out": lambda m, x, y, z: m.add(y, z, alpha=0.5, out=x),
    "clamp out": lambda m, x, y, z: m.clamp(y, 0.75, 1.5, out=x),
    "lerp out": lambda m, x, y, z: m.lerp(y, z, 0.75, out=x),
    "addcmul out": lambda m, x, y, z: m.addcmul(y, z, y, value=2, out=x),
    "mul out over an operand": lambda m, x, y, z: m.mul(x, y, out=x),
}  # fmt: skip
LAYOUTS = {
    "contiguous": lambda t: t,
    "transposed": lambda t: t.t(),
    "columns": lambda t: t[:, ::2],
    "rows": lambda t: t[1:],
}


@pytest.fixture
def direct(monkeypatch):
    """Return a list of what each direct call that writes returned: whether it did."""
    seen = []

    def watched(function):
        def call(*args):
            result = function(*args)
            seen.append(result is not None)
            return result

        return call

    from mocrograd.ops import _inplace, _outputs, _pointwise, arithmetic, ternary

    for module in (_inplace, _outputs, arithmetic, ternary):
        for name in ("into", "copy_into", "fill_with"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, watched(getattr(extensions, name)))
    for name in ("unary_in_place", "binary_in_place"):
        monkeypatch.setattr(_pointwise, name, watched(getattr(extensions, name)))
    return seen


def _operands(shape, dtype="float32"):
    rng = np.random.default_rng(3)
    return [rng.uniform(-1, 1, shape).astype(dtype), rng.uniform(0.5, 2, shape).astype(dtype)] * 2


def _both(call, torch, arrays, layout=lambda t: t):
    """Return x before and after a call in both libraries."""
    results = []
    for m in (mg, torch):
        x, y, z = [m.tensor(a) for a in arrays[:3]]
        given = [layout(t) for t in (x, y, z)]
        returned = call(m, *given)
        assert returned is given[0]
        results.append(x.numpy())
    return results


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_direct_calls_give_what_torch_gives(call, torch, direct):
    for size in SIZES:
        for dtype, tolerance in (("float32", 2e-6), ("float64", 1e-14)):
            ours, theirs = _both(call, torch, _operands(size, dtype))
            np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    assert all(direct), "the general way was taken"


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize(
    "call", ["relu_", "+=", "add_ alpha", "lerp_", "clamp_", "copy_", "copy_ other dtype", "add out"]
)
def test_views_are_written_in_their_places_alone(call, layout, torch, direct):
    ours, theirs = _both(CALLS[call], torch, _operands((6, 8)), layout)
    np.testing.assert_allclose(ours, theirs, rtol=2e-6, atol=2e-6)
    assert all(direct)


def test_each_change_counts_once_and_views_share_the_count():
    x = mg.zeros(4, 4)
    row, apart = x[1], x.clone()
    for change in (
        lambda: x.add_(1.0),
        lambda: row.mul_(2.0),
        lambda: x.zero_(),
        lambda: x.copy_(apart),
        lambda: mg.add(apart[0], 1, out=row),
        lambda: x.clamp_(0, 1),
    ):
        before = x._version
        change()
        assert x._version == row._version > before
    assert apart._version == 0


def test_a_failed_change_leaves_the_values_and_the_count():
    x = mg.tensor([4, 2], dtype=mg.int64)
    x.add_(0)
    version = x._version
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        x.floor_divide_(0)
    with pytest.raises(RuntimeError):
        x.add_(mg.ones(3, dtype=mg.int64))
    assert x._version == version
    assert x.tolist() == [4, 2]


OVERLAPS = {
    "the same view": lambda m, x: x.view(-1).mul_(x.view(-1)),
    "the elements before": lambda m, x: x.view(-1)[1:].add_(x.view(-1)[:-1].clone() if m.__name__ == "torch" else x.view(-1)[:-1]),
    "a row": lambda m, x: x.add_(x[0].clone() if m.__name__ == "torch" else x[0]),
    "an element": lambda m, x: x.mul_(x[1, 1].clone() if m.__name__ == "torch" else x[1, 1]),
    "the transpose": lambda m, x: x.copy_(x.t().clone() if m.__name__ == "torch" else x.t()),
    "a row of three operands": lambda m, x: x.addcmul_(x[0].clone() if m.__name__ == "torch" else x[0], x),
    "a row, out": lambda m, x: m.add(x, x[0].clone() if m.__name__ == "torch" else x[0], out=x),
}  # fmt: skip
"""What torch refuses, or computes from values it has written, it does here with copies."""


@pytest.mark.parametrize("call", OVERLAPS.values(), ids=OVERLAPS)
def test_operands_in_the_written_memory_have_their_values_from_before(call, torch):
    values = np.random.default_rng(5).uniform(0.5, 2, (5, 5)).astype("float32")
    ours, theirs = mg.tensor(values), torch.tensor(values)
    call(mg, ours)
    call(torch, theirs)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


WRONG = {
    "a leaf": lambda m: m.ones(3, requires_grad=True).add_(1.0),
    "a view of a leaf": lambda m: m.ones(3, requires_grad=True)[:2].mul_(2.0),
    "a leaf, filled": lambda m: m.ones(3, requires_grad=True).zero_(),
    "a leaf, three operands": lambda m: m.ones(3, requires_grad=True).lerp_(m.ones(3), 0.5),
    "out that requires a gradient": lambda m: m.add(m.ones(3), 1, out=m.ones(3, requires_grad=True)),
    "out of what requires a gradient": lambda m: m.exp(m.ones(3, requires_grad=True), out=m.ones(3)),
    "expanded": lambda m: m.ones(1).expand(3).add_(1.0),
    "expanded, copied to": lambda m: m.ones(3, 1).expand(3, 2).copy_(m.ones(3, 2)),
    "expanded, clamped": lambda m: m.ones(1).expand(3).clamp_(0, 1),
    "a larger operand": lambda m: m.ones(1, 3).add_(m.ones(2, 3)),
    "a larger operand of no dimensions": lambda m: m.ones(()).mul_(m.ones(1)),
    "shapes that do not broadcast": lambda m: m.ones(3).add_(m.ones(2)),
    "a larger source": lambda m: m.ones(3).copy_(m.ones(2, 3)),
    "a float into integers": lambda m: m.ones(3, dtype=m.int64).add_(1.5),
    "a float function into integers": lambda m: m.ones(3, dtype=m.int64).exp_(),
    "a float tensor into integers": lambda m: m.ones(3, dtype=m.int64).mul_(m.ones(3)),
    "a float alpha for integers": lambda m: m.ones(3, dtype=m.int64).add_(m.ones(3, dtype=m.int64), alpha=0.5),
    "a bool alpha": lambda m: m.ones(3).add_(m.ones(3), alpha=True),
    "no alpha": lambda m: m.ones(3).add_(m.ones(3), alpha="1"),
    "a number that does not fit": lambda m: m.ones(3, dtype=m.uint8).fill_(300),
    "no bounds": lambda m: m.ones(3).clamp_(),
    "lerp to a number": lambda m: m.ones(3).lerp_(1.0, 0.5),
    "lerp to another dtype": lambda m: m.ones(3).lerp_(m.ones(3, dtype=m.float64), 0.5),
    "addcmul_ of a number": lambda m: m.ones(3).addcmul_(2.0, m.ones(3)),
    "a text": lambda m: m.ones(3).add_("1"),
    "an unknown option": lambda m: m.ones(3).clamp_(least=0),
    "bools subtracted": lambda m: m.ones(3, dtype=m.bool).sub_(m.ones(3, dtype=m.bool)),
    "bools negated": lambda m: m.ones(3, dtype=m.bool).neg_(),
    "a dtype of a lower kind": lambda m: m.add(m.ones(3), m.ones(3), out=m.ones(3, dtype=m.int64)),
}  # fmt: skip


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_what_torch_refuses_is_refused(call, torch):
    with pytest.raises((RuntimeError, TypeError, NotImplementedError)) as theirs:
        call(torch)
    with pytest.raises((RuntimeError, TypeError, NotImplementedError)) as ours:
        call(mg)
    assert ours.type is theirs.type or issubclass(ours.type, theirs.type)


SMALL = {
    "int8 wraps": lambda m: m.tensor([100, -100], dtype=m.int8).add_(300),
    "int8 by a wrapped number": lambda m: m.tensor([100, -100], dtype=m.int8).clamp_(-5, 5),
    "int16": lambda m: m.tensor([30000, -3], dtype=m.int16).mul_(70000),
    "uint8": lambda m: m.tensor([250, 3], dtype=m.uint8).sub_(5),
    "bools": lambda m: m.tensor([True, False]).mul_(m.tensor([True, True])),
    "bools filled": lambda m: m.tensor([True, False]).fill_(1),
    "float16": lambda m: m.tensor([0.1, 3.0], dtype=m.float16).add_(m.tensor([0.3, 1.0], dtype=m.float16)),
    "bfloat16, alpha": lambda m: m.tensor([1.0, 3.0], dtype=m.bfloat16).add_(m.ones(2, dtype=m.bfloat16), alpha=2),
    "complex": lambda m: m.tensor([1 + 2j]).mul_(m.tensor([2j])),
    "from bools": lambda m: m.zeros(2).copy_(m.tensor([True, False])),
    "empty": lambda m: m.zeros(0, 3).add_(1.0).copy_(m.zeros(1, 3)),
    "an empty operand": lambda m: m.zeros(0).add_(m.zeros(1)),
    "no dimensions": lambda m: m.zeros(()).add_(m.tensor(2.0)).lerp_(m.tensor(1.0), 0.5),
    "nan and inf": lambda m: m.tensor([float("nan"), float("inf"), -1.0]).clamp_(0, 1).relu_(),
    "inf times zero": lambda m: m.tensor([float("inf"), 1.0]).add_(m.tensor([0.0, float("inf")]), alpha=0),
    "a huge number": lambda m: m.zeros(2).add_(1e300),
    "out of no dimensions": lambda m: m.add(m.tensor(1.0), m.tensor(2.0), out=m.zeros(())),
    "float64 to float32": lambda m: m.zeros(2).copy_(m.tensor([0.1, 1e300], dtype=m.float64)),
}  # fmt: skip


@pytest.mark.parametrize("call", SMALL.values(), ids=SMALL)
def test_dtypes_numbers_and_shapes_at_the_edges(call, torch):
    ours, theirs = call(mg), call(torch)
    assert str(ours.dtype).split(".")[-1] == str(theirs.dtype).split(".")[-1]
    np.testing.assert_array_equal(np.array(ours.tolist()), np.array(theirs.tolist()))


def test_out_of_another_shape_is_resized_with_a_warning(torch):
    for m in (mg, torch):
        out = m.zeros(4)
        with pytest.warns(UserWarning, match="resized"):
            m.add(m.tensor(1.0), m.tensor(2.0), out=out)
        assert out.shape == ()
        assert out.item() == 3.0


RECORDED = {
    "relu_": lambda m, y, w: y.relu_(),
    "tanh_": lambda m, y, w: y.tanh_(),
    "neg_": lambda m, y, w: y.neg_(),
    "add_": lambda m, y, w: y.add_(w),
    "sub_ of itself detached": lambda m, y, w: y.sub_(y.detach()),
    "mul_ of a number": lambda m, y, w: y.mul_(0.5),
    "mul_ of what requires a gradient": lambda m, y, w: y.mul_(w),
    "mul_ of a constant": lambda m, y, w: y.mul_(w.detach()),
    "div_ of a row": lambda m, y, w: y.div_(w[0].detach()),
    "add_ of a row": lambda m, y, w: y.add_(w[0]),
    "a view changes": lambda m, y, w: y[1:].relu_(),
    "a tensor with views": lambda m, y, w: (y[0], y.mul_(2.0), y[0].exp_()),
    "one after the other": lambda m, y, w: y.neg_().add_(1.0).mul_(3.0).sigmoid_(),
    "a constant becomes a result": lambda m, y, w: y.add_(m.zeros(3, 3, dtype=m.float64).add_(w).mul_(2.0)),
}


@pytest.mark.parametrize("change", RECORDED.values(), ids=RECORDED)
def test_recorded_changes_have_torchs_gradients(change, torch):
    rng = np.random.default_rng(1)
    values, upstream = rng.uniform(-1, 1, (2, 3, 3)), rng.uniform(-1, 1, (3, 3))
    found = []
    for m in (mg, torch):
        x, w = [m.tensor(v, requires_grad=True) for v in values]
        y = x * 1.5
        change(m, y, w)
        y.backward(m.tensor(upstream))
        found.append([y.detach().numpy(), x.grad.numpy(), np.zeros(()) if w.grad is None else w.grad.numpy()])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_products_with_the_changed_tensor_keep_its_old_values():
    for change, factor in ((lambda y: y.mul_(y), 2.0), (lambda y: y.mul_(y.detach()), 1.0)):
        x = mg.tensor([3.0, -2.0], requires_grad=True)
        y = x * 1.0
        change(y)
        y.sum().backward()
        assert y.tolist() == [9.0, 4.0]
        assert x.grad.tolist() == [3.0 * factor, -2.0 * factor]


def test_a_result_that_backward_needs_is_not_silently_overwritten():
    x = mg.ones(3, requires_grad=True)
    y = (x * 2).tanh_()
    y.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_sum_of_losses_is_a_result(torch):
    for m in (mg, torch):
        x, total = m.ones(2, requires_grad=True), m.zeros(())
        for _ in range(3):
            total += (x * x).sum()
        total.backward()
        assert total.requires_grad
        assert x.grad.tolist() == [6.0, 6.0]


def test_compiled_steps_write_into_tensors(torch):
    p, ema = mg.ones(8), mg.zeros(8)

    def step(g):
        p.add_(g, alpha=-0.5)
        ema.mul_(0.5).add_(p, alpha=0.5)
        mg.add(p, g, out=ema)
        return ema.clone()

    compiled = mg.compile(step)
    q = torch.ones(8)
    for i in range(4):
        g = np.full(8, i, "float32")
        q.add_(torch.tensor(g), alpha=-0.5)
        result = compiled(mg.tensor(g))
        assert result.tolist() == (q + torch.tensor(g)).tolist()
        assert p.tolist() == q.tolist()


def test_subclasses_and_modes_see_changes():
    seen = []

    class Watched(mg.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    x = mg.ones(3).as_subclass(Watched)
    x.add_(1.0)
    x.relu_()
    mg.add(mg.ones(3), 1, out=x)
    assert [name for name in seen if name in ("add_", "relu_", "add")] == ["add_", "relu_", "add"]


def test_blank_and_foreign_objects_are_refused():
    blank = object.__new__(mg.Tensor)
    for call in (
        lambda: extensions.into({}, blank, blank),
        lambda: extensions.copy_into({}, blank, 3),
        lambda: extensions.fill_with({}, None, 3),
        lambda: extensions.binary_in_place((None, {}, {}, 0), blank, blank),
    ):
        assert call() is None
    with pytest.raises((TypeError, AttributeError, RuntimeError)):
        mg.ones(3).add_(blank)
