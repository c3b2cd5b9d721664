"""Comparison of gradients with central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.autograd.modes import no_grad
from mocrograd.autograd.walk import grad


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of `func` with central differences.

    Args:
        func: Takes the inputs, returns a tensor.
        inputs: A tensor or a sequence of them; those that require a gradient should be float64.
        eps: The step of the differences.
        atol: The absolute difference that is allowed.
        rtol: The relative difference that is allowed.
        raise_exception: Whether to raise on a difference, or to return False.

    Returns:
        Whether all gradients agree.

    Raises:
        RuntimeError: They do not; the message names the input and the largest difference.
    """
    inputs = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    out = func(*inputs)
    # A weight per output element tells elements apart that a plain sum would let cancel.
    weights = out.detach().new_tensor([0.5 + (0.37 * i) % 1.0 for i in range(out._size)]).reshape(out._shape)
    leaves = [t for t in inputs if getattr(t, "requires_grad", False)]
    analytic = grad(out, leaves, weights, allow_unused=True)
    for number, (leaf, got) in enumerate(zip(leaves, analytic)):
        values = leaf.detach().reshape(-1).tolist()
        got_values = [0.0] * len(values) if got is None else got.detach().reshape(-1).tolist()
        for i, value in enumerate(values):
            sides = []
            for step in (eps, -eps):
                moved = leaf.detach().new_tensor([*values[:i], value + step, *values[i + 1 :]])
                args = [moved.reshape(leaf._shape) if t is leaf else t for t in inputs]
                with no_grad():
                    sides.append((func(*args) * weights).sum().item())
            numeric = (sides[0] - sides[1]) / (2 * eps)
            if not abs(numeric - got_values[i]) <= atol + rtol * abs(numeric):
                if not raise_exception:
                    return False
                raise RuntimeError(
                    f"Jacobian mismatch for input {number}, element {i}: "
                    f"numerical {numeric:.8g}, analytical {got_values[i]:.8g}"
                )
    return True
