"""Rows of what has a place or a state: iterators, random numbers, globals, the environment."""

from __future__ import annotations

import builtins
import collections
import contextvars
import itertools
import os
import random
import sys
import threading
import types

import mocrograd as mg
import numpy as np
from compiler.frozen_table import nothing, row

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


# ------------------------------------------------------------------------------- the state of the library


@row
def number_of_threads():
    return lambda x: x * mg.get_num_threads(), lambda k: mg.set_num_threads(1 + k % 2)


@row
def seed_of_random_numbers():
    return lambda x: x * (mg.initial_seed() % 100), lambda k: mg.manual_seed(k)


@row
def memory_in_use():
    kept = []
    start = mg.memory_stats()["allocated"]
    return (
        lambda x: x * ((mg.memory_stats()["allocated"] - start) // (1 << 20)),
        lambda k: kept.append(mg.zeros(1 << 19)),
    )


@row
def name_among_the_builtins():
    builtins.frozen_number = 0.0
    return lambda x: x * frozen_number, lambda k: setattr(builtins, "frozen_number", float(k))  # noqa: F821
