"""Comparison of gradients and second derivatives with central differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from mocrograd.autograd.engine import grad
from mocrograd.autograd.modes import enable_grad, no_grad


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    *,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients of `func` with central differences; real and imaginary parts are numbers of their own.

    Args:
        func: Takes the inputs, returns a tensor or a sequence of them.
        inputs: A tensor or a sequence of them; those that require a gradient should be float64 or complex128.
        eps: The step of the differences.
        atol: The absolute difference that is allowed.
        rtol: The relative difference that is allowed.
        raise_exception: Whether to raise on a difference, or to return False.
        nondet_tol: The difference that is allowed between gradients of the same call.
        check_undefined_grad: Whether backward must do without the gradients of some of several outputs.
        check_grad_dtypes: Whether the gradients' dtypes must be the inputs'.
        check_batched_grad: Whether gradients by several vectors at once must be those by one after another.
        check_batched_forward_grad: Whether products of the Jacobian with several vectors must be, too.
        check_forward_ad: Whether products of the Jacobian with a vector (`forward_ad`) are compared too.
        check_backward_ad: Whether gradients are compared.
        fast_mode: Accepted; all elements are compared in any case.
        masked: Accepted; it says what of sparse inputs is compared (see `sparse.as_sparse_gradcheck`).

    Returns:
        Whether all gradients agree.

    Raises:
        GradcheckError: They do not, a RuntimeError; the message names the input and the difference.
        ValueError: No input requires a gradient.
        AssertionError: Nothing is to be compared.

    Warns:
        UserWarning: An input that requires a gradient is of less precision than float64.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.randn(3, dtype=mg.float64, requires_grad=True)
        >>> mg.autograd.gradcheck(mg.tanh, (x,))
        True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    inputs = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    leaves = [t for t in inputs if getattr(t, "requires_grad", False)]
    _check_inputs(inputs, leaves)
    try:
        if check_backward_ad:
            _check_backward(func, inputs, leaves, eps, atol, rtol, check_grad_dtypes, nondet_tol)
            if check_undefined_grad:
                _check_undefined(_differentiable(func(*inputs)), leaves)
        if check_batched_grad:
            _check_batched(_differentiable(func(*inputs)), leaves)
        if check_forward_ad:
            _check_forward(func, inputs, leaves, eps, atol, rtol, check_batched_forward_grad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


class GradcheckError(RuntimeError):
    """Derivatives do not agree."""


def _check_inputs(inputs: tuple[Any, ...], leaves: list[Any]) -> None:
    """Raise where no input requires a gradient, and warn of those of little precision.

    Raises:
        ValueError: None does.
    """
    if not leaves:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for number, t in enumerate(inputs):
        if getattr(t, "requires_grad", False) and t.dtype.name not in ("float64", "complex128"):
            warnings.warn(
                f"Input #{number} requires gradient and is not a double precision floating point or complex. This "
                "check will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=3,
            )


def _check_undefined(outputs: list[Any], leaves: list[Any]) -> None:
    """Differentiate all outputs but one, which has no gradient then, by zeros.

    Raises:
        GradcheckError: A gradient is not 0.
    """
    for k in range(len(outputs) if len(outputs) > 1 else 0):
        others = [*outputs[:k], *outputs[k + 1 :]]
        zeros = [out.detach() * 0 for out in others]
        for got in grad(others, leaves, zeros, retain_graph=True, allow_unused=True):
            if got is not None and not (got.detach() == 0).all():
                raise GradcheckError(
                    "Expected all input gradients to be undefined or zero when all output gradients are undefined or "
                    f"zero, but got {got}"
                )


def _check_repeated(first: Sequence[Any], second: Sequence[Any], tolerance: float) -> None:
    """Compare the gradients of two backward passes over the same graph.

    Raises:
        GradcheckError: They differ by more than a tolerance.
    """
    for a, b in zip(first, second):
        if a is not None and b is not None and not a.allclose(b, rtol=0, atol=tolerance, equal_nan=True):
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient. The tolerance for "
                f"nondeterminism was {tolerance}."
            )


def _check_backward(
    func: Any, inputs: tuple[Any, ...], leaves: list[Any], eps: float, atol: float, rtol: float, dtypes: bool,
    nondet_tol: float,
) -> None:  # fmt: skip
    """Compare gradients with central differences.

    Raises:
        GradcheckError: They differ.
    """
    results = _as_tuple(func(*inputs))
    positions = [k for k, result in enumerate(results) if getattr(result, "requires_grad", False)]
    outputs = [results[k] for k in positions]
    weights = [_weights(out, number) for number, out in enumerate(outputs)]
    analytic: Sequence[Any] = [None] * len(leaves)
    if outputs:
        analytic = grad(outputs, leaves, weights, retain_graph=True, allow_unused=True)
        _check_repeated(analytic, grad(outputs, leaves, weights, allow_unused=True), nondet_tol)

    def weighted(*arguments: Any) -> float:
        with no_grad():
            moved = _as_tuple(func(*arguments))
            return sum(_inner_product(moved[k], weight) for k, weight in zip(positions, weights))

    for number, (leaf, got) in enumerate(zip(leaves, analytic)):
        if dtypes and got is not None and got.dtype is not leaf.dtype:
            raise GradcheckError(f"expected the gradient of input {number} to be {leaf.dtype}, got {got.dtype}")
        values = _parts(leaf)
        got_values = [0.0] * len(values) if got is None else _parts(got)
        for i, value in enumerate(values):
            sides = []
            for step in (eps, -eps):
                other = _of_parts(leaf, [*values[:i], value + step, *values[i + 1 :]])
                sides.append(weighted(*[other if t is leaf else t for t in inputs]))
            numeric = (sides[0] - sides[1]) / (2 * eps)
            if not abs(numeric - got_values[i]) <= atol + rtol * abs(numeric):
                raise GradcheckError(
                    f"Jacobian mismatch for input {number}, element {i}: "
                    f"numerical {numeric:.8g}, analytical {got_values[i]:.8g}"
                )


def _check_batched(outputs: list[Any], leaves: list[Any]) -> None:
    """Compare gradients by two vectors at once with those by each.

    Raises:
        GradcheckError: They differ.
    """
    for k, out in enumerate(outputs):
        vectors = [_weights(out, number) for number in (k, k + 1)]
        both = vectors[0].new_zeros((2, *out._shape))
        both[0], both[1] = vectors
        options: dict[str, Any] = {"retain_graph": True, "allow_unused": True}
        together = grad(out, leaves, both, is_grads_batched=True, **options)
        for number, vector in enumerate(vectors):
            for i, (one, all_) in enumerate(zip(grad(out, leaves, vector, **options), together)):
                if one is not None and not all_[number].allclose(one, rtol=1e-5, atol=1e-8):
                    raise GradcheckError(
                        f"batched gradients of input {i} differ from those by one vector after another"
                    )


def _check_forward(
    func: Any, inputs: tuple[Any, ...], leaves: list[Any], eps: float, atol: float, rtol: float, batched: bool
) -> None:
    """Compare products of the Jacobian with a vector with central differences.

    Raises:
        GradcheckError: They differ.
    """
    forward_ad = import_module("mocrograd.autograd.forward_ad")  # which is made of operations
    tangents = [_weights(leaf, number) for number, leaf in enumerate(leaves)]

    def of_leaves(*given: Any) -> tuple[Any, ...]:
        moved = iter(given)
        every = [next(moved) if any(t is leaf for leaf in leaves) else t for t in inputs]
        return tuple([out for out in _as_tuple(func(*every)) if out.dtype.is_floating_point or out.dtype.is_complex])

    values = tuple([leaf.detach() for leaf in leaves])
    with forward_ad.dual_level():
        outs = of_leaves(*[forward_ad.make_dual(x, t) for x, t in zip(values, tangents)])
        found = [forward_ad.unpack_dual(out).tangent for out in outs]
    found = [out.detach() * 0 if t is None else t for t, out in zip(found, outs)]
    if batched:
        functional = import_module("mocrograd.func")
        several = tuple([t.new_tensor([1.0, -2.0]).reshape(2, *[1] * t.ndim) * t for t in tangents])
        every = functional.vmap(lambda *given: functional.jvp(of_leaves, values, given)[1])(*several)
        for k, (one, both) in enumerate(zip(found, every)):
            if not (both[0].allclose(one, rtol=rtol, atol=atol) and both[1].allclose(-2 * one, rtol=rtol, atol=atol)):
                raise GradcheckError(f"batched forward gradients of output {k} differ from those by one vector")
    with no_grad():
        sides = [
            of_leaves(*[leaf.detach() + tangent * step for leaf, tangent in zip(leaves, tangents)])
            for step in (eps, -eps)
        ]
    for k, (product, high, low) in enumerate(zip(found, *sides)):
        numeric = (high - low) / (2 * eps)
        if not product.allclose(numeric.to(product.dtype), rtol=rtol, atol=atol):
            raise GradcheckError(f"Jacobian computed with forward mode mismatch for output {k}")


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    *,
    gen_non_contig_grad_outputs: bool = False,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare the derivatives of the gradients of `func` with central differences of the gradients.

    Args:
        func: Takes the inputs, returns a tensor or a sequence of them.
        inputs: A tensor or a sequence of them; those that require a gradient should be float64.
        grad_outputs: The gradients of the outputs, by which derivatives are taken as well; by default numbers from 0.5
            to 1.5.
        eps: The step of the differences.
        atol: The absolute difference that is allowed.
        rtol: The relative difference that is allowed.
        raise_exception: Whether to raise on a difference, or to return False.
        gen_non_contig_grad_outputs: Whether the gradients that are made are views with gaps.
        nondet_tol: As for `gradcheck`, as are the others.
        check_undefined_grad: As for `gradcheck`.
        check_grad_dtypes: As for `gradcheck`.
        check_batched_grad: As for `gradcheck`.
        check_fwd_over_rev: Whether products of the Jacobian of the gradients with a vector are compared.
        check_rev_over_rev: Whether the gradients of the gradients are.
        fast_mode: Accepted.
        masked: Accepted.

    Returns:
        Whether all second derivatives agree.

    Raises:
        GradcheckError: They do not; the message names the input and the difference.
        ValueError: No input requires a gradient.

    Example:
        >>> import mocrograd as mg
        >>> x = mg.randn(3, dtype=mg.float64, requires_grad=True)
        >>> mg.autograd.gradgradcheck(mg.tanh, (x,))
        True
    """
    inputs = tuple(inputs) if isinstance(inputs, (list, tuple)) else (inputs,)
    if grad_outputs is None:
        outputs = _differentiable(func(*inputs))
        grad_outputs = [_weights(out, number) for number, out in enumerate(outputs)]
        if gen_non_contig_grad_outputs:
            grad_outputs = [g.unsqueeze(-1).repeat(*[1] * g.ndim, 2)[..., 0] for g in grad_outputs]
        grad_outputs = [g.detach().requires_grad_(True) for g in grad_outputs]
    upstream = _as_tuple(grad_outputs)

    def gradients(*arguments: Any) -> tuple[Any, ...]:
        with enable_grad():
            given = [
                t if t is old or t.requires_grad else t.detach().requires_grad_(True)
                for t, old in zip(arguments, every)
            ]
            outputs = _differentiable(func(*given[: len(inputs)]))
            leaves = [t for t in given[: len(inputs)] if getattr(t, "requires_grad", False)]
            found = grad(outputs, leaves, given[len(inputs) :], create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])

    every = (*inputs, *upstream)
    return gradcheck(
        gradients, every, eps, atol, rtol, raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad, check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,)


