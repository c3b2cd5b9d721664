"""Parts of a computation whose intermediate results are recomputed for their gradients instead of kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from mocrograd import ops
from mocrograd.autograd import Function, enable_grad, grad, mode
from mocrograd.autograd.function import LEAF
from mocrograd.backend import recording
from mocrograd.tensor import Tensor


class CheckpointError(RuntimeError):
    """A part gave something else when it was computed again."""


class _Again(Function):
    """The part as one function of its tensors, and of the leaves that it reached by itself."""

    part: _Part

    @staticmethod
    def forward(ctx: Any, part: _Part, results: list[Tensor], *tensors: Tensor) -> tuple[Tensor, ...]:
        """Take the results that are there already."""
        ctx.part = part
        ctx.save_for_backward(*tensors)
        return tuple([x.detach() for x in results])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Compute the part again, and its gradients."""
        part: _Part = ctx.part
        tensors = ctx.saved_tensors
        higher = mode.grad
        count = len(part.positions)
        given = [x.view_as(x) if higher else x.detach().requires_grad_(x.requires_grad) for x in tensors[:count]]
        with enable_grad():
            results = part.again(given)
            wanted = [x for x in (*given, *tensors[count:]) if x.requires_grad]
            chosen = [(y, g) for y, g in zip(results, grads) if y.requires_grad and g is not None]
            found = iter(
                grad([y for y, _ in chosen], wanted, [g for _, g in chosen], None, higher, allow_unused=True)
                if chosen and wanted
                else [None] * len(wanted)
            )
        return None, None, *[next(found) if x.requires_grad else None for x in (*given, *tensors[count:])]


class _Part:
    """A call of a function: where tensors stand in its arguments, and the state of the random numbers before it."""

    def __init__(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any, preserve: bool) -> None:
        self.function, self.args, self.kwargs = function, list(args), kwargs
        self.positions = [position for position, x in enumerate(args) if isinstance(x, Tensor)]
        self.random = ops.get_rng_state() if preserve else None
        self.kinds: list[Any] = []

    def tensors(self) -> list[Tensor]:
        """Take the tensors out of the arguments, as the graph keeps them."""
        found = [self.args[position] for position in self.positions]
        for position in self.positions:
            self.args[position] = None
        return found

    def again(self, tensors: list[Tensor]) -> list[Tensor]:
        """Call the function with tensors at their positions.

        Raises:
            CheckpointError: The results are others than those before.
        """
        args = list(self.args)
        for position, x in zip(self.positions, tensors):
            args[position] = x
        now = None if self.random is None else ops.get_rng_state()
        if self.random is not None:
            ops.set_rng_state(self.random)
        try:
            results = _results(self.function(*args, **self.kwargs))
        finally:
            if now is not None:
                ops.set_rng_state(now)
        kinds = [(x.shape, x.dtype) for x in results]
        if kinds != self.kinds:
            raise CheckpointError(f"checkpoint: recomputed results differ: expected {self.kinds}, got {kinds}")
        return results


def _results(result: Any) -> list[Tensor]:
    values = result if isinstance(result, (tuple, list)) else (result,)
    return [x for x in values if isinstance(x, Tensor)]


