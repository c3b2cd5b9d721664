"""Rows of values of Python that change between calls."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import enum
import functools
import operator
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from compiler.frozen_table import ROWS

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
