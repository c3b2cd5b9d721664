"""Transforms between pictures of Pillow and tensors, and between types of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from mocrograd.dtypes import dtype as DType
from mocrograd.dtypes import float32, int32, int64, uint8
from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor
from mocrograd.transforms import pictures, pixels
from mocrograd.transforms.basic import Transform, as_batch, is_picture

_LARGEST = {uint8: 255, int32: 2**31 - 1, int64: 2**63 - 1}


class PILToTensor(Transform):
    """Makes a tensor of a picture of Pillow, (C, H, W), with its numbers as they are.

    Example:
        >>> import mocrograd as mg
        >>> from PIL import Image
        >>> picture = Image.new("RGB", (4, 2), (255, 0, 0))
        >>> x = mg.transforms.PILToTensor()(picture)
        >>> x.shape, x.dtype, x[:, 0, 0]
        (mocrograd.Size([3, 2, 4]), mocrograd.uint8, tensor([255,   0,   0], dtype=mocrograd.uint8))
    """

    batched = False

    def forward(self, pic: Any) -> Tensor:
        """Return the tensor.

        Raises:
            TypeError: It is no picture.
        """
        if not is_picture(pic):
            raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
        array = np.array(pic)
        array = array.astype(np.int32) if array.dtype == np.uint16 else array
        array = array[:, :, None] if array.ndim == 2 else array
        return from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))


class ToPILImage(Transform):
    """Makes a picture of Pillow of a tensor, (C, H, W) or (H, W), or an array (H, W, C).

    Args:
        mode: Pillow's name for what the channels are; by default what their number and dtype say.

    Example:
        >>> import mocrograd as mg
        >>> picture = mg.transforms.ToPILImage()(mg.ones(3, 2, 4))
        >>> picture.size, picture.getpixel((0, 0))
        ((4, 2), (255, 255, 255))
    """

    batched = False

    def __init__(self, mode: str | None = None) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, pic: Any) -> Any:
        """Return the picture.

        Raises:
            TypeError: It is neither a tensor nor an array.
            ValueError: It has another number of dimensions, or more than four channels.
        """
        if not isinstance(pic, (Tensor, np.ndarray)):
            raise TypeError(f"pic should be Tensor or ndarray. Got {type(pic)}.")
        if pic.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        if isinstance(pic, Tensor):
            if pic.is_floating_point() and self.mode != "F":
                pic = (pic * 255).to(int32).to(uint8)
            array = pic.detach().cpu().numpy()
            array = array.transpose(1, 2, 0) if array.ndim == 3 else array
        else:
            array = pic
        channels = array.shape[2] if array.ndim == 3 else 1
        if channels > 4:
            raise ValueError(f"pic should not have > 4 channels. Got {channels} channels.")
        return pictures.from_array(array[:, :, 0] if array.ndim == 3 and channels == 1 else array, self.mode)


class ConvertImageDtype(Transform):
    """Changes the dtype of images: floats are in [0, 1], integers in the range of their dtype.

    Args:
        dtype: The dtype that comes out.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.ConvertImageDtype(mg.float32)(mg.tensor([[[0, 255]]], dtype=mg.uint8))
        tensor([[[0., 1.]]])
    """

    def __init__(self, dtype: DType) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Any) -> Tensor:
        """Return the image, or the batch.

        Raises:
            TypeError: It is no tensor.
            RuntimeError: The numbers of the integer dtype are beyond those that the floats can tell apart.
        """
        if not isinstance(image, Tensor):
            raise TypeError("Input img should be Tensor Image")
        if image.dtype is self.dtype:
            return image
        floats = self.dtype.is_floating_point
        if image.is_floating_point():
            if floats:
                return image.to(self.dtype)
            if (image.dtype is float32 and self.dtype is not uint8) or self.dtype is int64:
                raise RuntimeError(f"The cast from {image.dtype} to {self.dtype} cannot be performed safely.")
            return (image * (_LARGEST[self.dtype] + 1.0 - 1e-3)).to(self.dtype)
        if floats:
            return image.to(self.dtype) / _LARGEST[image.dtype]
        before, after = _LARGEST[image.dtype] + 1, _LARGEST[self.dtype] + 1
        if before > after:
            return (image // (before // after)).to(self.dtype)
        return image.to(self.dtype) * (after // before)


class Grayscale(Transform):
    """Takes the colour from images.

    Args:
        num_output_channels: 1, or 3 equal ones.

    Raises:
        ValueError: It is another number.

    Example:
        >>> import mocrograd as mg
        >>> mg.transforms.Grayscale()(mg.ones(3, 2, 2))
        tensor([[[0.9999, 0.9999],
                 [0.9999, 0.9999]]])
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        if num_output_channels not in (1, 3):
            raise ValueError(f"num_output_channels should be either 1 or 3, got {num_output_channels}")
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        """Return the image, picture or batch without colour.

        Raises:
            TypeError: It is no image.
        """
        if is_picture(img):
            return pictures.gray(img, self.num_output_channels)
        made = pixels.gray(as_batch(img, "Grayscale")).expand(-1, self.num_output_channels, -1, -1)
        return made if img.ndim == 4 else made.squeeze(0)
