"""Pruning: parameters of modules times masks, by several ways to choose what becomes zero.

A pruned parameter `weight` becomes the parameter `weight_orig` and the buffer `weight_mask`; before each forward the
module gets their product as `weight`.
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from mocrograd import ops
from mocrograd.nn.module import Module
from mocrograd.nn.utils.parameters import parameters_to_vector
from mocrograd.tensor import Tensor

_M = TypeVar("_M", bound=Module)


class BasePruningMethod(ABC):
    """A way to prune: a subclass says by `compute_mask` what is kept, and by `PRUNING_TYPE` of what it chooses."""

    PRUNING_TYPE: str
    """"unstructured": of elements that are kept so far, "structured": of such channels, "global": of all elements."""
    _tensor_name: str | None = None

    def __call__(self, module: Module, inputs: Any) -> None:
        """Give the module the pruned tensor; this is the hook that runs before forward."""
        setattr(module, str(self._tensor_name), self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return a mask of a tensor's shape.

        Args:
            t: The importance of each element.
            default_mask: What is kept so far.
        """

    def apply_mask(self, module: Module) -> Tensor:
        """Return the pruned tensor of a module.

        Raises:
            AssertionError: The method was not applied to a module.
        """
        if self._tensor_name is None:
            raise AssertionError(f"Module {module} has to be pruned")
        original = getattr(module, self._tensor_name + "_orig")
        pruned: Tensor = getattr(module, self._tensor_name + "_mask").to(dtype=original.dtype) * original
        return pruned

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter of a module, further if it has been pruned already.

        Args:
            module: The module.
            name: The parameter's name.
            args: Arguments of the method.
            importance_scores: The importance of each element; the parameter itself by default.
            kwargs: More arguments of the method.

        Raises:
            AssertionError: The scores have another shape than the parameter.
        """
        method = cls(*args, **kwargs)
        method._tensor_name = name
        before = _methods(module, name)
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        if before:
            default_mask = getattr(module, name + "_mask").detach().clone()
            container = before[0][1] if isinstance(before[0][1], PruningContainer) else PruningContainer(before[0][1])
            container.add_pruning_method(method)
            method = container
            mask = method.compute_mask(importance_scores, default_mask)
            del module._forward_pre_hooks[before[0][0]]
        else:
            mask = method.compute_mask(importance_scores, ops.ones_like(original))
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
        module.register_buffer(name + "_mask", mask)
        method(module, None)
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """Return a pruned tensor.

        Args:
            t: The tensor.
            default_mask: What is kept so far; everything by default.
            importance_scores: The importance of each element; the tensor itself by default.

        Raises:
            AssertionError: The scores have another shape than the tensor.
        """
        if importance_scores is None:
            importance_scores = t
        elif importance_scores.shape != t.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as tensor t, got {importance_scores.shape} vs {t.shape}"
            )
        return t * self.compute_mask(importance_scores, ops.ones_like(t) if default_mask is None else default_mask)

    def remove(self, module: Module) -> None:
        """Make a module's pruned tensor its parameter again, which stays pruned.

        Raises:
            AssertionError: The method was not applied to a module.
        """
        weight = self.apply_mask(module)
        name = str(self._tensor_name)
        delattr(module, name)
        original = module._parameters[name + "_orig"]
        original.data = weight.data
        del module._parameters[name + "_orig"]
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Methods that were applied to one parameter after each other.

    Args:
        args: The methods.
    """

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method.

        Raises:
            TypeError: It is none.
            ValueError: It prunes another parameter.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to "
                f"PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return what the last method keeps of what is kept so far.

        Raises:
            AttributeError: A structured method has no attribute `dim`.
            IndexError: Its `dim` is out of range.
            ValueError: Its `PRUNING_TYPE` is unknown.
        """
        method: Any = self._pruning_methods[-1]
        chosen: Any
        if method.PRUNING_TYPE == "unstructured":
            chosen = default_mask == 1
        elif method.PRUNING_TYPE == "structured":
            if not hasattr(method, "dim"):
                raise AttributeError(
                    'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
                )
            dim = method.dim + t.ndim if method.dim < 0 else method.dim
            if dim < 0:
                raise IndexError(f"Index is out of bounds for tensor with dimensions {t.ndim}")
            kept = default_mask.sum([d for d in range(t.ndim) if d != dim]) != 0
            chosen = (*[slice(None)] * dim, kept)
        elif method.PRUNING_TYPE == "global":
            chosen = ...
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        mask = default_mask.to(t.dtype, copy=True)
        mask[chosen] = method.compute_mask(t[chosen], default_mask=default_mask[chosen]).to(mask.dtype)
        return mask


class Identity(BasePruningMethod):
    """Prunes nothing."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return what is kept so far."""
        return default_mask


class _Amount(BasePruningMethod):
    """Prunes some of the elements or channels.

    Args:
        amount: The share of them, or their number.

    Raises:
        TypeError: It is no number.
        ValueError: It is a share outside of [0, 1], or a negative number.
    """

    def __init__(self, amount: float) -> None:
        if not isinstance(amount, numbers.Real):
            raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
        if amount < 0 or (not isinstance(amount, numbers.Integral) and amount > 1):
            raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")
        self.amount: float = amount

    def _count(self, size: int) -> int:
        """Return how many of so many are pruned.

        Raises:
            ValueError: They are more than there are.
        """
        whole = isinstance(self.amount, numbers.Integral)
        count = int(self.amount) if whole else round(self.amount * size)
        if count > size:
            raise ValueError(f"amount={count} should be smaller than the number of parameters to prune={size}")
        return count


