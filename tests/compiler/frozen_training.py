"""Rows of tensors, modules and optimizers that change between calls."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

import mocrograd as mg
from compiler.frozen_table import ROWS, row
from mocrograd import nn
from mocrograd.torch.overrides import TorchFunctionMode

# --------------------------------------------------------------------- tensors, modules, optimizers


@row
def layout_of_a_tensor():
    weight = mg.arange(16.0).reshape(4, 4)
    return lambda x: x @ weight, lambda k: weight.t_() if k == 4 else None


@row
def another_tensor_in_its_place():
    weight = mg.ones(4)
    return lambda x: x * weight, lambda k: setattr(weight, "data", mg.full((4,), float(k // 4)))


@row
def requires_grad_of_a_tensor():
    weight = mg.ones(4, requires_grad=True)
    return lambda x: x * (2.0 if weight.requires_grad else 1.0), lambda k: weight.requires_grad_(k // 4 % 2 == 0)


@row
def attribute_of_a_tensor():
    weight = mg.ones(4)
    weight.scale = 1.0
    return lambda x: x * weight * weight.scale, lambda k: setattr(weight, "scale", float(k // 4))


@row
def dropout_changes():
    layer = nn.Dropout(0.5)

    def change(k):
        mg.manual_seed(k)
        layer.p = 0.5 if k < 4 else 0.25

    return lambda x: layer(x), change


@row
def train_and_eval():
    layer = nn.Dropout(0.5)

    def change(k):
        mg.manual_seed(k)
        layer.train(k // 4 % 2 == 0)

    return lambda x: layer(x), change


@row
def module_hook():
    layer, handles = nn.ReLU(), []

    def change(k):
        if k == 4:
            handles.append(layer.register_forward_hook(lambda module, inputs, out: out * 2))
        if k == 6:
            handles.pop().remove()

    return lambda x: layer(x), change


@row
def second_module_hook():
    layer = nn.ReLU()
    layer.register_forward_hook(lambda module, inputs, out: out * 2)

    def change(k):
        if k == 4:
            layer.register_forward_hook(lambda module, inputs, out: out * 3)

    return lambda x: layer(x), change


def put_and_taken_away(put: Callable[[], Callable[[], Any]]) -> Callable[[int], None]:
    """A change that calls `put`, whose result takes away again what was put, twice."""
    taken: list[Callable[[], Any]] = []

    def change(k):
        if k in (2, 6):
            taken.append(put())
        if k in (3, 7):
            taken.pop()()

    return change


@row
def hook_of_all_modules():
    layer = nn.ReLU()
    register = nn.modules.module.register_module_forward_hook
    return lambda x: layer(x), put_and_taken_away(lambda: register(lambda module, inputs, out: out + 1).remove)


@row
def hook_of_a_leaf():
    weight = mg.ones(4, requires_grad=True)

    def function(x):
        weight.grad = None
        (weight * x).sum().backward()
        return weight.grad.clone()

    return function, put_and_taken_away(lambda: weight.register_hook(lambda grad: grad * 3).remove)


@row
def hooks_on_saved_tensors():
    weight = mg.ones(4, requires_grad=True)

    def function(x):
        weight.grad = None
        (weight.exp() * x).sum().backward()
        return weight.grad.clone()

    def put():
        hooks = mg.autograd.graph.saved_tensors_hooks(lambda tensor: tensor * 2, lambda tensor: tensor)
        hooks.__enter__()
        return hooks.__exit__

    return function, put_and_taken_away(put)


@row
def mode_that_sees_functions():
    class Doubles(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            return result * 2 if func is mg.sin else result

    def put():
        mode = Doubles()
        mode.__enter__()
        return lambda: mode.__exit__(None, None, None)

    return lambda x: mg.sin(x) + 1, put_and_taken_away(put)


@row
def layer_exchanged():
    model = nn.Sequential(nn.ReLU())
    return lambda x: model(x), lambda k: operator.setitem(model, 0, nn.ReLU() if k < 4 else nn.Sigmoid())


@row
def layer_appended():
    model = nn.Sequential(nn.ReLU())
    return lambda x: model(x), lambda k: model.append(nn.Sigmoid()) if k == 4 else None


def training(change: Callable[[Any, Any, int], Any], make: Callable[[Any], Any]) -> Any:
    """A training step, and a change of its model and optimizer."""

    def made():
        mg.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))
        optimizer = make(model.parameters())

        def step(x):
            optimizer.zero_grad()
            loss = (model(x) ** 2).sum()
            loss.backward()
            optimizer.step()
            return [loss.detach(), *[p.detach().clone() for p in model.parameters()]]

        return step, lambda k: change(model, optimizer, k)

    return made


def freeze(model: Any, optimizer: Any, k: int) -> None:
    model[0].requires_grad_(k // 3 % 2 == 0)


def freeze_one(model: Any, optimizer: Any, k: int) -> None:
    model[2].bias.requires_grad = k < 4


def set_option(name: str, *values: Any) -> Any:
    def change(model: Any, optimizer: Any, k: int) -> None:
        optimizer.param_groups[0][name] = values[k // 3 % len(values)]

    return change


def load_state(model: Any, optimizer: Any, k: int) -> None:
    if k in (3, 6):
        state = optimizer.state_dict()
        state["state"] = {n: {name: v * 0.5 for name, v in s.items()} for n, s in state["state"].items()}
        optimizer.load_state_dict(state)


def clear_state(model: Any, optimizer: Any, k: int) -> None:
    if k == 4:
        optimizer.state.clear()


def clear_one_state(model: Any, optimizer: Any, k: int) -> None:
    if k == 4:
        optimizer.state.pop(model[0].weight, None)


def exchange_state(model: Any, optimizer: Any, k: int) -> None:
    if k == 4:
        state = optimizer.state[model[0].weight]
        for name in state:
            state[name] = state[name] * 0


def hook_gradient(model: Any, optimizer: Any, k: int) -> None:
    if k == 4:
        model[0].weight.register_hook(lambda grad: grad * 2)


def hook_step(model: Any, optimizer: Any, k: int) -> None:
    if k == 4:
        optimizer.register_step_post_hook(lambda o, args, kwargs: o.param_groups[0]["params"][1].data.zero_())


def add_group(model: Any, optimizer: Any, k: int) -> None:
    if k == 0:
        optimizer.param_groups[0]["params"].pop()
    if k == 4:
        optimizer.add_param_group({"params": [model[2].bias], "lr": 0.5})


class Own(mg.optim.Optimizer):
    """Moves by a rate and counts in Python."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1, "power": 1})

    @mg.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.add_(param.grad.sign() * param.grad.abs() ** group["power"], alpha=-group["lr"])


