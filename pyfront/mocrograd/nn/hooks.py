"""Hooks of modules: what runs before and after forward, on the way back, and around saving and loading."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any, NamedTuple

from mocrograd import ops
from mocrograd.autograd import Function
from mocrograd.autograd.modes import mode
from mocrograd.tensor import Tensor
from mocrograd.utils.hooks import RemovableHandle

KINDS = ("before", "after", "backward_before", "backward", "saving", "saved", "loading", "loaded")


class Hook(NamedTuple):
    """A hook and its options."""

    call: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False


class Hooks:
    """The hooks of one module, of each kind in the order in which they run."""

    before: OrderedDict[int, Hook]
    after: OrderedDict[int, Hook]
    backward_before: OrderedDict[int, Hook]
    backward: OrderedDict[int, Hook]
    saving: OrderedDict[int, Hook]
    saved: OrderedDict[int, Hook]
    loading: OrderedDict[int, Hook]
    loaded: OrderedDict[int, Hook]

    def __init__(self) -> None:
        """Start with none."""
        for kind in KINDS:
            setattr(self, kind, OrderedDict())


class ModuleHandle(RemovableHandle):
    """Removes the hook of a module again; usable as a context manager."""

    def __init__(self, module: Hooked, hooks: OrderedDict[int, Hook]) -> None:
        """Take a number for a hook of a module."""
        super().__init__(hooks)
        self._module = module

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        super().remove()
        self._module._forget_empty()


def add(module: Hooked, kind: str, hook: Hook, prepend: bool = False) -> ModuleHandle:
    """Give a module a hook.

    Args:
        module: The module.
        kind: One of `KINDS`.
        hook: The hook.
        prepend: Whether it runs before those of its kind that are there.
    """
    if module._hooks is None:
        module._hooks = Hooks()
    hooks: OrderedDict[int, Hook] = getattr(module._hooks, kind)
    handle = ModuleHandle(module, hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class Calls(MutableMapping[int, Callable[..., Any]]):
    """The hooks of one kind of a module as torch's attributes show them: functions by number.

    Args:
        module: The module.
        kind: One of `KINDS`.
    """

    __slots__ = ("_kind", "_module")

    def __init__(self, module: Hooked, kind: str) -> None:
        self._module, self._kind = module, kind

    def _hooks(self) -> OrderedDict[int, Hook]:
        hooks = self._module._hooks
        return OrderedDict() if hooks is None else getattr(hooks, self._kind)

    def __getitem__(self, number: int) -> Callable[..., Any]:
        """Return the function of that number."""
        return self._hooks()[number].call

    def __setitem__(self, number: int, call: Callable[..., Any]) -> None:
        """Set the function of that number."""
        if self._module._hooks is None:
            self._module._hooks = Hooks()
        self._hooks()[number] = Hook(call)

    def __delitem__(self, number: int) -> None:
        """Remove the hook of that number."""
        del self._hooks()[number]
        self._module._forget_empty()

    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers."""
        return iter(self._hooks())

    def __len__(self) -> int:
        """Count the hooks."""
        return len(self._hooks())


class Hooked:
    """The part of a module that takes hooks."""

    forward: Callable[..., Any]
    _hooks: Hooks | None

    _forward_pre_hooks = property(lambda self: Calls(self, "before"))
    _forward_hooks = property(lambda self: Calls(self, "after"))
    _backward_pre_hooks = property(lambda self: Calls(self, "backward_before"))
    _backward_hooks = property(lambda self: Calls(self, "backward"))

    def _forget_empty(self) -> None:
        """Keep no dicts of hooks that are empty: calls need not look any more."""
        if self._hooks is not None and not any(vars(self._hooks).values()):
            self._hooks = None

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; what it returns replaces the arguments.

        Args:
            hook: The hook.
            prepend: Whether it runs before the other hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs)` and returns both.

        Returns:
            A handle whose `remove()` takes the hook away again.
        """
        return add(self, "before", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; what it returns replaces the output.

        Args:
            hook: The hook.
            prepend: Whether it runs before the other hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs, output)`.
            always_call: Whether it is called where forward raised too.

        Returns:
            A handle whose `remove()` takes the hook away again.
        """
        return add(self, "after", Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the output are known; what it returns replaces them.

        Args:
            hook: The hook; gradients come and go as a tuple with an entry for each output.
            prepend: Whether it runs before the other hooks.

        Returns:
            A handle whose `remove()` takes the hook away again.
        """
        return add(self, "backward_before", Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the inputs' gradients are known; it may replace them.

        Args:
            hook: The hook; gradients are tuples with an entry for each positional argument and for each output.
            prepend: Whether it runs before the other hooks.

        Returns:
            A handle whose `remove()` takes the hook away again.
        """
        return add(self, "backward", Hook(hook), prepend)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` reads this module."""
        return add(self, "saving", Hook(hook))

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after `state_dict`, which it may change in place."""
        return add(self, "saved", Hook(hook))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook before a load, which may change the state, and the lists of what is wrong, in place.

        Args:
            hook: Takes `(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
                error_msgs)`.

        Returns:
            A handle whose `remove()` takes the hook away again.
        """
        return add(self, "loading", Hook(hook))

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after a load; it may change the lists of keys in place."""
        return add(self, "loaded", Hook(hook))


def run(module: Hooked, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run forward with the hooks around it.

    Raises:
        RuntimeError: A hook returned something else than it may.
    """
    result = None
    ran = set()
    try:
        for hook in list(hooks.before.values()):
            args, kwargs = _prepared(module, hook, args, kwargs)
        passage = Passage(module, hooks) if hooks.backward or hooks.backward_before else None
        if passage is not None:
            args = passage.enter(args)
        result = module.forward(*args, **kwargs)
        for number, hook in list(hooks.after.items()):
            ran.add(number)
            changed = hook.call(module, args, kwargs, result) if hook.with_kwargs else hook.call(module, args, result)
            if changed is not None:
                result = changed
        return result if passage is None else passage.leave(result)
    except Exception:
        for number, hook in list(hooks.after.items()):
            if hook.always and number not in ran:
                try:
                    changed = (
                        hook.call(module, args, kwargs, result) if hook.with_kwargs else hook.call(module, args, result)
                    )
                    if changed is not None:
                        result = changed
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        stacklevel=3,
                    )
        raise


