"""Derivatives of functions: Jacobians, Hessians, and their products with vectors.

This module imports the operations, as the layers do; the rest of the package autograd does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import ops
from mocrograd.autograd.engine import grad
from mocrograd.autograd.modes import enable_grad
from mocrograd.tensor import Tensor

Tensors = tuple[Tensor, ...]


def _tuple(values: Any, what: str, name: str) -> tuple[Tensors, bool]:
    """Return tensors as a tuple, and whether they were several."""
    several = isinstance(values, (tuple, list))
    made = tuple(values) if several else (values,)
    for position, value in enumerate(made):
        if not isinstance(value, Tensor):
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the value at index "
                f"{position} has type {type(value)}."
            )
    return made, several


def _evaluated(
    func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool, name: str
) -> tuple[Tensors, bool, Tensors, bool]:
    """Call a function with inputs that are tracked; return them, its results, and which of both are tuples."""
    given, several = _tuple(inputs, "inputs", name)
    watched = tuple([x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in given])
    results, many = _tuple(func(*watched), "outputs of the user-provided function", name)
    for position, result in enumerate(results):
        if strict and not result.requires_grad:
            raise RuntimeError(
                f"Output {position} of the user-provided function is independent of the input. This is not allowed in "
                "strict mode."
            )
    return watched, several, results, many


def _gradients(
    results: Sequence[Tensor], inputs: Sequence[Tensor], weights: Sequence[Any], strict: bool, create_graph: bool
) -> list[Tensor]:
    """Return the gradients of results weighted by vectors; zeros where an input has no effect."""
    chosen = [(y, v) for y, v in zip(results, weights) if y.requires_grad]
    found: Any = [None] * len(inputs)
    if chosen:
        found = grad([y for y, _ in chosen], inputs, [v for _, v in chosen], True, create_graph, allow_unused=True)
    for position, value in enumerate(found):
        if strict and value is None:
            raise RuntimeError(
                f"The output of the user-provided function is independent of input {position}. This is not allowed in "
                "strict mode."
            )
    return [ops.zeros_like(x) if value is None else value for x, value in zip(inputs, found)]


def _vector(v: Any, like: Tensors, what: str, name: str) -> Tensors:
    """Return the vector of a product; 1 where the result is a single number."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector v can only be None if {what} is a single Tensor with a single element, got sizes "
                f"{[list(x.shape) for x in like]}"
            )
        return (ops.ones_like(like[0]),)
    made, _ = _tuple(v, "v", name)
    if [x.shape for x in made] != [x.shape for x in like]:
        raise RuntimeError(
            f"v must have the sizes of {what}: expected {[list(x.shape) for x in like]}, got "
            f"{[list(x.shape) for x in made]}"
        )
    return made


