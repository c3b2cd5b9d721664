"""What functions make of masked tensors, by the names of the functions."""

from __future__ import annotations

from typing import Any

from mocrograd import autograd, dtypes, ops
from mocrograd.masked import reductions, rows
from mocrograd.masked.maskedtensor import MaskedTensor, _answer, guarded, made
from mocrograd.masked.reductions import dims_of
from mocrograd.tensor import Tensor
from mocrograd.wrapping import OF_ELEMENTS, OF_ONE, OF_TWO, bare, name_of, show

_REDUCING = {"all", "amax", "amin", "argmax", "argmin", "mean", "norm", "prod", "std", "sum", "var"}
_OF_SHAPES = {
    "__getitem__", "cat", "concat", "concatenate", "contiguous", "expand", "expand_as", "flatten", "fold", "permute",
    "reshape", "reshape_as", "select", "split", "squeeze", "stack", "swapaxes", "swapdims", "t", "transpose", "T", "mT",
    "unfold", "unflatten", "unsqueeze", "view", "view_as", "unbind", "narrow", "movedim", "moveaxis", "chunk",
}  # fmt: skip
"""Functions that are called with the elements, and once more with the mask."""


def answer(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return what a function makes of arguments among which one is a masked tensor.

    Args:
        function: The public function, method, or the reading of a property.
        args: Its arguments.
        options: Those by name.

    Raises:
        TypeError: It has no form for them.
        ValueError: Two masks differ.
    """
    name = name_of(function)
    if name in _REDUCING:
        return _reduced(name, *args, **options)
    form = _FORMS.get(name)
    if form is not None:
        return form(function, args, options)
    plain = name[:-1]
    if name.endswith("_") and (plain in OF_ONE or plain in OF_TWO):
        return _in_place(function, args, options)
    try:
        return bare(function, args, options)
    except TypeError as error:
        if "got a MaskedTensor" not in str(error):
            raise
        raise TypeError(f"{name}: {error}") from None


def _mapped(x: Any, change: Any) -> Any:
    """Return an argument with something else for each masked tensor, also in lists and tuples."""
    if isinstance(x, (list, tuple)) and any(isinstance(one, MaskedTensor) for one in x):
        return type(x)(change(one) if isinstance(one, Tensor) else one for one in x)
    return change(x) if isinstance(x, MaskedTensor) else x


def _elements(x: Any) -> Any:
    return x._elements if isinstance(x, MaskedTensor) else x


def _mask(x: Any) -> Any:
    return x._kept if isinstance(x, MaskedTensor) else ops.ones_like(x, dtype=dtypes.bool_)


def _pointwise(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Compute the elements, also those that do not count.

    Raises:
        ValueError: Two masks differ, or `out` is given.
    """
    if options.get("out") is not None:
        raise ValueError(f"{function.__name__}: a MaskedTensor cannot be written by out=")
    data, mask = _computed(function, args, options)
    return made(data, mask)


def _computed(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Tensor]:
    everything = (*args, *options.values())
    masks = [x._kept for x in everything if isinstance(x, MaskedTensor)]
    if any(mask is not masks[0] and not _equal(mask, masks[0]) for mask in masks[1:]):
        raise ValueError("Input masks must match: use to_tensor(value), or masked_tensor with one mask")
    shape = ops.broadcast_shapes(*(x.shape for x in everything if isinstance(x, Tensor)))
    mask = masks[0].expand(shape)

    def change(x: Any) -> Any:
        return guarded(_elements(x), mask) if isinstance(x, Tensor) else x

    data = bare(function, tuple(map(change, args)), {key: change(x) for key, x in options.items()})
    return data, mask


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool((a == b).all())


def _in_place(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Give a masked tensor other elements.

    Raises:
        RuntimeError: It is a leaf that requires a gradient.
        TypeError: What would be changed has no mask.
    """
    x = args[0]
    if not isinstance(x, MaskedTensor):
        raise TypeError(f"{function.__name__}: a tensor without a mask cannot hold a result that has one")
    if x.requires_grad and x.grad_fn is None and autograd.is_grad_enabled():
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    copy = made(x._elements.clone(), x._kept)
    data, mask = _computed(
        lambda first, *rest, **named: function(first.clone(), *rest, **named), (copy, *args[1:]), options
    )
    if mask.shape != x._kept.shape:
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape {list(mask.shape)}")
    show(x, data, data._shape)
    return x


def _reduced(name: str, input: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None, **options: Any) -> Any:
    data, mask = input.get_data() if not input.requires_grad else input._elements, input._kept
    dims = dims_of(dim, data.dim())
    if name == "all":
        result = data.masked_fill(~mask, True)
        result = result.all() if dim is None else result.all(dim=dim, keepdim=keepdim)
    else:
        given = {} if dim is None else {"dim": dim, "keepdim": keepdim}
        result = getattr(reductions, name)(data, mask=mask, dtype=dtype, **given, **options)
    kept = mask
    for d in reversed(dims):
        kept = kept.any(d, keepdim)
    return made(result, kept if dim is not None or not mask.dim() else kept.reshape(result.shape))


def _moved(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    both = []
    for part in (_elements, _mask):
        changed = tuple(_mapped(x, part) for x in args)
        both.append(bare(function, changed, {key: _mapped(x, part) for key, x in options.items()}))
    data, mask = both
    return type(data)(map(made, data, mask)) if isinstance(data, (list, tuple)) else made(data, mask)


def _kept(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    data = bare(function, tuple(map(_elements, args)), {key: _elements(x) for key, x in options.items()})
    first = args[0] if args else options["input"]
    return (
        made(data, first._kept.to(data.device))
        if isinstance(first, MaskedTensor) and isinstance(data, Tensor)
        else data
    )


def _softmax(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    x, *rest = args if args else (options.pop("input"),)
    dim = rest[0] if rest else options["dim"]
    return made(rows.softmax(x._elements, dim, dtype=options.get("dtype"), mask=x._kept), x._kept)


def _where(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Choose among elements and masks.

    Raises:
        TypeError: The condition has a mask.
    """
    first, second, third = (*args, *options.values())
    method = name_of(function) == "_where_method"
    condition, a, b = (second, first, third) if method else (first, second, third)
    if isinstance(condition, MaskedTensor):
        raise TypeError("where: expected a condition without a mask, got a MaskedTensor: use get_data()")
    a, b = (x if isinstance(x, Tensor) else ops.full_like(condition, x, dtype=dtypes.float32) for x in (a, b))
    data = ops.where(condition, guarded(_elements(a), _mask(a)), guarded(_elements(b), _mask(b)))
    return made(data, ops.where(condition, _mask(a), _mask(b)))


def _copy(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    x, other = args[0], args[1]
    if not (isinstance(x, MaskedTensor) and isinstance(other, MaskedTensor) and _equal(x._kept, other._kept)):
        raise ValueError("args[0] mask and args[1] mask must match but do not")
    with autograd.no_grad():
        x._elements.copy_(other._elements)
    return x


_FORMS: dict[str, Any] = {
    **dict.fromkeys(OF_ONE | OF_TWO, _pointwise), **dict.fromkeys(_OF_SHAPES, _moved),
    **dict.fromkeys(OF_ELEMENTS, _kept), "softmax": _softmax, "where": _where, "_where_method": _where, "copy_": _copy,
    "to_dense": lambda function, args, options: args[0],
}  # fmt: skip
_answer.append(answer)
