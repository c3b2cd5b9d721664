"""Nothing that Python decides is frozen in a compiled function: it is watched, or the function runs eagerly."""

from __future__ import annotations

import datetime
import functools
import importlib
import logging
import math
import operator
import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import mocrograd as mg
import numpy as np
import pytest
from compiler import frozen_values
from compiler.frozen_table import ROWS
from compiler.networks import same_bits
from mocrograd import nn

for _part in ("sources", "values", "training"):
    importlib.import_module(f"compiler.frozen_{_part}")  # fills the table
X = mg.arange(4.0) - 1.5
CALLS = 9


@pytest.fixture(autouse=True)
def restore():
    """Leave what is everybody's as it was."""
    state, threads = (random.getstate(), np.random.get_state()), mg.get_num_threads()
    yield
    random.setstate(state[0])
    np.random.set_state(state[1])
    mg.set_default_dtype(mg.float32)
    mg.set_num_threads(threads)
    os.environ.pop("FROZEN", None)
    sys.modules.pop("config_of_frozen", None)
    frozen_values.Settings.number, frozen_values.Settings.values = 0.0, [0.0]


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
    lock, pattern, table, settings = threading.Lock(), "a+", np.ones(4, np.float32), frozen_values.Slotted()
    functions = [
        np.sum,
        np.add,
        np.vectorize,
        len,
        str.upper,
        math.exp,
        operator.itemgetter(0),
        functools.lru_cache(abs),
    ]

    @mg.compile(fullgraph=True)
    def step(x):
        assert all(map(options.get, options))
        assert functions
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
