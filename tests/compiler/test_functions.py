"""Compiled functions: what they return, what makes them record anew, and what they refuse."""

from __future__ import annotations

import cProfile
import gc
import threading
from collections import Counter, defaultdict

import mocrograd as mg
import numpy as np
import pytest
from compiler.networks import network, same_bits
from mocrograd import nn

SCALE = 2.0


def _runs(function, *args, times=4):
    """Call a compiled function several times, each result like the plain function's; return it."""
    compiled = mg.compile(function)
    for _ in range(times):
        expected, got = function(*args), compiled(*args)
        assert type(expected) is type(got)
        for a, b in zip(*[r if isinstance(r, (tuple, list)) else [r] for r in (expected, got)]):
            assert same_bits(a, b) if isinstance(a, mg.Tensor) else a == b
    return compiled


def test_inference_without_gradients():
    model = network(8, 16, 4)

    @mg.no_grad()
    def infer(x):
        return model(x)

    compiled = _runs(infer, mg.randn(5, 8))
    assert compiled.plan is not None
    compiled_model = mg.compile(model)
    with mg.no_grad():
        for _ in range(3):
            assert same_bits(compiled_model(mg.ones(5, 8)), model(mg.ones(5, 8)))
    assert compiled_model.plan is not None
    assert next(iter(compiled_model.parameters())) is next(model.parameters())


def test_a_graph_that_is_still_to_be_differentiated_runs_eagerly():
    model = network(8, 4)
    compiled = mg.compile(model)
    for _ in range(4):
        compiled(mg.ones(2, 8)).sum().backward()
    assert "still to be differentiated" in compiled.reasons[0]
    assert next(model.parameters()).grad is not None


def test_nested_results_and_arguments():
    def function(pair, *, options):
        x, y = pair
        return {"sum": x + y, "list": [x * options["factor"], "text", x]}

    compiled = mg.compile(function)
    for i in range(4):
        x, y = mg.full((3,), float(i)), mg.ones(3)
        result = compiled((x, y), options={"factor": 2.0})
        assert result["sum"].tolist() == [i + 1.0] * 3
        assert result["list"][0].tolist() == [2.0 * i] * 3
        assert result["list"][1] == "text"
        assert result["list"][2] is x
    assert compiled.plan is not None
    compiled((x, y), options={"factor": 3.0})
    assert compiled((x, y), options={"factor": 3.0})["list"][0].tolist() == [9.0] * 3


def test_results_that_are_views_of_arguments_and_of_each_other():
    compiled = mg.compile(lambda x: (x[1:], (x + 1).reshape(2, 3).T))
    for i in range(4):
        x = mg.full((6,), float(i))
        view, turned = compiled(x)
        x.zero_()
        assert view.tolist() == [0.0] * 5  # it shows the argument's memory
        assert turned.tolist() == [[i + 1.0] * 2] * 3


def test_results_that_are_one_tensor_or_share_memory():
    def function(x):
        y = x * 2
        return y, {"again": y, "row": y[0]}

    compiled = mg.compile(function)
    for _ in range(4):
        y, rest = compiled(mg.ones(2, 2))
        assert y is rest["again"]
        w = mg.ones(2, 2, requires_grad=True)
        product = w * y
        rest["row"].zero_()
        assert y[0].tolist() == [0.0, 0.0]
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            product.sum().backward()


def test_a_result_that_is_a_leaf():
    for function in (lambda x: (x * 2).requires_grad_(), lambda x: [(x * 2).requires_grad_()]):
        compiled = mg.compile(function)
        for _ in range(6):
            result = compiled(mg.ones(2))
            (leaf,) = result if isinstance(result, list) else [result]
            assert leaf.is_leaf
            (leaf * leaf).sum().backward()
            assert leaf.grad.tolist() == [4.0, 4.0]
        assert compiled.plan is not None


class Box:
    pass


class Tagged(list):
    pass


def tagged(x):
    made = Tagged([x])
    made.tag = "mine"
    return made


SHARED = {"reached": 1}
OBJECTS = {
    "a generator": (lambda x: (x * i for i in range(2)), lambda r: [t.tolist() for t in r]),
    "an iterator": (lambda x: (x, zip([1], [2])), lambda r: list(r[1])),
    "a set": (lambda x: (x, {1}), lambda r: (len(r[1]), r[1].add(2))),
    "an array": (lambda x: (x, np.zeros(1)), lambda r: (r[1].tolist(), r[1].fill(3))),
    "an object": (lambda x: (x, Box()), lambda r: (len(vars(r[1])), setattr(r[1], "n", 1))),
    "a counter": (lambda x: (x, Counter("aab")), lambda r: r[1].most_common(1)),
    "a defaultdict": (lambda x: defaultdict(list, a=x), lambda r: (r["a"].tolist(), r["b"])),
    "a list with attributes": (tagged, lambda r: r.tag),
    "a parameter": (lambda x: nn.Parameter(x * 1), lambda r: type(r)),
    "what it reaches": (lambda x: (x, SHARED), lambda r: r[1] is SHARED),
}


