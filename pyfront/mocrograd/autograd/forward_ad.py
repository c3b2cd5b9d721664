"""Forward-mode differentiation by dual tensors: a tensor with a tangent, which what is computed of it has as well.

While a level is entered, dual tensors are tracked as those that require a gradient are, so nothing has a tangent that
is computed within `no_grad`. The tangent of a result is
computed when it is asked for, by differentiating twice (as `func.jvp` does): the gradient of a product of the result
with a vector is a linear function of that vector, whose own gradient by the tangents is the tangent of the result.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar, NamedTuple

from mocrograd import ops
from mocrograd.autograd import Function, engine, mode
from mocrograd.autograd.modes import enable_grad
from mocrograd.tensor import Tensor


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns: a tensor and its tangent, None where it has none."""

    primal: Tensor
    tangent: Tensor | None


class _Level:
    """What was made while a level was the current one: dual tensors with their tangents."""

    current: ClassVar[_Level | None] = None

    def __init__(self) -> None:
        self.duals: list[tuple[Tensor, Tensor, Tensor]] = []


class _Dual(Function):
    """A tensor itself, as one that is tracked."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return the tensor."""
        return x.view(x._shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Return the gradient."""
        return grad


def enter_dual_level() -> int:
    """Enter the level within which dual tensors are made, and return its number, 0.

    Raises:
        RuntimeError: It has been entered.
    """
    if _Level.current is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _Level.current = _Level()
    Function.forward_mode = _run_forward
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Leave the level: its tensors have no tangents any more.

    Args:
        level: Its number.

    Raises:
        RuntimeError: There is none of that number.
    """
    if _Level.current is None or level not in (None, 0):
        raise RuntimeError("Trying to exit a forward AD level that was not the last one that was created.")
    for dual, primal, _ in _Level.current.duals:
        if not primal.requires_grad:
            dual.requires_grad = False
    _Level.current = Function.forward_mode = None


class dual_level:
    """A block within which dual tensors are made and have tangents.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd.autograd import forward_ad
        >>> with forward_ad.dual_level():
        ...     x = forward_ad.make_dual(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 0.5]))
        ...     forward_ad.unpack_dual(x * x).tangent
        tensor([2., 2.])
    """

    def clone(self) -> dual_level:
        """Return another block of the kind."""
        return dual_level()

    def __enter__(self) -> int:
        """Enter the level, and return its number."""
        return enter_dual_level()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it."""
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """Return a view of a tensor that has a tangent.

    Args:
        tensor: A floating or complex tensor.
        tangent: A tensor of its shape and dtype.
        level: The number of the level.

    Raises:
        RuntimeError: No level has been entered, or the tangent does not fit.
        ValueError: The tensor is of integers or bools.
    """
    current = _Level.current
    if current is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, x in (("tensor", tensor), ("tangent", tangent)):
        if not (x.dtype.is_floating_point or x.dtype.is_complex):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {x.dtype}")
    if tensor._shape != tangent._shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor._shape)} while the given forward gradient is of size "
            f"{list(tangent._shape)}."
        )
    with enable_grad():
        source = tensor if tensor.requires_grad else tensor.detach()
        dual: Tensor = _Dual.apply(source) if tensor.requires_grad else source.requires_grad_()
    current.duals.append((dual, tensor, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """Return a tensor and its tangent, which is None where it depends on no dual tensor, or no level is entered.

    Args:
        tensor: A dual tensor, or what was computed of some.
        level: The number of the level.
    """
    current = _Level.current
    if current is None or not tensor.requires_grad:
        return UnpackedDualTensor(tensor, None)
    for dual, primal, tangent in current.duals:
        if dual is tensor:
            return UnpackedDualTensor(primal, tangent)
    return UnpackedDualTensor(tensor.detach(), _tangent(current, tensor))


def _tangent(level: _Level, tensor: Tensor) -> Tensor | None:
    """Return the tangent of a result: it is one that can be differentiated where a tangent or a tensor can."""
    duals = [dual for dual, _, _ in level.duals]
    if not duals:
        return None
    keep = any(primal.requires_grad or tangent.requires_grad for _, primal, tangent in level.duals)
    with enable_grad():
        vector = ops.zeros_like(tensor.detach()).requires_grad_()
        products = engine.grad(tensor, duals, vector, create_graph=True, allow_unused=True)
        used = [(p, t) for p, (_, _, t) in zip(products, level.duals) if p is not None]
        if not used:
            return None
        linear = [(p, t.to(p.dtype)) for p, t in used if p.requires_grad]
        if not linear:
            return ops.zeros_like(tensor.detach())
        found = engine.grad(
            [p for p, _ in linear], vector, [t for _, t in linear], True, keep, allow_unused=True
        )[0]  # fmt: skip
    return ops.zeros_like(tensor.detach()) if found is None else found


def _run_forward(function: type[Function], args: tuple[Any, ...]) -> Any:
    """Run a user's function that has `jvp` and no `backward`: its outputs become dual tensors."""
    tangents = [unpack_dual(x).tangent if isinstance(x, Tensor) else None for x in args]
    if all(t is None for t in tangents):
        return None
    plain = [x.detach() if isinstance(x, Tensor) else x for x in args]
    ctx: Any = function()
    ctx.edges = [None] * len(args)
    before, mode.grad = mode.grad, False
    try:
        if function.setup_context is not Function.setup_context:
            out = function.forward(*plain)
            function.setup_context(ctx, tuple(plain), out)
        else:
            out = function.forward(ctx, *plain)
        found = function.jvp(ctx, *tangents)  # type: ignore[attr-defined]
    finally:
        mode.grad = before
    outs = out if isinstance(out, tuple) else (out,)
    found = found if isinstance(found, tuple) else (found,)
    duals = tuple([y if t is None else make_dual(y, t) for y, t in zip(outs, found)])
    return duals if isinstance(out, tuple) else duals[0]
