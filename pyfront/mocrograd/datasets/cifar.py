"""CIFAR-10 and CIFAR-100 from their binary archives, which hold nothing that could run."""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mocrograd.datasets.download import download as fetch
from mocrograd.datasets.vision import VisionDataset
from mocrograd.ops import from_numpy, tensor
from mocrograd.tensor import Tensor

_SHAPE = (3, 32, 32)
_PIXELS = 3 * 32 * 32


class CIFAR10(VisionDataset):
    """Photographs of ten kinds of things: 50,000 to train with and 10,000 to test, 32 x 32 pixels in colour.

    The files of the binary archive lie in `root/cifar-10-batches-bin`.

    Args:
        root: The folder.
        train: Whether to take the part to train with.
        transform: Makes of an image, uint8, (3, 32, 32), what a sample holds.
        target_transform: Makes of a class's number what a sample holds.
        download: Whether to download the archive and unpack it, where its files are not there.

    Raises:
        RuntimeError: Files are not there, or could not be downloaded.
        ValueError: A file is damaged or holds something else.

    Attributes:
        data: The images, an array (N, 32, 32, 3) of uint8.
        targets: The numbers of their classes, a list.
        classes: The names of the classes, from the archive.
    """

    base_folder = "cifar-10-batches-bin"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    filename = "cifar-10-binary.tar.gz"
    checksum = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
    train_list: tuple[str, ...] = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
    test_list: tuple[str, ...] = ("test_batch.bin",)
    meta = "batches.meta.txt"
    _labels = 1  # bytes before the pixels; the last one is the class
    _class_count = 10

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
        parts = [self._read(self._find(name)) for name in (self.train_list if train else self.test_list)]
        rows = np.concatenate(parts)
        self.targets = rows[:, self._labels - 1].tolist()
        self.data = rows[:, self._labels :].reshape(-1, *_SHAPE).transpose(0, 2, 3, 1)
        self.classes = self._names()

    def download(self) -> None:
        """Download the archive and unpack it, where its files are not there.

        Raises:
            RuntimeError: The server does not give it, or what it gives has another checksum.
            ValueError: A file is missing in it.
        """
        folder, names = self.root / self.base_folder, (*self.train_list, *self.test_list, self.meta)
        if all((folder / name).is_file() for name in names):
            return
        archive = self.root / self.filename
        fetch([self.url], archive, self.checksum)
        folder.mkdir(exist_ok=True)
        try:
            with tarfile.open(archive, "r:gz") as opened:
                for name in names:
                    content = opened.extractfile(f"{self.base_folder}/{name}")
                    if content is None:
                        raise ValueError(f"{archive}: {name} is no file")
                    with content:
                        _write(folder / name, content.read())
        except (tarfile.TarError, KeyError, EOFError, zlib.error) as fault:
            raise ValueError(f"{archive} is damaged or holds something else: {fault}") from fault

    def _find(self, name: str) -> Path:
        path = self.root / self.base_folder / name
        if not path.is_file():
            raise RuntimeError(
                f"Dataset not found: there is no {path}. You can use download=True to download the binary archive"
            )
        return path

    def _read(self, path: Path) -> np.ndarray[Any, Any]:
        """Read the records of a file: the bytes of labels, then the pixels of each channel."""
        content = np.fromfile(path, np.uint8)
        record = self._labels + _PIXELS
        if not len(content) or len(content) % record:
            raise ValueError(f"{path}: expected records of {record} bytes, got {len(content)} bytes")
        rows: np.ndarray[Any, Any] = content.reshape(-1, record)
        numbers = rows[:, self._labels - 1]
        wrong = np.flatnonzero(numbers >= self._class_count)
        if len(wrong):
            raise ValueError(
                f"{path}: expected labels from 0 to {self._class_count - 1}, "
                f"got {numbers[wrong[0]]} in record {wrong[0]}"
            )
        return rows

    def _names(self) -> list[str]:
        path = self._find(self.meta)
        try:
            names = path.read_text(encoding="utf-8").split()
        except UnicodeDecodeError as fault:
            raise ValueError(f"{path}: expected the names of classes, got no text: {fault}") from fault
        if len(names) != self._class_count:
            raise ValueError(f"{path}: expected the names of {self._class_count} classes, got {len(names)}")
        return names

    def images(self, indices: Sequence[int]) -> Tensor:
        """Return images, (N, 3, 32, 32), uint8."""
        chosen = self.data[list(indices)].transpose(0, 3, 1, 2)
        return from_numpy(np.ascontiguousarray(chosen))

    def labels(self, indices: Sequence[int]) -> Tensor:
        """Return the numbers of classes, (N), int64."""
        return tensor([self.targets[index] for index in indices])


class CIFAR100(CIFAR10):
    """Photographs of a hundred kinds of things, in CIFAR-10's numbers; the files lie in `root/cifar-100-binary`."""

    base_folder = "cifar-100-binary"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
    filename = "cifar-100-binary.tar.gz"
    checksum = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"
    train_list = ("train.bin",)
    test_list = ("test.bin",)
    meta = "fine_label_names.txt"
    _labels = 2
    _class_count = 100


def _write(path: Path, content: bytes) -> None:
    """Write a file that has its name only when it is complete."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
