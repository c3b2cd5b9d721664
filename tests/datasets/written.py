"""Files in the published formats, made up and small."""

import gzip
import struct

import numpy as np


def idx(array):
    """Return the bytes of an idx file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(root, name="MNIST", count=12, compressed=True, seed=0):
    """Write the four files; return the images and labels of the part to train with."""
    raw = root / name / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    made = []
    for part in ("train", "t10k"):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        made += [images, labels]
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(array)
            path = raw / f"{part}-{kind}-ubyte{'.gz' if compressed else ''}"
            path.write_bytes(gzip.compress(content) if compressed else content)
    return made[0], made[1]


def write_cifar(root, hundred=False, count=4):
    """Write the files of a binary archive; return the images, (N, 3, 32, 32), and labels to train with."""
    folder = root / ("cifar-100-binary" if hundred else "cifar-10-batches-bin")
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    classes = 100 if hundred else 10
    names = ["train.bin"] if hundred else [f"data_batch_{n}.bin" for n in range(1, 6)]
    images, labels = [], []
    for name in [*names, "test.bin" if hundred else "test_batch.bin"]:
        pixels = rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
        numbers = rng.integers(0, classes, count, dtype=np.uint8)
        head = [np.full(count, 200, np.uint8), numbers] if hundred else [numbers]
        rows = np.concatenate([np.stack(head, 1), pixels.reshape(count, -1)], 1)
        (folder / name).write_bytes(rows.tobytes())
        images.append(pixels)
        labels.append(numbers)
    text = "".join(f"class{n}\n" for n in range(classes)) + "\n"
    (folder / ("fine_label_names.txt" if hundred else "batches.meta.txt")).write_text(text)
    return np.concatenate(images[:-1]), np.concatenate(labels[:-1])
