"""`compile`: a function that is recorded and replayed, or runs eagerly where that is impossible."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from threading import Lock, get_ident
from typing import Any

from mocrograd import backend, overriding
from mocrograd.autograd import mode
from mocrograd.backend import recording, run_shortcut
from mocrograd.compiler.guards import Surroundings
from mocrograd.compiler.plan import Plan
from mocrograd.compiler.reachable import Wrapper
from mocrograd.compiler.record import Recorded, record
from mocrograd.compiler.shortcut import Shortcut
from mocrograd.compiler.shorten import possible, shorten
from mocrograd.compiler.tree import contents, copy_layout, owners, signature
from mocrograd.dtypes import get_default_dtype
from mocrograd.nn import Module
from mocrograd.tensor import Tensor

MOST_PLANS = 8
"""The most plans of one function; a further signature runs eagerly."""
_MOST_FAILURES = 2
"""How often a signature is recorded in vain before it runs eagerly for good."""
_BUSY = "another thread runs its plan"
_WITHOUT_MEANING = {"_one_of_several", "_stands_for", "persistent"}
"""Attributes of tensors that no result depends on."""
recording_lock = Lock()
"""Held while a run is recorded: there is one recording at a time."""


class _Last:
    """The plan of the last call, and a quick check that it fits the next one too."""

    def __init__(self, recorded: Recorded, args: Sequence[Any], setting: tuple[Any, ...]) -> None:
        self.recorded = recorded
        self.setting = setting
        self.watched, self.states = recorded.around.watched, recorded.around.states
        # what is no tensor never equals an argument's layout
        self.layouts = tuple([signature(arg, [], []) if isinstance(arg, Tensor) else (None,) * 5 for arg in args])

    def fits(self, args: Sequence[Any]) -> bool:
        """Return whether the plan fits a call with positional arguments, all of them tensors."""
        return (
            self.setting == _setting()
            and backend.fits(args, self.layouts, self.watched, self.states)
            and self.recorded.holds(args)
        )


class Compiled(Wrapper):
    """A compiled function or module; call it as the original. Made by `compile`.

    Attributes:
        plans: The plans recorded so far.
        plan: The plan of the last call, None where it ran eagerly.
        reasons: Why calls ran eagerly, each reason once.

    Example:
        >>> import mocrograd as mg
        >>> step = mg.compile(lambda x: (x * 2).relu() + 1)
        >>> type(step).__name__, step(mg.tensor([-1.0, 3.0]))
        ('Compiled', tensor([1., 7.]))
    """

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False, generate: bool = False) -> None:
        if not callable(function):
            raise TypeError(f"compile(): expected a function or a module, got {type(function).__name__}")
        self.function = function
        self.plan: Plan | None = None
        self.reasons: list[str] = []
        self._fullgraph = fullgraph
        self._generate = generate
        self._warm = False
        self._last: _Last | None = None
        self._shortcut: Shortcut | None = None
        self._recorded: dict[Any, list[Recorded]] = {}
        self._failures: dict[Any, int] = {}
        if not isinstance(function, Module):
            functools.update_wrapper(self, function, updated=())

    @property
    def plans(self) -> list[Plan]:
        """The plans recorded so far."""
        return [r.plan for some in self._recorded.values() for r in some if r.plan is not None]

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind to an instance, as a function in a class does."""
        return self if instance is None else types.MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        """Give what the compiled module has."""
        function = self.__dict__.get("function")
        if isinstance(function, Module):
            return getattr(function, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run a plan that fits, or record one."""
        if overriding.installed and overriding.wanted((*args, *kwargs.values())):
            return self._run_eagerly(args, kwargs, "a class of an argument, or a mode, has its own way with functions")
        shortcut = self._shortcut
        if shortcut is not None and not kwargs:
            result = run_shortcut(shortcut.block, args)
            if result is not NotImplemented:
                return result
        active = recording.active
        if active is not None and active.thread == get_ident():
            return self.function(*args, **kwargs)  # part of the function that is being recorded
        if mode.vmap is not None:
            return self._run_eagerly(args, kwargs, "vmap maps it")
        last = self._last
        if last is not None and not kwargs and last.fits(args):
            return self._replay(last.recorded, args, kwargs, args)
        tensors: list[Tensor] = []
        objects: list[Any] = []
        key = _key(args, kwargs, tensors, objects)
        found = self._search(key, args, kwargs, tensors)
        if found is not None:
            return self._replay(found, args, kwargs, tensors)
        self.plan = self._shortcut = None
        obstacle = self._obstacle(key, tensors)
        if obstacle is not None or not recording_lock.acquire(blocking=False):
            self._note(obstacle)
            return self.function(*args, **kwargs)
        try:
            recorded = self._record(args, kwargs, tensors, objects)
        finally:
            recording_lock.release()
        if recorded.plan is None:
            self._failures[key] = self._failures.get(key, 0) + 1
            self._note(recorded.reason)
        else:
            self._recorded.setdefault(key, []).append(recorded)
            if self._generate and recorded.plan.device is backend.cpu:
                recorded.plan.generate()
        return recorded.result

    def find(self, args: tuple[Tensor, ...]) -> Recorded | None:
        """Return what `replay` can run for positional tensors, None where a call would run the function itself."""
        last = self._last
        if last is not None and last.fits(args):
            return last.recorded
        tensors: list[Tensor] = []
        return self._search(_key(args, {}, tensors, []), args, {}, tensors)

    def replay(self, recorded: Recorded, args: tuple[Tensor, ...]) -> Any:
        """Run a plan that `find` found for these tensors."""
        return self._replay(recorded, args, {}, args)

    def record_now(self, args: tuple[Tensor, ...]) -> Recorded | None:
        """Run the function and record it, at the first call already, also where arguments share memory.

        The caller knows that the function has made before what it makes once, and that it changes no argument.

        Returns:
            The recorded run with its result; None where another recording is going on, and nothing has run.
        """
        if recording.active is not None or not recording_lock.acquire(blocking=False):
            return None
        try:
            key = _key(args, {}, [], [])
            copies = [copy_layout(tensor) for tensor in args]  # which lie apart from each other
            recorded = self._record(tuple(copies), {}, copies, [])
        finally:
            recording_lock.release()
        if recorded.plan is None:
            self._note(recorded.reason)
        else:
            self._recorded.setdefault(key, []).append(recorded)
        return recorded

    def _search(self, key: Any, args: Any, kwargs: Any, tensors: Sequence[Tensor]) -> Recorded | None:
        """Return a recording of a signature whose surroundings are as they were."""
        for recorded in self._recorded.get(key, ()):
            if backend.fits((), (), recorded.around.watched, recorded.around.states) and recorded.holds(tensors):
                self._last = _Last(recorded, args, key[1:]) if not kwargs else None
                return recorded
        return None

    def _replay(self, recorded: Recorded, args: Any, kwargs: Any, tensors: Sequence[Tensor]) -> Any:
        plan = recorded.plan
        assert plan is not None
        if not plan.lock.acquire(blocking=False):  # another thread runs it: its memory is in use
            return self._run_eagerly(args, kwargs, _BUSY)
        try:
            if plan.shortcut is not None and plan.shortcut.busy:
                return self._run_eagerly(args, kwargs, _BUSY)
            with plan.shortcut or nullcontext():
                memory = plan.run(tensors)
            self._shortcut = None if kwargs or tensors is not args else self._shortcut_of(recorded, tensors)
        finally:
            plan.lock.release()
        self.plan = plan
        return recorded.built(tensors, memory)

    def _run_eagerly(self, args: Any, kwargs: Any, reason: str) -> Any:
        self.plan = None
        self._note(reason)
        return self.function(*args, **kwargs)

    def _shortcut_of(self, recorded: Recorded, arguments: Sequence[Tensor]) -> Shortcut | None:
        """Return what may run the plan at the next call, None where it takes longer than it saves to make it."""
        plan = recorded.plan
        assert plan is not None
        if plan.shortcut is not None and plan.shortcut.fits(recorded.around.contents):
            return plan.shortcut
        if not (plan.is_settled and possible(recorded) and recorded.pause.ends()):
            return None
        plan.leave_shortcut()
        plan.shortcut = shorten(recorded, arguments)
        return plan.shortcut

    def _record(self, args: Any, kwargs: Any, tensors: list[Tensor], objects: list[Any]) -> Recorded:
        before = contents([args, kwargs])
        call = lambda: self.function(*args, **kwargs)  # noqa: E731
        recorded = record(tensors, call, Surroundings(self.function, objects), self._fullgraph)
        after = contents([args, kwargs])
        if len(before) != len(after) or any(a is not b for a, b in zip(before[1:], after[1:])):
            recorded.plan, recorded.reason = None, recorded.reason or "it changes a list or a dict among its arguments"
        return recorded

    def _obstacle(self, key: Any, tensors: list[Tensor]) -> str | None:
        """Return why this call must run eagerly, "" where that has been reported, or None."""
        if not self._warm:
            self._warm = True  # what a function creates once, such as momentum, it creates now
            return ""
        if self._failures.get(key, 0) >= _MOST_FAILURES:
            return ""
        if mode.anomaly:
            return "anomalies are looked for"
        if len(self.plans) >= MOST_PLANS:
            return f"there are {MOST_PLANS} plans already; {self._difference(key)}"
        hooks = next((name for name, count in recording.switches.items() if "hooks" in name and count), None)
        if hooks is not None:
            return f"there are {hooks}"
        if any(tensor._sparse for tensor in tensors):
            return "an argument is sparse"
        if any(tensor._marks for tensor in tensors):
            return "an argument is a conjugate or negative view"
        if any(tensor.device is backend.meta for tensor in tensors):
            return "an argument is on meta"
        if mode.grad and any(tensor.requires_grad for tensor in tensors):
            return "an argument requires a gradient"
        if any(not _WITHOUT_MEANING.issuperset(vars(tensor)) for tensor in tensors):
            return "an argument has attributes of its own"
        if len(set(owners(tensors))) < len(tensors):
            return "two arguments share memory"
        return None

    def _difference(self, key: Any) -> str:
        """Return why none of the plans fits."""
        known = self._recorded.get(key)
        if not known:
            return "this call has other shapes, dtypes or values than those"
        return f"{known[-1].difference()} differs from call to call"

    def _note(self, reason: str | None) -> None:
        if not reason:
            return
        if self._fullgraph:
            raise RuntimeError(f"compile(fullgraph=True): {reason}")
        if reason not in self.reasons:
            self.reasons.append(reason)


def _key(args: Any, kwargs: Any, tensors: list[Tensor], objects: list[Any]) -> tuple[Any, ...]:
    """Return what tells signatures apart; collect the tensors and other objects among arguments."""
    layout = signature(args, tensors, objects), signature(kwargs, tensors, objects) if kwargs else None
    return (layout, *_setting())


def _setting() -> tuple[Any, ...]:
    """Return the settings that all functions depend on and that no search finds."""
    casts = None if mode.autocast is None else mode.autocast.key
    devices = backend.default[-1], backend.device.current
    kernels = backend.current_kernels(), backend.matmul_precision()
    switches = tuple(recording.switches.values())
    return mode.grad, mode.anomaly, kernels, get_default_dtype(), devices, casts, switches
