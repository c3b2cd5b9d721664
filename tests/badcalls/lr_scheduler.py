"""Bad calls of schedules of learning rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from badcalls.optim import params, sgd
from badcalls.table import bad


def _step(schedule: Any) -> Any:
    schedule.optimizer.step()
    return schedule.step()


def _sgd(m: Any) -> Any:
    return m.optim.SGD([m.nn.Parameter(m.ones(2))], lr=0.1)


bad(
    "MultiStepLR no gamma",
    lambda m: _step(m.optim.lr_scheduler.MultiStepLR(_sgd(m), [0], gamma="x")),
    r"unsupported operand type\(s\) for \*\* or pow\(\): 'str' and 'int'",
)
bad(
    "MultiStepLR no optimizer", lambda m: m.optim.lr_scheduler.MultiStepLR([m.ones(1)], [1]), "list is not an Optimizer"
)
bad(
    "CosineAnnealingLR no length",
    lambda m: m.optim.lr_scheduler.CosineAnnealingLR(_sgd(m)),
    r"CosineAnnealingLR\.__init__\(\) missing 1 required positional",
)
bad(
    "ExponentialLR no optimizer",
    lambda m: m.optim.lr_scheduler.ExponentialLR([m.ones(1)], 0.1),
    "list is not an Optimizer",
)
bad(
    "ExponentialLR word",
    lambda m: _step(m.optim.lr_scheduler.ExponentialLR(_sgd(m), "x")),
    "can't multiply sequence by non-int of type 'float'",
)
bad("PolynomialLR no optimizer", lambda m: m.optim.lr_scheduler.PolynomialLR([m.ones(1)]), "list is not an Optimizer")
bad(
    "PolynomialLR word",
    lambda m: _step(m.optim.lr_scheduler.PolynomialLR(_sgd(m), "x")),
    "'>' not supported between instances of 'int' and 'str'",
)
bad("LRScheduler", lambda m: m.optim.lr_scheduler.LRScheduler(_sgd(m)), "LRScheduler has no get_lr")


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
