"""Layers that learn the size of their input from the first one."""

from __future__ import annotations

from typing import Any

from mocrograd import ops
from mocrograd.nn.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from mocrograd.nn.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from mocrograd.nn.linear import Linear
from mocrograd.nn.module import Module
from mocrograd.nn.normalization import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from mocrograd.nn.parameter import Parameter, Uninitialized
from mocrograd.nn.parameter import UninitializedBuffer as UninitializedBuffer
from mocrograd.nn.parameter import UninitializedParameter as UninitializedParameter
from mocrograd.tensor import Tensor
from mocrograd.types import Device, Dtype, Ints

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
    "LazyLinear",
]


class _Lazy(Module):
    """The part of a lazy layer that waits; the first call makes it a layer of `cls_to_become`."""

    cls_to_become: type[Module]

    def has_uninitialized_params(self) -> bool:
        """Tell whether a parameter or buffer has no shape yet."""
        return any(isinstance(x, Uninitialized) for x in (*self._parameters.values(), *self._buffers.values()))

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the sizes from an input, and draw the parameters.

        Args:
            input: The input.
        """
        raise NotImplementedError

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once there are any."""
        if not self.has_uninitialized_params() and not self._unsized():
            super().reset_parameters()  # type: ignore[misc]

    def _unsized(self) -> bool:
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Settle, and run as the layer that this has become."""
        self.initialize_parameters(*args, **kwargs)
        settled: Any = self.cls_to_become
        self.__class__ = settled
        return self(*args, **kwargs)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        for name, tensor in [*self._parameters.items(), *self._buffers.items()]:
            given = state_dict.get(prefix + name)
            if isinstance(tensor, Uninitialized) and isinstance(given, Tensor):
                if isinstance(given, Uninitialized):
                    state_dict[prefix + name] = tensor.detach()  # neither has a shape yet: it stays as it is
                else:
                    tensor.materialize(given.shape)
        super()._load_from_state_dict(state_dict, prefix, *others)

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name, tensor in [*self._parameters.items(), *self._buffers.items()]:
            if isinstance(tensor, Uninitialized):
                destination[prefix + name] = tensor


class LazyLinear(_Lazy, Linear):
    """A `Linear` whose `in_features` is the last size of its first input.

    Args:
        out_features: Length of an output vector.
        bias: Whether to add a bias.
        device: Where the parameters live.
        dtype: Type of the parameters; float32 by default.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyLinear(3)
        >>> layer(mg.ones(2, 5)).shape, layer
        (mocrograd.Size([2, 3]), Linear(in_features=5, out_features=3, bias=True))
    """

    cls_to_become = Linear
    weight: Parameter

    def __init__(self, out_features: int, bias: bool = True, device: Device = None, dtype: Dtype = None) -> None:
        super().__init__(0, 0, False)
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_features = out_features
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def _unsized(self) -> bool:
        return self.in_features == 0

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the sizes from an input, and draw the parameters.

        Args:
            input: The input.

        Raises:
            IndexError: The input has no dimension.
        """
        if self.has_uninitialized_params():
            self.in_features = _size(self, input, -1)
            _materialize(self, (self.out_features, self.in_features), (self.out_features,))
        elif self._unsized():
            self.in_features = self.weight.shape[-1]


def _size(layer: Any, input: Tensor, dim: int) -> int:
    """Return a size of an input.

    Raises:
        IndexError: It has too few dimensions.
    """
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(
            f"{type(layer).__name__}: expected an input with a dimension {dim}, got one of {input.ndim} dimensions"
        )
    size: int = input.shape[dim]
    return size


def _materialize(layer: Any, weight: Any, bias: Any) -> None:
    for tensor, shape in ((layer.weight, weight), (layer.bias, bias)):
        if isinstance(tensor, Uninitialized):
            tensor.materialize(shape)
    layer.reset_parameters()


