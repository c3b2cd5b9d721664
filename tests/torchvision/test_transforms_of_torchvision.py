"""RandomGrayscale and GaussianBlur against their formulas; transforms as modules."""

import copy
import pickle

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import transforms as T
from mocrograd.transforms import functional as F

RNG = np.random.default_rng(3)
IMAGES = RNG.random((4, 3, 11, 14)).astype(np.float32)
BYTES = (IMAGES * 255).astype(np.uint8)


def bell(size, deviation):
    at = np.arange(size) - size // 2
    density = np.exp(-0.5 * (at / deviation) ** 2)
    return density / density.sum()


def reference(images, sizes, deviations):
    """Blurs in float64: first along rows, then along columns, with reflected edges."""
    made = images.astype(np.float64)
    for axis, size, deviation in ((-1, sizes[0], deviations[0]), (-2, sizes[1], deviations[1])):
        half = size // 2
        ends = [(half, half) if at == made.ndim + axis else (0, 0) for at in range(made.ndim)]
        padded = np.pad(made, ends, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis)
        made = windows @ bell(size, deviation)
    return made


@pytest.mark.parametrize(("sizes", "deviations"), [((3, 3), (1.0, 1.0)), ((1, 5), (0.5, 2.0)), ((7, 3), (0.3, 1.5))])
def test_blur(sizes, deviations):
    wanted = reference(IMAGES, sizes, deviations)
    whole = F.gaussian_blur(mg.from_numpy(IMAGES), list(sizes), list(deviations)).numpy()
    np.testing.assert_allclose(whole, wanted, atol=1e-6)
    one = F.gaussian_blur(mg.from_numpy(IMAGES[1]), sizes, deviations).numpy()
    np.testing.assert_allclose(one, wanted[1], atol=1e-6)
    of_bytes = F.gaussian_blur(mg.from_numpy(BYTES), sizes, deviations)
    assert of_bytes.dtype is mg.uint8
    assert np.abs(of_bytes.numpy() - reference(BYTES, sizes, deviations)).max() <= 0.501
    double = F.gaussian_blur(mg.from_numpy(IMAGES.astype(np.float64)), sizes, deviations).numpy()
    np.testing.assert_allclose(double, wanted, atol=1e-12)


def test_blur_of_pictures_and_by_default():
    pillow = pytest.importorskip("PIL.Image")
    picture = pillow.fromarray(BYTES[0].transpose(1, 2, 0))
    made = np.asarray(F.gaussian_blur(picture, 5)).transpose(2, 0, 1)
    assert np.abs(made - reference(BYTES[0], (5, 5), (1.1, 1.1))).max() <= 0.501
    assert F.gaussian_blur(picture.convert("L"), 3).mode == "L"


def test_each_image_of_a_batch_has_its_width():
    mg.manual_seed(0)
    same = mg.from_numpy(np.broadcast_to(IMAGES[:1], IMAGES.shape).copy())
    made = T.GaussianBlur(5, (0.1, 2.0))(same).numpy()
    mg.manual_seed(0)
    drawn = mg.empty(4).uniform_(0.1, 2.0).tolist()
    assert len(set(drawn)) == 4
    for got, number in zip(made, drawn, strict=True):
        np.testing.assert_allclose(got, reference(IMAGES[0], (5, 5), (number, number)), atol=1e-6)


def test_blur_has_gradients():
    x = mg.from_numpy(IMAGES[:1].astype(np.float64)[:, :, :5, :6]).requires_grad_()
    assert mg.autograd.gradcheck(lambda x: F.gaussian_blur(x, (3, 5), (0.7, 1.2)), [x])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: T.GaussianBlur(4), ValueError),
        (lambda: T.GaussianBlur((3, 3, 3)), ValueError),
        (lambda: T.GaussianBlur(3, 0.0), ValueError),
        (lambda: T.GaussianBlur(3, (2.0, 1.0)), ValueError),
        (lambda: T.GaussianBlur(3, "wide"), TypeError),
        (lambda: T.GaussianBlur("3"), TypeError),
        (lambda: F.gaussian_blur(mg.zeros(3, 5, 5), 3, [1.0, 2.0, 3.0]), ValueError),
        (lambda: F.gaussian_blur(mg.zeros(3, 5, 5), 3, -1.0), ValueError),
        (lambda: F.gaussian_blur(np.zeros((3, 5, 5)), 3), TypeError),
        (lambda: T.GaussianBlur(3)("image"), TypeError),
    ],
)
def test_what_blur_refuses(call, error):
    with pytest.raises(error):
        call()


def test_random_grayscale():
    gray = (IMAGES * np.array([0.2989, 0.587, 0.114], np.float32)[:, None, None]).sum(1, keepdims=True)
    whole = mg.from_numpy(np.concatenate([IMAGES] * 50))
    made = T.RandomGrayscale(0.3)(whole).numpy()
    without = np.ptp(made, axis=1).max((1, 2)) == 0
    assert 30 < without.sum() < 90
    np.testing.assert_array_equal(made[~without], whole.numpy()[~without])
    np.testing.assert_allclose(made[without], np.concatenate([gray] * 50)[without].repeat(3, 1), atol=1e-6)
    one = mg.from_numpy(IMAGES[0])
    np.testing.assert_array_equal(T.RandomGrayscale(0.0)(one).numpy(), IMAGES[0])
    np.testing.assert_allclose(T.RandomGrayscale(1.0)(one).numpy(), gray[0].repeat(3, 0), atol=1e-6)
    assert T.RandomGrayscale(1.0)(mg.from_numpy(BYTES)).dtype is mg.uint8


def test_random_grayscale_of_pictures():
    pillow = pytest.importorskip("PIL.Image")
    picture = pillow.fromarray(BYTES[0].transpose(1, 2, 0))
    assert T.RandomGrayscale(0.0)(picture) is picture
    made = T.RandomGrayscale(1.0)(picture)
    assert made.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(made)[:, :, 1], np.asarray(picture.convert("L")))
    assert T.RandomGrayscale(1.0)(picture.convert("L")).mode == "L"


def test_transforms_are_modules():
    jitter, normalize = T.ColorJitter(0.1), T.Normalize([0.5], [0.5])
    model = mg.nn.Sequential(T.RandomGrayscale(0.5), jitter, normalize)
    assert model(mg.from_numpy(IMAGES)).shape == IMAGES.shape
    assert list(model.parameters()) == []
    assert list(model.state_dict()) == []
    for copied in (copy.deepcopy(normalize), pickle.loads(pickle.dumps(normalize))):
        assert copied.mean == [0.5]
        np.testing.assert_array_equal(copied(mg.zeros(1, 2, 2)).numpy(), -np.ones((1, 2, 2)))
    assert repr(normalize) == "Normalize(mean=[0.5], std=[0.5], inplace=False)"
    assert repr(T.RandomGrayscale()) == "RandomGrayscale(p=0.1)"
