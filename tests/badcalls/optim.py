"""Bad calls of optimizers and schedules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from badcalls.table import bad


def params(m: Any) -> list[Any]:
    return [m.nn.Parameter(m.ones(2))]


def sgd(m: Any) -> Any:
    return m.optim.SGD(params(m), lr=0.1)


def result(m: Any) -> list[Any]:
    with m.enable_grad():
        return [m.ones(2, requires_grad=True) * 2]


def optimizer(name: str, what: str, words: str, **options: Any) -> None:
    """Add a row of an optimizer with an option that it refuses."""
    bad(f"optim.{name} of {what}", lambda m: getattr(m.optim, name)(params(m), **options), words)


ADAMS = ("Adam", "AdamW", "Adamax", "NAdam", "RAdam")
for _name in (*ADAMS, "SGD", "Adadelta", "Adagrad", "ASGD", "RMSprop", "Rprop", "LBFGS"):
    optimizer(_name, "a negative rate", "Invalid learning rate: -0.1", lr=-0.1)
    optimizer(_name, "an unknown option", "unexpected keyword argument 'speed'", speed=1)
    for _what, _words, _make in (
        ("nothing", "got an empty parameter list", lambda m: []),
        ("a tensor", "an iterable of Tensors or dicts, but got", lambda m: m.ones(2)),
        ("numbers", "one of the params is float", lambda m: [1.0, 2.0]),
        ("a result", "can't optimize a non-leaf Tensor", result),
    ):
        bad(f"optim.{_name} of {_what}", lambda m, n=_name, f=_make: getattr(m.optim, n)(f(m)), _words)
for _name in (*ADAMS, "SGD", "Adadelta", "Adagrad", "ASGD", "RMSprop"):
    optimizer(_name, "negative decay", "Invalid weight_decay value: -1", weight_decay=-1)
for _name in (*ADAMS, "Adadelta", "Adagrad", "RMSprop"):
    optimizer(_name, "a negative eps", "Invalid epsilon value: -1e-08", eps=-1e-8)
for _name in ADAMS:
    optimizer(_name, "a large first beta", "beta parameter at index 0: 1.0", betas=(1.0, 0.9))
    optimizer(_name, "a negative second beta", "beta parameter at index 1: -0.1", betas=(0.9, -0.1))

optimizer("SGD", "negative momentum", "Invalid momentum value: -1", momentum=-1)
optimizer("SGD", "nesterov without momentum", "requires a momentum and zero dampening", nesterov=True)
optimizer("SGD", "nesterov and dampening", "zero dampening", nesterov=True, momentum=0.9, dampening=0.1)
optimizer("Adadelta", "a large rho", "Invalid rho value: 1.5", rho=1.5)
optimizer("Adagrad", "negative lr_decay", "Invalid lr_decay value: -1", lr_decay=-1)
optimizer("Adagrad", "negative sums", "Invalid initial_accumulator_value value: -1", initial_accumulator_value=-1)
optimizer("NAdam", "negative momentum_decay", "Invalid momentum_decay value: -1", momentum_decay=-1)
optimizer("RMSprop", "negative alpha", "Invalid alpha value: -1", alpha=-1)
optimizer("RMSprop", "negative momentum", "Invalid momentum value: -1", momentum=-1)
optimizer("Adam", "one beta", "subscriptable", betas=0.9)
optimizer("Adam", "a word as rate", "not supported between", lr="fast")
bad("optim.Adam of several rates", lambda m: m.optim.Adam(params(m), lr=m.ones(2)), "lr must be 1-element")
bad(
    "optim.LBFGS of two groups",
    lambda m: m.optim.LBFGS([{"params": params(m)}, {"params": params(m)}]),
    "doesn't support per-parameter options",
)
bad("optim.LBFGS without closure", lambda m: m.optim.LBFGS(params(m)).step(), "closure")


def searched(m: Any) -> Any:
    (p,) = weights = params(m)

    def closure() -> Any:
        loss = (p * p).sum()
        loss.backward()
        return loss

    return m.optim.LBFGS(weights, line_search_fn="armijo").step(closure)


bad("optim.LBFGS of another line search", searched, "only 'strong_wolfe' is supported")


def twice(m: Any) -> Any:
    weights = params(m)
    return m.optim.SGD([{"params": weights}, {"params": weights}], lr=0.1)


bad("optim.SGD of a parameter twice", twice, "more than one parameter group")
bad("optim.SGD of a set", lambda m: m.optim.SGD([{"params": set(params(m))}], lr=0.1), "ordered collections")
bad("optim.SGD of a group that is no dict", lambda m: sgd(m).add_param_group(params(m)), "param_group must be a dict")
bad(
    "optim.SGD of names in one group",
    lambda m: sgd(m).add_param_group({"params": [("a", params(m)[0])]}),
    "with/without names",
)


def loaded(m: Any, other: Callable[[Any], Any]) -> Any:
    return sgd(m).load_state_dict(m.optim.SGD(other(m), lr=0.1).state_dict())


bad("optim.SGD loads another number of groups", lambda m: loaded(m, lambda m: [{"params": params(m)} for _ in range(2)]),
    "different number of parameter groups: expected 1, got 2")  # fmt: skip
bad("optim.SGD loads a group of another size", lambda m: loaded(m, lambda m: params(m) + params(m)),
    "doesn't match the size of optimizer's group: expected 1, got 2")  # fmt: skip
bad("optim.Optimizer.step", lambda m: m.optim.Optimizer(params(m), {}).step(), "has no step")

for _what, _words, _options in (
    ("a negative rate", "Learning rate should be >= 0 but is: -0.1", {"lr": -0.1}),
    ("a rising share", "beta2_decay should be <= 0 but is: 0.5", {"beta2_decay": 0.5}),
    ("a negative first eps", "epsilon1 should be >= 0 but is: -1", {"eps": (-1, 0.1)}),
    ("a negative second eps", "epsilon2 should be >= 0 but is: -1", {"eps": (None, -1)}),
    ("a small d", "Clipping threshold d should be >= 1 but is: 0.5", {"d": 0.5}),
    ("negative decay", "weight_decay should be >= 0 but is: -1", {"weight_decay": -1}),
):
    optimizer("Adafactor", _what, _words, **_options)


def muon(m: Any, **options: Any) -> Any:
    weight = m.nn.Parameter(m.ones(2, 3))
    weight.grad = m.ones(2, 3)
    return m.optim.Muon([weight], **options)


for _what, _words, _options in (
    ("a negative rate", "Learning rate should be >= 0 but is: -0.1", {"lr": -0.1}),
    ("negative momentum", "momentum should be >= 0 but is: -1", {"momentum": -1}),
    ("negative decay", "weight decay should be >= 0 but is: -1", {"weight_decay": -1}),
    ("another rate rule", "function x is not supported", {"adjust_lr_fn": "x"}),
):
    bad(f"optim.Muon of {_what}", lambda m, o=_options: muon(m, **o), _words)
bad("optim.Muon of a vector", lambda m: m.optim.Muon(params(m)), r"only supports 2D parameters .*\[2\]")
bad("optim.Muon.step of many iterations", lambda m: muon(m, ns_steps=100).step(), "less than 100 .*, got 100")
bad("optim.Muon.step of two coefficients", lambda m: muon(m, ns_coefficients=(1, 2)).step(), "exactly 3 values")


def schedule(name: str, what: str, words: str, *args: Any, make: Callable[[Any], Any] = sgd, **options: Any) -> None:
    """Add a row of a schedule with an option that it refuses."""
    bad(f"{name} of {what}", lambda m: getattr(m.optim.lr_scheduler, name)(make(m), *args, **options), words)


def adagrad(m: Any) -> Any:
    return m.optim.Adagrad(params(m))


def ones(count: int) -> list[Callable[[int], float]]:
    return [lambda epoch: 1.0] * count


schedule("StepLR", "no optimizer", "list is not an Optimizer", 1, make=params)
schedule("StepLR", "no step size", "missing 1 required positional argument: 'step_size'")
schedule("MultiStepLR", "a number", "not iterable", 3)
schedule("ConstantLR", "a large factor", "expected to be between 0 and 1", factor=2.0)
schedule("LinearLR", "a start of 0", "greater than 0 and less or equal to 1", start_factor=0.0)
schedule("LinearLR", "a negative end", "between 0 and 1", end_factor=-1)
schedule("LambdaLR", "two functions", "Expected 1 lr_lambdas, but got 2", ones(2))
schedule("MultiplicativeLR", "two functions", "Expected 1 lr_lambdas, but got 2", ones(2))
schedule("CosineAnnealingWarmRestarts", "no epochs", "positive integer T_0, but got 0", 0)
schedule("CosineAnnealingWarmRestarts", "half an epoch", "positive integer T_0, but got 2.5", 2.5)
schedule("CosineAnnealingWarmRestarts", "T_mult", "integer T_mult >= 1, but got 0", 2, T_mult=0)
bad(
    "CosineAnnealingWarmRestarts.step of a negative epoch",
    lambda m: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(sgd(m), 2).step(-1),
    "non-negative epoch, but got -1",
)
schedule("CyclicLR", "no momentum", "must support momentum or beta1", 0.1, 0.2, make=adagrad)
schedule("CyclicLR", "another mode", "mode is invalid", 0.1, 0.2, mode="square", cycle_momentum=False)
schedule("CyclicLR", "two rates", "base_lr has 2 values, param_groups has 1", [0.1, 0.2], 0.2, cycle_momentum=False)
schedule("OneCycleLR", "no length", "define either total_steps OR", 0.1)
schedule("OneCycleLR", "no steps", "positive integer total_steps, but got 0", 0.1, total_steps=0)
schedule("OneCycleLR", "no epochs", "positive integer epochs, but got 0", 0.1, epochs=0, steps_per_epoch=2)
schedule("OneCycleLR", "negative steps", "steps_per_epoch, but got -2", 0.1, epochs=2, steps_per_epoch=-2)
schedule("OneCycleLR", "a large part", "pct_start, but got 1.5", 0.1, total_steps=10, pct_start=1.5)
schedule("OneCycleLR", "another curve", "anneal_strategy must be one of", 0.1, total_steps=10, anneal_strategy="x")
schedule("OneCycleLR", "no momentum", "must support momentum or beta1", 0.1, total_steps=5, make=adagrad)
schedule("ReduceLROnPlateau", "a factor of 1", "Factor should be < 1.0", factor=1.0)
schedule("ReduceLROnPlateau", "another mode", "mode least is unknown", mode="least")
schedule("ReduceLROnPlateau", "another threshold", "threshold mode x is unknown", threshold_mode="x")
schedule("ReduceLROnPlateau", "two bounds", "expected 1 min_lrs, got 2", min_lr=[1, 2])
schedule("ReduceLROnPlateau", "no optimizer", "list is not an Optimizer", make=params)
bad(
    "ReduceLROnPlateau.step of nothing",
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(sgd(m)).step(),
    "argument: 'metrics'",
)
bad(
    "ReduceLROnPlateau.step of a word",
    lambda m: m.optim.lr_scheduler.ReduceLROnPlateau(sgd(m)).step("x"),
    "to float: 'x'",
)
schedule("SequentialLR", "no schedules", "at least one scheduler", [], [])


def constant(m: Any, own: Any) -> Any:
    return m.optim.lr_scheduler.ConstantLR(own)


def sequence(m: Any) -> Any:
    own = sgd(m)
    return m.optim.lr_scheduler.SequentialLR(own, [constant(m, own), constant(m, own)], [1, 2])


bad("SequentialLR of milestones", sequence, "one more than the number of milestone")
bad("SequentialLR of another optimizer", lambda m: m.optim.lr_scheduler.SequentialLR(sgd(m), [constant(m, sgd(m))], []),
    "belong to the same optimizer")  # fmt: skip
bad("ChainedScheduler of no schedules", lambda m: m.optim.lr_scheduler.ChainedScheduler([]), "at least one scheduler")
bad("ChainedScheduler of two optimizers",
    lambda m: m.optim.lr_scheduler.ChainedScheduler([constant(m, sgd(m)) for _ in range(2)]), "same optimizer")  # fmt: skip
bad(
    "SWALR of another curve",
    lambda m: m.optim.swa_utils.SWALR(sgd(m), 0.1, anneal_strategy="x"),
    "one of 'cos' or 'linear'",
)
bad(
    "SWALR of negative epochs",
    lambda m: m.optim.swa_utils.SWALR(sgd(m), 0.1, anneal_epochs=-1),
    "greater than 0, got -1",
)
bad(
    "get_ema_multi_avg_fn of a large decay",
    lambda m: m.optim.swa_utils.get_ema_multi_avg_fn(1.5),
    "Invalid decay value 1.5",
)