@pytest.mark.parametrize(("function", "look"), OBJECTS.values(), ids=OBJECTS)
def test_results_of_other_kinds_are_made_by_each_call(function, look):
    compiled = mg.compile(function)
    for _ in range(5):
        assert look(compiled(mg.ones(2))) == look(function(mg.ones(2)))
    assert not compiled.plans


def test_arguments_changed_in_place():
    def function(x):
        x.add_(1)
        return x * 2

    compiled = mg.compile(function)
    x = mg.zeros(4)
    for i in range(4):
        version = x._version
        assert compiled(x).tolist() == [2.0 * (i + 1)] * 4
        assert x.tolist() == [i + 1.0] * 4
        assert x._version > version
    assert compiled.plan is not None


def test_strided_arguments_record_by_layout():
    compiled = mg.compile(lambda x: x * 2 + 1)
    base = mg.randn(4, 6)
    for x in (base, base, base.T, base.T, base[:, ::2], base[:, ::2], base):
        assert same_bits(compiled(x).contiguous(), (x * 2 + 1).contiguous())
    assert len(compiled.plans) == 3


def test_the_inputs_of_earlier_calls_may_be_freed():
    compiled = mg.compile(lambda x: mg.exp(x) + x)
    for i in range(50):
        x = mg.full((1000 + 0 * i,), i / 50)
        assert np.allclose(compiled(x).numpy(), np.exp(i / 50) + i / 50, rtol=1e-6)
        del x
        mg.empty_cache()
    assert compiled.plan is not None


def test_globals_and_closures_are_watched():
    global SCALE
    offset = 1.0

    def function(x):
        return x * SCALE + offset

    compiled = mg.compile(function)
    x = mg.ones(3)
    for SCALE, offset in ((2.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 5.0), (2.0, 1.0)):
        assert compiled(x).tolist() == [SCALE + offset] * 3
    assert len(compiled.plans) == 3


@mg.compile
def step(x):
    """Have a name that is an attribute inside, as a step calls its optimizer's `step`."""
    holder = nn.Module()
    holder.step = None
    return x + (holder.step is None)


def test_a_compiled_function_does_not_depend_on_its_own_plans():
    for _ in range(4):
        assert step(mg.ones(2)).tolist() == [2.0, 2.0]
    assert step.plan is not None, step.reasons


def test_captured_tensors_are_read_where_they_are():
    table = {"weights": mg.ones(3)}
    compiled = mg.compile(lambda x: x + table["weights"])
    x = mg.zeros(3)
    for i in range(5):
        table["weights"].fill_(i)
        assert compiled(x).tolist() == [float(i)] * 3
    table["weights"] = mg.full((3,), 9.0)
    assert compiled(x).tolist() == [9.0] * 3
    del table["weights"]
    gc.collect()
    with pytest.raises(KeyError):
        compiled(x)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: x * x.sum().item(), "reads a value on the host"),
        (lambda x: x if x.sum() > 0 else -x, "reads a value on the host"),
        (lambda x: x + mg.tensor(x.numpy()), "reads a tensor on the host"),
        (lambda x: x + mg.tensor(np.ones(3)).float(), "NumPy array"),
        (lambda x: mg.tensor([1.0, 2.0, 3.0]), "made from Python data"),
    ],
)
def test_what_cannot_be_replayed_runs_eagerly_and_says_why(function, reason):
    compiled = _runs(function, mg.ones(3))
    assert not compiled.plans
    assert any(reason in r for r in compiled.reasons), compiled.reasons
    strict = mg.compile(function, fullgraph=True)
    strict(mg.ones(3))
    with pytest.raises(RuntimeError, match=r"compile\(fullgraph=True\)"):
        strict(mg.ones(3))


def test_python_state_that_changes_is_noticed():
    calls, kept, box = 0, [], {"n": 0}

    def counts(x):
        nonlocal calls
        calls += 1
        return x + 1

    def keeps(x):
        kept.append(x + 1)
        return x

    def counts_in_a_dict(x):
        box["n"] += 1
        return x + box["n"]

    for function, name in ((counts, "calls"), (keeps, "kept"), (counts_in_a_dict, "box")):
        compiled = mg.compile(function)
        for _ in range(5):
            compiled(mg.ones(2))
        assert not compiled.plans
        assert any(name in reason for reason in compiled.reasons), compiled.reasons
    assert (calls, len(kept), box["n"]) == (5, 5, 5)
    assert all(tensor.tolist() == [2.0, 2.0] for tensor in kept)


def test_a_tensor_that_is_kept_elsewhere():
    holder = nn.Module()
    holder.last = None

    def function(x):
        y = x * 3
        threading.main_thread().kept = y  # nowhere that a look from the function would find
        return y + 1

    compiled = mg.compile(function)
    for i in range(4):
        compiled(mg.full((2,), float(i)))
        assert threading.main_thread().kept.tolist() == [3.0 * i] * 2
    assert "kept by other Python code" in compiled.reasons[0]
    del threading.current_thread().kept


