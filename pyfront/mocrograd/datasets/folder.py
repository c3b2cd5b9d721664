"""ImageFolder: pictures in a folder for each class. Pillow reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mocrograd.utils.data import Dataset

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def default_loader(path: str | Path) -> Any:
    """Read a picture as one of Pillow, in RGB.

    Args:
        path: The file.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: The file is damaged or no picture.
    """
    try:
        from PIL import Image
    except ImportError as fault:
        raise ImportError('pictures need Pillow: pip install "mocrograd[images]"') from fault
    with Path(path).open("rb") as file:
        try:
            return Image.open(file).convert("RGB")
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as fault:
            raise ValueError(f"{path} is damaged or no picture: {fault}") from fault


class ImageFolder(Dataset[tuple[Any, int]]):
    """Pictures in folders that are named after their classes: `root/dog/1.png`, `root/cat/nested/2.jpg`.

    Args:
        root: The folder of the folders.
        transform: Makes of a picture what a sample holds.
        target_transform: Makes of a class's number what a sample holds.
        loader: Reads a file; `default_loader` gives Pillow's pictures in RGB.
        is_valid_file: Says which files are taken; by default those with endings of pictures.
        allow_empty: Whether a class may have no files.

    Raises:
        FileNotFoundError: There is no such folder, none in it, or a class has no files.

    Attributes:
        classes: The names of the classes, in order.
        class_to_idx: Their numbers.
        samples: The path and the class of each picture.
        targets: The class of each picture.

    Example:
        >>> import mocrograd as mg
        >>> import os
        >>> from PIL import Image
        >>> for kind in ("cat", "dog"):
        ...     os.makedirs(f"pictures/{kind}", exist_ok=True)
        ...     Image.new("RGB", (4, 2)).save(f"pictures/{kind}/1.png")
        >>> data = mg.datasets.ImageFolder("pictures")
        >>> data.classes, len(data), data[1][1]
        (['cat', 'dog'], 2, 1)
    """

    def __init__(
        self,
        root: str | Path,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        self.root = Path(root).expanduser()
        self.transform = transform
        self.target_transform = target_transform
        self.loader = loader
        if not self.root.is_dir():
            raise FileNotFoundError(f"there is no folder {self.root}")
        self.classes = sorted(path.name for path in self.root.iterdir() if path.is_dir())
        if not self.classes:
            raise FileNotFoundError(f"Couldn't find any class folder in {self.root}.")
        self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
        taken = is_valid_file or (lambda name: name.lower().endswith(IMG_EXTENSIONS))
        self.samples: list[tuple[str, int]] = []
        empty = []
        for name, number in self.class_to_idx.items():
            files = sorted(str(path) for path in (self.root / name).rglob("*") if path.is_file() and taken(str(path)))
            self.samples += [(path, number) for path in files]
            if not files:
                empty.append(name)
        if empty and not allow_empty:
            raise FileNotFoundError(f"Found no valid file for the classes {', '.join(empty)} in {self.root}.")
        self.imgs = self.samples
        self.targets = [number for _, number in self.samples]

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Return a picture and the number of its class, both after their transforms."""
        path, target = self.samples[index]
        picture = self.loader(path)
        picture = picture if self.transform is None else self.transform(picture)
        return picture, target if self.target_transform is None else self.target_transform(target)

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.samples)
