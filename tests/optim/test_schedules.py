"""Schedules against torch: the rates and momenta of sixty epochs, states, warnings and errors."""

import warnings

import mocrograd as mg
import pytest
from mocrograd import nn, optim

torch = pytest.importorskip("torch", reason="torch is not installed")


def _sequential(s, o, *parts):
    return s.SequentialLR(o, [part(s, o) for part in parts], [4, 20][: len(parts) - 1])


MAKES = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, [lambda e: 0.9**e, lambda e: 1 / (1 + e)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda e: 0.95 if e % 2 else 1.01),
    "StepLR": lambda s, o: s.StepLR(o, 3, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 7, 7, 20], 0.3),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.25, 6),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.1, 0.7, 9),
    "LinearLR to zero": lambda s, o: s.LinearLR(o, 1.0, 0.0, 9),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 11, 2.0),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 8, 0.001),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.01),
    "CyclicLR": lambda s, o: s.CyclicLR(o, [0.01, 0.02], 0.3, 4, 3),
    "CyclicLR triangular2": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 4, mode="triangular2"),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 4, mode="exp_range", gamma=0.97),
    "CyclicLR function": lambda s, o: s.CyclicLR(o, 0.01, 0.3, 4, scale_fn=lambda n: 1 / n, cycle_momentum=False),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, 61),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(o, [0.5, 0.1], epochs=7, steps_per_epoch=9, anneal_strategy="linear"),
    "OneCycleLR three": lambda s, o: s.OneCycleLR(o, 0.5, 61, three_phase=True, pct_start=0.4),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)]),
    "Chained cosine": lambda s, o: s.ChainedScheduler([s.CosineAnnealingLR(o, 5), s.LinearLR(o, 0.5)]),
    "SequentialLR": lambda s, o: _sequential(s, o, lambda s, o: s.LinearLR(o, 0.1), lambda s, o: s.ExponentialLR(o, 0.9)),
    "SequentialLR of three": lambda s, o: _sequential(
        s,
        o,
        lambda s, o: s.ConstantLR(o, 0.1, 100),
        lambda s, o: s.CosineAnnealingLR(o, 16),
        lambda s, o: s.StepLR(o, 4),
    ),
}  # fmt: skip


def optimizers(name="SGD"):
    ours = [nn.Parameter(mg.ones(2)) for _ in range(2)]
    theirs = [torch.nn.Parameter(torch.ones(2)) for _ in range(2)]
    options = {"momentum": 0.9} if name == "SGD" else {}
    groups = [
        [{"params": [p], "lr": lr} for p, lr in zip(params, (0.2, 0.05), strict=True)] for params in (ours, theirs)
    ]
    return getattr(optim, name)(groups[0], **options), getattr(torch.optim, name)(groups[1], **options)


def options_of(optimizer):
    return [(g["lr"], g.get("momentum", 0.0), *g.get("betas", ())) for g in optimizer.param_groups]


