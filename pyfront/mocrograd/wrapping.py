"""Tensors that hold another one, their elements, and have no memory: masked and nested ones.

The graph is that of the elements, and so are gradients. Functions come to such a class by `__torch_function__`. What
has no form there finds no address, so no kernel reads the elements in another order than they are meant.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn

from mocrograd import autograd, backend
from mocrograd.autograd import LEAF, engine
from mocrograd.backend import recording
from mocrograd.layout import Shape
from mocrograd.overriding import disabled_torch_function
from mocrograd.tensor import Tensor, blank

_NO_ADDRESS = 1  # no kernel takes it
OF_ONE = {
    "abs", "absolute", "acos", "arccos", "acosh", "arccosh", "angle", "asin", "arcsin", "asinh", "arcsinh", "atan",
    "arctan", "atanh", "arctanh", "bitwise_not", "ceil", "clamp", "clip", "conj_physical", "cos", "cosh", "deg2rad",
    "digamma", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "fix", "floor", "frac", "i0", "isnan", "lgamma", "log",
    "log10", "log1p", "log2", "logit", "nan_to_num", "neg", "negative", "positive", "rad2deg", "reciprocal", "relu",
    "round", "rsqrt", "sgn", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "sqrt", "square", "tan", "tanh",
    "trunc",
}  # fmt: skip
"""Pointwise operations of one operand."""
OF_TWO = {
    "__eq__", "__floordiv__", "__rfloordiv__", "__rpow__", "__rsub__", "__rdiv__", "add", "arctan2", "atan2",
    "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "__and__", "__or__",
    "__xor__", "div", "divide", "eq", "floor_divide", "fmax", "fmin", "fmod", "ge", "greater", "greater_equal", "gt",
    "le", "less", "less_equal", "logaddexp", "logaddexp2", "lt", "maximum", "minimum", "mul", "multiply", "ne",
    "nextafter", "not_equal", "pow", "remainder", "rsub", "sub", "subtract", "true_divide",
}  # fmt: skip
"""Pointwise operations of two."""
OF_ELEMENTS = {
    "clone", "cpu", "cuda", "double", "float", "half", "int", "long", "short", "char", "bool", "to", "type", "type_as",
    "empty_like", "full_like", "ones_like", "rand_like", "randn_like", "zeros_like",
}  # fmt: skip
"""Operations whose result is like their first argument."""


def _of_elements(name: str) -> Any:
    """Make a property that is the elements'."""
    return property(attrgetter("_elements." + name), doc=f"The elements' `{name}`.")


class Wrapping(Tensor):
    """A tensor that holds its elements in another one."""

    __torch_function__ = staticmethod(disabled_torch_function)

    _elements: Tensor

    device = _of_elements("device")
    grad_fn = _of_elements("grad_fn")
    _edge = _of_elements("_edge")
    _version = _of_elements("_version")
    __hash__ = object.__hash__

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        engine.of_edges[cls] = lambda x: (x._elements, LEAF)  # for `autograd.grad` and `autograd.backward`

    def _like(self, elements: Tensor) -> Any:
        """Return a tensor of this kind with other elements."""
        raise NotImplementedError

    def _refuse(self) -> NoReturn:
        """Raise for whoever looks at memory."""
        raise NotImplementedError

    @property
    def address(self) -> int:  # type: ignore[override]
        """Raises: there is no memory."""
        self._refuse()

    @property
    def storage(self) -> Any:
        """Raises: there is no memory."""
        self._refuse()

    @property
    def _stamp(self) -> Any:  # type: ignore[override]
        self._refuse()

    @property
    def requires_grad(self) -> bool:
        """Whether operations on the elements are recorded."""
        return self._elements.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self._elements.requires_grad = value

    @property
    def grad(self) -> Any:
        """The gradient of a leaf, a tensor of the same kind, or None."""
        grad = self._elements.grad
        return None if grad is None else self._like(grad)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._elements.grad = value._elements if isinstance(value, Wrapping) else value

    def retain_grad(self) -> None:
        """Keep the gradient of this result in `grad`, as for a leaf."""
        self._elements.retain_grad()

    def register_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call `hook(grad)` when the gradient is known, a tensor of the same kind; what it returns replaces it."""

        def call(grad: Tensor) -> Any:
            new = hook(self._like(grad))
            return new._elements if isinstance(new, Wrapping) else new

        return self._elements.register_hook(call)

    def detach(self) -> Any:
        """Return a tensor of the same elements that takes no part in the graph."""
        return self._like(self._elements.detach())

    data: Any = property(detach, doc="The elements without the graph.")

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """Copy a leaf with its gradient."""
        if id(self) not in memo:
            memo[id(self)] = self._like(self._elements.__deepcopy__(memo))
        return memo[id(self)]


def wrap(kind: type[Any], elements: Tensor, shape: Shape) -> Any:
    """Return a new tensor of a class that holds elements.

    Raises:
        RuntimeError: A `vmap` is running.
    """
    if autograd.mode.vmap is not None:
        raise RuntimeError(f"vmap: a {kind.__name__} is not supported inside of the function that vmap maps")
    recording.cannot_replay(f"it uses a {kind.__name__}, of which nothing is recorded")
    new = blank(kind)
    show(new, elements, shape)
    return new


def show(x: Any, elements: Tensor, shape: Shape) -> None:
    """Give a tensor elements."""
    nowhere: Any = None
    strides = (0,) * len(shape)
    backend.set_memory(x, None, shape, strides, elements.dtype, nowhere, _NO_ADDRESS, elements._size, False)
    x._elements = elements


def bare(function: Any, args: Any, options: Any) -> Any:
    """Call a function whose arguments' classes are not asked."""
    return disabled_torch_function(function, (), args, options)


def name_of(function: Any) -> str:
    """Return the name of a public function, of a method, or of the property that is read."""
    name: str = function.__name__
    return str(function.__self__.fget.__name__) if name == "__get__" else name
