"""Bad calls of differentiation: gradients, Jacobians, checkpoints."""

from __future__ import annotations

from typing import Any

from badcalls.table import bad


def _leaf(m: Any) -> Any:
    return m.ones(2)


def _sequential(m: Any, **options: Any) -> Any:
    return m.utils.checkpoint.checkpoint_sequential([], 1, m.ones(1), use_reentrant=False, **options)


bad(
    "autograd.functional.vjp vector",
    lambda m: m.autograd.functional.vjp(lambda x: x * x, _leaf(m), m.ones(3)),
    r"expected \[\[2\]\], got \[\[3\]\]",
)
bad(
    "autograd.functional.vjp no vector",
    lambda m: m.autograd.functional.vjp(lambda x: x * x, _leaf(m)),
    r"with a single element, got sizes \[\[2\]\]",
)
bad(
    "autograd.functional.jvp vector",
    lambda m: m.autograd.functional.jvp(lambda x: x * x, _leaf(m), m.ones(3)),
    r"v must have the sizes of the input: expected \[\[2\]\], got \[\[3\]\]",
)
bad(
    "autograd.functional.jacobian of a number",
    lambda m: m.autograd.functional.jacobian(lambda x: 1.0, _leaf(m)),
    "The outputs of the user-provided function given to",
)
bad(
    "autograd.functional.jacobian input",
    lambda m: m.autograd.functional.jacobian(lambda x: x, 1.0),
    "The inputs given to jacobian must be either a Tensor or a",
)
bad(
    "autograd.functional.jacobian strategy",
    lambda m: m.autograd.functional.jacobian(lambda x: x, _leaf(m), strategy="x"),
    "Expected strategy to be either",
)
bad(
    "autograd.functional.hessian of several",
    lambda m: m.autograd.functional.hessian(lambda x: x * x, _leaf(m)),
    "The function given to hessian must return a single Tensor",
)
bad(
    "autograd.functional.hvp of several",
    lambda m: m.autograd.functional.hvp(lambda x: x * x, _leaf(m), m.ones(2)),
    "The function given to hvp must return a single Tensor with",
)
bad(
    "utils.checkpoint.checkpoint_sequential keyword",
    lambda m: _sequential(m, speed=1),
    "Unexpected keyword arguments: speed",
)
bad("autograd.grad of None", lambda m: m.autograd.grad(None, None), "expected inputs to be Tensors, got NoneType")
bad("autograd.grad by None", lambda m: m.autograd.grad(m.ones(1, requires_grad=True).sum(), None), "to be Tensors, got")
bad("autograd.backward of a number", lambda m: m.autograd.backward(3), "expected tensors to be Tensors, got int")
bad(
    "autograd.grad with a number for a gradient",
    lambda m: m.autograd.grad([m.ones(1, requires_grad=True).sum()], [m.ones(1, requires_grad=True)], [3]),
    "expected gradients to be Tensors, got int",
)
bad("func.jvp of None", lambda m: m.func.jvp(lambda x: x, None, None), "to be tuples, got NoneType and NoneType")
