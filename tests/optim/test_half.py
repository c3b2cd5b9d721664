"""Parameters of 16 bits: each step is that of float32 on the widened numbers, rounded once."""

import mocrograd as mg
import numpy as np
import pytest
from halves import HALVES, TINY, same
from mocrograd import nn, optim

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"maximize": True}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("Adamax", {}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("Adadelta", {}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("ASGD", {"t0": 2}),
    ("Rprop", {"lr": 2.0**-7}),
]
SCALARS = ("step", "mu_product", "eta", "mu")


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize(("name", "options"), CASES, ids=[f"{n} {','.join(o)}" for n, o in CASES])
def test_steps(name, options, dtype, implementation):
    half = getattr(mg, dtype)
    mg.manual_seed(1)
    own = [nn.Parameter(mg.randn(*shape).to(half)) for shape in ((3, 4), (33,), (), (0,), (5000,))]
    wide = [nn.Parameter(p.detach().float()) for p in own]
    ours, theirs = getattr(optim, name)(own, **options), getattr(optim, name)(wide, **options)
    for _ in range(4):
        for p, q in zip(own, wide):
            p.grad = mg.randn(*p.shape).to(half)
            q.grad = p.grad.float()
        ours.step()
        theirs.step()
        for p, q in zip(own, wide):
            same(p, q.detach().to(half))
            q.data = p.detach().float()
            for key, value in ours.state[p].items():
                if key in SCALARS:
                    assert value.dtype is mg.float32
                    same(value, theirs.state[q][key])
                elif isinstance(value, mg.Tensor):
                    assert value.dtype is half, key
                    same(value, theirs.state[q][key].to(half))
                    theirs.state[q][key] = value.float()


@pytest.mark.parametrize("name", ["Adam", "Adafactor"])
def test_more_steps_than_16_bits_can_count(name):
    p = nn.Parameter(mg.ones(3).bfloat16())
    optimizer = getattr(optim, name)([p], lr=1e-3)
    for _ in range(300):
        p.grad = mg.ones(3).bfloat16()
        optimizer.step()
    assert optimizer.state[p]["step"].item() == 300
    state = optimizer.state_dict()
    again = getattr(optim, name)([p], lr=1e-3)
    again.load_state_dict(state)
    assert again.state[p]["step"].item() == 300
    assert again.state[p]["step"].dtype is mg.float32


def test_hostile_values(implementation):
    values = [float("nan"), float("inf"), -float("inf"), TINY["bfloat16"], -0.0, 3e38]
    p = nn.Parameter(mg.tensor(values).bfloat16())
    q = nn.Parameter(p.detach().float())
    p.grad, q.grad = mg.tensor(values[::-1]).bfloat16(), mg.tensor(values[::-1]).bfloat16().float()
    for x in (p, q):
        optim.SGD([x], lr=0.5).step()
    same(p, q.detach().bfloat16())
    tiny = nn.Parameter(mg.full((40,), TINY["bfloat16"]).bfloat16())
    tiny.grad = mg.zeros(40).bfloat16()
    optim.SGD([tiny], lr=0.5).step()
    assert (tiny.detach().float().numpy() == np.float32(TINY["bfloat16"])).all()


def test_a_compiled_step_is_the_same():
    mg.manual_seed(2)
    start, grad = mg.randn(50).bfloat16(), mg.randn(50).bfloat16()
    found = []
    for compiled in (False, True):
        p = nn.Parameter(start.clone())
        optimizer = optim.AdamW([p], lr=0.1)

        def step(g, p=p, optimizer=optimizer):
            p.grad = g
            optimizer.step()

        run = mg.compile(step) if compiled else step
        for _ in range(5):
            run(grad)
        found.append(p.detach())
    same(*found)


def test_a_state_of_another_dtype_is_refused():
    p = nn.Parameter(mg.ones(40))
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    p.grad = mg.ones(40)
    optimizer.step()
    p.data = p.detach().double()
    p.grad = mg.ones(40).double()
    with pytest.raises(RuntimeError, match="must have 40 elements of float64"):
        optimizer.step()
