"""Makes shortcuts: everything that a call needs that fits a plan, as words (mojo_kernels/python/shortcut.mojo)."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from mocrograd import backend, dtypes
from mocrograd.autograd import mode
from mocrograd.backend import recording
from mocrograd.backend.setting import setting
from mocrograd.compiler.plan import Plan
from mocrograd.compiler.record import Recorded
from mocrograd.compiler.shortcut import Shortcut
from mocrograd.compiler.trace import CAPTURED
from mocrograd.compiler.tree import RELEASED, Fresh, extent
from mocrograd.compiler.watch import CLASS, DICT, INSTANCE, LIST, Watch
from mocrograd.tensor import Tensor

_VERSIONS = sys.implementation.name == "cpython" and sys.version_info < (3, 13)
"""Whether each change of a dict gives it a new version."""
_EDGE = (RELEASED, 0)
_NAMES = "anomaly", "autocast"


class _Writer:
    """Writes the words of a shortcut, and keeps the objects that they name.

    It keeps no arena and no gradients, whose references are counted: the plan does, and retires the shortcut with them.
    """

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.keep: list[Any] = [recorded.around, *_NAMES, _EDGE]

    def shortcut(self, arguments: Sequence[Tensor]) -> Shortcut:
        """Return the shortcut of calls with arguments like these."""
        tables = self._tables(arguments)
        head = dict.fromkeys(backend.SHORTCUT_HEAD, 0) | self._head() | self._result()
        head |= {name: len(rows) for name, rows in tables.items()}
        head["first"] = len(arguments) + (head["shape"] != 0)
        head["values"] = head["first"] + sum(row[-1] for row in tables["varying"])
        words = [*head.values(), *[word for rows in tables.values() for row in rows for word in row]]
        return Shortcut(array("q", words + [0] * head["values"]), self.recorded.around.contents, self.keep)

    def _head(self) -> dict[str, int]:
        plan = self.recorded.plan
        assert plan is not None
        program = plan.program
        self.keep += [program, plan.stamps]
        return {
            "program": program.address,
            "stop": program.stop,
            "table": program.table_address,
            "work": plan.work,
            "versions": int(_VERSIONS),
            "declined": id(NotImplemented),
            "grad": id(mode.grad),
            "anomaly": id(mode.anomaly),
            "anomaly_name": id(_NAMES[0]),
            "autocast_name": id(_NAMES[1]),
            "arena": id(plan.arena),
            "references": plan.references,
        }

    def _result(self) -> dict[str, int]:
        fresh = _fresh_of(self.recorded)
        self.keep.append(fresh)
        if fresh is None:
            return {}
        layout = {"shape": id(fresh.shape), "strides": id(fresh.strides), "dtype": id(fresh.dtype)}
        node = {"node": id(RELEASED), "edge": id(_EDGE)} if fresh.requires_grad else {}
        return {**layout, "size": fresh.size, "itemsize": fresh.dtype.itemsize, **node}

    def _tables(self, arguments: Sequence[Tensor]) -> dict[str, list[tuple[int, ...]]]:
        plan, around = self.recorded.plan, self.recorded.around
        assert plan is not None
        return {
            "arguments": [self._argument(argument) for argument in arguments],
            "spans": list(_spans(plan)),
            "tensors": [(id(tensor), *state) for tensor, state in zip(around.watched, around.words)],
            "watches": [self._watch(watch) for watch in (*around.watches, *_settings())],
            "gradients": [(id(g.leaf), 0 if g.grad is None else id(g.grad)) for g in plan.gradients],
            "stamps": [(id(stamp),) for stamp in plan.stamps],
            "varying": [self._varying(values, letters) for values, letters in plan.varying],
        }

    def _argument(self, argument: Tensor) -> tuple[int, ...]:
        kept = argument._shape, argument._strides, argument.dtype, argument.device
        self.keep.append(kept)
        return *map(id, kept), int(argument.requires_grad), extent(argument)

    def _watch(self, watch: Watch) -> tuple[int, ...]:
        self.keep.append((watch.container, watch.contents))
        return watch.kind, id(watch.container), id(watch.contents), 0, 0

    def _varying(self, values: Callable[[], Sequence[float]], letters: str) -> tuple[int, ...]:
        text = array("b", f"{letters}\0".encode())
        self.keep.append((values, text))
        source = _source(values)
        return 0 if source is None else id(source), 0, id(values), text.buffer_info()[0], len(letters)


def shorten(recorded: Recorded, arguments: Sequence[Tensor]) -> Shortcut:
    """Return a shortcut to a plan.

    Args:
        recorded: The recorded run; its surroundings hold.
        arguments: The arguments of a call that fits it.
    """
    return _Writer(recorded).shortcut(arguments)


def possible(recorded: Recorded) -> bool:
    """Return whether there can be shortcuts: one new tensor or None as the result, and guards that Mojo knows."""
    plan, around = recorded.plan, recorded.around
    assert plan is not None
    return (
        plan.device is backend.cpu
        and not plan.changed_arguments
        and not recorded.errors
        and around.is_quick
        and not plan.borrows
        and len(plan.outputs) == (_fresh_of(recorded) is not None)
        and _result_fits(recorded)
    )


def _fresh_of(recorded: Recorded) -> Fresh | None:
    assert recorded.rebuild is not None
    template = recorded.rebuild.template
    return template if type(template) is Fresh else None


def _result_fits(recorded: Recorded) -> bool:
    assert recorded.plan is not None
    assert recorded.rebuild is not None
    fresh = _fresh_of(recorded)
    if fresh is None:
        return recorded.rebuild.template is None
    whole = fresh.offset == 0 and fresh.dense and fresh.device is backend.cpu
    whole = whole and not (fresh.requires_grad and fresh.is_leaf)
    return whole and recorded.plan.outputs[0].nbytes <= fresh.size * fresh.dtype.itemsize


def _spans(plan: Plan) -> Iterator[tuple[int, int]]:
    """Yield start and end of the memory from before that a plan touches; neighbours make one."""
    start = stop = 0
    for address, nbytes in sorted((b.address, b.nbytes) for b in plan.addresses if b.kind == CAPTURED):
        if stop and address <= stop:
            stop = max(stop, address + nbytes)
            continue
        if stop:
            yield start, stop
        start, stop = address, address + nbytes
    if stop:
        yield start, stop


def _source(values: Callable[[], Sequence[float]]) -> dict[str, Any] | None:
    """Return the group of options that values are a function of, None where they may change otherwise."""
    if type(values) is not partial or not values.args or type(values.args[0]) is not dict:
        return None
    code = getattr(values.func, "__func__", None)
    known = getattr(code, "__module__", "").startswith("mocrograd.optim.")
    return values.args[0] if known else None


def _settings() -> tuple[Watch, ...]:
    """Return what all functions depend on and no search finds."""
    return (
        Watch(INSTANCE, setting, "the setting"),
        Watch(LIST, backend.default, "the default device"),
        Watch(LIST, dtypes._DEFAULTS, "the default dtypes"),
        Watch(CLASS, backend.device, "the devices"),
        Watch(DICT, recording.switches, "the switches"),
    )