OPTIMIZERS = {
    "SGD": lambda params: mg.optim.SGD(params, lr=0.1),
    "momentum": lambda params: mg.optim.SGD(params, lr=0.1, momentum=0.9),
    "Adam": lambda params: mg.optim.Adam(params, lr=0.1),
    "RMSprop": lambda params: mg.optim.RMSprop(params, lr=0.01),
    "NAdam": lambda params: mg.optim.NAdam(params, lr=0.01),
    "Adafactor": lambda params: mg.optim.Adafactor(params, lr=0.1),
    "own": Own,
}
CHANGES = {
    "freeze": freeze, "freeze one": freeze_one, "lr": set_option("lr", 0.1, 0.2, 0), "lr True": set_option("lr", 0.1, True, 2),
    "weight decay": set_option("weight_decay", 0.0, 0.1, 0.2), "load": load_state, "clear": clear_state,
    "clear one": clear_one_state, "exchange": exchange_state, "hook": hook_gradient, "step hook": hook_step,
    "group": add_group, "power": set_option("power", 1, 2, 3),
}  # fmt: skip
for (_optimizer, _make), (_name, _change) in itertools.product(OPTIMIZERS.items(), CHANGES.items()):
    if (_name == "power") <= (_optimizer == "own") and not (_optimizer == "own" and _name == "weight decay"):
        ROWS[f"{_optimizer} {_name}"] = training(_change, _make)