class _Elements(_Amount):
    """Prunes the elements of least importance."""

    PRUNING_TYPE = "unstructured"

    def _importance(self, t: Tensor) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return what is kept."""
        count = self._count(t.numel())
        mask = default_mask.contiguous().clone()
        if count:
            mask.view(-1)[self._importance(t).reshape(-1).topk(count, largest=False).indices] = 0
        return mask


class RandomUnstructured(_Elements):
    """Prunes elements at random: `amount` is their share or number."""

    def _importance(self, t: Tensor) -> Tensor:
        return ops.rand_like(t)


class L1Unstructured(_Elements):
    """Prunes the elements of the least absolute value: `amount` is their share or number."""

    def _importance(self, t: Tensor) -> Tensor:
        return t.abs()


class _Channels(_Amount):
    """Prunes the channels of least importance along a dimension."""

    PRUNING_TYPE = "structured"
    dim: int

    def _importance(self, t: Tensor) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return what is kept.

        Raises:
            ValueError: The tensor has one dimension.
            IndexError: It does not have the dimension.
        """
        if t.ndim <= 1:
            raise ValueError(
                f"Structured pruning can only be applied to multidimensional tensors. Found tensor of shape {t.shape} "
                f"with {t.ndim} dims"
            )
        if self.dim >= t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        size = t.shape[self.dim]
        count = self._count(size)
        if not count:
            return default_mask
        kept = ops.zeros(size, dtype=default_mask.dtype, device=t.device)
        kept[self._importance(t).topk(size - count).indices] = 1
        return kept.view([size if d == self.dim % t.ndim else 1 for d in range(t.ndim)]) * default_mask


class RandomStructured(_Channels):
    """Prunes channels at random.

    Args:
        amount: Their share or number.
        dim: Along which dimension they lie.
    """

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _importance(self, t: Tensor) -> Tensor:
        return ops.rand(t.shape[self.dim], device=t.device)


class LnStructured(_Channels):
    """Prunes the channels of the least norm.

    Args:
        amount: Their share or number.
        n: Which norm, as `norm` takes it.
        dim: Along which dimension they lie.
    """

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount)
        self.n, self.dim = n, dim

    def _importance(self, t: Tensor) -> Tensor:
        return ops.norm(t, p=self.n, dim=[d for d in range(t.ndim) if d != self.dim % t.ndim])


class CustomFromMask(BasePruningMethod):
    """Prunes by a mask that is given."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return what both masks keep.

        Raises:
            AssertionError: They have different shapes.
        """
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(default_mask.dtype)


def identity(module: _M, name: str) -> _M:
    """Give a parameter a mask of ones, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: _M, name: str, amount: float) -> _M:
    """Prune elements of a parameter at random, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
        amount: The share of the elements that become zero, or their number.
    """
    RandomUnstructured.apply(module, name, amount=amount)
    return module


def l1_unstructured(module: _M, name: str, amount: float, importance_scores: Tensor | None = None) -> _M:
    """Prune the elements of a parameter of the least absolute value, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
        amount: The share of the elements that become zero, or their number.
        importance_scores: By which they are chosen instead of the parameter.
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: _M, name: str, amount: float, dim: int) -> _M:
    """Prune channels of a parameter at random, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
        amount: The share of the channels that become zero, or their number.
        dim: Along which dimension they lie.
    """
    RandomStructured.apply(module, name, amount=amount, dim=dim)
    return module


def ln_structured(
    module: _M, name: str, amount: float, n: Any, dim: int, importance_scores: Tensor | None = None
) -> _M:
    """Prune the channels of a parameter of the least norm, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
        amount: The share of the channels that become zero, or their number.
        n: Which norm, as `norm` takes it.
        dim: Along which dimension they lie.
        importance_scores: By which they are chosen instead of the parameter.
    """
    LnStructured.apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: _M, name: str, mask: Tensor) -> _M:
    """Prune a parameter by a mask, and return the module.

    Args:
        module: The module.
        name: The parameter's name.
        mask: 1 where an element is kept, 0 elsewhere.
    """
    CustomFromMask.apply(module, name, mask=mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters together, as if they were one.

    Args:
        parameters: Pairs of a module and a parameter's name.
        pruning_method: A method that chooses among elements.
        importance_scores: For such pairs, by what is chosen instead of the parameter.
        kwargs: The method's arguments.

    Raises:
        TypeError: The parameters are no iterable, the scores no dict, or the method chooses otherwise.
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    pairs = list(parameters)
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    tensors = [getattr(module, name) for module, name in pairs]
    importance = parameters_to_vector([scores.get(pair, tensor) for pair, tensor in zip(pairs, tensors)])
    kept = parameters_to_vector(
        [getattr(module, name + "_mask", ops.ones_like(tensor)) for (module, name), tensor in zip(pairs, tensors)]
    )
    mask = PruningContainer(method).compute_mask(importance, kept)
    for (module, name), tensor, part in zip(pairs, tensors, mask.split([tensor.numel() for tensor in tensors])):
        custom_from_mask(module, name, part.view_as(tensor))


def remove(module: _M, name: str) -> _M:
    """Make a pruned tensor the parameter again, which stays pruned, and return the module.

    Args:
        module: The module.
        name: The parameter's name.

    Raises:
        ValueError: It is not pruned.
    """
    for number, method in _methods(module, name):
        method.remove(module)
        del module._forward_pre_hooks[number]
        return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Tell whether a parameter of a module, or of one in it, is pruned."""
    return any(
        isinstance(hook, BasePruningMethod) for part in module.modules() for hook in part._forward_pre_hooks.values()
    )


def _methods(module: Module, name: str) -> list[tuple[int, BasePruningMethod]]:
    """Return the number and the method of the hook that prunes a parameter, if there is one."""
    return [
        (number, hook)
        for number, hook in module._forward_pre_hooks.items()
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name
    ]
