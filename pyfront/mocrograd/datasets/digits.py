"""The 1,797 handwritten digits of E. Alpaydin and C. Kaynak; data/README.md has the citation and licence."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor

_FILE = Path(__file__).parent / "data" / "digits.npz"
_SHAPE = (1797, 64)


def load_digits(path: str | Path = _FILE) -> tuple[Tensor, Tensor]:
    """Load the images and their digits.

    Args:
        path: Another copy of the file.

    Returns:
        Images, (1797, 64), float32 in [0, 1] (pixel values divided by 16), rows of 8 x 8 pixels one after the
        other; and digits, (1797), int64.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file does not hold the digits.

    Example:
        >>> import mocrograd as mg
        >>> images, digits = mg.datasets.load_digits()
        >>> images.shape, digits.shape
        (mocrograd.Size([1797, 64]), mocrograd.Size([1797]))
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no digits data at {path}: the installation is incomplete, install mocrograd again")
    try:
        # From memory: where the archive is damaged, NumPy would leave the file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            images, labels = archive["images"], archive["labels"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error) as fault:
        raise ValueError(f"{path} is damaged or holds something else: {fault}") from fault
    if images.shape != _SHAPE or labels.shape != _SHAPE[:1]:
        raise ValueError(
            f"{path} should hold images of shape {_SHAPE} and labels of shape {_SHAPE[:1]}, "
            f"got {images.shape} and {labels.shape}"
        )
    return from_numpy(images.astype(np.float32) / 16), from_numpy(labels.astype(np.int64))