def _leaves(results: list[Tensor], known: list[Tensor]) -> list[Tensor]:
    """Return the leaves that a graph reaches without passing one of the tensors that are known."""
    ends = {id(x.grad_fn) for x in known if x.grad_fn is not None} | {id(x) for x in known}
    found: dict[int, Tensor] = {}
    seen: set[int] = set()
    waiting: list[Any] = [x.grad_fn for x in results if x.grad_fn is not None]
    while waiting:
        node = waiting.pop()
        if id(node) in seen or id(node) in ends:
            continue
        seen.add(id(node))
        for edge in node.edges:
            if edge is None:
                continue
            target, number = edge
            if number != LEAF:
                waiting.append(target)
            elif id(target) not in ends:
                found[id(target)] = target
    return list(found.values())


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Return the numbers of the GPUs that tensors are on, and the state of random numbers for each.

    Args:
        *args: Tensors, and anything else, which is ignored.
    """
    gpus = [x.get_device() for x in args if isinstance(x, Tensor) and x.is_cuda]
    return gpus, [ops.get_rng_state() for _ in gpus]


def set_device_states(devices: Iterable[int], states: Iterable[Tensor], *, device_type: str | None = None) -> None:
    """Continue random numbers from the states of GPUs, which have one stream together.

    Args:
        devices: The numbers of the GPUs.
        states: What `get_device_states` returned for them.
        device_type: No effect.
    """
    for _, state in zip(devices, states):
        ops.set_rng_state(state)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function without keeping its intermediate results; backward calls it again to get them.

    In a compiled step, whose memory is planned, it is an ordinary call.

    Args:
        function: Returns a tensor, or a tuple or list; it must do the same each time.
        args: Its arguments.
        use_reentrant: Accepted; gradients reach arguments and captured parameters in any case.
        determinism_check: Accepted; sizes and dtypes are compared in any case.
        debug: Accepted.
        early_stop: Accepted.
        preserve_rng_state: Whether random numbers are the same again.
        kwargs: Its keyword arguments; gradients do not reach tensors among them.

    Returns:
        What the function returns.

    Raises:
        CheckpointError: In backward, the function gives results of other sizes or dtypes.

    Example:
        >>> import mocrograd as mg
        >>> layer, x = mg.nn.Linear(3, 3), mg.ones(2, 3)
        >>> y = mg.utils.checkpoint.checkpoint(lambda x: layer(x).tanh(), x, use_reentrant=False)
        >>> y.sum().backward()
        >>> layer.weight.grad.shape
        mocrograd.Size([3, 3])
    """
    if use_reentrant is None:
        warnings.warn(
            "checkpoint: the use_reentrant parameter should be passed explicitly; False is recommended", stacklevel=2
        )
    if not mode.grad or recording.active is not None:
        return function(*args, **kwargs)
    part = _Part(function, args, kwargs, preserve_rng_state)
    inputs = part.tensors()
    inner = [x.detach().requires_grad_(x.requires_grad) for x in inputs]
    full = list(part.args)
    for position, x in zip(part.positions, inner):
        full[position] = x
    given = function(*full, **kwargs)
    results = _results(given)
    part.kinds = [(x.shape, x.dtype) for x in results]
    leaves = _leaves(results, inner)
    if not any(x.requires_grad for x in results):
        return given
    tied = _Again.apply(part, results, *inputs, *leaves)
    found = iter(tied if isinstance(tied, tuple) else (tied,))
    if not isinstance(given, (tuple, list)):
        return next(found)
    return type(given)(next(found) if isinstance(x, Tensor) else x for x in given)


def checkpoint_sequential(
    functions: Iterable[Callable[..., Any]], segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Call functions one after the other in parts; all parts but the last do not keep their intermediate results.

    Args:
        functions: A Sequential, or functions of one argument.
        segments: How many parts there are.
        input: The first one's argument.
        use_reentrant: As of `checkpoint`.
        kwargs: `preserve_rng_state`, as of `checkpoint`.

    Returns:
        What the last function returns.

    Raises:
        ValueError: There is another keyword.
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant is None:
        warnings.warn(
            "checkpoint_sequential: the use_reentrant parameter should be passed explicitly; False is recommended",
            stacklevel=2,
        )
    calls = list(functions)
    size = len(calls) // segments

    def run(first: int, last: int) -> Callable[[Any], Any]:
        def part(x: Any) -> Any:
            for call in calls[first:last]:
                x = call(x)
            return x

        return part

    for first in range(0, size * (segments - 1), size) if size else ():
        input = checkpoint(run(first, first + size), input, use_reentrant=False, preserve_rng_state=preserve)
    return run(size * (segments - 1), len(calls))(input)
