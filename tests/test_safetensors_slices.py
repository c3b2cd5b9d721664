"""safe_open: tensors one by one, and parts of them, of which only the bytes that are needed are read."""

import os
import random
import threading

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.safetensors import SafetensorError, safe_open, save_file
from mocrograd.safetensors import numpy as arrays
from mocrograd.safetensors.source import FileSource


@pytest.fixture
def path(tmp_path):
    save_file(
        {"a": mg.arange(50.0).reshape(10, 5), "b": mg.tensor(True), "c": mg.arange(24).reshape(2, 3, 4)},
        tmp_path / "net.safetensors",
        {"format": "pt"},
    )
    return tmp_path / "net.safetensors"


@pytest.fixture
def count(monkeypatch):
    """Count the bytes that are read."""
    seen = []
    fill = FileSource.fill
    monkeypatch.setattr(FileSource, "fill", lambda self, target, at: (seen.append(len(target)), fill(self, target, at)))
    return seen


def test_what_a_file_says(path):
    with safe_open(path, framework="pt") as file:
        assert file.keys() == ["a", "b", "c"]
        assert file.offset_keys() == ["c", "a", "b"]
        assert file.metadata() == {"format": "pt"}
        assert list(file.get_tensors()) == ["c", "a", "b"]
        assert file.get_tensor("b").tolist() is True
        part = file.get_slice("a")
        assert part.get_shape() == [10, 5]
        assert part.get_dtype() == "F32"
        with pytest.raises(SafetensorError, match="File does not contain tensor z"):
            file.get_tensor("z")
        with pytest.raises(SafetensorError, match="File does not contain tensor z"):
            file.get_slice("z")
    with pytest.raises(SafetensorError, match="File is closed"):
        file.keys()
    assert part[9, 4:].tolist() == [49.0]  # a slice is read on


def test_arguments(path):
    for arguments, words in [
        ({"framework": "tf"}, "framework tf is invalid"),
        ({"framework": "pt", "device": "tpu"}, "device tpu is invalid"),
        ({"framework": "pt", "device": -1}, "device -1 is invalid"),
        ({"framework": "np", "device": "cuda"}, "device cuda is|Device cuda is not supported for framework np"),
        ({"framework": "pt", "backend": "aio"}, "backend aio is invalid"),
    ]:
        with pytest.raises(SafetensorError, match=words):
            safe_open(path, **arguments)
    with pytest.raises(FileNotFoundError):
        safe_open(path.parent / "none", "pt")
    with pytest.raises(IsADirectoryError):
        safe_open(path.parent, "pt")