def test_a_function_that_raises_half_way():
    fail = True

    def function(x):
        y = x.add_(1)
        if fail:
            raise ValueError("half way")
        return y * 2

    compiled = mg.compile(function)
    x = mg.zeros(2)
    for _ in range(3):
        with pytest.raises(ValueError, match="half way"):
            compiled(x)
    assert x.tolist() == [3.0, 3.0]
    fail = False
    assert [compiled(x).tolist()[0] for _ in range(3)] == [8.0, 10.0, 12.0]


def test_shapes_that_change_at_each_call_stop_recording():
    compiled = mg.compile(lambda x: x * 2)
    for n in range(1, 15):
        assert compiled(mg.ones(n)).tolist() == [2.0] * n
    assert len(compiled.plans) == 8
    assert "8 plans already" in compiled.reasons[0]


def test_compiled_functions_nest_and_recurse():
    inner = mg.compile(lambda x: x + 1)
    outer = mg.compile(lambda x: inner(x) * 2)
    for _ in range(4):
        assert outer(mg.ones(2)).tolist() == [4.0, 4.0]
    assert outer.plan is not None

    @mg.compile
    def power(x, n):
        return x if n == 0 else x * power(x, n - 1)

    for _ in range(3):
        assert power(mg.full((2,), 2.0), 3).tolist() == [16.0, 16.0]


def test_two_threads_call_one_function():
    weights = mg.randn(200, 200)
    compiled = mg.compile(lambda x: (x @ weights).relu().sum())
    xs = [mg.randn(300, 200) for _ in range(2)]
    expected = [(x @ weights).relu().sum().item() for x in xs]
    wrong = []

    def work(i):
        for _ in range(50):
            if compiled(xs[i]).item() != expected[i]:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert compiled.plans


def test_a_bad_class_at_replay_is_an_index_error():
    compiled = mg.compile(lambda x, y: nn.functional.cross_entropy(x, y))
    x, y = mg.zeros(2, 3), mg.tensor([0, 1])
    for _ in range(3):
        compiled(x, y)
    assert compiled.plan is not None
    with pytest.raises(IndexError):
        compiled(x, mg.tensor([0, 7]))
    assert compiled(x, y).item() == pytest.approx(np.log(3))


def test_arguments_that_share_memory_or_need_gradients_run_eagerly():
    compiled = mg.compile(lambda a, b: a.add_(1) + b)
    x = mg.zeros(3)
    for i in range(3):
        assert compiled(x, x).tolist() == [2.0 * (i + 1)] * 3
    assert "two arguments share memory" in compiled.reasons
    compiled = mg.compile(lambda a: (a * 2).sum())
    for _ in range(3):
        w = mg.ones(3, requires_grad=True)
        compiled(w).backward()
        assert w.grad.tolist() == [2.0] * 3
    assert "an argument requires a gradient" in compiled.reasons


def test_the_default_of_checks_of_distributions_is_noticed():
    distributions = mg.distributions
    compiled = mg.compile(lambda x, scale: distributions.Normal(x, scale).log_prob(x))
    x, scale = mg.zeros(2), mg.tensor([1.0, -1.0])
    try:
        distributions.Distribution.set_default_validate_args(False)
        for _ in range(4):
            compiled(x, scale)
        distributions.Distribution.set_default_validate_args(True)
        for _ in range(4):
            with pytest.raises(ValueError, match="scale"):
                compiled(x, scale)
    finally:
        distributions.Distribution.set_default_validate_args(True)


def test_transforms_of_compiled_functions():
    def function(x, y):
        return (x * y).sum()

    compiled = mg.compile(function)
    xs, ys = mg.randn(4, 3), mg.randn(4, 3)
    for _ in range(4):
        compiled(xs[0], ys[0])
    plan = compiled.plan
    assert plan is not None
    for transform in (
        lambda f: mg.func.vmap(f)(xs, ys),
        lambda f: mg.func.vmap(f, in_dims=(0, None))(xs, ys[0]),
        lambda f: mg.func.vmap(mg.func.grad(f))(xs, ys),
        lambda f: mg.func.jacrev(f)(xs[0], ys[0]),
        lambda f: mg.func.jacfwd(f)(xs[0], ys[0]),
    ):
        assert same_bits(transform(compiled), transform(function))
    compiled(xs[0], ys[0])
    assert compiled.plan is plan


def test_methods_and_options():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = 2

        @mg.compile(fullgraph=True)
        def forward(self, x):
            return x * self.factor

    model = Model()
    for _ in range(3):
        assert model(mg.ones(2)).tolist() == [2.0, 2.0]
    model.factor = 3
    assert model(mg.ones(2)).tolist() == [3.0, 3.0]

    def plain(x):
        return x

    assert mg.compile(plain, disable=True) is plain
    with pytest.raises(TypeError, match="expected a function or a module, got int"):
        mg.compile(3)


def test_a_profiler_goes_on_behind_a_recording():
    function = mg.compile(lambda x: x * 2)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(3):
        function(mg.ones(3))
    len(())
    profile.disable()
    assert function.plan is not None
    called = [entry.code for entry in profile.getstats()]
    assert "<built-in method builtins.len>" in called
    assert any(getattr(code, "co_name", "") == "_replay" for code in called)
