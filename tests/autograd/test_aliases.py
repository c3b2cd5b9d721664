"""Changes in place, and results that are written over an operand, where what is read lies in the memory that is written."""

import inspect

import mocrograd as mg
import numpy as np
import pytest

VALUES = np.random.default_rng(7).uniform(0.2, 0.9, (4, 4))
WEIGHTS = np.random.default_rng(8).uniform(-1, 1, (4, 4))
OTHER = np.random.default_rng(9).uniform(0.3, 0.8, (4, 4))

TARGETS_AND_OPERANDS = {
    "itself": lambda y: (y, y),
    "a view of all": lambda y: (y, y[:]),
    "a view in another shape": lambda y: (y, y.view(2, 8).view(4, 4)),
    "detached": lambda y: (y, y.detach()),
    "data": lambda y: (y, y.data),
    "transposed": lambda y: (y, y.t()),
    "transposed target": lambda y: (y.t(), y),
    "the first row": lambda y: (y, y[:1]),
    "a row": lambda y: (y, y[1]),
    "a column": lambda y: (y, y[:, 2:3]),
    "an element": lambda y: (y, y[1, 2]),
    "a detached row": lambda y: (y, y[2].detach()),
    "the rows before": lambda y: (y[1:], y[:-1]),
    "the rows behind": lambda y: (y[:-1], y[1:]),
    "the columns before": lambda y: (y[:, 1:], y[:, :-1]),
    "the same rows": lambda y: (y[1:3], y[1:3]),
    "other rows": lambda y: (y[:2], y[2:]),
    "every second column": lambda y: (y[:, ::2], y[:, :2]),
    "an expanded row": lambda y: (y, y[0].expand(4, 4)),
    "flipped": lambda y: (y, y.flip(0)),
}
"""What is changed, and what it is changed by."""


def _index(m, n):
    return m.tensor([2, 0, 1, 3][:n] if n > 2 else [1, 0][:n])


def _places(m, a):
    n, k = a.shape
    return m.tensor([[(i + j) % n for j in range(k)] for i in range(n)])


def _turned(m, a):
    """Places of the flattened tensor, the last one first."""
    return m.arange(a.numel()).flip(0).view(a.shape)


def _mask(m, a):
    n, k = a.shape
    return m.tensor([[(i + j) % 2 == 0 for j in range(k)] for i in range(n)])


def _full(o, a):
    """The operand in the shape of the target."""
    return o if o.shape == a.shape else o.expand(a.shape)


def _one(m, name, a, *operands):
    """A change that torch has no gradient of, or not at all: there by way of a copy."""
    return getattr(a, name + "_")(*operands) if m is mg else a.copy_(getattr(m, name)(a.clone(), *operands))


