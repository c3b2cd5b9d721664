"""Jacobians, Hessians and products against torch; options of grad; checkpoints."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

FUNCTIONS = {
    "one to one": (lambda m, x: x.exp().sum(1), ((3, 4),)),
    "scalar": (lambda m, x: (x**3).sum(), ((2, 3),)),
    "two to one": (lambda m, x, y: (x * x.sum() * y).sin(), ((3,), (3,))),
    "two to two": (lambda m, x, y: (x @ y, (y * y).sum(0)), ((2, 3), (3, 2))),
    "unused": (lambda m, x, y: x * 2, ((2,), (3,))),
    "constant": (lambda m, x: m.ones(2), ((3,),)),
    "nothing": (lambda m, x: x * x, ((0,),)),
}


def inputs_of(m, shapes):
    random = np.random.default_rng(0)
    made = tuple(m.tensor(random.normal(size=shape)) for shape in shapes)
    return made if len(made) > 1 else made[0]


def numbers(result):
    if isinstance(result, (tuple, list)):
        return [numbers(part) for part in result]
    return result.detach().numpy()


def compare(ours, theirs):
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            compare(a, b)
    else:
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def outcome(m, name, function, shapes, options, vector):
    inputs = inputs_of(m, shapes)
    args = [inputs]
    if vector == "fits":
        like = inputs if name != "vjp" else function(m, *(inputs if isinstance(inputs, tuple) else (inputs,)))
        args.append(tuple(x * 0 + 2 for x in like) if isinstance(like, tuple) else like * 0 + 2)
    elif vector == "other":
        args.append(m.ones(7, dtype=m.float64))
    try:
        return numbers(getattr(m.autograd.functional, name)(lambda *xs: function(m, *xs), *args, **options))
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("options", [{}, {"create_graph": True}, {"strict": True}], ids=str)
@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"])
def test_derivatives_are_torchs(name, options, function):
    for vector in (None,) if name in ("jacobian", "hessian") else (None, "fits", "other"):
        call, shapes = FUNCTIONS[function]
        ours, theirs = (outcome(m, name, call, shapes, options, vector) for m in (mg, torch))
        if function == "nothing" and name == "jacobian":  # torch has no Jacobian of nothing
            assert ours.shape == (0, 0)
        elif isinstance(theirs, type):
            assert ours is theirs
        else:
            compare(ours, theirs)


def test_a_jacobian_can_be_differentiated():
    grads = []
    for m in (mg, torch):
        x = m.tensor([1.0, 2.0, 3.0], requires_grad=True)
        m.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True).sum().backward()
        grads.append(x.grad.tolist())
        with pytest.raises(NotImplementedError, match="vectorize=True"):
            m.autograd.functional.jacobian(lambda x: x**3, x, strategy="forward-mode")
    assert grads[0] == grads[1]
    x = mg.tensor([1.0, 2.0])
    forward = mg.autograd.functional.jacobian(lambda x: x**3, x, vectorize=True, strategy="forward-mode")
    assert forward.tolist() == [[3.0, 0.0], [0.0, 12.0]]


def test_options_of_grad():
    for m in (mg, torch):
        x, y = m.ones(2, requires_grad=True), m.ones(3, requires_grad=True)
        zeros = m.autograd.grad((x * 2).sum(), (x, y), materialize_grads=True)
        assert [g.tolist() for g in zeros] == [[2.0, 2.0], [0.0, 0.0, 0.0]]
        assert m.autograd.grad((x * 2).sum(), (x, y), allow_unused=True)[1] is None
        with pytest.raises(ValueError, match="materialize_grads"):
            m.autograd.grad((x * 2).sum(), (x, y), allow_unused=False, materialize_grads=True)


# ------------------------------------------------------------------------------------- checkpoints


def parts(m):
    m.manual_seed(0)
    return m.nn.Sequential(m.nn.Linear(4, 5), m.nn.Tanh(), m.nn.Linear(5, 4), m.nn.Sigmoid(), m.nn.Linear(4, 3))


def grads_of(m, net, run, x):
    net.zero_grad()
    x.grad = None
    run(x).pow(2).sum().backward()
    return [p.grad.tolist() for p in net.parameters()] + ([x.grad.tolist()] if x.requires_grad else [])


@pytest.mark.parametrize("wanted", [True, False])
def test_gradients_are_those_without_a_checkpoint(wanted):
    net = parts(mg)
    x = mg.randn(6, 4, requires_grad=wanted)
    plain = grads_of(mg, net, net, x)
    whole = grads_of(mg, net, lambda x: mg.utils.checkpoint.checkpoint(net, x, use_reentrant=False), x)
    assert whole == plain
    middle = grads_of(mg, net, lambda x: net[4](mg.utils.checkpoint.checkpoint(net[:4], x * 1, use_reentrant=False)), x)
    assert middle == plain
    for segments in (1, 2, 5):
        run = lambda x, n=segments: mg.utils.checkpoint.checkpoint_sequential(net, n, x, use_reentrant=False)  # noqa: E731
        assert grads_of(mg, net, run, x) == plain


def test_random_numbers_are_the_same_again():
    drop = mg.nn.Dropout(0.5)
    x = mg.ones(100, requires_grad=True)
    y = mg.utils.checkpoint.checkpoint(lambda x: drop(x * 2), x, use_reentrant=False)
    after = mg.rand(1).item()
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    mg.manual_seed(3)
    first = mg.rand(2).tolist()
    mg.manual_seed(3)
    y = mg.utils.checkpoint.checkpoint(lambda x: x * mg.rand(1), x, use_reentrant=False)
    y.sum().backward()
    assert mg.rand(1).item() == first[1]
    assert after != first[0]


def test_several_results_and_arguments():
    results = []
    for m in (mg, torch):
        a, b = m.tensor([1.0, 2.0], requires_grad=True), m.tensor([3.0, 4.0], requires_grad=True)

        def part(a, n, b, *, scale):
            return a * b * scale, None, [n], (a - b).exp()

        first, none, numbers_, second = m.utils.checkpoint.checkpoint(part, a, 5, b, scale=3.0, use_reentrant=False)
        assert none is None
        assert numbers_ == [5]
        (first.sum() + second.sum()).backward()
        results.append([first.tolist(), second.tolist(), a.grad.tolist(), b.grad.tolist()])
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_results_that_nobody_differentiates():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    first, _ = mg.utils.checkpoint.checkpoint(lambda x: (x * x, x.exp()), x, use_reentrant=False)
    first.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_the_second_derivative_passes():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.utils.checkpoint.checkpoint(lambda x: x**3, x * 1, use_reentrant=False)
    (first,) = mg.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = mg.autograd.grad(first.sum(), x)
    assert first.tolist() == [3.0, 12.0]
    assert second.tolist() == [6.0, 12.0]


def test_what_is_computed_again_must_be_the_same():
    calls = []

    def part(x):
        calls.append(1)
        return (x * 2)[: 3 - len(calls)]

    y = mg.utils.checkpoint.checkpoint(part, mg.ones(3, requires_grad=True), use_reentrant=False)
    with pytest.raises(mg.utils.checkpoint.CheckpointError, match="recomputed"):
        y.sum().backward()
    with pytest.raises(ValueError, match="Unexpected keyword"):
        mg.utils.checkpoint.checkpoint_sequential([], 1, mg.ones(1), use_reentrant=False, speed=1)
    with pytest.warns(UserWarning, match="use_reentrant"):
        mg.utils.checkpoint.checkpoint(lambda x: x, mg.ones(1))


def test_nothing_is_recorded_where_nothing_is_wanted():
    net = parts(mg)
    with mg.no_grad():
        y = mg.utils.checkpoint.checkpoint(net, mg.ones(1, 4), use_reentrant=False)
    assert not y.requires_grad
    y = mg.utils.checkpoint.checkpoint(lambda x: x * 2, mg.ones(2), use_reentrant=False)
    assert not y.requires_grad


def test_results_between_are_not_kept():
    net = mg.nn.Sequential(*[mg.nn.Sequential(mg.nn.Linear(64, 64), mg.nn.Tanh(), mg.nn.Tanh()) for _ in range(8)])
    held = []
    for run in (net, lambda x: mg.utils.checkpoint.checkpoint_sequential(net, 8, x, use_reentrant=False)):
        before = mg.memory_stats()["allocated"]
        y = run(mg.randn(512, 64))
        held.append(mg.memory_stats()["allocated"] - before)
        y.sum().backward()
        del y
    assert held[1] < held[0] * 0.7


def test_a_checkpoint_in_a_compiled_step():
    nets = [parts(mg), parts(mg)]
    losses = []
    for net, compiled in zip(nets, (False, True)):
        optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

        def step(x, net=net, optimizer=optimizer):
            optimizer.zero_grad()
            loss = mg.utils.checkpoint.checkpoint(net, x, use_reentrant=False).pow(2).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run = mg.compile(step, fullgraph=True) if compiled else step
        losses.append([run(mg.ones(2, 4)).item() for _ in range(4)])
    assert losses[0] == losses[1]


def test_states_of_random_numbers_on_gpus(torch):
    for library in (mg, torch):
        checkpoint = library.utils.checkpoint
        assert checkpoint.get_device_states(library.ones(2), 3) == ([], [])
        assert checkpoint.set_device_states([], []) is None
