"""What functions make of nested tensors, by the names of the functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocrograd.nested import attention, products, reductions, shapes
from mocrograd.nested.nestedtensor import NestedTensor, _answer
from mocrograd.tensor import Tensor
from mocrograd.wrapping import OF_ELEMENTS, OF_ONE, OF_TWO, bare, name_of

_POINTWISE = OF_ONE | OF_TWO | {
    "addcdiv", "addcmul", "alpha_dropout", "bernoulli", "celu", "copysign", "dropout", "elu", "feature_alpha_dropout",
    "float_power", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "heaviside", "hypot", "isfinite",
    "isinf", "isneginf", "isposinf", "ldexp", "leaky_relu", "lerp", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logsigmoid", "masked_fill", "mish", "relu6", "selu", "silu", "softplus", "softshrink", "softsign",
    "tanhshrink", "threshold", "where", "xlogy", "_where_method", "zero_", "fill_", "copy_",
}  # fmt: skip


def answer(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what a function makes of arguments among which one is a nested tensor.

    Args:
        function: The public function, method, or the reading of a property.
        args: Its arguments.
        options: Those by name.

    Raises:
        NotImplementedError: It has no form for them.
        RuntimeError: Shapes do not fit.
    """
    name = name_of(function)
    form = _FORMS.get(name)
    if form is not None:
        return form(function, args, options)
    if name.endswith("_") and name[:-1] in _POINTWISE:
        return _pointwise(function, args, options)
    try:
        return bare(function, args, options)
    except (NotImplementedError, RuntimeError) as error:
        if "got a NestedTensor" not in str(error) and "ragged dimension is no number" not in str(error):
            raise
        raise NotImplementedError(f"{name}: {error}") from None


def _pointwise(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Compute packed elements; ordinary tensors broadcast to them.

    Raises:
        RuntimeError: Shapes do not fit, or an ordinary tensor would be changed.
        NotImplementedError: `out` is given.
    """
    if options.get("out") is not None:
        raise NotImplementedError(f"{name_of(function)}: out= is not supported for nested tensors")
    if name_of(function).endswith("_") and not isinstance(args[0], NestedTensor):
        raise RuntimeError(f"{name_of(function)}: an ordinary tensor cannot hold a result that is nested")
    everything = (*args, *options.values())
    first: NestedTensor = next(x for x in everything if isinstance(x, NestedTensor))

    def part(x: Any) -> Any:
        if isinstance(x, NestedTensor):
            if x._size_of is not first._size_of or x._at != first._at or len(x._shape) != len(first._shape):
                raise _misfit(function, first, x)
            return x._elements
        return _spread(function, x, first) if isinstance(x, Tensor) and x._shape else x

    result = bare(function, tuple(map(part, args)), {key: part(x) for key, x in options.items()})
    if args and isinstance(args[0], NestedTensor) and result is args[0]._elements:
        return args[0]
    return first._like(result)


def _misfit(function: Any, x: Any, y: Any) -> RuntimeError:
    shapes = f"{tuple(x._shape)} and {tuple(y._shape)}"
    return RuntimeError(f"cannot call binary pointwise function {name_of(function)} with inputs of shapes {shapes}")


def _spread(function: Any, x: Tensor, nested: NestedTensor) -> Tensor:
    """Return an ordinary tensor as one that broadcasts with packed elements.

    Raises:
        RuntimeError: It does not broadcast with the nested tensor.
    """
    rank, at, size = len(nested._shape), nested._at, nested._size_of
    if len(x._shape) > rank:
        raise _misfit(function, nested, x)
    shape = (1,) * (rank - len(x._shape)) + x._shape
    if shape[0] not in (1, size.batch) or shape[at] not in (1, size.longest):
        raise _misfit(function, nested, x)
    whole = x.reshape(shape)
    if shape[at] == 1 and shape[0] == 1:
        return whole.squeeze(0)
    if shape[at] == 1:
        return whole.index_select(0, size.rows).squeeze(at).movedim(0, at - 1)
    wide = whole.expand(size.batch, *shape[1:])
    return size.packed(wide.movedim(at, 1)).movedim(0, at - 1)


def _same(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Compute what is like the first argument."""
    x, *rest = args if args else (options.pop("input"),)
    if not isinstance(x, NestedTensor):
        raise NotImplementedError(f"{name_of(function)}: expected the first operand to be nested")
    rest = [y._elements if isinstance(y, NestedTensor) else y for y in rest]
    result = bare(function, (x._elements, *rest), options)
    return x if result is x._elements else x._like(result)


def _embedding(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    x, *rest = args if args else (options.pop("input"),)
    return x._like(bare(function, (x._elements, *rest), options))


_FORMS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(_POINTWISE, _pointwise), **dict.fromkeys(OF_ELEMENTS, _same), "embedding": _embedding,
    **products.FORMS, **reductions.FORMS, **shapes.FORMS, **attention.FORMS,
}  # fmt: skip
_answer.append(answer)