def assert_close(ours, theirs):
    for own, other in zip(ours, theirs, strict=True):
        assert list(own) == pytest.approx(list(other), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("name", MAKES)
def test_rates_are_torchs(name, optimizer):
    ours, theirs = optimizers(optimizer)
    a, b = MAKES[name](optim.lr_scheduler, ours), MAKES[name](torch.optim.lr_scheduler, theirs)
    for _ in range(60):
        assert_close(options_of(ours), options_of(theirs))
        assert a.get_last_lr() == pytest.approx(b.get_last_lr(), rel=1e-9, abs=1e-12)
        assert a.last_epoch == b.last_epoch if hasattr(b, "last_epoch") else True
        ours.step()
        theirs.step()
        a.step()
        b.step()


@pytest.mark.parametrize("name", MAKES)
def test_a_saved_schedule_goes_on(name):
    first, _ = optimizers()
    second, _ = optimizers()
    a, b = MAKES[name](optim.lr_scheduler, first), MAKES[name](optim.lr_scheduler, second)
    first.step()
    second.step()
    for _ in range(7):
        a.step()
    b.load_state_dict(a.state_dict())
    second.load_state_dict(first.state_dict())
    for _ in range(10):
        a.step()
        b.step()
        assert options_of(first) == options_of(second)
    assert "optimizer" not in a.state_dict()


@pytest.mark.parametrize("name", ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR"])
def test_an_epoch_may_be_given(name):
    ours, theirs = optimizers()
    a, b = MAKES[name](optim.lr_scheduler, ours), MAKES[name](torch.optim.lr_scheduler, theirs)
    ours.step()
    theirs.step()
    for epoch in (5, 2, 30):
        with pytest.warns(UserWarning, match="epoch parameter"):
            a.step(epoch)
        with pytest.warns(UserWarning, match="epoch parameter"):
            b.step(epoch)
        assert_close(options_of(ours), options_of(theirs))


@pytest.mark.parametrize(
    "options",
    [
        {}, {"mode": "max", "patience": 2}, {"threshold_mode": "abs", "threshold": 0.2, "patience": 1},
        {"mode": "max", "threshold_mode": "abs", "threshold": 0.1, "cooldown": 3, "patience": 0},
        {"patience": 0, "min_lr": [0.1, 0.01], "factor": 0.5}, {"patience": 1, "eps": 0.05},
    ],
)  # fmt: skip
def test_plateau_is_torchs(options):
    import numpy as np

    ours, theirs = optimizers()
    a = optim.lr_scheduler.ReduceLROnPlateau(ours, **options)
    b = torch.optim.lr_scheduler.ReduceLROnPlateau(theirs, **options)
    for value in np.random.default_rng(0).normal(size=60).cumsum() * 0.2:
        a.step(mg.tensor(float(value)))
        b.step(torch.tensor(float(value)))
        assert_close(options_of(ours), options_of(theirs))
        assert (a.num_bad_epochs, a.cooldown_counter) == (b.num_bad_epochs, b.cooldown_counter)


def test_a_schedule_before_the_first_step_warns():
    ours, _ = optimizers()
    ours.step()
    schedule = optim.lr_scheduler.StepLR(ours, 3)
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        schedule.step()
    ours, _ = optimizers()
    schedule = optim.lr_scheduler.StepLR(ours, 3)
    ours.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        schedule.get_lr()


def test_rates_may_be_tensors():
    weight = nn.Parameter(mg.ones(2))
    rate = mg.tensor(0.5)
    optimizer = optim.SGD([weight], lr=rate)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert rate.item() == 0.25
    assert [lr.item() for lr in schedule.get_last_lr()] == [0.25]


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda s, o: s.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda s, o: s.LambdaLR(o, [len]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda s, o: s.MultiplicativeLR(o, 3), TypeError, "lr_lambda should be a function, but got int"),
        (lambda s, o: s.ConstantLR(o, 2.0), ValueError, "between 0 and 1"),
        (lambda s, o: s.LinearLR(o, 0.0), ValueError, "greater than 0"),
        (lambda s, o: s.LinearLR(o, 0.5, 2.0), ValueError, "Ending"),
        (lambda s, o: s.ExponentialLR(o, 0.9, last_epoch=3), KeyError, "initial_lr"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "T_0"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 0), ValueError, "T_mult"),
        (lambda s, o: s.CyclicLR(o, [0.1], 0.3), ValueError, "base_lr must have the same length"),
        (lambda s, o: s.CyclicLR(o, 0.1, 0.3, mode="x"), ValueError, "mode is invalid"),
        (lambda s, o: s.OneCycleLR(o, 0.1), ValueError, "total_steps OR"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 0), ValueError, "positive integer total_steps"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 9, pct_start=2.0), ValueError, "pct_start"),
        (lambda s, o: s.OneCycleLR(o, 0.1, 9, anneal_strategy="x"), ValueError, "anneal_strategy"),
        (lambda s, o: s.SequentialLR(o, [], []), ValueError, "at least one"),
        (lambda s, o: s.SequentialLR(o, [s.ExponentialLR(o, 0.9)], [3]), ValueError, "one more than"),
        (lambda s, o: s.ChainedScheduler([]), ValueError, "at least one"),
        (lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]), ValueError, "ReduceLROnPlateau"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor"),
        (lambda s, o: s.ReduceLROnPlateau(o, "x"), ValueError, "mode x is unknown"),
    ],
)
def test_bad_schedules(make, kind, words):
    ours, theirs = optimizers()
    with pytest.raises(kind):
        make(torch.optim.lr_scheduler, theirs)
    with pytest.raises(kind, match=words):
        make(optim.lr_scheduler, ours)
