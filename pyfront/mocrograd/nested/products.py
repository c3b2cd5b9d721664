"""Linear layers, norms and products of nested tensors."""

from __future__ import annotations

from typing import Any

from mocrograd.nested.nestedtensor import NestedTensor, padded, repacked
from mocrograd.wrapping import bare, name_of


def _linear(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Run a layer whose weights meet the last dimension.

    Raises:
        RuntimeError: The last dimension is ragged.
    """
    x, rest, options = _first(args, options)
    if x._at == len(x._shape) - 1:
        raise RuntimeError(f"{name_of(function)}(): not supported for NestedTensor on ragged dim")
    return x._like(bare(function, (x._elements, *rest), options))


def _norm(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Normalise along dimensions behind the ragged one.

    Raises:
        RuntimeError: The ragged dimension is among them.
    """
    x, rest, options = _first(args, options)
    shape = rest[0] if rest else options["normalized_shape"]
    if x._at >= len(x._shape) - (1 if isinstance(shape, int) else len(shape)):
        raise RuntimeError(f"{name_of(function)}(): not supported for NestedTensor on ragged dim")
    return x._like(bare(function, (x._elements, *rest), options))


def _first(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[NestedTensor, tuple[Any, ...], dict[str, Any]]:
    """Return the first argument, the others and those by name.

    Raises:
        NotImplementedError: The first one is not nested.
    """
    options = dict(options)
    x, *rest = args if args else (options.pop("input"),)
    if not isinstance(x, NestedTensor):
        raise NotImplementedError("expected the first operand to be a NestedTensor")
    return x, tuple(rest), options


def _matmul(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Multiply matrices: of a nested tensor with a matrix, row by row with a batch, or along the ragged dimension.

    Raises:
        RuntimeError: Shapes do not fit.
    """
    a, b = (*args, *options.values())
    if isinstance(a, NestedTensor) and not isinstance(b, NestedTensor):
        if a._at < len(a._shape) - 1 and b.dim() <= 2:
            return a._like(a._elements.matmul(b)) if b.dim() == 2 else _misfit(a, b)
        if a._at == len(a._shape) - 2 and b.dim() == len(a._shape):
            return repacked(padded(a, 0).matmul(b), a._size_of, a._at)
        return _misfit(a, b)
    both = isinstance(a, NestedTensor) and isinstance(b, NestedTensor) and a._size_of is b._size_of
    if both and a._at == len(a._shape) - 1 and b._at == len(b._shape) - 2:
        return padded(a, 0).matmul(padded(b, 0))
    return _misfit(a, b)


def _misfit(a: Any, b: Any) -> Any:
    raise RuntimeError(f"matmul(): not supported between inputs of shapes {tuple(a._shape)} and {tuple(b._shape)}")


FORMS: dict[str, Any] = {
    "linear": _linear, "layer_norm": _norm, "rms_norm": _norm, **dict.fromkeys(("matmul", "bmm"), _matmul),
}  # fmt: skip
