"""`compile`, which makes a compiled function or module."""

from __future__ import annotations

from typing import Any

from mocrograd.compiler.compiled import Compiled
from mocrograd.compiler.module import OptimizedModule
from mocrograd.errors import InvalidBackend
from mocrograd.nn import Module

_BACKENDS = (
    "aot_eager", "aot_eager_decomp_partition", "aot_eager_default_partitioner", "aot_ts", "cudagraphs", "eager",
    "eager_debug", "eager_noexcept", "inductor", "invoke_subgraph", "openxla", "openxla_eval", "pre_dispatch_eager",
    "ts", "tvm",
)  # fmt: skip
_MODES = ("default", "lite", "reduce-overhead", "max-autotune-no-cudagraphs", "max-autotune")


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
    generate: bool = False,
) -> Any:
    """Return a function that runs as recorded plans: no Python, no allocation, fused kernels.

    The first call runs eagerly, so that the function can create what it creates once (momentum, say). The second is
    recorded; calls that fit the recording run its plan. A whole training step may be compiled, backward and
    optimizer included. Arguments are told apart by layout, dtype and, for plain values, by value; what else the
    function can reach (closure, globals, modules and their flags, objects, classes, optimizers' states) is watched,
    and a change records anew. Options of an optimizer and the library's random generators are read at each call.

    On a GPU a plan is a queue of launches, without fusion. What cannot be replayed runs eagerly, and `reasons` of the
    result says why: reading values on the host (item, bool, numpy), changing Python state, keeping tensors, a result
    whose graph is still to be differentiated, copies between devices; random numbers of Python or NumPy, clocks, files,
    printing, iterators from outside, and functions and objects of C of which nothing is known.

    Args:
        model: A function or a module; without one a decorator is returned.
        fullgraph: Whether to raise instead of running eagerly.
        dynamic: Accepted; each signature has a plan of its own.
        backend: Accepted where it is a name of torch's, or a function; there is one backend.
        mode: Accepted, one of torch's.
        options: Accepted, as `backend`.
        disable: Whether to leave the function as it is.
        generate: Whether each plan on the CPU becomes a program for its very shapes, which the Mojo compiler makes in
            the background. It runs once it is there and found to be faster; `plan.source()` shows it.

    Returns:
        A `Compiled`, or for a module an `OptimizedModule` around it, which is called as the original; its
        `plan.explain()` prints what runs.

    Raises:
        TypeError: `model` cannot be called.
        InvalidBackend: torch has no such backend; it is a RuntimeError.
        RuntimeError: There is no such mode, or options are given beside it. At a call with `fullgraph`: it cannot be
            replayed; the message says why.

    Example:
        >>> import mocrograd as mg
        >>> model = mg.nn.Linear(2, 1)
        >>> optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
        >>> @mg.compile
        ... def step(x, y):
        ...     optimizer.zero_grad()
        ...     loss = mg.nn.functional.mse_loss(model(x), y)
        ...     loss.backward()
        ...     optimizer.step()
        ...     return loss
        >>> losses = [step(mg.ones(4, 2), mg.zeros(4, 1)).item() for _ in range(4)]
        >>> losses[3] < losses[0], len(step.plans)
        (True, 1)
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if mode is not None and mode not in _MODES:
        raise RuntimeError(f"Unrecognized mode={mode}, should be one of: {', '.join(_MODES)}")
    if not callable(backend) and backend not in _BACKENDS:
        raise InvalidBackend(f"Invalid backend: {backend!r}, expected one of {', '.join(_BACKENDS)}, or a function.")
    if model is None:
        return lambda function: compile(function, fullgraph=fullgraph, disable=disable, generate=generate)
    if disable:
        return model
    if isinstance(model, OptimizedModule):
        model = model._orig_mod
    return (OptimizedModule if isinstance(model, Module) else Compiled)(model, fullgraph, generate)