def _given_back(values: Sequence[Tensor], several: bool, create_graph: bool) -> Any:
    made = tuple(values) if create_graph else tuple([x.detach() for x in values])
    return made if several else made[0]


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return the results of a function, and the product of a vector with its Jacobian.

    Args:
        func: Takes tensors and returns a tensor, or a tuple of them.
        inputs: A tensor, or a tuple of them.
        v: The vector, of the sizes of the results; 1 for a single number by default.
        create_graph: Whether the product can be differentiated.
        strict: Whether a result that does not depend on an input is an error.

    Returns:
        The results; and the product, of the sizes of the inputs.

    Raises:
        RuntimeError: The vector does not fit; or, in strict mode, there is no dependence.

    Example:
        >>> import mocrograd as mg
        >>> mg.autograd.functional.vjp(lambda x: x * x, mg.arange(3.0), mg.ones(3))[1].tolist()
        [0.0, 2.0, 4.0]
    """
    with enable_grad():
        watched, several, results, many = _evaluated(func, inputs, create_graph, strict, "vjp")
        vector = _vector(v, results, "the result of the user-provided function", "vjp")
        product = _gradients(results, watched, vector, strict, create_graph)
    return _given_back(results, many, create_graph), _given_back(product, several, create_graph)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return the results of a function, and the product of its Jacobian with a vector.

    Args:
        func: Takes tensors and returns a tensor, or a tuple of them.
        inputs: A tensor, or a tuple of them.
        v: The vector, of the sizes of the inputs; 1 for a single number by default.
        create_graph: Whether the product can be differentiated.
        strict: Whether a result that does not depend on an input is an error.

    Returns:
        The results; and the product, of their sizes.

    Raises:
        RuntimeError: The vector does not fit; or, in strict mode, there is no dependence.

    Example:
        >>> import mocrograd as mg
        >>> mg.autograd.functional.jvp(lambda x: x ** 2, mg.tensor([1.0, 2.0]), mg.ones(2))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        watched, _, results, many = _evaluated(func, inputs, create_graph, strict, "jvp")
        vector = _vector(v, watched, "the input", "jvp")
        # The gradient is linear in its weights: its own gradient with respect to them is the product.
        weights = tuple([ops.zeros_like(y).requires_grad_() for y in results])
        pulled = _gradients(results, watched, weights, strict, True)
        product = _gradients(pulled, weights, vector, False, create_graph)
    return _given_back(results, many, create_graph), _given_back(product, many, create_graph)


def _jacobian_of(
    row: Callable[[Tensor], tuple[Tensor, ...]], result: Tensor, watched: Tensors, vectorize: bool
) -> list[Tensor]:
    """Return the derivatives of one result by each input, given the function of a weight that returns gradients."""
    count = result.numel()
    if not count:
        return [x.new_zeros(*result.shape, *x.shape) for x in watched]
    weights = ops.eye(count, dtype=result.dtype, device=result.device).reshape(count, *result.shape)
    if vectorize:
        from mocrograd.func.mapping import vmap  # which the import of the package need not wait for

        columns = vmap(row)(weights)
    else:
        columns = tuple([ops.stack(column) for column in zip(*map(row, weights))])
    return [column.reshape(*result.shape, *x.shape) for column, x in zip(columns, watched)]


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the derivatives of each number of a function's results by each number of its inputs.

    Args:
        func: Takes tensors and returns a tensor, or a tuple of them.
        inputs: A tensor, or a tuple of them.
        create_graph: Whether the derivatives can be differentiated.
        strict: Whether a result that does not depend on an input is an error.
        vectorize: Whether one backward pass, by `func.vmap`, is for all numbers of a result.
        strategy: "reverse-mode", or "forward-mode" with `vectorize`, which gives the same.

    Returns:
        A tensor of the sizes of the result, then of the input; a tuple of them for several results, or inputs; a tuple
        of tuples for both.

    Raises:
        RuntimeError: In strict mode, there is no dependence.

    Example:
        >>> import mocrograd as mg
        >>> mg.autograd.functional.jacobian(lambda x: x * x, mg.arange(3.0)).tolist()
        [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 4.0]]
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise AssertionError(f'Expected strategy to be either "forward-mode" or "reverse-mode", got {strategy!r}')
    if strategy == "forward-mode" and (create_graph or not vectorize):
        raise NotImplementedError('jacobian: strategy="forward-mode" goes with vectorize=True and create_graph=False')
    with enable_grad():
        watched, several, results, many = _evaluated(func, inputs, create_graph, strict, "jacobian")
        rows = []
        for result in results:

            def row(weight: Tensor, result: Tensor = result) -> tuple[Tensor, ...]:
                return tuple(_gradients([result], watched, [weight], strict, create_graph))

            rows.append(_jacobian_of(row, result, watched, vectorize))
    made = tuple([_given_back(row, several, create_graph) for row in rows])
    return made if many else made[0]


def _scalar(results: Any, name: str) -> Tensor:
    if not isinstance(results, Tensor) or results.numel() != 1:
        raise RuntimeError(f"The function given to {name} must return a single Tensor with a single element")
    return results


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the second derivatives of a function that gives one number.

    Args:
        func: Takes tensors and returns a tensor of one element.
        inputs: A tensor, or a tuple of them.
        create_graph: Whether the derivatives can be differentiated.
        strict: Whether a result that does not depend on an input is an error.
        vectorize: As for `jacobian`.
        outer_jacobian_strategy: As `strategy` of `jacobian`.

    Returns:
        A tensor of the sizes of the input twice; a tuple of tuples of them for several inputs.

    Raises:
        RuntimeError: The function gives something else; or, in strict mode, there is no dependence.

    Example:
        >>> import mocrograd as mg
        >>> mg.autograd.functional.hessian(lambda x: (x**3).sum(), mg.arange(2.0)).tolist()
        [[0.0, 0.0], [0.0, 6.0]]
    """
    several = isinstance(inputs, (tuple, list))

    def gradient(*watched: Tensor) -> Any:
        result = _scalar(func(*watched), "hessian")
        found = _gradients([result], watched, [ops.ones_like(result)], strict, True)
        return tuple(found) if several else found[0]

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def _second(func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str) -> Any:
    with enable_grad():
        watched, several, results, many = _evaluated(func, inputs, create_graph, strict, name)
        result = _scalar(results if many else results[0], name)
        vector = _vector(v, watched, "the input", name)
        first = _gradients([result], watched, [ops.ones_like(result)], strict, True)
        product = _gradients(first, watched, vector, strict, create_graph)
    return _given_back([result], False, create_graph), _given_back(product, several, create_graph)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return the result of a scalar function, and the product of a vector with its Hessian.

    Args:
        func: Takes tensors and returns a tensor of one element.
        inputs: A tensor, or a tuple of them.
        v: The vector, of the sizes of the inputs; 1 for a single number by default.
        create_graph: Whether the product can be differentiated.
        strict: Whether a result that does not depend on an input is an error.

    Returns:
        The result; and the product, of the sizes of the inputs.

    Raises:
        RuntimeError: The vector does not fit, or the function gives something else.
    """
    found: tuple[Any, Any] = _second(func, inputs, v, create_graph, strict, "vhp")
    return found


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return the result of a scalar function, and the product of its Hessian with a vector, as `vhp`."""
    found: tuple[Any, Any] = _second(func, inputs, v, create_graph, strict, "hvp")
    return found
