"""Shortcuts: a call that fits its plan as one block of words, which Mojo checks and runs in one crossing.

A block (mojo_kernels/python/shortcut.mojo) has everything that a call compares, what varies, and what the result is
made of. Where it declines, the call goes the long way, which decides.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mocrograd import backend, dtypes
from mocrograd.autograd import mode
from mocrograd.backend.setting import setting
from mocrograd.compiler.trace import CAPTURED
from mocrograd.compiler.tree import RELEASED, Fresh, extent
from mocrograd.compiler.watch import CLASS, INSTANCE, LIST, Watch
from mocrograd.tensor import Tensor

if TYPE_CHECKING:
    from mocrograd.compiler.plan import Plan
    from mocrograd.compiler.record import Recorded

_AT = {name: number for number, name in enumerate(backend.SHORTCUT_HEAD)}
_FREE, _BUSY, _RETIRED = range(3)
_VERSIONS = sys.implementation.name == "cpython" and sys.version_info < (3, 13)
"""Whether each change of a dict gives it a new version."""
_MOST_PAUSE = 1 << 12
_EDGE = (RELEASED, 0)
_NAMES = "anomaly", "autocast"


class Shortcut:
    """What a call needs that fits a plan.

    Args:
        recorded: The recorded run; its surroundings hold.
        arguments: The arguments of a call that fits it.

    Attributes:
        block: The address of the words.
    """

    def __init__(self, recorded: Recorded, arguments: Sequence[Tensor]) -> None:
        plan, around = recorded.plan, recorded.around
        assert plan is not None
        self._keep: list[Any] = [plan, around, *_NAMES, _EDGE]
        self._contents = around.contents
        program = plan.program
        self._keep.append(program)
        fresh = _fresh_of(recorded)
        head = dict.fromkeys(_AT, 0)
        head |= {
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
        if fresh is not None:
            head |= {"shape": id(fresh.shape), "strides": id(fresh.strides), "dtype": id(fresh.dtype)}
            head |= {"size": fresh.size, "itemsize": fresh.dtype.itemsize}
            if fresh.requires_grad:
                head |= {"node": id(RELEASED), "edge": id(_EDGE)}
        self._keep.append(fresh)
        tables = {
            "arguments": [self._argument(argument) for argument in arguments],
            "spans": list(_spans(plan)),
            "tensors": [(id(tensor), *state) for tensor, state in zip(around.watched, around.words)],
            "watches": [self._watch(watch) for watch in (*around.watches, *_settings())],
            "gradients": [(id(g.leaf), id(g.grad)) for g in plan.gradients if g.grad is not None],
            "stamps": [(id(stamp),) for stamp in plan.stamps],
            "varying": [self._varying(values, letters) for values, letters in plan.varying],
        }
        head |= {name: len(rows) for name, rows in tables.items()}
        head["first"] = len(arguments) + (fresh is not None)
        head["values"] = head["first"] + sum(row[-1] for row in tables["varying"])
        words = [*head.values(), *[word for rows in tables.values() for row in rows for word in row]]
        self._words = array("q", words + [0] * head["values"])
        self.block = self._words.buffer_info()[0]

    def _argument(self, argument: Tensor) -> tuple[int, ...]:
        kept = argument._shape, argument._strides, argument.dtype, argument.device
        self._keep.append(kept)
        return *map(id, kept), int(argument.requires_grad), extent(argument)

    def _watch(self, watch: Watch) -> tuple[int, ...]:
        self._keep.append((watch.container, watch.contents))
        return watch.kind, id(watch.container), id(watch.contents), 0, 0

    def _varying(self, values: Callable[[], Sequence[float]], letters: str) -> tuple[int, ...]:
        text = array("b", f"{letters}\0".encode())
        self._keep.append((values, text))
        source = _source(values)
        return 0 if source is None else id(source), 0, id(values), text.buffer_info()[0], len(letters)

    @property
    def busy(self) -> bool:
        """Whether a call of another thread is under way."""
        return self._words[0] == _BUSY

    def fits(self, contents: Any) -> bool:
        """Return whether it may still run: its plan's memory and what its containers shall hold are as they were."""
        return self._words[0] != _RETIRED and self._contents is contents

    def retire(self) -> None:
        """Decline from now on: memory or the program are others now."""
        self._words[0] = _RETIRED

    def __enter__(self) -> None:
        """Decline while a call goes the long way."""
        if self._words[0] == _FREE:
            self._words[0] = _BUSY

    def __exit__(self, *error: object) -> None:
        """Allow calls again."""
        if self._words[0] == _BUSY:
            self._words[0] = _FREE


class Pause:
    """Says when to make a shortcut anew: after one call, after two more, four more, ..."""

    def __init__(self) -> None:
        self._calls = self._next = 1

    def ends(self) -> bool:
        """Count a call that went the long way; return whether the pause ends with it."""
        self._calls -= 1
        if self._calls > 0:
            return False
        self._next = min(2 * self._next, _MOST_PAUSE)
        self._calls = self._next
        return True


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
    )
