"""Weights that are computed anew before each forward: by their norms and directions, or with a spectral norm of 1.

Weight normalisation: Salimans and Kingma 2016. Spectral normalisation: Miyato et al. 2018.
"""

from __future__ import annotations

from typing import Any, TypeVar

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.nn.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.ops.norms import vector_norm
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)


def norm_except(v: Tensor, dim: int) -> Tensor:
    """Return the norm over all axes but one, kept with length 1; for dim -1 over all.

    Args:
        v: The tensor.
        dim: The axis that stays.
    """
    if dim == -1:
        return vector_norm(v)
    keep = dim % v.ndim
    return vector_norm(v, 2, tuple(d for d in range(v.ndim) if d != keep), True) if v.ndim > 1 else v.abs()


class _Computed:
    """A hook before forward that sets a weight; one of each kind for a weight."""

    what: str

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Module) -> Tensor:
        """Return the weight."""
        raise NotImplementedError

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute(module))

    @classmethod
    def find(cls, module: Module, name: str) -> tuple[int, Any] | None:
        """Return the number of a module's hook for a weight, and the hook."""
        hooks = module._hooks.before if module._hooks is not None else {}
        found = [(n, h.call) for n, h in hooks.items() if isinstance(h.call, cls) and h.call.name == name]
        return found[0] if found else None

    def add(self, module: Module) -> Parameter:
        """Take the weight away from the module's parameters, and return it."""
        if self.find(module, self.name) is not None:
            raise RuntimeError(f"Cannot register two {self.what} hooks on the same parameter {self.name}")
        weight: Parameter | None = module._parameters[self.name]
        if weight is None:
            raise ValueError(f"{self.what} cannot be applied as parameter `{self.name}` is None")
        delattr(module, self.name)
        module.register_forward_pre_hook(self)
        return weight

    @classmethod
    def drop(cls, module: Module, name: str, members: tuple[str, ...]) -> None:
        """Make the weight a parameter again, and forget the hook."""
        found = cls.find(module, name)
        if found is None or module._hooks is None:
            raise ValueError(f"{cls.what} of '{name}' not found in {module}")
        number, hook = found
        with no_grad():
            weight = hook.compute(module) if cls is WeightNorm else hook.divided(module)
        del module._hooks.before[number]
        for member in (name, *[name + m for m in members]):
            delattr(module, member)
        module.register_parameter(name, Parameter(weight.detach()))


class WeightNorm(_Computed):
    """The weight is `g v / |v|`."""

    what = "weight_norm"

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = -1 if dim is None else dim

    def compute(self, module: Module) -> Tensor:
        """Return the weight."""
        v = getattr(module, self.name + "_v")
        return v * (getattr(module, self.name + "_g") / norm_except(v, self.dim))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train the norms `name_g` and the directions `name_v` of a weight instead of the weight itself.

    Args:
        module: The module that has the weight.
        name: The weight's name.
        dim: The axis along which there is a norm for each slice; None for one norm of all.

    Returns:
        The module.

    Raises:
        RuntimeError: The weight has been normalised already.

    Example:
        >>> from mocrograd import nn
        >>> layer = nn.utils.weight_norm(nn.Linear(3, 2))
        >>> sorted(name for name, _ in layer.named_parameters())
        ['bias', 'weight_g', 'weight_v']
    """
    hook = WeightNorm(name, dim)
    weight = hook.add(module)
    module.register_parameter(name + "_g", Parameter(norm_except(weight.detach(), hook.dim).clone()))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute(module))
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make a weight that `weight_norm` took apart a parameter again.

    Args:
        module: The module that has the weight.
        name: The weight's name.

    Returns:
        The module.

    Raises:
        ValueError: The weight has not been normalised.

    Example:
        >>> from mocrograd import nn
        >>> layer = nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(3, 2)))
        >>> sorted(name for name, _ in layer.named_parameters())
        ['bias', 'weight']
    """
    WeightNorm.drop(module, name, ("_g", "_v"))
    return module


class SpectralNorm(_Computed):
    """The weight is `orig / sigma`, sigma estimated by power iteration."""

    what = "spectral_norm"

    def __init__(self, name: str, iterations: int, dim: int, eps: float) -> None:
        if iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={iterations}")
        super().__init__(name)
        self.iterations, self.dim, self.eps = iterations, dim, eps

    def matrix(self, weight: Tensor) -> Tensor:
        """Return the weight with one axis first and the others as one."""
        return weight.movedim(self.dim, 0).reshape(weight.shape[self.dim], -1)

    def unit(self, x: Tensor) -> Tensor:
        """Return a vector scaled to length 1."""
        return x / vector_norm(x).clamp(min=self.eps)

    def compute(self, module: Module) -> Tensor:
        """Return the weight, after a step of the iteration in training mode."""
        if module.training:
            u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
            matrix = self.matrix(getattr(module, self.name + "_orig")).detach()
            with no_grad():
                for _ in range(self.iterations):
                    v.copy_(self.unit(matrix.t() @ u))
                    u.copy_(self.unit(matrix @ v))
        return self.divided(module)

    def divided(self, module: Module) -> Tensor:
        """Return the weight divided by its spectral norm."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u").clone(), getattr(module, self.name + "_v").clone()
        divided: Tensor = weight / (u * (self.matrix(weight) @ v)).sum()
        return divided


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by an estimate of its largest singular value before each forward.

    Args:
        module: The module that has the weight.
        name: The weight's name.
        n_power_iterations: Steps of the estimate at each forward in training mode.
        eps: The least length that vectors are divided by.
        dim: The axis of the weight that counts outputs; by default 1 for transposed convolutions, else 0.

    Returns:
        The module.

    Raises:
        RuntimeError: The weight has been normalised already.
        ValueError: There is no weight, or the number of steps is not positive.

    Example:
        >>> import mocrograd as mg
        >>> from mocrograd import nn
        >>> layer = nn.utils.spectral_norm(nn.Linear(3, 2), n_power_iterations=50)
        >>> _ = layer(mg.ones(1, 3))
        >>> round(mg.linalg.matrix_norm(layer.weight, 2).item(), 3)
        1.0
    """
    if dim is None:
        dim = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = hook.add(module)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.detach())
    for part, size in zip(("_u", "_v"), hook.matrix(weight).shape):
        start = ops.randn(size, dtype=weight.dtype, device=weight.device)
        module.register_buffer(name + part, hook.unit(start))
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make a weight that `spectral_norm` divides a parameter again, with its present value.

    Args:
        module: The module that has the weight.
        name: The weight's name.

    Returns:
        The module.

    Raises:
        ValueError: The weight has not been normalised.

    Example:
        >>> from mocrograd import nn
        >>> layer = nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(3, 2)))
        >>> sorted(name for name, _ in layer.named_parameters())
        ['bias', 'weight']
    """
    SpectralNorm.drop(module, name, ("_u", "_v", "_orig"))
    return module