class _LazyConvolution(_Lazy):
    ndim: int
    transposed: bool
    weight: Any
    bias: Any
    in_channels: int
    out_channels: int
    groups: int
    kernel_size: tuple[int, ...]

    def _wait(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def _unsized(self) -> bool:
        return self.in_channels == 0

    def initialize_parameters(self, input: Tensor, *others: Any) -> None:
        """Take the sizes from an input, and draw the parameters.

        Args:
            input: The input.
            others: Not used.

        Raises:
            RuntimeError: The input has another rank.
            ValueError: The groups do not divide the channels.
        """
        if self.has_uninitialized_params():
            if input.ndim not in (self.ndim + 1, self.ndim + 2):
                raise RuntimeError(
                    f"Expected {self.ndim + 1}D (unbatched) or {self.ndim + 2}D (batched) input to "
                    f"{type(self).__name__}, but got input of size: {list(input.shape)}"
                )
            self.in_channels = input.shape[-1 - self.ndim]
            if self.in_channels % self.groups:
                raise ValueError("in_channels must be divisible by groups")
            channels = self.out_channels, self.in_channels // self.groups
            if self.transposed:
                channels = self.in_channels, self.out_channels // self.groups
            _materialize(self, (*channels, *self.kernel_size), (self.out_channels,))
        elif self._unsized():
            self.in_channels = self.weight.shape[0] if self.transposed else self.weight.shape[1] * self.groups


class _LazyConv(_LazyConvolution):
    def __init__(
        self, out_channels: int, kernel_size: Ints, stride: Ints = 1, padding: Ints | str = 0, dilation: Ints = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Device = None, dtype: Dtype = None,
    ) -> None:  # fmt: skip
        make: Any = super().__init__
        make(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self._wait(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConv, Conv1d):
    """A `Conv1d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConv1d(4, 3)
        >>> layer(mg.ones(1, 2, 8)).shape
        mocrograd.Size([1, 4, 6])
        >>> layer.weight.shape
        mocrograd.Size([4, 2, 3])
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConv, Conv2d):
    """A `Conv2d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConv2d(4, 3)
        >>> layer(mg.ones(1, 2, 8, 8)).shape
        mocrograd.Size([1, 4, 6, 6])
        >>> layer.weight.shape
        mocrograd.Size([4, 2, 3, 3])
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConv, Conv3d):
    """A `Conv3d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConv3d(4, 3)
        >>> layer(mg.ones(1, 2, 8, 8, 8)).shape
        mocrograd.Size([1, 4, 6, 6, 6])
        >>> layer.weight.shape
        mocrograd.Size([4, 2, 3, 3, 3])
    """

    cls_to_become = Conv3d


class _LazyConvTranspose(_LazyConvolution):
    def __init__(
        self, out_channels: int, kernel_size: Ints, stride: Ints = 1, padding: Ints | str = 0, output_padding: Ints = 0,
        groups: int = 1, bias: bool = True, dilation: Ints = 1, padding_mode: str = "zeros", device: Device = None,
        dtype: Dtype = None,
    ) -> None:  # fmt: skip
        make: Any = super().__init__
        make(0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode)
        self._wait(out_channels, bias, device, dtype)


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConvTranspose1d(4, 3)
        >>> layer(mg.ones(1, 2, 8)).shape
        mocrograd.Size([1, 4, 10])
        >>> layer.weight.shape
        mocrograd.Size([2, 4, 3])
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConvTranspose2d(4, 3)
        >>> layer(mg.ones(1, 2, 8, 8)).shape
        mocrograd.Size([1, 4, 10, 10])
        >>> layer.weight.shape
        mocrograd.Size([2, 4, 3, 3])
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` whose `in_channels` are those of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyConvTranspose3d(4, 3)
        >>> layer(mg.ones(1, 2, 8, 8, 8)).shape
        mocrograd.Size([1, 4, 10, 10, 10])
        >>> layer.weight.shape
        mocrograd.Size([2, 4, 3, 3, 3])
    """

    cls_to_become = ConvTranspose3d


class _LazyNorm(_Lazy):
    num_features: int

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Device = None, dtype: Dtype = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        make: Any = super().__init__
        make(0, eps, momentum, False, False)
        self.affine, self.track_running_stats = affine, track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = ops.tensor(0, device=device)

    def _unsized(self) -> bool:
        return self.num_features == 0

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of channels from an input, and start parameters and statistics.

        Args:
            input: The input.
        """
        if self.has_uninitialized_params():
            self.num_features = _size(self, input, 1)
            for tensor in (*self._parameters.values(), *self._buffers.values()):
                if isinstance(tensor, Uninitialized):
                    tensor.materialize((self.num_features,))
            self.reset_parameters()
        elif self._unsized():
            known = next((x for x in (self.weight, self.running_mean) if x is not None), None)
            self.num_features = _size(self, input, 1) if known is None else known.shape[0]


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyBatchNorm1d()
        >>> layer(mg.ones(2, 3, 8)).shape
        mocrograd.Size([2, 3, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyBatchNorm2d()
        >>> layer(mg.ones(2, 3, 8, 8)).shape
        mocrograd.Size([2, 3, 8, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyBatchNorm3d()
        >>> layer(mg.ones(2, 3, 8, 8, 8)).shape
        mocrograd.Size([2, 3, 8, 8, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyInstanceNorm1d()
        >>> layer(mg.ones(2, 3, 8)).shape
        mocrograd.Size([2, 3, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyInstanceNorm2d()
        >>> layer(mg.ones(2, 3, 8, 8)).shape
        mocrograd.Size([2, 3, 8, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """An `InstanceNorm3d` whose `num_features` are the channels of its first input; the other arguments as there.

    Example:
        >>> import mocrograd as mg
        >>> layer = mg.nn.LazyInstanceNorm3d()
        >>> layer(mg.ones(2, 3, 8, 8, 8)).shape
        mocrograd.Size([2, 3, 8, 8, 8])
        >>> layer.num_features
        3
    """

    cls_to_become = InstanceNorm3d
