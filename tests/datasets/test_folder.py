"""Pictures in folders."""

import sys

import numpy as np
import pytest
from mocrograd.datasets import ImageFolder
from mocrograd.transforms import ToTensor
from mocrograd.utils.data import DataLoader

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


@pytest.fixture
def root(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("dog/b.png", "dog/a.PNG", "cat/deep/c.bmp", "cat/readme.txt", "ant/d.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("no picture")
        else:
            Image.fromarray(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)).save(path)
    return tmp_path


def test_a_folder_for_each_class(root):
    data = ImageFolder(root, transform=ToTensor(), target_transform=lambda number: -number)
    assert (data.classes, data.class_to_idx) == (["ant", "cat", "dog"], {"ant": 0, "cat": 1, "dog": 2})
    assert [(path.removeprefix(str(root)), number) for path, number in data.samples] == [
        ("/ant/d.png", 0), ("/cat/deep/c.bmp", 1), ("/dog/a.PNG", 2), ("/dog/b.png", 2),
    ]  # fmt: skip
    assert data.targets == [0, 1, 2, 2]
    pixels = np.asarray(Image.open(root / "ant/d.png"))
    np.testing.assert_array_equal(data[0][0].numpy(), pixels.transpose(2, 0, 1) / np.float32(255))
    ((x, y),) = DataLoader(data, batch_size=4)
    assert (tuple(x.shape), y.tolist()) == ((4, 3, 4, 5), [0, -1, -2, -2])
    assert ImageFolder(root)[0][0].mode == "RGB"


def test_bad_folders(root):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        ImageFolder(root / "none")
    with pytest.raises(FileNotFoundError, match="any class folder"):
        ImageFolder(root / "ant")
    (root / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no valid file for the classes empty"):
        ImageFolder(root)
    assert len(ImageFolder(root, allow_empty=True)) == 4
    with pytest.raises(FileNotFoundError, match="for the classes ant, cat, dog, empty"):
        ImageFolder(root, is_valid_file=lambda name: False)


def test_files_that_are_no_pictures(root):
    whole = (root / "ant/d.png").read_bytes()
    for content in (b"", b"text", whole[:40], whole[:50] + b"\0\0\0" + whole[53:]):
        (root / "ant/d.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"ant/d.png is damaged or no picture"):
            ImageFolder(root)[0]


def test_without_pillow(root, monkeypatch):
    data = ImageFolder(root)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pip install "mocrograd\[images\]"'):
        data[0]
