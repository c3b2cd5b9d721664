"""Transforms of values, and what joins transforms."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from mocrograd.dtypes import float32, uint8
from mocrograd.nn.module import Module
from mocrograd.ops import from_numpy, tensor
from mocrograd.tensor import Tensor


class InterpolationMode(Enum):
    """How values between pixels are made.

    Example:
        >>> import mocrograd as mg
        >>> T = mg.transforms
        >>> T.Resize(2, T.InterpolationMode.NEAREST)(mg.arange(16.0).view(1, 4, 4))
        tensor([[[ 0.,  2.],
                 [ 8., 10.]]])
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"  # this one and those behind it for pictures of Pillow alone
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def is_picture(image: Any) -> bool:
    """Say whether something is a picture of Pillow, without importing Pillow.

    Args:
        image: Anything.
    """
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(image, pillow.Image)


def as_batch(image: Any, name: str) -> Tensor:
    """Return a tensor of images as a batch, (N, C, H, W).

    Args:
        image: A tensor, (C, H, W) or (N, C, H, W).
        name: Who asks, for messages.

    Raises:
        TypeError: It is no tensor of images.
    """
    if not isinstance(image, Tensor):
        raise TypeError(f"{name}: img should be a Tensor or a PIL Image, got {type(image).__name__}")
    if image.ndim not in (3, 4):
        raise TypeError(f"{name}: expected a tensor (C, H, W) or (N, C, H, W), got shape {tuple(image.shape)}")
    return image if image.ndim == 4 else image.unsqueeze(0)


class Transform(Module):
    """Base class of transforms, which are modules: what takes one image takes a batch as well."""

    batched = True
    """Whether a batch may be given instead of its images one by one."""

    def forward(self, img: Any) -> Any:
        """Transform an image or a batch; every subclass overrides this.

        Raises:
            NotImplementedError: The subclass does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def __repr__(self) -> str:
        own = {name: value for name, value in vars(self).items() if name not in _OF_MODULES}
        values = ", ".join(f"{name}={value}" for name, value in own.items())
        return f"{type(self).__name__}({values})"


_OF_MODULES = frozenset(vars(Module()))
"""The attributes that every module has."""


class Compose(Transform):
    """Transforms one after the other.

    Args:
        transforms: The transforms.

    Example:
        >>> import mocrograd as mg
        >>> t = mg.transforms
        >>> prepare = t.Compose([t.CenterCrop(28), t.RandomHorizontalFlip(), t.Normalize([0.5], [0.25])])
        >>> prepare(mg.full((1, 32, 32), 0.75))[0, 0, :3]
        tensor([1., 1., 1.])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        super().__init__()
        self.transforms = list(transforms)

    @property
    def batched(self) -> bool:  # type: ignore[override]
        """Whether all of them may be given a batch."""
        return all(getattr(transform, "batched", False) for transform in self.transforms)

    def forward(self, img: Any) -> Any:
        """Return what the last one makes."""
        for transform in self.transforms:
            img = transform(img)
        return img


class Lambda(Transform):
    """A function as a transform; the loader gives it images one by one.

    Args:
        lambd: The function.

    Raises:
        TypeError: It cannot be called.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.Lambda(lambda image: 1 - image)(mg.zeros(1, 1, 2))
        tensor([[[1., 1.]]])
    """

    batched = False

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        super().__init__()
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def forward(self, img: Any) -> Any:
        """Return what the function makes."""
        return self.lambd(img)


class ToTensor(Transform):
    """Makes float32 in [0, 1] of bytes: of a picture, an array (H, W) or (H, W, C), or a uint8 tensor (C, H, W).

    Example:
        >>> import numpy as np
        >>> import mocrograd as mg
        >>> mg.transforms.ToTensor()(np.array([[0, 255]], dtype=np.uint8))
        tensor([[[0., 1.]]])
    """

    def forward(self, pic: Any) -> Tensor:
        """Return the tensor, (C, H, W) for one image.

        Raises:
            TypeError: It is no image.
            ValueError: An array has another number of dimensions.
        """
        if isinstance(pic, Tensor):
            return pic.to(float32) / 255 if pic.dtype is uint8 else pic
        if is_picture(pic):
            array = np.array(pic)
            array = array * np.uint8(255) if pic.mode == "1" else array
        elif isinstance(pic, np.ndarray):
            array = pic
        else:
            raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
        if array.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
        array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
        if array.dtype == np.uint16:
            array = array.astype(np.int32)
        made = from_numpy(np.ascontiguousarray(array))
        return made.to(float32) / 255 if made.dtype is uint8 else made


class Normalize(Transform):
    """Takes the mean of each channel away and divides by the standard deviation.

    Args:
        mean: The mean of each channel.
        std: The standard deviation of each channel.
        inplace: Whether to write to the tensor that is given.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.Normalize(mean=[0.5], std=[0.25])(mg.tensor([[[0.0, 0.5, 1.0]]]))
        tensor([[[-2.,  0.,  2.]]])
    """

    def __init__(self, mean: Sequence[float] | float, std: Sequence[float] | float, inplace: bool = False) -> None:
        super().__init__()
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def forward(self, tensor: Tensor) -> Tensor:
        """Return the values.

        Raises:
            TypeError: It is no tensor of floats.
            ValueError: A standard deviation is 0, or there are not as many numbers as channels.
        """
        if not isinstance(tensor, Tensor):
            raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
        if not tensor.is_floating_point():
            raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
        if tensor.ndim < 3:
            raise ValueError(f"Expected a tensor of size (..., C, H, W), got shape {tuple(tensor.shape)}")
        mean, std = (self._channels(name, tensor) for name in ("mean", "std"))
        if bool((std == 0).any()):
            raise ValueError(f"std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero.")
        if self.inplace:
            return tensor.sub_(mean).div_(std)
        return (tensor - mean) / std

    def _channels(self, name: str, image: Tensor) -> Tensor:
        given: Any = getattr(self, name)
        values = tensor(given, dtype=image.dtype, device=image.device).reshape(-1, 1, 1)
        if len(values) not in (1, image.shape[-3]):
            raise ValueError(f"Normalize: {name} has {len(values)} numbers, but there are {image.shape[-3]} channels")
        return values
