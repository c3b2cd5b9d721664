"""Parametrizations of weights: by norms and directions, with a spectral norm of 1, orthogonal.

Weight normalisation: Salimans and Kingma 2016. Spectral normalisation: Miyato et al. 2018.
"""

from __future__ import annotations

from functools import partial
from typing import Any, TypeVar

from mocrograd import ops
from mocrograd.autograd import no_grad
from mocrograd.nn.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from mocrograd.nn.functional import normalize
from mocrograd.nn.module import Module
from mocrograd.nn.utils.orthogonal import orthogonal as orthogonal
from mocrograd.nn.utils.parametrize import register_parametrization
from mocrograd.nn.utils.reparametrize import norm_except
from mocrograd.tensor import Tensor

M = TypeVar("M", bound=Module)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return weight_v * (weight_g / norm_except(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except(weight, self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train the norms (`original0`) and the directions (`original1`) of a weight instead of the weight itself.

    A state of `mocrograd.nn.utils.weight_norm`, with `name_g` and `name_v`, can be loaded too.

    Args:
        module: The module that has the weight.
        name: The weight's name.
        dim: The axis along which there is a norm for each slice; None for one norm of all.

    Returns:
        The module.

    Raises:
        ValueError: There is no such weight.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module.register_load_state_dict_pre_hook(partial(_rename, name))
    return module


def _rename(name: str, module: Module, state: dict[str, Any], prefix: str, *others: Any) -> None:
    """Give the parts of a weight in a state, called as they once were, the names that they have here."""
    old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
    if all(key in state for key in old):
        for number, key in enumerate(old):
            state[f"{prefix}parametrizations.{name}.original{number}"] = state.pop(key)


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim, self.eps = dim % ndim, eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight.detach())
            for name, size in zip(("_u", "_v"), matrix.shape):
                start = ops.randn(size, dtype=weight.dtype, device=weight.device)
                self.register_buffer(name, normalize(start, dim=0, eps=eps))
            self._iterate(matrix, 15)

    def _matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.dim, 0).flatten(1)

    def _iterate(self, matrix: Tensor, times: int) -> None:
        with no_grad():
            for _ in range(times):
                self._u.copy_(normalize(matrix @ self._v, dim=0, eps=self.eps))
                self._v.copy_(normalize(matrix.t() @ self._u, dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._iterate(matrix.detach(), self.n_power_iterations)
        divided: Tensor = weight / (self._u.clone() * (matrix @ self._v.clone())).sum()
        return divided

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def _weight(module: Module, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by an estimate of its largest singular value whenever it is read.

    Args:
        module: The module that has the weight.
        name: The weight's name.
        n_power_iterations: Steps of the estimate at each reading in training mode.
        eps: The least length that vectors are divided by.
        dim: The axis of the weight that counts outputs; by default 1 for transposed convolutions, else 0.

    Returns:
        The module.

    Raises:
        ValueError: There is no weight, or the number of steps is not positive.
        IndexError: The weight has no such axis.
    """
    weight = _weight(module, name)
    if dim is None:
        dim = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
