"""Which form for sparse tensors an operation has that was called otherwise than as a method of a sparse tensor."""

from __future__ import annotations

from typing import Any

from mocrograd import layout
from mocrograd.errors import SparseOperand
from mocrograd.sparse import converting, pointwise, products, shapes
from mocrograd.sparse.tensor import SparseTensor, _answer, caller, refusal, way

_OF_TWO = {
    "add": pointwise.add,
    "sub": pointwise.sub,
    "mul": pointwise.mul,
    "div": pointwise.div,
    "pow": pointwise.power,
    "floor_divide": pointwise.floor_div,
}


def _linear(x: Any, weight: Any, bias: Any) -> Any:
    rows = x.reshape(-1, x._shape[-1]) if len(x._shape) > 2 and not x._sparse else x
    out = products.product("linear", rows, weight.t())
    out = out if rows is x else out.reshape(*x._shape[:-1], out._shape[1])
    return out if bias is None else out + bias


def _add_product(x: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
    return products.added_product("addmm", x, a, b, beta, alpha)


_OF_NODES: dict[str, Any] = {
    "MatMul": lambda a, b: products.product("mm", a, b), "AddMM": _add_product, "Linear": _linear,
    "Cast": lambda x, dtype: converting.clone(x) if x.dtype is dtype else converting.to(x, dtype),
    "ToDevice": converting.to, "Conjugate": lambda x: pointwise.mapped("conj_physical", x),
}  # fmt: skip
"""By the names of Functions, whose arguments they have."""
_OF_FUNCTIONS: dict[str, Any] = {
    "add": pointwise.add, "sub": pointwise.sub, "subtract": pointwise.sub, "mul": pointwise.mul,
    "multiply": pointwise.mul, "div": pointwise.div, "divide": pointwise.div, "true_divide": pointwise.div,
    "floor_divide": pointwise.floor_div,
    "addmm": lambda x, a, b, **o: products.added_product("addmm", x, a, b, **o),
    "cat": shapes.cat, "concat": shapes.cat, "concatenate": shapes.cat, "stack": shapes.stack,
    "hstack": shapes.hstack, "vstack": shapes.vstack, "row_stack": shapes.vstack,
}  # fmt: skip
"""By the names of public functions and methods."""


def answer(called: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what an operation's form for sparse tensors makes of its arguments.

    Args:
        called: The class of a Function, or a function.
        args: Its arguments, among which one is sparse.
        options: Those by name.

    Raises:
        NotImplementedError: There is none.
    """
    if isinstance(called, type):
        name = getattr(called, "op", called.__name__)
        form = _OF_TWO.get(name) or _OF_NODES.get(called.__name__)
        if form is None and name in pointwise.UNARY and len(args) == 1:
            return pointwise.mapped(name, args[0])
        if form is None:  # the function that runs it may have one
            raise SparseOperand(refusal(caller(), _sparse_of(args, options)), answer)
    else:
        name, first = called.__name__, args[0] if args else options.pop("input", None)
        form = _OF_FUNCTIONS.get(name)
        if form is None and isinstance(first, SparseTensor):
            form = vars(SparseTensor).get(name)
        if form is None or options.get("out") is not None:
            raise NotImplementedError(refusal(name, _sparse_of((first, *args), options)))
        args = (first, *args[1:]) if args or first is not None else ()
    return form(*args, **options)


def _sparse_of(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return the first sparse tensor among arguments, None where it is further inside."""
    several = [y for x in args if isinstance(x, (tuple, list)) for y in x]
    return next((x for x in (*args, *several, *options.values()) if isinstance(x, SparseTensor)), None)


_answer.append(answer)


def _reduced(self: SparseTensor) -> tuple[Any, ...]:
    return rebuild, (self.layout, self._index, self._elements, self._shape, self._merged, self.requires_grad)


def rebuild(kind: Any, index: Any, values: Any, shape: Any, merged: bool, requires_grad: bool) -> SparseTensor:
    """Return what was pickled, checked as anything else is."""
    from mocrograd.sparse.building import sparse_coo_tensor
    from mocrograd.sparse.compressed import sparse_compressed_tensor

    if kind is layout.sparse_coo:
        x = sparse_coo_tensor(index[0], values, shape, requires_grad=requires_grad, is_coalesced=merged or None)
        x._merged = merged
        return x
    return sparse_compressed_tensor(index[0], index[1], values, shape, layout=kind, requires_grad=requires_grad)


def of_parts(kind: Any, *parts: Any) -> SparseTensor:
    """Return what a file holds: indices, values, the shape, and for coordinates whether they are merged."""
    if kind is layout.sparse_coo:
        index, values, shape, *merged = parts
        return rebuild(kind, (index,), values, tuple(shape), bool(merged and merged[0]), False)
    bounds, plain, values, shape = parts
    return rebuild(kind, (bounds, plain), values, tuple(shape), True, False)


@way
def __reduce__(self: SparseTensor) -> tuple[Any, ...]:
    """Pickle indices and values."""
    return _reduced(self)


@way
def __reduce_ex__(self: SparseTensor, protocol: Any) -> tuple[Any, ...]:
    """Pickle indices and values."""
    return _reduced(self)


@way
def __deepcopy__(self: SparseTensor, memo: dict[int, Any]) -> SparseTensor:
    """Copy a leaf with its gradient.

    Raises:
        RuntimeError: It is no leaf.
    """
    if self.grad_fn is not None:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol")
    if id(self) not in memo:
        new = memo[id(self)] = converting.clone(self.detach())
        new.requires_grad = self.requires_grad
        new.grad = None if self.grad is None else self.grad.__deepcopy__(memo)
    return memo[id(self)]


@way
def __copy__(self: SparseTensor) -> SparseTensor:
    """Return a leaf with the same indices and values."""
    new = self.detach()
    new.requires_grad = self.requires_grad
    return new
