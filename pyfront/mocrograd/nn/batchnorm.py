"""Layers that normalise channels over a batch, and what layers with running statistics share."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.autograd import Function, no_grad
from mocrograd.nn import init
from mocrograd.nn.functional.normalization import check_batch, check_eps
from mocrograd.nn.module import Module
from mocrograd.nn.parameter import Parameter
from mocrograd.ops import normalization as norm
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "SyncBatchNorm",
]


class Statistics(Module):
    """Base of layers with a weight and a bias per channel, and running statistics."""

    _version = 2  # states of the first one have no num_batches_tracked
    weight: Any
    bias: Any
    running_mean: Any
    running_var: Any
    num_batches_tracked: Any

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Device = None, dtype: Dtype = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(ops.empty(num_features, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)
        tracked = track_running_stats
        self.register_buffer("running_mean", ops.zeros(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", ops.ones(num_features, device=device, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", ops.tensor(0, device=device) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the statistics."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Forget the statistics, set the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, local_metadata: Any, *others: Any) -> None:
        """Take the tensors from a state; one that does not count its batches leaves the count as it is."""
        counted = self.num_batches_tracked
        if (local_metadata.get("version") or 1) < 2 and counted is not None:
            state_dict.setdefault(f"{prefix}num_batches_tracked", counted)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *others)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(Statistics):
    ranks: tuple[int, ...]

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self.ranks:
            wanted = " or ".join(f"{rank}D" for rank in self.ranks)
            raise ValueError(f"expected {wanted} input (got {input.ndim}D input)")

    def forward(self, input: Tensor) -> Tensor:
        """Normalise, by the statistics of the batch in training mode, else by running ones where there are some."""
        self._check_input_dim(input)
        tracks = self.training and self.track_running_stats and self.num_batches_tracked is not None
        if tracks:
            self.num_batches_tracked.add_(1)
        trained = self.training or (self.running_mean is None and self.running_var is None)
        if trained:
            check_batch(input)
        check_eps(trained, self.eps)
        known = not self.training or self.track_running_stats
        counted = [self.num_batches_tracked] if tracks and self.momentum is None else []
        return norm.batch_norm(
            input, self.running_mean if known else None, self.running_var if known else None, self.weight, self.bias,
            trained, self.momentum or 0.0, self.eps, *counted,
        )  # fmt: skip


class BatchNorm1d(_BatchNorm):
    """Gives each channel of a batch of vectors or signals the mean 0 and the variance 1, then a weight and a bias.

    In training mode running statistics move towards those of the batch; in eval mode they replace the batch's.

    Args:
        num_features: The number of channels.
        eps: What is added to the variance.
        momentum: How far running statistics move; None makes them the means over all batches.
        affine: Whether there is a weight and a bias per channel.
        track_running_stats: Whether there are running statistics.
        device: Where parameters and statistics live.
        dtype: Their type; float32 by default.
        bias: Whether there is a bias, if there is a weight.

    Shape:
        - input: (N, num_features) or (N, num_features, length)
        - output: the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 10.0], [3.0, 30.0]])
        >>> mg.nn.BatchNorm1d(2)(x).detach()
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Gives each channel of a batch of images the mean 0 and the variance 1; arguments as `BatchNorm1d`.

    Example:
        >>> import mocrograd as mg
        >>> mg.nn.BatchNorm2d(8)(mg.randn(4, 8, 5, 5)).shape
        mocrograd.Size([4, 8, 5, 5])
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Gives each channel of a batch of volumes the mean 0 and the variance 1; arguments as `BatchNorm1d`.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.BatchNorm3d(3)
        >>> layer(mg.ones(2, 3, 4, 4, 4)).shape
        mocrograd.Size([2, 3, 4, 4, 4])
        >>> layer.running_mean
        tensor([0.1000, 0.1000, 0.1000])
    """

    ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Normalises channels over the batches of all processes together; in one process a `BatchNorm1d` for any shape.

    Batches may have different sizes. There are two exchanges in forward, for means and variances, and two in backward.

    Args:
        num_features: The number of channels.
        eps: What is added to the variance.
        momentum: How far running statistics move; None makes them the means over all batches.
        affine: Whether there is a weight and a bias per channel.
        track_running_stats: Whether there are running statistics.
        process_group: The processes; all by default.
        device: Where parameters and statistics live.
        dtype: Their type; float32 by default.
        bias: Whether there is a bias, if there is a weight.

    Shape:
        - input: (N, num_features, ...)
        - output: the same

    Example:
        >>> import mocrograd as mg
        >>> x = mg.tensor([[1.0, 10.0], [3.0, 30.0]])
        >>> mg.nn.SyncBatchNorm(2)(x).detach()
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Device = None, dtype: Dtype = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")
        if input._shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    def forward(self, input: Tensor) -> Tensor:
        """Normalise; in training mode by the statistics of all processes."""
        from mocrograd import distributed

        group = self.process_group or distributed.group.WORLD
        if not self.training or group is None or group.size() == 1:
            return super().forward(input)
        self._check_input_dim(input)
        return _over_processes(self, input, group)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """Replace the layers `BatchNorm1d` to `BatchNorm3d` in a module, and return it, or the new layer for one.

        Args:
            module: A module.
            process_group: The processes; all by default.
        """
        result = module
        if isinstance(module, _BatchNorm):
            result = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked", "training"):
                setattr(result, name, getattr(module, name))
        for name, child in module.named_children():
            result.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return result


class _Total(Function):
    """Sums a tensor over processes; so does its backward, since each process's loss depends on the sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: Any) -> Tensor:
        """Return the sum."""
        from mocrograd import distributed

        ctx.group = group
        total = x.clone()
        distributed.all_reduce(total, group=group)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, None]:
        """Return the sum of the gradients."""
        return _Total.apply(grad.contiguous(), ctx.group), None


def _over_processes(layer: SyncBatchNorm, x: Tensor, group: Any) -> Tensor:
    """Normalise by means and variances over the batches of all processes: sums, then sums of squared differences."""
    dims = (0, *range(2, x.ndim))
    shape = (1, -1) + (1,) * (x.ndim - 2)
    own = x._size // x._shape[1]
    sums = _Total.apply(ops.cat([x.sum(dims), ops.tensor([float(own)], dtype=x.dtype, device=x.device)]), group)
    count = sums[-1:].detach()
    if count.item() <= 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {x.shape}")
    mean = sums[:-1] / count
    centred = x - mean.view(shape)
    variance = _Total.apply((centred * centred).sum(dims), group) / count
    if layer.running_mean is not None and layer.track_running_stats:
        layer.num_batches_tracked.add_(1)
        share = 1 / layer.num_batches_tracked.item() if layer.momentum is None else layer.momentum
        with no_grad():
            layer.running_mean.lerp_(mean.detach(), share)
            layer.running_var.lerp_(variance.detach() * (count / (count - 1)), share)
    out = centred * (variance + layer.eps).rsqrt().view(shape)
    if layer.weight is not None:
        out = out * layer.weight.view(shape)
    return out if layer.bias is None else out + layer.bias.view(shape)
