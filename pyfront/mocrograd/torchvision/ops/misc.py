"""Layers that torchvision writes in Python."""

from __future__ import annotations

from typing import Any

from mocrograd.nn import Module
from mocrograd.ops import ones, rsqrt, zeros
from mocrograd.tensor import Tensor


class FrozenBatchNorm2d(Module):
    """Normalizes channels with statistics, scales and shifts that training does not change.

    Args:
        num_features: The number of channels.
        eps: Added to the variance.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", ones(num_features))
        self.register_buffer("bias", zeros(num_features))
        self.register_buffer("running_mean", zeros(num_features))
        self.register_buffer("running_var", ones(num_features))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        """Load what a BatchNorm2d saved, which counts its batches besides."""
        state_dict.pop(prefix + "num_batches_tracked", None)
        super()._load_from_state_dict(state_dict, prefix, *others)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalized channels.

        Args:
            x: Images, (N, C, H, W).
        """
        scale = self.weight * rsqrt(self.running_var + self.eps)
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.weight.shape[0]}, eps={self.eps})"