def _differentiable(result: Any) -> list[Any]:
    """Return the outputs of a function that have gradients."""
    return [out for out in _as_tuple(result) if getattr(out, "requires_grad", False)]


def _weights(out: Any, number: int) -> Any:
    """Return different weights per element, so that errors do not cancel as in a plain sum."""
    count = out._size * (2 if out.dtype.is_complex else 1)
    return _of_parts(out, [0.5 + (0.37 * i + 0.21 * number) % 1.0 for i in range(count)])


def _parts(x: Any) -> list[float]:
    """Return the elements of a tensor, complex ones as their real and imaginary parts in turn."""
    numbers = x.detach().reshape(-1).tolist()
    return [part for z in numbers for part in (z.real, z.imag)] if x.dtype.is_complex else numbers


def _of_parts(like: Any, parts: list[float]) -> Any:
    """Return a tensor of a dtype and a shape from what `_parts` gives."""
    numbers = [complex(*z) for z in zip(parts[::2], parts[1::2])] if like.dtype.is_complex else parts
    return like.detach().new_tensor(numbers).reshape(like._shape)


def _inner_product(x: Any, weight: Any) -> float:
    """Return the sum of products; of complex numbers the real part of x times the conjugate of the weight."""
    return float((x * weight.conj()).sum().real.item())
