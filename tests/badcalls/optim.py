"""Bad calls of optimizers."""

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
bad(
    "Adam's betas of an int and a float",
    lambda m: m.optim.Adam([m.nn.Parameter(m.ones(2))], betas=(0, 0.9)),
    "both floats",
)
bad("AdamW's betas of a float and a bool", lambda m: m.optim.AdamW([m.nn.Parameter(m.ones(2))], betas=(0.5, False)),
    "both floats")  # fmt: skip
bad("Adam's beta of two numbers", lambda m: m.optim.Adam([m.nn.Parameter(m.ones(2))], betas=(m.ones(2) / 2, m.ones(2) / 2)),
    "Boolean value|1-element")  # fmt: skip
