"""Digits, moons, circles and splitting."""

from pathlib import Path

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import datasets
from mocrograd.datasets import load_digits, make_circles, make_moons, train_test_split


def test_digits_are_those_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    x, y = load_digits()
    data = sklearn.load_digits()
    np.testing.assert_array_equal(x.numpy(), (data.data / 16).astype(np.float32))
    np.testing.assert_array_equal(y.numpy(), data.target)


def test_digits():
    x, y = load_digits()
    assert (tuple(x.shape), x.dtype) == ((1797, 64), mg.float32)
    assert (tuple(y.shape), y.dtype) == ((1797,), mg.int64)
    assert (float(x.min().item()), float(x.max().item())) == (0.0, 1.0)
    assert np.bincount(y.numpy()).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert y[:10].tolist() == list(range(10))


def test_digits_file_is_small_and_cited():
    data = Path(datasets.__file__).parent / "data"
    assert (data / "digits.npz").stat().st_size < 100_000
    text = (data / "README.md").read_text()
    assert "Alpaydin" in text
    assert "CC BY 4.0" in text


def test_missing_and_damaged_digits(tmp_path):
    with pytest.raises(FileNotFoundError, match="no digits data at"):
        load_digits(tmp_path / "digits.npz")
    good = (Path(datasets.__file__).parent / "data" / "digits.npz").read_bytes()
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, images=np.zeros((2, 64)), labels=np.zeros(2))
    for name, content in (
        ("empty", b""),
        ("text", b"digits"),
        ("short", good[:20000]),
        ("flipped", good[:9000] + b"\0" * 500 + good[9500:]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ValueError, match="damaged or holds something else"):
            load_digits(path)
    with pytest.raises(ValueError, match=r"shape \(1797, 64\).* got \(2, 64\)"):
        load_digits(wrong)
    np.savez(tmp_path / "other.npz", pictures=np.zeros(2))
    with pytest.raises(ValueError, match="damaged or holds something else"):
        load_digits(tmp_path / "other.npz")


def test_moons_without_noise_lie_on_the_circles():
    x, y = make_moons(101, noise=0, seed=1)
    points, classes = x.numpy(), y.numpy()
    assert (points.shape, points.dtype) == ((101, 2), np.float32)
    assert np.bincount(classes).tolist() == [50, 51]
    first, second = points[classes == 0], points[classes == 1]
    np.testing.assert_allclose((first**2).sum(1), 1, rtol=1e-5)
    np.testing.assert_allclose(((second - [1, 0.5]) ** 2).sum(1), 1, rtol=1e-5)
    assert first[:, 1].min() >= 0
    assert second[:, 1].max() <= 0.5


def test_moons_follow_the_seed():
    assert make_moons(seed=1)[0].tolist() == make_moons(seed=1)[0].tolist() != make_moons(seed=2)[0].tolist()
    with pytest.raises(ValueError, match="must not be negative, got -1"):
        make_moons(-1)


def test_split_keeps_rows_together_and_loses_none():
    x = mg.arange(20).reshape(10, 2)
    x_train, x_test, y_train, y_test = train_test_split(x, mg.arange(10), test_size=0.2, seed=3)
    assert (len(x_train), len(x_test)) == (8, 2)
    assert sorted(y_train.tolist() + y_test.tolist()) == list(range(10))
    assert (x_train[:, 0]).tolist() == (y_train * 2).tolist()
    assert (x_test[:, 1]).tolist() == (y_test * 2 + 1).tolist()


def test_split_follows_the_seed_alone():
    first = train_test_split(mg.arange(50), seed=1)[0].tolist()
    mg.manual_seed(9)
    assert train_test_split(mg.arange(50), seed=1)[0].tolist() == first
    assert train_test_split(mg.arange(50), seed=2)[0].tolist() != first


def test_split_of_the_digits_is_80_to_20():
    x_train, x_test, *_ = train_test_split(*load_digits())
    assert (len(x_train), len(x_test)) == (1438, 359)


def test_bad_splits():
    with pytest.raises(ValueError, match=r"got lengths \[2, 3\]"):
        train_test_split(mg.ones(2), mg.ones(3))
    with pytest.raises(ValueError, match="same length"):
        train_test_split()
    with pytest.raises(ValueError, match="between 0 and 1, got 20"):
        train_test_split(mg.ones(2), test_size=20)


def test_circles_without_noise_lie_on_the_circles():
    x, y = make_circles(101, noise=0, factor=0.25, seed=1)
    assert (x.shape, x.dtype, y.dtype) == ((101, 2), mg.float32, mg.int64)
    assert y.sum().item() == 51
    np.testing.assert_allclose(np.hypot(*x.numpy().T), np.where(y.numpy() == 0, 1, 0.25), rtol=1e-6)
    assert len({(round(a, 5), round(b, 5)) for a, b in x.tolist()}) == 101


def test_circles_are_those_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    points, classes = make_circles(60, noise=0, factor=0.4)
    expected, theirs = sklearn.make_circles(60, shuffle=False, factor=0.4)
    order, found = np.lexsort(expected.round(5).T), np.lexsort(points.numpy().round(5).T)
    np.testing.assert_allclose(points.numpy()[found], expected[order], atol=1e-5)
    assert classes.numpy()[found].tolist() == theirs[order].tolist()


def test_circles_follow_the_seed_and_need_a_size_and_a_factor():
    assert make_circles(seed=1)[0].tolist() == make_circles(seed=1)[0].tolist() != make_circles(seed=2)[0].tolist()
    assert make_circles(0)[0].shape == (0, 2)
    for wrong in ({"samples": -1}, {"noise": -1}, {"factor": 1}, {"factor": -0.1}):
        with pytest.raises(ValueError, match="must"):
            make_circles(**wrong)
