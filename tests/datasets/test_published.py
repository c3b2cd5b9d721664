"""MNIST, its like, CIFAR: their files, and files that are damaged or something else."""

import gzip

import mocrograd as mg
import numpy as np
import pytest
from datasets.written import idx, write_cifar, write_mnist
from mocrograd.datasets import CIFAR10, CIFAR100, KMNIST, MNIST, FashionMNIST
from mocrograd.transforms import Compose, Lambda, Normalize, ToTensor
from mocrograd.utils.data import DataLoader, Subset


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, KMNIST])
def test_mnist_and_its_like(tmp_path, kind, compressed):
    images, labels = write_mnist(tmp_path, kind.__name__, compressed=compressed)
    data = kind(tmp_path)
    np.testing.assert_array_equal(data.data.numpy(), images)
    assert data.targets.tolist() == labels.tolist()
    image, target = data[3]
    assert (tuple(image.shape), image.dtype, target) == ((1, 28, 28), mg.uint8, 3)
    np.testing.assert_array_equal(image.numpy()[0], images[3])
    assert len(data) == 12
    assert len(data.classes) == 10
    assert data.class_to_idx[data.classes[7]] == 7
    assert not np.array_equal(kind(tmp_path, train=False).data.numpy(), images)
    assert f"{kind.__name__}(12 samples of 10 classes" in repr(data)
    assert data[-1][1] == 1
    with pytest.raises(IndexError, match="index 12 is out of range for 12"):
        data[12]


def test_transforms_of_samples(tmp_path):
    images, _ = write_mnist(tmp_path)
    data = MNIST(str(tmp_path), transform=ToTensor(), target_transform=lambda number: number * 10)
    image, target = data[2]
    np.testing.assert_array_equal(image.numpy()[0], images[2] / np.float32(255))
    assert target == 20
    assert [sample[1].tolist() for sample in DataLoader(data, batch_size=6)] == [
        [0, 10, 20, 30, 40, 50],
        [60, 70, 80, 90, 0, 10],
    ]


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("kind", [MNIST, CIFAR10])
def test_the_loader_makes_whole_batches_like_single_samples(tmp_path, kind, workers):
    (write_mnist if kind is MNIST else write_cifar)(tmp_path)
    means = [0.5] * (1 if kind is MNIST else 3)
    whole = Compose([ToTensor(), Normalize(means, means)])
    single = Compose([Lambda(lambda image: image), *whole.transforms])
    for choose in (lambda data: data, lambda data: Subset(data, [5, 2, 7])):
        one, other = (kind(tmp_path, transform=transform) for transform in (whole, single))
        assert (one.gathers, other.gathers) == (True, False)
        batches = [
            [(x.numpy(), y.tolist()) for x, y in DataLoader(choose(data), batch_size=2, num_workers=count)]
            for data, count in ((one, workers), (other, 0))
        ]
        assert len(batches[0]) == len(batches[1])
        for (x, y), (same, also) in zip(*batches):
            np.testing.assert_array_equal(x, same)
            assert y == also


def test_a_subclass_with_samples_of_its_own_is_asked_for_each(tmp_path):
    class Doubled(MNIST):
        def __getitem__(self, index):
            image, target = super().__getitem__(index)
            return image, target * 2

    write_mnist(tmp_path, "Doubled")
    ((_, targets),) = DataLoader(Doubled(tmp_path), batch_size=12)
    assert targets.tolist() == [2 * (n % 10) for n in range(12)]


def test_data_may_be_shortened(tmp_path):
    write_mnist(tmp_path)
    data = MNIST(tmp_path)
    data.data, data.targets = data.data[:3], data.targets[:3]
    assert [len(y) for _, y in DataLoader(data, batch_size=2)] == [2, 1]


@pytest.mark.parametrize("hundred", [False, True])
def test_cifar(tmp_path, hundred):
    images, labels = write_cifar(tmp_path, hundred)
    data = (CIFAR100 if hundred else CIFAR10)(tmp_path)
    np.testing.assert_array_equal(data.data, images.transpose(0, 2, 3, 1))
    assert data.targets == labels.tolist()
    image, target = data[3]
    np.testing.assert_array_equal(image.numpy(), images[3])
    assert (target, image.dtype) == (labels[3], mg.uint8)
    assert data.classes[9] == "class9"
    assert len(data.classes) == (100 if hundred else 10)
    assert len((CIFAR100 if hundred else CIFAR10)(tmp_path, train=False)) == 4


GOOD = idx(np.zeros((12, 28, 28), np.uint8))
PACKED = gzip.compress(GOOD, mtime=0)
LABELS = idx(np.zeros(12, np.uint8))


def words_of(value):
    """Return a test's name for a parameter."""
    return value if isinstance(value, str) else f"{len(value)}-bytes"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-images-idx3-ubyte", b"", "expected the idx header 00000803, got nothing"),
        ("train-images-idx3-ubyte", b"\x89PNG" + GOOD[4:], "expected the idx header 00000803, got 89504e47"),
        ("train-images-idx3-ubyte", LABELS, "expected the idx header 00000803, got 00000801"),
        ("train-images-idx3-ubyte", GOOD[:9], "expected a header of 16 bytes, got 9"),
        ("train-images-idx3-ubyte", GOOD[:-7], "which is 9408 bytes, got 9401"),
        ("train-images-idx3-ubyte", GOOD + b"x", "which is 9408 bytes, got more"),
        ("train-images-idx3-ubyte", GOOD[:4] + b"\xff" * 12, "bytes, got 0"),
        ("train-images-idx3-ubyte", idx(np.zeros((11, 28, 28), np.uint8)), "holds 11 images, but"),
        ("train-labels-idx1-ubyte", idx(np.array([0] * 7 + [12] + [0] * 4, np.uint8)), "labels from 0 to 9, got 12 at 7"),
        ("train-labels-idx1-ubyte.gz", gzip.compress(LABELS, mtime=0)[:20], "is damaged, or not compressed"),
        ("train-labels-idx1-ubyte.gz", LABELS, "is damaged, or not compressed"),
        ("train-images-idx3-ubyte.gz", PACKED[:-8] + b"12345678", "is damaged, or not compressed"),
        ("train-images-idx3-ubyte.gz", PACKED[:12] + b"\xff\xff\xff" + PACKED[15:], "damaged"),
    ],
    ids=words_of,
)  # fmt: skip
def test_files_that_are_no_mnist(tmp_path, name, content, words):
    write_mnist(tmp_path, compressed=name.endswith(".gz"))
    (tmp_path / "MNIST" / "raw" / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        MNIST(tmp_path)
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("data_batch_3.bin", b"", "expected records of 3073 bytes, got 0 bytes"),
        ("data_batch_1.bin", b"\0" * 4000, "expected records of 3073 bytes, got 4000 bytes"),
        ("data_batch_2.bin", b"\0" * 3073 + b"\x0b" * 3073, "labels from 0 to 9, got 11 in record 1"),
        ("batches.meta.txt", b"cat\ndog\n", "names of 10 classes, got 2"),
        ("batches.meta.txt", b"\xff\xfe\x80", "got no text"),
    ],
    ids=words_of,
)
def test_files_that_are_no_cifar(tmp_path, name, content, words):
    write_cifar(tmp_path)
    path = tmp_path / "cifar-10-batches-bin" / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        CIFAR10(tmp_path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", [MNIST, CIFAR10, CIFAR100])
def test_missing_files(tmp_path, kind):
    with pytest.raises(RuntimeError, match=r"Dataset not found: .*download=True") as caught:
        kind(tmp_path)
    assert str(tmp_path) in str(caught.value)
