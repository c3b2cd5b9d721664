"""MNIST and the sets in its format: idx files, plain or compressed, where torchvision puts them."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.datasets.download import download as fetch
from mocrograd.datasets.vision import VisionDataset
from mocrograd.ops import from_numpy
from mocrograd.tensor import Tensor

_BYTES = 8
"""The number that idx has for unsigned bytes."""


def read_idx(path: Path, dimensions: int) -> np.ndarray[Any, Any]:
    """Read an idx file of unsigned bytes.

    Args:
        path: The file; one that ends in .gz is compressed.
        dimensions: How many dimensions it must have.

    Returns:
        The array, uint8.

    Raises:
        ValueError: The file is damaged or holds something else.
    """
    size = 4 + 4 * dimensions
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            header = file.read(size)
            expected = bytes([0, 0, _BYTES, dimensions])
            if header[:4] != expected:
                raise ValueError(
                    f"{path}: expected the idx header {expected.hex()}, got {header[:4].hex() or 'nothing'}"
                )
            if len(header) < size:
                raise ValueError(f"{path}: expected a header of {size} bytes, got {len(header)}")
            shape = np.frombuffer(header, ">u4", dimensions, 4).tolist()
            count = math.prod(shape)
            content = file.read(count + 1) if count < 1 << 40 else b""
            if len(content) != count:
                got = "more" if len(content) > count else len(content)
                raise ValueError(f"{path}: its header says {shape}, which is {count} bytes, got {got}")
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        raise ValueError(f"{path} is damaged, or not compressed: {fault}") from fault
    return np.frombuffer(bytearray(content), np.uint8).reshape(shape)


class MNIST(VisionDataset):
    """Handwritten digits of Y. LeCun, C. Cortes and C. Burges: 60,000 to train with and 10,000 to test, 28 x 28 pixels.

    The files lie in `root/MNIST/raw`, for the other sets in a folder of their name, plain or as .gz.

    Args:
        root: The folder.
        train: Whether to take the part to train with.
        transform: Makes of an image, uint8, (1, 28, 28), what a sample holds.
        target_transform: Makes of a class's number what a sample holds.
        download: Whether to download files that are not there. A download that broke off is continued.

    Raises:
        RuntimeError: Files are not there, or could not be downloaded.
        ValueError: A file is damaged or holds something else.

    Attributes:
        data: The images, (N, 28, 28), uint8.
        targets: The numbers of their classes, (N), int64.
    """

    mirrors: tuple[str, ...] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    resources: tuple[tuple[str, str], ...] = (
        ("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        ("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        ("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        ("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    )
    classes: Sequence[str] = (
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight",
        "9 - nine",
    )  # fmt: skip

    def __init__(
        self,
        root: str | Path,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, transform, target_transform)
        self.train = train
        if download:
            self.download()
        first = 0 if train else 2
        images, labels = (self._find(name) for name, _ in self.resources[first : first + 2])
        pixels, numbers = read_idx(images, 3), read_idx(labels, 1)
        if len(pixels) != len(numbers):
            raise ValueError(f"{images} holds {len(pixels)} images, but {labels} holds {len(numbers)} labels")
        wrong = np.flatnonzero(numbers >= len(self.classes))
        if len(wrong):
            raise ValueError(
                f"{labels}: expected labels from 0 to {len(self.classes) - 1}, got {numbers[wrong[0]]} at {wrong[0]}"
            )
        self.data = from_numpy(pixels)
        self.targets = from_numpy(numbers.astype(np.int64))

    @property
    def raw_folder(self) -> Path:
        """Where the files lie."""
        return self.root / type(self).__name__ / "raw"

    def download(self) -> None:
        """Download the files that are not there.

        Raises:
            RuntimeError: No server gives a file, or what they give has another checksum.
        """
        for name, checksum in self.resources:
            if not (self.raw_folder / name.removesuffix(".gz")).is_file():
                fetch([mirror + name for mirror in self.mirrors], self.raw_folder / name, checksum)

    def _find(self, name: str) -> Path:
        compressed = self.raw_folder / name
        plain = compressed.with_suffix("")
        for path in (plain, compressed):
            if path.is_file():
                return path
        raise RuntimeError(
            f"Dataset not found: there is neither {plain} nor {compressed.name}. "
            "You can use download=True to download it"
        )

    def images(self, indices: Sequence[int]) -> Tensor:
        """Return images, (N, 1, 28, 28), uint8."""
        chosen: Tensor = self.data[list(indices)]
        return chosen.unsqueeze(1)

    def labels(self, indices: Sequence[int]) -> Tensor:
        """Return the numbers of classes, (N), int64."""
        chosen: Tensor = self.targets[list(indices)]
        return chosen


class FashionMNIST(MNIST):
    """Zalando's articles of clothing, in MNIST's format and numbers."""

    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
    resources = (
        ("train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        ("train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ("t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ("t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    )
    classes: Sequence[str] = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip


class KMNIST(MNIST):
    """Handwritten Japanese characters of the Kuzushiji set, in MNIST's format and numbers."""

    mirrors = ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",)
    resources = (
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    )
    classes: Sequence[str] = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