@pytest.mark.parametrize(
    "index",
    [
        slice(None), (), ..., slice(2), (slice(None), slice(2)), (0, slice(2)), (slice(2, None), 0),
        (slice(2, None), -1), (3, 4), (..., 1), (1, ...), slice(1, 9, 3), (slice(None, None, 4), slice(1, None, 2)),
        slice(3, 3), np.int64(3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("framework", ["pt", "numpy"])
def test_indices(path, framework, index):
    expected = np.arange(50, dtype=np.float32).reshape(10, 5)[index]
    with safe_open(path, framework) as file:
        found = file.get_slice("a")[index]
    assert isinstance(found, mg.Tensor if framework == "pt" else np.ndarray)
    assert tuple(found.shape) == expected.shape
    assert found.tolist() == expected.tolist()


def test_other_indices_of_tensors(path):
    whole = mg.arange(50.0).reshape(10, 5)
    with safe_open(path, "pt") as file:
        part = file.get_slice("a")
        for index in [None, [], [0, 3], True, whole > 7, (slice(None), mg.tensor([1, 0])), slice(-1, None), slice(90)]:
            assert part[index].tolist() == whole[index].tolist()


def test_indices_that_there_are_not(path):
    with safe_open(path, "pt") as file:
        for index, error in [
            (10, IndexError), (-11, IndexError), ((0, 0, 0), IndexError), (slice(None, None, -1), ValueError),
            ("a", (TypeError, IndexError)), ((0, 5), IndexError),
        ]:  # fmt: skip
            with pytest.raises(error):
                file.get_slice("a")[index]
    with safe_open(path, "np") as file:
        for index, words in [
            ((slice(2, None), -6), "Invalid index -6 for dimension 1 of size 5"),
            ([0, 1], "Non empty lists are not implemented"),
            ((slice(2, None), 20), r"Error during slicing \[2:, 20\] with shape \[10, 5\]: index 20 out of bounds for"),
            (slice(20), r"Error during slicing \[:20\] .* index 19 out of bounds for tensor dimension #0 of size 10"),
            ((slice(None), slice(20)), r"\[:, :20\] .* index 19 out of bounds for tensor dimension #1 of size 5"),
            ((0, 0, 0), "more slicing indexes than dimensions in tensor"),
            ("a", "Unsupported slice index at position 0"),
            (slice(None, None, -1), "Slice step must be a positive integer, got -1"),
        ]:
            with pytest.raises(SafetensorError, match=words):
                file.get_slice("a")[index]


def test_a_part_of_a_large_file_costs_little(tmp_path, count):
    path = tmp_path / "large.safetensors"
    whole = np.arange(32 << 20, dtype=np.uint8).reshape(1024, 32, 1024)  # 32 MiB
    arrays.save_file({"a": whole, "b": whole[:8]}, path)
    with safe_open(path, "np") as file:
        header = sum(count)
        assert header < 500
        for index, most in [
            ((3, 4, 5), 1), (slice(7, 9), 64 << 10), ((slice(None), 0), 1 << 20), ((slice(None), 0, slice(8)), 8 << 10),
            ((slice(0, 4), slice(None), slice(8)), 128 << 10), ((slice(None, None, 512), 5), 2 << 10),
        ]:  # fmt: skip
            count.clear()
            np.testing.assert_array_equal(file.get_slice("a")[index], whole[index])
            assert sum(count) <= most, index
        count.clear()
        file.get_tensor("b")
        assert sum(count) == 256 << 10


def test_the_system_reads_little_too(tmp_path):
    path = tmp_path / "large.safetensors"
    save_file({"a": mg.zeros(4096, 2048)}, path)  # 32 MiB

    def read():
        with open("/proc/self/io") as file:
            return int(file.readline().split()[1])

    if not os.path.exists("/proc/self/io"):
        pytest.skip("needs /proc")
    with safe_open(path, "pt") as file:
        before = read()
        assert file.get_slice("a")[:, :1].sum().item() == 0
        assert file.get_slice("a")[17].shape == (2048,)
        assert read() - before < 100_000


def test_random_parts_equal_those_of_arrays(tmp_path, monkeypatch):
    from mocrograd.safetensors import source

    monkeypatch.setattr(source, "_PAGE", 40)
    monkeypatch.setattr(source, "_CHUNK", 200)
    chance = random.Random(0)
    for n in range(300):
        shape = [chance.randrange(1, 9) for _ in range(chance.randrange(1, 5))]
        whole = np.arange(np.prod(shape), dtype=chance.choice([np.float64, np.int16, np.uint8])).reshape(shape)
        arrays.save_file({"a": whole}, tmp_path / f"{n}")
        with safe_open(tmp_path / f"{n}", "np") as file:
            for _ in range(5):
                index = tuple(
                    chance.randrange(size)
                    if chance.random() < 0.3
                    else slice(chance.randrange(size), chance.randrange(1, size + 1), chance.randrange(1, 4))
                    for size in shape[: chance.randrange(len(shape) + 1)]
                )
                found = file.get_slice("a")[index]
                assert found.dtype == whole.dtype
                np.testing.assert_array_equal(found, whole[index])


def test_threads_read_one_file(path):
    found = []
    with safe_open(path, "pt") as file:
        part = file.get_slice("a")
        threads = [
            threading.Thread(target=lambda i=i: found.append(part[i].sum().item() == 25 * i + 10)) for i in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [True] * 10


def test_a_file_that_shrinks(path):
    with safe_open(path, "pt") as file:
        os.truncate(path, path.stat().st_size - 30)
        with pytest.raises(SafetensorError, match=r"ends .* bytes too early"):
            file.get_tensors()


def test_closed_files_are_given_back(path):
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    for _ in range(20):
        with safe_open(path, "pt") as file:
            file.get_slice("a")[0]
        with pytest.raises(SafetensorError):
            safe_open(__file__, "pt")
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before + 1
