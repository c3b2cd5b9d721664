"""Nothing that Python decides is frozen in a compiled function: it is watched, or the function runs eagerly."""

from __future__ import annotations

import array
import collections
import contextvars
import dataclasses
import datetime
import enum
import functools
import itertools
import logging
import operator
import os
import random
import secrets
import sys
import threading
import time
import types
import uuid
import weakref
from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest
from compiler.networks import same_bits
from mocrograd import nn

X = mg.arange(4.0) - 1.5
CALLS = 9

# A row makes a function of x, and what is done before call number k: the same for the function and for its compiled form.
ROWS: dict[str, Callable[[], tuple[Callable[[Any], Any], Callable[[int], Any]]]] = {}


def row(make: Any) -> Any:
    ROWS[make.__name__] = make
    return make


def nothing(k: int) -> None:
    pass


# ---------------------------------------------------------------------- what has a place or a state


@row
def python_random():
    return lambda x: x * random.random(), lambda k: k or random.seed(0)


@row
def python_random_decides():
    return lambda x: x + 1 if random.random() < 0.5 else x - 1, lambda k: k or random.seed(0)


@row
def own_python_random():
    source = random.Random(0)
    return lambda x: x * source.random(), nothing


@row
def a_method_of_a_random_object():
    draw = random.Random(0).random
    return lambda x: x * draw(), nothing


@row
def numpy_random():
    return lambda x: x * float(np.random.rand()), lambda k: k or np.random.seed(0)


@row
def numpy_generator():
    rng = np.random.default_rng(0)
    return lambda x: x * float(rng.integers(100)), nothing


@row
def numpy_random_state():
    rng = np.random.RandomState(0)
    return lambda x: x * rng.randint(100), nothing


@row
def cycle():
    place = itertools.cycle([1.0, 2.0, 3.0])
    return lambda x: x * next(place), nothing


@row
def count():
    place = itertools.count()
    return lambda x: x * next(place), nothing


@row
def list_iterator():
    place = iter([float(i) for i in range(100)])
    return lambda x: x * next(place), nothing


@row
def generator():
    place = (float(i) for i in range(100))
    return lambda x: x * next(place), nothing


@row
def zipped():
    place = zip(range(100), range(100))
    return lambda x: x * next(place)[0], nothing


@row
def bound_next():
    place = iter(range(100)).__next__
    return lambda x: x * place(), nothing


@row
def iterator_of_python():
    class Numbers:
        at = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.at += 1
            return self.at

    place = Numbers()
    return lambda x: x * next(place), nothing


@row
def iterator_behind_an_attribute():
    holder = types.SimpleNamespace(place=iter(range(100)))
    return lambda x: x * next(holder.place), nothing


@row
def for_over_an_iterator():
    place = iter(range(100))

    def function(x):
        for number in place:
            return x * number
        return x

    return function, nothing


@row
def context_variable():
    variable = contextvars.ContextVar("variable", default=1.0)
    return lambda x: x * variable.get(), lambda k: variable.set(float(k))


