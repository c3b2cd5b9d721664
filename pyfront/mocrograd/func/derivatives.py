"""Derivatives as functions: `grad(f)` is the gradient of f. They nest, and gradients flow through them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from mocrograd import autograd, ops
from mocrograd.autograd import LEAF
from mocrograd.func.batched import BatchedTensor, bare, batched, lifted_to, raw_view
from mocrograd.func.mapping import vmap
from mocrograd.func.trees import leaves, mapped, rebuilt
from mocrograd.tensor import Tensor

Argnums = int | tuple[int, ...]


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that computes the gradient of a function.

    Args:
        func: Returns a scalar tensor; with `has_aux` a pair of it and anything else.
        argnums: Which positional arguments to differentiate with respect to: tensors, or tuples, lists and dicts of
            them.
        has_aux: Whether `func` returns a pair; the result then is a pair too.

    Returns:
        A function of the same arguments. For several `argnums` it returns a tuple. Its results are part of a graph
        where something that `func` used requires a gradient.

    Raises:
        RuntimeError: When it is called: an argument is missing, or the result is no scalar.
        ValueError: When it is called: an argument holds something else than tensors.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.grad(mg.func.grad(lambda x: x**3))(mg.tensor(2.0))
        tensor(12.)
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that computes the gradient of a function and its value.

    Args:
        func: As for `grad`.
        argnums: As for `grad`.
        has_aux: As for `grad`; the value then is the pair that `func` returned.

    Returns:
        A function of the same arguments, which returns a pair.

    Raises:
        RuntimeError: As for `grad`.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.grad_and_value(lambda x: (x ** 2).sum())(mg.tensor([1.0, 2.0]))
        (tensor([2., 4.]), tensor(5.))
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with _Watch("grad", args, argnums) as watch:
            result = func(*watch.args, **kwargs)
            result, aux = _pair("grad", result) if has_aux else (result, None)
            if not isinstance(result, Tensor) or result._shape:
                what = list(result.shape) if isinstance(result, Tensor) else type(result).__name__
                raise RuntimeError(f"grad: expected the function to return a scalar tensor, got {what}")
            found = watch.tree(watch.gradients(result, None))
        value = watch.outside(result)
        return found, (value, mapped(watch.outside, aux)) if has_aux else value

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Compute a function, and return its value with a function that multiplies vectors with its Jacobian.

    Args:
        func: Returns a tensor, or a tuple, list or dict of tensors; with `has_aux` a pair of it and anything else.
        *primals: Its arguments.
        has_aux: Whether `func` returns a pair.

    Returns:
        (value, function), with `has_aux` (value, function, aux). The function takes a vector of the value's form and
        returns the product for each argument, a tuple.

    Raises:
        RuntimeError: A vector is not of the value's shape.

    Example:
        >>> import mocrograd as mg
        >>> output, pull = mg.func.vjp(lambda x: x ** 2, mg.tensor([1.0, 2.0]))
        >>> pull(mg.ones(2))
        (tensor([2., 4.]),)
    """
    with _Watch("vjp", primals, tuple(range(len(primals)))) as watch:
        result = func(*watch.args)
        result, aux = _pair("vjp", result) if has_aux else (result, None)

    def product(cotangents: Any) -> Any:
        return watch.tree(watch.gradients(result, cotangents))

    value = mapped(watch.outside, result)
    return (value, product, mapped(watch.outside, aux)) if has_aux else (value, product)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False) -> tuple[Any, ...]:
    """Compute a function and the product of its Jacobian with a vector, by differentiating twice.

    Args:
        func: As for `vjp`.
        primals: A tuple of arguments.
        tangents: A vector of their form.
        has_aux: Whether `func` returns a pair.

    Returns:
        (value, product), with `has_aux` (value, product, aux).

    Raises:
        RuntimeError: The tangents are not of the form of the arguments.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.jvp(lambda x: x ** 2, (mg.tensor([1.0, 2.0]),), (mg.ones(2),))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        kinds = f"{type(primals).__name__} and {type(tangents).__name__}"
        raise RuntimeError(f"jvp: expected primals and tangents to be tuples, got {kinds}")
    vectors = leaves(tangents)
    if any(not isinstance(x, Tensor) for x in (*vectors, *leaves(primals))):
        raise RuntimeError("jvp: expected primals and tangents of Tensors")
    if [list(v.shape) for v in vectors] != [list(x.shape) for x in leaves(primals)]:
        raise RuntimeError("jvp: expected tangents of the shapes of the primals")
    with _Watch("jvp", tuple(primals), tuple(range(len(primals)))) as watch:
        result = func(*watch.args)
        result, aux = _pair("jvp", result) if has_aux else (result, None)
        out = rebuilt(result, _forward(watch, result)(vectors))
    value = mapped(watch.outside, result)
    return (value, out, mapped(watch.outside, aux)) if has_aux else (value, out)


def _forward(watch: _Watch, result: Any) -> Callable[[Sequence[Tensor]], list[Tensor]]:
    """Return a function that multiplies a Jacobian with vectors, by the gradient of its products with others."""
    weights = mapped(lambda y: _tracked(ops.zeros_like(y.detach())), result)
    products = watch.gradients(result, weights, create=True)
    outer = watch.outer(result)

    def push(vectors: Sequence[Tensor]) -> list[Tensor]:
        chosen = [(p, v) for p, v in zip(products, vectors) if p.requires_grad]
        found: Any = [None] * len(leaves(weights))
        if chosen:
            parts, given = zip(*chosen)
            found = autograd.grad(parts, leaves(weights), given, True, outer, allow_unused=True)
        return [ops.zeros_like(y.detach()) if t is None else t for t, y in zip(found, leaves(result))]

    return push


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of a function, by one backward pass for all elements of its value.

    Args:
        func: As for `vjp`.
        argnums: As for `grad`.
        has_aux: Whether `func` returns a pair; the result then is a pair too.
        chunk_size: How many elements a backward pass is for; all by default.

    Returns:
        A function of the same arguments: for each tensor of the value and of the arguments a tensor of both shapes,
        one behind the other.

    Raises:
        RuntimeError: As for `grad`.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.jacrev(lambda x: x ** 2)(mg.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with _Watch("jacrev", args, argnums) as watch:
            result = func(*watch.args, **kwargs)
            result, aux = _pair("jacrev", result) if has_aux else (result, None)
            found = mapped(lambda y: watch.tree(_rows(watch, y, chunk_size)), result)
        return (found, mapped(watch.outside, aux)) if has_aux else found

    return wrapper


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """Return what `jacrev` returns, by one pass for all elements of the arguments.

    The gradient of a vector's product with the Jacobian, by that vector, is a product of the Jacobian with a vector:
    so backward passes alone compute it, the second one for all vectors at once.

    Args:
        func: As for `jacrev`.
        argnums: As for `jacrev`.
        has_aux: As for `jacrev`.
        randomness: Accepted: the function runs once.

    Returns:
        As `jacrev`.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.jacfwd(lambda x: x ** 2)(mg.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with _Watch("jacfwd", args, argnums) as watch:
            result = func(*watch.args, **kwargs)
            result, aux = _pair("jacfwd", result) if has_aux else (result, None)
            push = _forward(watch, result)
            columns = [_columns(push, watch, i) for i in range(len(watch.inputs))]
            each = [watch.tree([column[k] for column in columns]) for k in range(len(leaves(result)))]
            found = rebuilt(result, each)
        return (found, mapped(watch.outside, aux)) if has_aux else found

    return wrapper


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of the Jacobian.

    Args:
        func: As for `vjp`.
        argnums: As for `grad`.

    Returns:
        A function of the same arguments.

    Example:
        >>> import mocrograd as mg
        >>> mg.func.hessian(lambda x: (x ** 3).sum())(mg.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """Return the value of a function, and the function that multiplies its Jacobian with vectors.

    Args:
        func: Takes and returns tensors, or tuples, lists and dicts of them.
        *primals: Its arguments.

    Returns:
        The value, and a function of as many vectors as there are arguments.

    Raises:
        RuntimeError: Vectors are not of the form of the arguments.

    Example:
        >>> import mocrograd as mg
        >>> value, push = mg.func.linearize(lambda x: x**2, mg.tensor([1.0, 3.0]))
        >>> value, push(mg.tensor([1.0, 1.0]))
        (tensor([1., 9.]), tensor([2., 6.]))
    """
    with _Watch("linearize", primals, tuple(range(len(primals)))) as watch:
        result = func(*watch.args)
        push = _forward(watch, result)

    def product(*tangents: Any) -> Any:
        vectors = leaves(tangents)
        if [tuple(v.shape) for v in vectors] != [tuple(x.shape) for x in watch.inputs]:
            raise RuntimeError("linearize: expected vectors of the form and the shapes of the arguments")
        with autograd.enable_grad():
            return rebuilt(result, push(vectors))

    return mapped(watch.outside, result), product


def gradients_of_vectors(
    outputs: Any, inputs: Any, grad_outputs: Any, retain_graph: bool | None, create_graph: bool, **options: Any
) -> tuple[Any, ...]:
    """Return gradients for several gradients of the outputs at once, as `autograd.grad` with `is_grads_batched`."""
    vectors = tuple(grad_outputs) if isinstance(grad_outputs, (list, tuple)) else (grad_outputs,)
    unused: set[int] = set()

    def of_one(*given: Any) -> tuple[Tensor, ...]:
        found = autograd.grad(outputs, inputs, given, retain_graph, create_graph, **options)
        unused.update(i for i, g in enumerate(found) if g is None)
        return tuple([ops.zeros(()) if g is None else g for g in found])

    every = vmap(of_one, in_dims=tuple([None if v is None else 0 for v in vectors]))(*vectors)
    return tuple([None if i in unused else g for i, g in enumerate(every)])


class _Watch:
    """The arguments of a function of which some are differentiated: `args`, and `inputs`, the tensors among them."""

    def __init__(self, name: str, args: tuple[Any, ...], argnums: Argnums) -> None:
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        if not all(isinstance(n, int) for n in numbers):
            raise RuntimeError(f"{name}: argnums must be int or Tuple[int, ...], got: {argnums!r}")
        if not all(-len(args) <= n < len(args) for n in numbers):
            raise RuntimeError(f"{name}: got argnums={argnums}, but only {len(args)} positional inputs")
        self._several = isinstance(argnums, tuple)
        self._chosen = tuple([args[n] for n in numbers])
        for x in leaves(self._chosen):
            if not isinstance(x, Tensor):
                raise ValueError(f"{name}: expected tensors to differentiate, got {type(x).__name__}")
        self._tracked = [x.requires_grad for x in leaves(self._chosen)]
        with autograd.enable_grad():
            self.inputs = [_watched(x, autograd.mode.vmap) for x in leaves(self._chosen)]
        self._walked: dict[int, tuple[Tensor, bool]] = {}
        self.args = list(args)
        for n, arg in zip(numbers, rebuilt(self._chosen, self.inputs)):
            self.args[n] = arg

    def __enter__(self) -> _Watch:
        self._graph = autograd.is_grad_enabled()
        self._mode = autograd.enable_grad()
        self._mode.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._mode.__exit__(*exception)

    def tree(self, found: Sequence[Any]) -> Any:
        """Return gradients in the form of the arguments."""
        rebuilding = rebuilt(self._chosen, found)
        return rebuilding if self._several else rebuilding[0]

    def outside(self, x: Any) -> Any:
        """Return a tensor as the caller may see it: without the graph where that leads to watched arguments alone."""
        return x if not isinstance(x, Tensor) or not x.requires_grad or self.outer(x) else x.detach()

    def outer(self, results: Any) -> bool:
        """Return whether a result depends on something else than the watched arguments that requires a gradient."""
        if not self._graph:
            return False
        return any(self._tracked) or any(self._reaching(y) for y in leaves(results) if y.requires_grad)

    def _reaching(self, y: Tensor) -> bool:
        """Return whether the graph of a result leads elsewhere than to the inputs; it is walked once."""
        known = self._walked.get(id(y))
        if known is None or known[0] is not y:
            known = self._walked[id(y)] = (y, _reaches(y, self.inputs))
        return known[1]

    def gradients(self, results: Any, weights: Any, create: bool | None = None) -> list[Any]:
        """Return the gradients of weighted results, zeros where there are none."""
        chosen, vectors = leaves(results), [None] * len(leaves(results)) if weights is None else leaves(weights)
        if len(vectors) != len(chosen):
            raise RuntimeError(f"expected vectors of the form of the result, {len(chosen)} tensors, got {len(vectors)}")
        pairs = [(y, v) for y, v in zip(chosen, vectors) if y.requires_grad]
        found: Any = [None] * len(self.inputs)
        if pairs:
            ys, vs = zip(*pairs)
            create = self.outer(results) if create is None else create
            found = autograd.grad(ys, self.inputs, vs, retain_graph=True, create_graph=create, allow_unused=True)
        return [ops.zeros_like(x.detach()) if g is None else g for g, x in zip(found, self.inputs)]


def _watched(x: Tensor, level: Any) -> Tensor:
    """Return a tensor that is tracked, batched at all levels that are running."""
    if level is None or level.outer is not None or type(x) is BatchedTensor or x.requires_grad:
        return _tracked(lifted_to(x, level))
    # the same for most tensors, with less ado
    value = raw_view(x, (level.size, *x._shape), (0, *x._strides), level.size * x._size)
    return batched(value.requires_grad_(), level)


def _tracked(x: Tensor) -> Tensor:
    """Return a tensor of the same values that requires a gradient, with a history only where that one has."""
    if type(x) is BatchedTensor:
        return batched(x._level.outside(_tracked, x._value), x._level)
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _reaches(result: Tensor, inputs: list[Tensor]) -> bool:
    """Return whether the graph of a result leads to a leaf that is not among the inputs."""
    result, inputs = bare(result), [bare(x) for x in inputs]
    own = {id(x) for x in inputs}
    stop = {id(x.grad_fn) for x in inputs if x.grad_fn is not None}
    if result.grad_fn is None:
        return id(result) not in own
    seen, waiting = set(stop), [result.grad_fn]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        for edge in node.edges:
            if edge is not None and edge[1] == LEAF:
                if id(edge[0]) not in own:
                    return True
            elif edge is not None:
                waiting.append(edge[0])
    return False


def _rows(watch: _Watch, y: Tensor, chunk_size: int | None) -> list[Any]:
    """Return the Jacobian of one tensor for each input, by gradients for all of its elements at once."""
    if not y._size or not y.requires_grad:
        return [x.new_zeros(*y._shape, *x._shape) for x in watch.inputs]
    create = watch.outer(y)  # found here, because the search knows no batched tensor of the map
    rows = vmap(lambda v: tuple(watch.gradients(y, v, create)), chunk_size=chunk_size)(_units(y))
    return [row.reshape((*y._shape, *x._shape)) for row, x in zip(rows, watch.inputs)]


def _columns(push: Any, watch: _Watch, i: int) -> list[Tensor]:
    """Return the Jacobian of each result for one input, by products with all unit vectors at once."""
    x = watch.inputs[i]
    if not x._size:
        return [y.reshape(*y._shape, *x._shape) for y in push([ops.zeros_like(v.detach()) for v in watch.inputs])]

    def column(vector: Tensor) -> tuple[Tensor, ...]:
        return tuple(push([vector if k == i else ops.zeros_like(v.detach()) for k, v in enumerate(watch.inputs)]))

    found = vmap(column, out_dims=-1)(_units(x))
    return [y.reshape(*y._shape[:-1], *x._shape) for y in found]


def _units(x: Tensor) -> Tensor:
    """Return the vectors of a tensor's shape of which one element is 1, one for each."""
    return ops.eye(x._size, dtype=x.dtype, device=x.device).reshape(x._size, *x._shape)


def _pair(name: str, result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(f"{name}: expected a pair (result, aux) from the function, got {type(result).__name__}")
    return result