def _prepared(
    module: Hooked, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments after a hook that runs before forward."""
    changed = hook.call(module, args, kwargs) if hook.with_kwargs else hook.call(module, args)
    if changed is None:
        return args, kwargs
    if not hook.with_kwargs:
        return changed if isinstance(changed, tuple) else (changed,), kwargs
    if not isinstance(changed, tuple) or len(changed) != 2:
        raise RuntimeError(
            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
        )
    return changed


class Boundary(Function):
    """Passes tensors on, and their gradients through a function on the way back."""

    @staticmethod
    def forward(ctx: Any, respond: Callable[..., Any], *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return the same values."""
        ctx.respond = respond
        ctx.set_materialize_grads(False)  # hooks get None for what nothing depends on
        return tuple([tensor.detach() for tensor in tensors])

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """Return what the function makes of the gradients."""
        return (None, *ctx.respond(grads))


class Passage:
    """One call of a module whose gradients are watched where they leave it and where they come in."""

    def __init__(self, module: Hooked, hooks: Hooks) -> None:
        """Take the hooks as they are now."""
        self.module = module
        self.before = [hook.call for hook in hooks.backward_before.values()]
        self.after = [hook.call for hook in hooks.backward.values()]
        self.grads: tuple[Any, ...] | None = None
        self.kinds: list[Any] = []  # of each argument that is a tensor; the tensors themselves would live on
        self.positions: list[int] = []

    @staticmethod
    def _pass(values: tuple[Any, ...], respond: Callable[..., Any]) -> tuple[tuple[Any, ...], list[int]]:
        positions = [i for i, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad] if mode.grad else []
        if not positions:
            return values, positions
        passed = list(values)
        for position, tensor in zip(positions, Boundary.apply(respond, *[values[i] for i in positions])):
            passed[position] = tensor
        return tuple(passed), positions

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Watch the arguments' gradients."""
        self.kinds = [(x.shape, x.dtype, x.device) if isinstance(x, Tensor) else None for x in args]
        args, self.positions = self._pass(args, self._inward)
        return args

    def leave(self, result: Any) -> Any:
        """Watch the results' gradients."""
        if isinstance(result, tuple):
            passed, positions = self._pass(result, lambda grads: self._outward(grads, positions, len(result)))
            return passed
        if not isinstance(result, Tensor):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                stacklevel=4,
            )
            return result
        return self._pass((result,), lambda grads: self._outward(grads, [0], 1))[0][0]

    def _outward(self, grads: Sequence[Any], positions: list[int], count: int) -> Sequence[Any]:
        """The gradients of the results are known: run the hooks that come first, and all where no argument has one."""
        full = _spread(grads, positions, count)
        for call in self.before:
            changed = call(self.module, full)
            if changed is not None:
                changed = (changed,) if isinstance(changed, Tensor) else tuple(changed)
                if len(changed) != count:
                    raise RuntimeError(
                        "Backward pre hook returned an invalid number of grad_output, "
                        f"got {len(changed)}, but expected {count}"
                    )
                full = changed
        self.grads = full
        if not self.positions:
            for call in self.after:
                changed = call(self.module, (None,) * len(self.kinds), full)
                if changed is not None and any(x is not None for x in changed):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should always return None or "
                        "None for all gradients."
                    )
            self.grads = None
        return [full[position] for position in positions]

    def _inward(self, grads: Sequence[Any]) -> Sequence[Any]:
        """The gradients of the arguments are known: run the hooks."""
        if self.grads is None:  # they reached the arguments, but not by way of the results
            return grads
        # As in torch, a tensor that no gradient reached has one of zeros here.
        full: tuple[Any, ...] = tuple(
            [
                ops.zeros(kind[0], dtype=kind[1], device=kind[2]) if grad is None and kind is not None else grad
                for kind, grad in zip(self.kinds, _spread(grads, self.positions, len(self.kinds)))
            ]
        )
        for call in self.after:
            changed = call(self.module, full, self.grads)
            if changed is not None:
                changed = (changed,) if isinstance(changed, Tensor) else tuple(changed)
                if len(changed) != len(full):
                    raise RuntimeError(
                        f"Backward hook returned an invalid number of grad_input, got {len(changed)}, but expected "
                        f"{len(full)}"
                    )
                full = changed
        self.grads = None
        return [full[position] for position in self.positions]


def _spread(grads: Sequence[Any], positions: list[int], count: int) -> tuple[Any, ...]:
    """Return gradients at their positions among `count`, with None for the others."""
    full: list[Any] = [None] * count
    for position, grad in zip(positions, grads):
        full[position] = grad
    return tuple(full)