@row
def thread_local():
    local = threading.local()
    return lambda x: x * local.number, lambda k: setattr(local, "number", k // 3)


# ------------------------------------------------------------------------------- values of Python


def changing(make: Callable[[], Any], read: Callable[[Any], float], change: Callable[[Any, int], Any]) -> Any:
    def made():
        value = make()
        return lambda x: x * read(value), lambda k: change(value, k)

    return made


def set_item(key: Any) -> Any:
    return lambda value, k: operator.setitem(value, key, float(k // 4))


def set_attribute(name: str) -> Any:
    return lambda value, k: setattr(value, name, float(k // 4))


class Slotted:
    __slots__ = ("number",)

    def __init__(self):
        self.number = 0.0


class WithSlotAndDict(Slotted):
    pass


@dataclasses.dataclass
class Data:
    number: float = 0.0


@dataclasses.dataclass(slots=True)
class SlottedData:
    number: float = 0.0


class Settings:
    number = 0.0
    values: list[float] = [0.0]  # noqa: RUF012


class Inherited(Settings):
    pass


class ListWithName(list):
    number = 0.0


class Level(enum.Enum):
    LOW = 1.0
    HIGH = 2.0


def helper():
    return 2.0


helper.number = 0.0
POINT = collections.namedtuple("POINT", "box")
BIG = 2000
ROWS |= {
    "list": changing(lambda: [0.0], lambda v: v[0], set_item(0)),
    "long list": changing(lambda: [0.0] * BIG, lambda v: v[1500], set_item(1500)),
    "long dict": changing(lambda: dict.fromkeys(range(BIG), 0.0), lambda v: v[1500], set_item(1500)),
    "list of lists": changing(lambda: [[0.0]], lambda v: v[0][0], lambda v, k: set_item(0)(v[0], k)),
    "tuple of lists": changing(lambda: ([0.0],), lambda v: v[0][0], lambda v, k: set_item(0)(v[0], k)),
    "named tuple": changing(lambda: POINT([0.0]), lambda v: v.box[0], lambda v, k: set_item(0)(v.box, k)),
    "list that grows": changing(list, len, lambda v, k: v.append(k) if k % 3 == 0 else None),
    "list reordered": changing(lambda: [1.0, 2.0], lambda v: v[0], lambda v, k: v.reverse() if k % 3 == 0 else None),
    "dict": changing(lambda: {"a": 0.0}, lambda v: v["a"], set_item("a")),
    "dict of integers": changing(lambda: {1: 0.0}, lambda v: v[1], set_item(1)),
    "dict reordered": changing(lambda: {1: 1.0, 2: 2.0}, lambda v: next(iter(v.values())),
                               lambda v, k: v.update({1: v.pop(1)}) if k == 4 else None),
    "ordered dict": changing(lambda: collections.OrderedDict(a=0.0), lambda v: v["a"], set_item("a")),
    "default dict": changing(lambda: collections.defaultdict(float), lambda v: v["a"], set_item("a")),
    "counter": changing(lambda: collections.Counter("a"), lambda v: v["a"], set_item("a")),
    "chain map": changing(lambda: collections.ChainMap({"a": 0.0}), lambda v: v["a"], set_item("a")),
    "deque": changing(lambda: collections.deque([0.0]), lambda v: v[0], set_item(0)),
    "deque with length": changing(lambda: collections.deque([0.0], 3), sum, lambda v, k: v.append(k // 4)),
    "set": changing(set, len, lambda v, k: v.add(k // 4)),
    "set of another member": changing(lambda: {0}, lambda v: float(3 in v), lambda v, k: (v.clear(), v.add(k // 3))),
    "array": changing(lambda: array.array("d", [0.0]), lambda v: v[0], set_item(0)),
    "bytearray": changing(lambda: bytearray(1), lambda v: v[0], lambda v, k: operator.setitem(v, 0, k // 4)),
    "memoryview": changing(lambda: memoryview(bytearray(1)), lambda v: v[0], lambda v, k: operator.setitem(v, 0, k // 4)),
    "numpy array": changing(lambda: np.zeros(3), lambda v: float(v[1]), set_item(1)),
    "long numpy array": changing(lambda: np.zeros(100_000), lambda v: float(v[1]), set_item(1)),
    "numpy array of objects": changing(lambda: np.zeros(3, object), lambda v: float(v[1]), set_item(1)),
    "numpy array of no dimensions": changing(lambda: np.array(0.0), lambda v: float(v), set_item(())),
    "slots": changing(Slotted, lambda v: v.number, set_attribute("number")),
    "slots and dict": changing(WithSlotAndDict, lambda v: v.number, set_attribute("number")),
    "attribute": changing(Data, lambda v: v.number, set_attribute("number")),
    "slots of a dataclass": changing(SlottedData, lambda v: v.number, set_attribute("number")),
    "namespace": changing(lambda: types.SimpleNamespace(number=0.0), lambda v: v.number, set_attribute("number")),
    "new attribute": changing(lambda: types.SimpleNamespace(), lambda v: getattr(v, "number", 1.0), set_attribute("number")),
    "deleted attribute": changing(Data, lambda v: 1.0 + hasattr(v, "flag"),
                                  lambda v, k: setattr(v, "flag", 1) if k % 4 == 0 else v.__dict__.pop("flag", None)),
    "class attribute": changing(lambda: Settings, lambda v: v.number, set_attribute("number")),
    "list in a class": changing(lambda: Settings, lambda v: v.values[0], lambda v, k: set_item(0)(v.values, k)),
    "class attribute by way of an instance": changing(Settings, lambda v: v.number, lambda v, k: set_attribute("number")(Settings, k)),
    "inherited class attribute": changing(Inherited, lambda v: v.number, lambda v, k: set_attribute("number")(Settings, k)),
    "class attribute of a type": changing(lambda: Inherited, lambda v: v.number, lambda v, k: set_attribute("number")(Settings, k)),
    "attribute of a list": changing(ListWithName, lambda v: v.number, set_attribute("number")),
    "function attribute": changing(lambda: helper, lambda v: v.number, set_attribute("number")),
    "default of a function": changing(lambda: types.FunctionType((lambda a=0.0: a).__code__, {}, argdefs=(0.0,)),
                                      lambda v: v(), lambda v, k: setattr(v, "__defaults__", (float(k // 4),))),
    "keyword of a partial": changing(lambda: functools.partial(lambda a: a[0], [0.0]), lambda v: v(),
                                     lambda v, k: set_item(0)(v.args[0], k)),
    "another class": changing(lambda: [Data()], lambda v: float(isinstance(v[0], SlottedData)),
                              lambda v, k: operator.setitem(v, 0, (Data, SlottedData)[k // 4 % 2]())),
    "class of an object": changing(Settings, lambda v: float(type(v) is Inherited),
                                   lambda v, k: setattr(v, "__class__", (Settings, Inherited)[k // 4 % 2])),
    "weak reference": changing(lambda: types.SimpleNamespace(held=Settings()), lambda v: float(v.reference() is None),
                               lambda v, k: setattr(v, "reference", weakref.ref(v.held)) if k == 0 else setattr(v, "held", None)
                               if k == 4 else None),
    "enumeration": changing(lambda: [Level.LOW], lambda v: v[0].value, lambda v, k: operator.setitem(v, 0, list(Level)[k // 4 % 2])),
    "a date": changing(lambda: [datetime.date(2026, 1, 1)], lambda v: v[0].day,
                       lambda v, k: operator.setitem(v, 0, datetime.date(2026, 1, 1 + k // 4))),
    "1 and True": changing(lambda: [1], lambda v: 2.0 if v[0] is True else 1.0, lambda v, k: operator.setitem(v, 0, k < 4 or 1)),
    "1 and 1.0": changing(lambda: {"a": 1}, lambda v: 2.0 if isinstance(v["a"], float) else 1.0,
                          lambda v, k: operator.setitem(v, "a", 1 if k < 4 else 1.0)),
    "0.0 and -0.0": changing(lambda: [0.0], lambda v: v[0], lambda v, k: operator.setitem(v, 0, (0.0, -0.0)[k // 4 % 2])),
    "nan": changing(lambda: [0.0], lambda v: v[0], lambda v, k: operator.setitem(v, 0, float("nan" if k % 4 else "1"))),
}  # fmt: skip


GLOBAL = 0.0
CONFIG = types.ModuleType("config_of_frozen")
CONFIG.number = 0.0


@row
def a_global():
    def change(k):
        global GLOBAL
        GLOBAL = float(k // 4)

    return lambda x: x * GLOBAL, change


@row
def a_closure_that_is_bound_anew():
    number = 0.0

    def change(k):
        nonlocal number
        number = float(k // 4)

    return lambda x: x * number, change


@row
def attribute_of_a_module():
    return lambda x: x * CONFIG.number, lambda k: setattr(CONFIG, "number", float(k // 4))


@row
def attribute_of_a_module_by_a_computed_name():
    return lambda x: x * getattr(CONFIG, "num" + "ber"), lambda k: setattr(CONFIG, "number", float(k // 4))


@row
def import_inside():
    sys.modules["config_of_frozen"] = CONFIG

    def function(x):
        from config_of_frozen import number

        return x * number

    return function, lambda k: setattr(CONFIG, "number", float(k // 4))


@row
def the_globals_dict():
    return lambda x: x * globals()["GLOBAL"], lambda k: globals().__setitem__("GLOBAL", float(k // 4))


@row
def a_global_by_eval():
    return lambda x: x * eval("GLOBAL"), lambda k: globals().__setitem__("GLOBAL", float(k // 4))


@row
def environment():
    return lambda x: x * float(os.environ["FROZEN"]), lambda k: os.environ.__setitem__("FROZEN", str(k // 4))


@row
def environment_by_getenv():
    return lambda x: x * float(os.getenv("FROZEN", "1")), lambda k: os.environ.__setitem__("FROZEN", str(k // 4))


@row
def counter_in_a_closure():
    calls = 0

    def function(x):
        nonlocal calls
        calls += 1
        return x * calls

    return function, nothing


@row
def counter_of_an_object():
    class Scaler:
        calls = 0

        def __call__(self, x):
            self.calls += 1
            return x * self.calls

    return Scaler(), nothing


@row
def counter_of_a_class():
    class Scaler:
        calls = 0

    def function(x):
        Scaler.calls += 1
        return x * Scaler.calls

    return function, nothing


@row
def schedule_by_index():
    factors, place = [1.0, 0.5, 0.25] * 9, types.SimpleNamespace(at=0)

    def function(x):
        place.at += 1
        return x * factors[place.at]

    return function, nothing


@row
def popped_from_a_deque():
    numbers = collections.deque(float(i) for i in range(100))
    return lambda x: x * numbers.popleft(), nothing


@row
def default_dtype():
    return lambda x: x.double() + mg.full((4,), 0.1), lambda k: mg.set_default_dtype(
        (mg.float32, mg.float64)[k // 4 % 2]
    )


@row
def seeded_inside():
    def function(x):
        mg.manual_seed(5)
        return x * mg.rand(4)

    return function, lambda k: mg.manual_seed(k)


@row
def drawn_inside():
    return lambda x: x * mg.rand(4), lambda k: k or mg.manual_seed(3)


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


# --------------------------------------------------------------------------------------------- tests


@pytest.fixture(autouse=True)
def restore():
    """Leave what is everybody's as it was."""
    state = random.getstate(), np.random.get_state()
    yield
    random.setstate(state[0])
    np.random.set_state(state[1])
    mg.set_default_dtype(mg.float32)
    os.environ.pop("FROZEN", None)
    sys.modules.pop("config_of_frozen", None)
    Settings.number, Settings.values = 0.0, [0.0]


def results(row: str, compiled: bool) -> tuple[list[list[Any]], Any]:
    """The results of some calls of a row's function, and the function."""
    function, change = ROWS[row]()
    if compiled:
        function = mg.compile(function)
    found = []
    for k in range(CALLS):
        change(k)
        out = function(X)
        found.append([t.clone() for t in (out if isinstance(out, list) else [out])])
    return found, function


@pytest.mark.parametrize("row", ROWS)
def test_a_compiled_function_decides_anew_at_each_call(row):
    expected, _ = results(row, compiled=False)
    got, function = results(row, compiled=True)
    for k, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        assert all(map(same_bits, ours, theirs)), (k, ours, theirs, function.reasons)


UNREPEATABLE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "clock": (lambda x: x * time.perf_counter(), "reads the clock"),
    "nanoseconds": (lambda x: x * time.time_ns(), "reads the clock"),
    "sleep": (lambda x: [x, time.sleep(0)][0], "reads the clock"),
    "now": (lambda x: x * datetime.datetime.now().microsecond, "datetime.now"),
    "today": (lambda x: x * datetime.date.today().day, "today"),
    "urandom": (lambda x: x * os.urandom(1)[0], "urandom"),
    "secrets": (lambda x: x * secrets.randbelow(9), "urandom"),
    "uuid": (lambda x: x * (uuid.uuid4().int % 9), "urandom"),
    "unseeded": (lambda x: x * random.Random().random(), "seeds"),
    "unseeded state of NumPy": (lambda x: x * float(np.random.RandomState().rand()), "."),
    "unseeded of NumPy": (lambda x: x * float(np.random.default_rng().random()), "."),
    "system": (lambda x: x * random.SystemRandom().random(), "seeds"),
    "file": (lambda x: [x, open(__file__).close()][0], "open"),
    "directory": (lambda x: x * len(os.listdir(".")), "listdir"),
    "print": (lambda x: [x, print(end="")][0], "it prints"),
    "log": (lambda x: [x, logging.getLogger("frozen").debug("word")][0], "log"),
    "process": (lambda x: x * (os.getpid() % 9), "getpid"),
    "thread": (lambda x: x * (threading.get_ident() % 9), "get_ident"),
    "exec": (lambda x: [x, exec("pass")][0], "exec"),
    "seed": (lambda x: [x, mg.seed()][0], "."),
}


@pytest.mark.parametrize("name", UNREPEATABLE)
def test_what_differs_from_call_to_call_runs_eagerly(name):
    function, reason = UNREPEATABLE[name]
    compiled = mg.compile(function)
    for _ in range(4):
        compiled(X)
        assert compiled.plan is None
    assert any(reason in r for r in compiled.reasons), compiled.reasons
    strict = mg.compile(function, fullgraph=True)
    strict(X)
    with pytest.raises(RuntimeError, match="compile"):
        strict(X)


def test_lists_and_dicts_among_the_arguments_change():
    def function(x, log, best, nested):
        log.append(x.shape[0])
        best["x"] = x
        nested[0][0] = 7
        return x + 1

    compiled = mg.compile(function)
    log, best, nested = [], {}, ([0],)
    for k in range(5):
        x = mg.full((2,), float(k))
        assert compiled(x, log, best, nested).tolist() == [k + 1.0] * 2
        assert log == [2] * (k + 1)
        assert best["x"] is x
        assert nested == ([7],)


@pytest.mark.parametrize("values", [(0.0, -0.0), (1, True), (1, 1.0), (float("nan"), 1.0), ("a", "b")], ids=str)
def test_arguments_that_only_look_equal(values):
    def function(x, value):
        return x * value if not isinstance(value, str) else x + len(value) + (value == "b")

    compiled = mg.compile(function)
    for k in range(12):
        value = values[k // 3 % 2]
        assert same_bits(compiled(X, value), function(X, value))


def test_what_is_only_read_is_compiled():
    """The watch must not refuse what a training step usually reaches."""
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1), nn.Linear(4, 2))
    optimizer = mg.optim.AdamW(model.parameters())
    options = {"scale": 2.0, "names": ["a", "b"], "when": datetime.date(2026, 1, 1), "kinds": {1, 2}}
    lock, pattern, table, settings = threading.Lock(), "a+", np.ones(4, np.float32), Slotted()

    @mg.compile(fullgraph=True)
    def step(x):
        assert all(map(options.get, options))
        assert lock is not None or len(pattern) == settings.number + table.sum()
        optimizer.zero_grad()
        losses = sorted({"a": (model(x) * options["scale"]).sum()}.items())
        sum(loss for _, loss in losses).backward()
        optimizer.step()

    for _ in range(5):
        step(mg.ones(3, 4))
    assert step.plan is not None


def test_an_anomaly_is_found_by_compiled_steps_too():
    weight = mg.zeros(3, requires_grad=True)

    def step(x):
        weight.grad = None
        (weight.sqrt() * x).sum().backward()

    compiled = mg.compile(step)
    for _ in range(3):
        compiled(mg.zeros(3))
    with mg.autograd.detect_anomaly(), pytest.raises(RuntimeError, match="nan"):
        compiled(mg.zeros(3))
