"""Gradients of batched tensors: those of their values, since no sample depends on another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd import ops
from mocrograd.func.batched import BatchedTensor, batched, innermost
from mocrograd.tensor import Tensor


def gradients(
    level: Any, engine: Callable[..., Any], outputs: Any, inputs: tuple[Any, ...], grad_outputs: Any,
    options: tuple[Any, ...],
) -> tuple[Any, ...]:  # fmt: skip
    """Return one gradient per input, as `autograd.grad`, of tensors of which some are batched.

    Args:
        level: The innermost level that is running.
        engine: Computes gradients of other tensors, and batched ones of them.
        outputs: A tensor or a sequence of them.
        inputs: Tensors.
        grad_outputs: The gradients of the outputs, None for ones.
        options: What else the engine takes.
    """
    ys = tuple(outputs) if isinstance(outputs, (list, tuple)) else (outputs,)
    given = tuple(grad_outputs) if isinstance(grad_outputs, (list, tuple)) else (grad_outputs,) * len(ys)
    graph = innermost((*ys, *inputs))
    if graph is None:
        inner = innermost(given)
        return engine(outputs, inputs, grad_outputs, *options, inner)
    vectors = [_checked(i, y, g) for i, (y, g) in enumerate(zip(ys, given, strict=True))]
    if not all(graph.has(x) for x in inputs):
        return _by_samples(graph, engine, ys, inputs, vectors, options)
    found = gradients(
        level, engine, [_exposed(y, graph) for y in ys], tuple([x._value for x in inputs]),
        [_exposed(v, graph) for v in vectors], options,
    )  # fmt: skip
    return tuple([None if g is None else _hidden(g, graph) for g in found])


def _checked(position: int, y: Any, grad: Any) -> Tensor:
    """Return the gradient of an output, ones where none is given.

    Raises:
        RuntimeError: The output is no scalar then, or needs no gradient.
    """
    if grad is not None:
        return grad
    if not y.requires_grad:
        raise RuntimeError(f"element {position} of tensors does not require grad and does not have a grad_fn")
    if y._size != 1:
        raise RuntimeError(
            f"grad can be implicitly created only for scalar outputs, but got an output of shape {list(y.shape)}"
        )
    return _ones(y)


def _ones(y: Tensor) -> Tensor:
    return batched(_ones(y._value), y._level) if type(y) is BatchedTensor else y._ones()


def _exposed(x: Tensor, level: Any) -> Tensor:
    """Return a tensor with the samples of a level as its first dimension, batched at other levels as before."""
    if type(x) is not BatchedTensor or x._level.number < level.number:
        return x.expand(level.size, *x._shape)
    if x._level is level:
        return x._value
    inner = x._level.outside(lambda: _exposed(x._value, level).movedim(1, 0))
    return batched(inner, x._level)


def _hidden(x: Tensor, level: Any) -> Tensor:
    """Return a tensor whose first dimension becomes the samples of a level: what `_exposed` undoes."""
    if type(x) is BatchedTensor and x._level.number > level.number:
        return batched(x._level.outside(lambda: _hidden(x._value.movedim(1, 0), level)), x._level)
    return batched(x, level)


def _by_samples(
    graph: Any, engine: Any, ys: tuple[Any, ...], inputs: Any, vectors: list[Any], options: Any
) -> tuple[Any, ...]:
    """Return gradients where an input is the same tensor for all samples: one backward pass for each sample."""
    _, *others = options
    found = []
    for i in range(graph.size):
        one = [[t._value[i] if graph.has(t) else t for t in group] for group in (ys, inputs, vectors)]
        found.append(graph.outside(_outside, graph, engine, *one, (True, *others)))
    columns = zip(*found)
    return tuple(
        [
            None if any(g is None for g in column) else batched(graph.outside(ops.stack, column), graph)
            for column in columns
        ]
    )


def _outside(graph: Any, engine: Any, ys: Any, inputs: Any, vectors: Any, options: Any) -> tuple[Any, ...]:
    if graph.outer is None:
        return engine(ys, tuple(inputs), vectors, *options)
    return gradients(graph.outer, engine, ys, tuple(inputs), vectors, options)