SETTINGS = {
    "add_ alpha": lambda m, a, o, w: a.add_(o, alpha=2.0),
    "sub_ alpha": lambda m, a, o, w: a.sub_(o, alpha=3.0),
    "div_ floor": lambda m, a, o, w: a.div_(o, rounding_mode="floor"),
    "addmm_": lambda m, a, o, w: a.addmm_(w[: a.shape[0], : a.shape[0]], _full(o, a), beta=0.5),
    "addmm_ left": lambda m, a, o, w: a.addmm_(_full(o, a), w[: a.shape[1], : a.shape[1]], alpha=2.0),
    "addmv_": lambda m, a, o, w: a[0].addmv_(w[: a.shape[1], : a.shape[1]], _full(o, a)[1]),
    "addr_": lambda m, a, o, w: a.addr_(_full(o, a)[:, 0], _full(o, a)[0]),
    "addbmm_": lambda m, a, o, w: a.addbmm_(w[None, : a.shape[0], : a.shape[0]], _full(o, a)[None]),
    "baddbmm_": lambda m, a, o, w: a[None].baddbmm_(w[None, : a.shape[0], : a.shape[0]], _full(o, a)[None]),
    "addcmul_": lambda m, a, o, w: a.addcmul_(w[: a.shape[0], : a.shape[1]], o, value=0.5),
    "addcmul_ both": lambda m, a, o, w: a.addcmul_(o, o, value=0.5),
    "addcdiv_": lambda m, a, o, w: a.addcdiv_(w[: a.shape[0], : a.shape[1]], o, value=0.5),
    "addcdiv_ above": lambda m, a, o, w: a.addcdiv_(o, w[: a.shape[0], : a.shape[1]], value=0.5),
    "lerp_": lambda m, a, o, w: a.lerp_(o, 0.25),
    "lerp_ weight": lambda m, a, o, w: a.lerp_(w[: a.shape[0], : a.shape[1]], o),
    "lerp_ both": lambda m, a, o, w: a.lerp_(o, o),
    "clamp_": lambda m, a, o, w: a.clamp_(o * 0.9, o),
    "clamp_ least": lambda m, a, o, w: a.clamp_(min=o),
    "clip_": lambda m, a, o, w: a.clip_(max=o),
    "copy_": lambda m, a, o, w: a.copy_(o),
    "fill_": lambda m, a, o, w: a.fill_(_full(o, a)[0, 1]),
    "fill_diagonal_": lambda m, a, o, w: a.fill_diagonal_(0.5),
    "zero_": lambda m, a, o, w: a.zero_(),
    "masked_fill_": lambda m, a, o, w: a.masked_fill_(_mask(m, a), _full(o, a)[0, 1]),
    "masked_scatter_": lambda m, a, o, w: a.masked_scatter_(_mask(m, a), _full(o, a)),
    "index_add_": lambda m, a, o, w: a.index_add_(0, _index(m, a.shape[0]), _full(o, a)),
    "index_add_ columns": lambda m, a, o, w: a.index_add_(1, _index(m, a.shape[1]), _full(o, a), alpha=2.0),
    "index_copy_": lambda m, a, o, w: a.index_copy_(0, _index(m, a.shape[0]), _full(o, a)),
    "index_copy_ columns": lambda m, a, o, w: a.index_copy_(1, _index(m, a.shape[1]), _full(o, a)),
    "index_fill_": lambda m, a, o, w: a.index_fill_(0, _index(m, 2), _full(o, a)[0, 1]),
    "index_put_": lambda m, a, o, w: a.index_put_((_index(m, a.shape[0]),), o),
    "index_put_ added": lambda m, a, o, w: a.index_put_((_index(m, a.shape[0]),), o, accumulate=True),
    "index_put_ pairs": lambda m, a, o, w: a.index_put_((_index(m, 2), _index(m, 2)), _full(o, a)[0, :2]),
    "index_reduce_": lambda m, a, o, w: a.index_reduce_(0, _index(m, a.shape[0]), _full(o, a), "prod"),
    "[rows] =": lambda m, a, o, w: a.__setitem__(_index(m, a.shape[0]), o),
    "[:, columns] =": lambda m, a, o, w: a.__setitem__((slice(None), _index(m, a.shape[1])), o),
    "[mask] =": lambda m, a, o, w: a.__setitem__(_mask(m, a), _full(o, a)[_mask(m, a)]),
    "[mask] = element": lambda m, a, o, w: a.__setitem__(_mask(m, a), _full(o, a)[1, 0]),
    "[row mask] =": lambda m, a, o, w: a.__setitem__(_mask(m, a)[:, 0], _full(o, a)[: (a.shape[0] + 1) // 2]),
    "[:] =": lambda m, a, o, w: a.__setitem__(slice(None), o),
    "[1:] =": lambda m, a, o, w: a.__setitem__(slice(1, None), _full(o, a)[:-1]),
    "[...] +=": lambda m, a, o, w: a.__setitem__(..., a.__getitem__(...).__iadd__(o)),
    "put_": lambda m, a, o, w: a.put_(_turned(m, a), _full(o, a)),
    "put_ added": lambda m, a, o, w: a.put_(_turned(m, a), _full(o, a), accumulate=True),
    "scatter_": lambda m, a, o, w: a.scatter_(0, _places(m, a), _full(o, a)),
    "scatter_ columns": lambda m, a, o, w: a.scatter_(1, _places(m, a) % a.shape[1], _full(o, a)),
    "scatter_add_": lambda m, a, o, w: a.scatter_add_(0, _places(m, a), _full(o, a)),
    "scatter_reduce_": lambda m, a, o, w: a.scatter_reduce_(0, _places(m, a), _full(o, a), "sum"),
    "scatter_reduce_ mean": lambda m, a, o, w: a.scatter_reduce_(0, _places(m, a), _full(o, a), "mean"),
    "cumsum_": lambda m, a, o, w: a.cumsum_(0),
    "cumprod_": lambda m, a, o, w: a.cumprod_(1),
    "renorm_": lambda m, a, o, w: a.renorm_(2.0, 0, 0.5),
    "mvlgamma_": lambda m, a, o, w: a.add_(1.5).mvlgamma_(2),
    "acosh_": lambda m, a, o, w: _one(m, "acosh", a.add_(1.5)),
    "arccosh_": lambda m, a, o, w: _one(m, "arccosh", a.add_(1.5)),
    "asinh_": lambda m, a, o, w: _one(m, "asinh", a),
    "arcsinh_": lambda m, a, o, w: _one(m, "arcsinh", a),
    "atanh_": lambda m, a, o, w: _one(m, "atanh", a),
    "arctanh_": lambda m, a, o, w: _one(m, "arctanh", a),
    "maximum_": lambda m, a, o, w: _one(m, "maximum", a, o),
    "minimum_": lambda m, a, o, w: _one(m, "minimum", a, o),
    "logit_": lambda m, a, o, w: a.logit_(1e-6),
    "polygamma_": lambda m, a, o, w: a.add_(1.5).polygamma_(1),
    "xlogy_": lambda m, a, o, w: a.xlogy_(o),
    "+=": lambda m, a, o, w: a.__iadd__(o),
    "-=": lambda m, a, o, w: a.__isub__(o),
    "*=": lambda m, a, o, w: a.__imul__(o),
    "/=": lambda m, a, o, w: a.__itruediv__(o),
    "**=": lambda m, a, o, w: a.__ipow__(o),
}

ASIDE = {
    "apply_", "as_strided_", "bernoulli_", "cauchy_", "detach_", "exponential_", "geometric_", "log_normal_", "map_", "normal_",
    "random_", "requires_grad_", "resize_", "resize_as_", "resize_as_sparse_", "sparse_resize_",
    "sparse_resize_and_clear_", "squeeze_", "swapaxes_", "swapdims_", "t_", "transpose_", "uniform_", "unsqueeze_",
    "float_power_",
}  # fmt: skip
"""What takes no operand and replaces no element by what follows from the others, and what changes float64 alone."""
WITHOUT_GRADIENTS = {"floor_divide_", "heaviside_", "igamma_", "igammac_", "logical_and_", "logical_not_",
                     "logical_or_", "logical_xor_", "nextafter_"}  # fmt: skip
"""What torch does not differentiate, or as if nothing had been changed."""
INTEGRAL = {"bitwise_and_", "bitwise_left_shift_", "bitwise_not_", "bitwise_or_", "bitwise_right_shift_",
            "bitwise_xor_", "gcd_", "lcm_"}  # fmt: skip


def _methods():
    """All methods in place, of one tensor or two by the parameters that they require, and the names of the former."""
    named = {name.split()[0] for name in SETTINGS}
    found = dict(SETTINGS)
    alone = set()
    for name in dir(mg.Tensor):
        if not name.endswith("_") or name.startswith("_") or name in named | ASIDE:
            continue
        parameters = list(inspect.signature(getattr(mg.Tensor, name)).parameters.values())[1:]
        required = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        assert len(required) < 2, f"{name} needs a line in SETTINGS"
        if required:
            found[name] = lambda m, a, o, w, name=name: getattr(a, name)(o)
        else:
            found[name] = lambda m, a, o, w, name=name: getattr(a, name)()
            alone.add(name)
    return found, alone


METHODS, OF_ONE = _methods()


MODES = ("recorded", "constants", "without recording", "only the other")
"""Whether there is a graph, and whether what is changed is part of it."""


def _tensors(m, name, mode):
    integral = name in INTEGRAL
    dtype, values = (m.int64, (VALUES * 7).astype(int)) if integral else (m.float64, VALUES)
    tracked = mode != "constants" and not integral
    x, w = (m.tensor(v, dtype=dtype, requires_grad=tracked) for v in (values, OTHER))
    y = x.detach().clone() if mode == "only the other" else x * 1
    return x, w, y


def _outcome(m, name, kind, mode, copied=False):
    """What a change leaves and the gradients; where the change or backward raises, "raised" instead of them.

    Args:
        copied: Whether the operand is copied first, so that nothing overlaps: the reference.
    """
    x, w, y = _tensors(m, name, mode)
    target, operand = TARGETS_AND_OPERANDS[kind](y)
    operand = operand.clone() if copied else operand
    with m.set_grad_enabled(mode != "without recording"):
        try:
            METHODS[name](m, target, operand, w)
        except (RuntimeError, IndexError):
            return ["raised"]
    results = [y.detach().numpy().copy()]
    if not y.requires_grad or mode == "without recording" or name in WITHOUT_GRADIENTS:
        return results
    try:
        (y * m.tensor(WEIGHTS) + target.sum() * 0.1).sum().backward()
    except RuntimeError:
        return [*results, "raised"]
    return results + [None if t.grad is None else t.grad.clone().numpy() for t in (x, w)]


def _agree(ours, theirs):
    """Whether two outcomes are the same values and gradients; None is a gradient of zeros."""
    if len(ours) != len(theirs) or "raised" in [*map(str, ours), *map(str, theirs)]:
        return ours == theirs == ["raised"]
    zeros = np.zeros(VALUES.shape)
    pairs = [[zeros if p is None else p for p in pair] for pair in zip(ours, theirs)]
    return all(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True) for a, b in pairs)


@pytest.mark.filterwarnings("ignore:index_reduce")
@pytest.mark.parametrize("name", METHODS)
def test_a_change_reads_what_was_there_before(name, torch):
    for kind in TARGETS_AND_OPERANDS:
        for mode in MODES:
            ours, reference = _outcome(mg, name, kind, mode), _outcome(torch, name, kind, mode, copied=True)
            assert _agree(ours, reference), (kind, mode, ours, reference)


ON_THE_HOST = {"[mask] =", "[row mask] =", "masked_scatter_"}
"""What looks for the elements of a mask."""


@pytest.mark.parametrize("name", sorted(METHODS.keys() - OF_ONE - ON_THE_HOST))
def test_a_compiled_change_reads_what_was_there_before(name):
    tracked = name not in INTEGRAL
    x, w, _ = _tensors(mg, name, "recorded")
    kinds = [kind for kind in TARGETS_AND_OPERANDS if "raised" not in map(str, _outcome(mg, name, kind, "recorded"))]

    def step(factor):
        x.grad = w.grad = None
        results, loss = [], 0
        for kind in kinds:
            y = x * factor
            target, operand = TARGETS_AND_OPERANDS[kind](y)
            METHODS[name](mg, target, operand, w)
            loss = (y * y).sum() + loss
            results.append(y.detach())
        if tracked and loss.requires_grad and name not in WITHOUT_GRADIENTS:
            loss.backward()
        return results

    compiled = mg.compile(step)
    for number in (1, 1, 1, 2):
        factor = mg.tensor(number, dtype=x.dtype)
        seen = []
        for function in (step, compiled):
            results = function(factor)
            seen.append([t.numpy().tobytes() for t in [*results, x.grad, w.grad] if t is not None])
        assert seen[0] == seen[1]
    assert compiled.plan is not None, compiled.reasons


EXAMPLES = {
    "y += y": (lambda y: y.__iadd__(y), 2.0),
    "h += h, four times": (lambda y: [y.__iadd__(y) for _ in range(4)], 16.0),
    "y -= y": (lambda y: y.__isub__(y), 0.0),
    "y *= y": (lambda y: y.__imul__(y), 2.0),
    "y /= y": (lambda y: y.__itruediv__(y), 0.0),
    "xlogy_": (lambda y: y.xlogy_(y), 1.0),
    "lerp_": (lambda y: y.lerp_(y, 0.5), 1.0),
    "addcmul_": (lambda y: y.addcmul_(y * 2, y), 5.0),
    "[:] = constant": (lambda y: y.__setitem__(slice(None), y.detach()), 0.0),
    "zero_": (lambda y: y.zero_(), 0.0),
    "normal_": (lambda y: y.normal_(), 0.0),
    "exponential_ of a view": (lambda y: y[:].exponential_(), 0.0),
}


@pytest.mark.parametrize(("change", "gradient"), EXAMPLES.values(), ids=EXAMPLES)
def test_gradients_at_one(change, gradient):
    x = mg.ones(3, requires_grad=True)
    y = x * 1
    change(y)
    y.sum().backward()
    assert x.grad.tolist() == [gradient] * 3


def test_second_derivatives_of_a_product_with_itself():
    x = mg.tensor([1.0, 2.0], dtype=mg.float64, requires_grad=True)
    y = x * 1
    y *= y[:]
    y *= x
    (first,) = mg.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = mg.autograd.grad(first.sum(), x)
    assert first.tolist() == [3.0, 12.0]
    assert second.tolist() == [6.0, 12.0]


ORDERS = {
    "index": lambda a, o: a.__setitem__(mg.tensor([3, 2, 1, 0]), o),
    "index_copy_": lambda a, o: a.index_copy_(0, mg.tensor([3, 2, 1, 0]), o),
    "scatter_": lambda a, o: a.scatter_(0, mg.tensor([3, 2, 1, 0]), o),
    "put_": lambda a, o: a.put_(mg.tensor([3, 2, 1, 0]), o),
    "copy_ of a flipped view": lambda a, o: a.copy_(o.flip(0)),
    "take": lambda a, o: mg.take(o, mg.tensor([3, 2, 1, 0]), out=a),
    "gather": lambda a, o: mg.gather(o, 0, mg.tensor([3, 2, 1, 0]), out=a),
}


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
@pytest.mark.parametrize("reverse", ORDERS.values(), ids=ORDERS)
def test_elements_in_the_other_order(reverse, dtype):
    for alias in (
        lambda a: a,
        lambda a: a[:],
        lambda a: a.detach(),
        lambda a: a.data,
        lambda a: mg.from_numpy(a.numpy()),
    ):
        a = mg.arange(4, dtype=getattr(mg, dtype))
        reverse(a, alias(a))
        assert a.tolist() == [3, 2, 1, 0]


def test_an_index_may_lie_in_what_is_written():
    for write in (
        lambda a, v: a.__setitem__(a, v),
        lambda a, v: a.__setitem__(a[:], v),
        lambda a, v: a.index_put_((a,), v),
        lambda a, v: a.index_copy_(0, a, v),
        lambda a, v: a.scatter_(0, a.detach(), v),
        lambda a, v: a.put_(a, v),
    ):
        a = mg.tensor([1, 2, 3, 0])
        write(a, mg.tensor([10**12, 20, 30, 40]))
        assert a.tolist() == [40, 10**12, 20, 30]
    a = mg.tensor([1, 2, 3, 0])
    a.index_add_(0, a, mg.tensor([10, 20, 30, 40]))
    assert a.tolist() == [41, 12, 23, 30]
    mask = mg.tensor([True, False, True])
    mask[mask] = False
    assert mask.tolist() == [False, False, False]


def test_a_change_in_place_has_no_other_target(torch):
    for m in (mg, torch):
        x, out = m.ones(3), m.zeros(3)
        for change in (lambda: x.lerp_(x, 0.5, out=out), lambda: x.clamp_(min=2, out=out), lambda: x.eq_(x, out=out)):  # noqa: B023
            with pytest.raises(TypeError):
                change()
        assert x.tolist() == [1.0, 1.0, 1.0]
        assert out.tolist() == [0.0, 0.0, 0.0]


def test_arrays_of_numpy_share_memory():
    array = np.arange(5.0)
    mg.from_numpy(array[1:]).add_(mg.from_numpy(array[:-1]))
    assert array.tolist() == [0, 1, 3, 5, 7]


FILLS = {
    "zero_": lambda x: x.zero_(),
    "fill_": lambda x: x.fill_(3),
    "fill_diagonal_": lambda x: x.fill_diagonal_(3),
    "fill_diagonal_ of three": lambda x: x.expand(3, 3, 3).fill_diagonal_(3),
    "add_": lambda x: x.add_(1),
    "copy_": lambda x: x.copy_(x.clone()),
    "exp_": lambda x: x.exp_(),
    "lerp_": lambda x: x.lerp_(x, 0.5),
    "normal_": lambda x: x.normal_(),
    "cumsum_": lambda x: x.cumsum_(0),
}


@pytest.mark.parametrize("change", FILLS.values(), ids=FILLS)
def test_expanded_tensors_can_be_filled_alone(change, torch):
    seen = []
    for m in (mg, torch):
        x = m.ones(1, 3, requires_grad=True)
        y = x * 2
        wide = y.expand(3, 3)
        try:
            change(wide)
        except RuntimeError as error:
            seen.append("more than one element of the written-to tensor" in str(error))
        else:
            seen.append([y.tolist(), wide.tolist()])
            if m is mg:  # torch refuses to go back through some of them
                (wide * mg.arange(9.0).view(3, 3) + y).sum().backward()
                assert x.grad.tolist() == [[0.0, 0.0, 0.0]]
    assert seen[0] == seen[1]


def test_changes_of_data_are_not_counted(torch):
    for m in (mg, torch):
        for change, noticed in ((lambda w: w.data.mul_(2), False), (lambda w: w.detach().mul_(2), True)):
            x, w = m.ones(3, requires_grad=True), m.ones(3) * 3
            z = (x * w).sum()
            change(w)
            assert w.tolist() == [6.0, 6.0, 6.0]
            if noticed:
                with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                    z.backward()
            else:
                z.backward()
                assert x.grad.tolist() == [6.0, 6.0, 6.0]
    w = mg.ones(3)
    w.data.add_(1)
    assert w._version == w.data._version == 0
