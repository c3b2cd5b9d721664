"""Transforms: tensors against loops and formulas of NumPy, batches against single images, Pillow's pictures."""

import colorsys
import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import transforms as T
from mocrograd.transforms import pixels

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (3, 9, 12), dtype=np.uint8)
FLOATS = (BYTES / 255).astype(np.float32)
MANY = RNG.random((64, 3, 8, 10)).astype(np.float32)


def image(array=FLOATS):
    return mg.from_numpy(array.copy())


def test_to_tensor():
    made = T.ToTensor()
    np.testing.assert_array_equal(made(image(BYTES)).numpy(), FLOATS)
    np.testing.assert_array_equal(made(BYTES.transpose(1, 2, 0)).numpy(), FLOATS)
    np.testing.assert_array_equal(made(BYTES[0]).numpy(), FLOATS[:1])
    assert made(np.array([[1.5]])).tolist() == [[[1.5]]]
    assert made(image(np.stack([BYTES] * 2))).shape == (2, 3, 9, 12)
    with pytest.raises(TypeError, match=r"pic should be PIL Image or ndarray. Got <class 'list'>"):
        made([1])
    with pytest.raises(ValueError, match=r"pic should be 2/3 dimensional. Got 1 dimensions"):
        made(BYTES[0, 0])


def test_normalize():
    made = T.Normalize((0.1, 0.2, 0.3), (0.5, 0.4, 2))
    wanted = (FLOATS - np.float32([0.1, 0.2, 0.3])[:, None, None]) / np.float32([0.5, 0.4, 2])[:, None, None]
    np.testing.assert_array_equal(made(image()).numpy(), wanted)
    np.testing.assert_array_equal(made(mg.stack([image()] * 2)).numpy(), np.stack([wanted] * 2))
    x = image()
    assert T.Normalize(0.5, 0.5, inplace=True)(x) is x
    np.testing.assert_allclose(x.numpy(), FLOATS * 2 - 1, atol=1e-6)
    for transform, x, kind, words in (
        (made, image(BYTES), TypeError, "float tensor"),
        (made, BYTES, TypeError, "Tensor Image"),
        (made, image()[:2], ValueError, "mean has 3 numbers, but there are 2 channels"),
        (T.Normalize(0, 0), image(), ValueError, "std evaluated to zero"),
        (made, image()[0], ValueError, r"\(..., C, H, W\)"),
    ):
        with pytest.raises(kind, match=words):
            transform(x)


def area(array, size):
    """Resize by a triangle as wide as a new pixel, in float64, pixel by pixel."""

    def weights(old, new):
        made = np.zeros((new, old))
        scale = old / new
        for row in range(new):
            for column in range(old):
                distance = abs(column + 0.5 - scale * (row + 0.5)) / max(scale, 1)
                made[row, column] = max(0, 1 - distance)
        return made / made.sum(1, keepdims=True)

    return weights(array.shape[-2], size[0]) @ array @ weights(array.shape[-1], size[1]).T


@pytest.mark.parametrize(
    ("size", "options", "wanted"),
    [((4, 5), {}, (4, 5)), (6, {}, (6, 8)), ([18], {}, (18, 24)), (6, {"max_size": 7}, (5, 7)), ((20, 3), {}, (20, 3))],
)
def test_resize(size, options, wanted):
    made = T.Resize(size, **options)(image())
    np.testing.assert_allclose(made.numpy(), area(FLOATS.astype(np.float64), wanted), atol=1e-5)
    whole = T.Resize(size, **options)(image(BYTES))
    assert whole.dtype is mg.uint8
    np.testing.assert_allclose(whole.numpy(), area(BYTES.astype(np.float64), wanted), atol=0.501)
    np.testing.assert_array_equal(T.Resize(size, **options)(mg.stack([image()] * 2))[1].numpy(), made.numpy())


def test_resize_in_other_ways():
    nearest = T.Resize((3, 24), T.InterpolationMode.NEAREST)(image(BYTES))
    np.testing.assert_array_equal(nearest.numpy(), BYTES[:, ::3].repeat(2, -1))
    exact = T.Resize((3, 4), T.InterpolationMode.NEAREST_EXACT)(image(BYTES))
    np.testing.assert_array_equal(exact.numpy(), BYTES[:, 1::3, 1::3])
    plain = T.Resize((3, 4), antialias=False)(image())
    np.testing.assert_allclose(plain.numpy(), FLOATS[:, 1::3, 1::3], atol=1e-6)
    flat = T.Resize((5, 7), T.InterpolationMode.BICUBIC)(mg.full((1, 9, 12), 0.25))
    np.testing.assert_allclose(flat.numpy(), 0.25, atol=1e-6)
    assert T.Resize((9, 12))(x := image()).equal(x)
    assert T.Resize(4, interpolation=0).interpolation is T.InterpolationMode.NEAREST


def test_center_crop():
    np.testing.assert_array_equal(T.CenterCrop(4)(image()).numpy(), FLOATS[:, 2:6, 4:8])
    np.testing.assert_array_equal(T.CenterCrop((3, 6))(image()).numpy(), FLOATS[:, 3:6, 3:9])
    wanted = np.pad(FLOATS, ((0, 0), (1, 2), (0, 0)))[:, :, 2:10]
    np.testing.assert_array_equal(T.CenterCrop((12, 8))(image()).numpy(), wanted)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_random_crop(mode):
    fill = {"constant_values": 0.5} if mode == "constant" else {}
    whole = np.pad(MANY, ((0, 0), (0, 0), (1, 1), (2, 2)), mode=mode, **fill)
    made = T.RandomCrop((6, 7), padding=(2, 1), fill=0.5, padding_mode=mode)(image(MANY)).numpy()
    places = set()
    for cut, full in zip(made, whole):
        found = [(i, j) for i in range(5) for j in range(8) if np.array_equal(full[:, i : i + 6, j : j + 7], cut)]
        assert found
        places.update(found)
    assert {i for i, _ in places} == set(range(5))
    assert {j for _, j in places} == set(range(8))


def test_random_crop_of_one_image_and_of_small_ones():
    mg.manual_seed(3)
    i, j = int(mg.randint(0, 6, (1,))), int(mg.randint(0, 8, (1,)))
    mg.manual_seed(3)
    np.testing.assert_array_equal(T.RandomCrop((4, 5))(image()).numpy(), FLOATS[:, i : i + 4, j : j + 5])
    assert T.RandomCrop((9, 12))(image()).equal(image())
    with pytest.raises(ValueError, match=r"Required crop size \(10, 12\) is larger than input image size \(9, 12\)"):
        T.RandomCrop((10, 12))(image())
    padded = T.RandomCrop((11, 12), pad_if_needed=True, fill=(1, 2, 3))(image())
    assert sorted({*padded[1].reshape(-1).tolist()} - {*FLOATS[1].ravel().tolist()}) == [2]


def test_flips():
    assert T.RandomHorizontalFlip(0)(image()).equal(image())
    np.testing.assert_array_equal(T.RandomHorizontalFlip(1)(image()).numpy(), FLOATS[..., ::-1])
    mg.manual_seed(1)
    turned = mg.rand(64).numpy() < 0.3
    assert 0 < turned.sum() < 64
    mg.manual_seed(1)
    made = T.RandomHorizontalFlip(0.3)(image(MANY)).numpy()
    np.testing.assert_array_equal(made, np.where(turned[:, None, None, None], MANY[..., ::-1], MANY))
    mg.manual_seed(1)
    assert np.array_equal(T.RandomHorizontalFlip(0.3)(image()).numpy(), FLOATS) == (not turned[0])


def turned(array, angle, center, fill):
    """Turn an image by taking for each pixel the nearest one to where it comes from."""
    height, width = array.shape[-2:]
    x0, y0 = (width / 2, height / 2) if center is None else center
    made = np.empty(array.shape)
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5 - x0, row + 0.5 - y0
            i, j = math.floor(y0 + sine * x + cosine * y), math.floor(x0 + cosine * x - sine * y)
            inside = 0 <= i < height and 0 <= j < width
            made[:, row, column] = array[:, i, j] if inside else fill
    return made


@pytest.mark.parametrize("center", [None, (3, 4)])
@pytest.mark.parametrize("angle", [17.3, -121.7, 203.9])
def test_rotation(angle, center):
    for array, fill in ((FLOATS, [0.25, 0.5, 1]), (BYTES, 9)):
        made = T.RandomRotation((angle, angle), center=center, fill=fill)(image(array))
        np.testing.assert_array_equal(made.numpy(), turned(array, angle, center, fill))


def test_rotation_in_other_ways():
    upright = T.RandomRotation((90, 90), expand=True)(image(FLOATS[:, :8, :8]))
    np.testing.assert_array_equal(upright.numpy(), np.rot90(FLOATS[:, :8, :8], axes=(1, 2)))
    larger = T.RandomRotation((40, 40), expand=True)(mg.ones(1, 10, 20)).numpy()
    assert larger.shape == (1, 22, 22)
    assert abs(larger.sum() - 200) < 5
    half = T.RandomRotation((180, 180), T.InterpolationMode.BILINEAR)(image())
    np.testing.assert_allclose(half.numpy(), FLOATS[:, ::-1, ::-1], atol=1e-5)
    mg.manual_seed(2)
    angles = mg.empty(4).uniform_(-40, 40).tolist()
    mg.manual_seed(2)
    made = T.RandomRotation(40)(image(MANY[:4])).numpy()
    for one, whole, angle in zip(made, MANY, angles):
        np.testing.assert_array_equal(one, turned(whole, angle, None, 0))
    with pytest.raises(ValueError, match="expand=True takes single images, got a batch of 4"):
        T.RandomRotation(40, expand=True)(image(MANY[:4]))


def factors(*values):
    return mg.tensor(values, dtype=mg.float32).reshape(-1, 1, 1, 1)


def test_colors_against_formulas():
    x = MANY[:2].astype(np.float64)
    gray = (x * np.array([0.2989, 0.587, 0.114])[:, None, None]).sum(1, keepdims=True)
    f = np.array([0.3, 1.7]).reshape(-1, 1, 1, 1)
    for name, other in (("brightness", 0), ("contrast", gray.mean((1, 2, 3), keepdims=True)), ("saturation", gray)):
        made = getattr(pixels, name)(image(MANY[:2]), factors(0.3, 1.7)).numpy()
        np.testing.assert_allclose(made, np.clip(f * x + (1 - f) * other, 0, 1), atol=1e-6)
    made = pixels.hue(image(MANY[:2]), factors(0.2, -0.4)).numpy()
    for one, whole, shift in zip(made, x, (0.2, -0.4)):
        for i in range(8):
            for j in range(10):
                h, s, v = colorsys.rgb_to_hsv(*whole[:, i, j])
                np.testing.assert_allclose(one[:, i, j], colorsys.hsv_to_rgb((h + shift) % 1, s, v), atol=1e-5)


def test_jitter():
    x = image(MANY[:6])
    assert T.ColorJitter()(x).equal(x)
    mg.manual_seed(5)
    order = mg.randperm(4).tolist()
    drawn = {"brightness": mg.empty(6).uniform_(0.5, 1.5), "hue": mg.empty(6).uniform_(-0.1, 0.1)}
    wanted = x
    for number in order:
        kind = ("brightness", "contrast", "saturation", "hue")[number]
        if kind in drawn:
            wanted = getattr(pixels, kind)(wanted, drawn[kind].reshape(-1, 1, 1, 1))
    mg.manual_seed(5)
    assert T.ColorJitter(brightness=0.5, hue=0.1)(x).equal(wanted)
    gray = image(MANY[:, :1])
    assert T.ColorJitter(saturation=(3, 3), hue=(0.2, 0.2))(gray).equal(gray)
    made = T.ColorJitter(0.4, 0.4, 0.4, 0.1)(image(BYTES))
    assert (made.dtype, made.shape) == (mg.uint8, (3, 9, 12))


def test_compose_and_lambda():
    made = T.Compose([T.ToTensor(), T.Lambda(lambda x: x * 2), T.CenterCrop(2)])
    np.testing.assert_array_equal(made(image(BYTES)).numpy(), 2 * FLOATS[:, 4:6, 5:7])
    assert not made.batched
    assert T.Compose([T.ToTensor(), T.CenterCrop(2)]).batched
    assert repr(T.Compose([T.CenterCrop(2)])) == "Compose(transforms=[CenterCrop(size=(2, 2))])"
    with pytest.raises(TypeError, match="Argument lambd should be callable"):
        T.Lambda(3)


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: T.Resize("big"), TypeError, "Size should be int or sequence"),
        (lambda: T.Resize((1, 2, 3)), ValueError, "1 or 2 positive values"),
        (lambda: T.Resize(0), ValueError, "1 or 2 positive values"),
        (lambda: T.Resize(5, max_size=5), ValueError, "max_size = 5 must be greater"),
        (lambda: T.Resize(5, interpolation="nearest"), TypeError, "should be an InterpolationMode, got str"),
        (lambda: T.Resize(5, interpolation=17), ValueError, "17"),
        (lambda: T.CenterCrop((1, 2, 3)), ValueError, "two positive dimensions"),
        (lambda: T.RandomCrop(2, padding=(1, 2, 3)), ValueError, "1, 2 or 4 of them"),
        (lambda: T.RandomCrop(2, padding_mode="wrap"), ValueError, "'wrap'"),
        (lambda: T.RandomHorizontalFlip(2), ValueError, "from 0 to 1, got 2"),
        (lambda: T.RandomRotation(-1), ValueError, "must be positive, got -1"),
        (lambda: T.RandomRotation((1, 2, 3)), ValueError, "degrees should be a sequence of length 2"),
        (lambda: T.ColorJitter(brightness=-1), ValueError, "must be non negative"),
        (lambda: T.ColorJitter(hue=0.6), ValueError, "hue values should be between"),
        (lambda: T.ColorJitter(contrast="much"), TypeError, "contrast should be a single number"),
        (lambda: T.ColorJitter(0.1)(mg.ones(2, 4, 4)), TypeError, "1 or 3, but found 2"),
        (lambda: T.CenterCrop(2)(mg.ones(4, 4)), TypeError, r"got shape \(4, 4\)"),
        (lambda: T.CenterCrop(2)([1]), TypeError, "should be a Tensor or a PIL Image, got list"),
        (lambda: T.RandomRotation(5, T.InterpolationMode.BICUBIC)(image()), ValueError, "NEAREST or BILINEAR"),
    ],
)  # fmt: skip
def test_bad_calls(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


def test_pictures():
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    picture = pillow.fromarray(BYTES.transpose(1, 2, 0))

    def array(transform, source=picture):
        return T.ToTensor()(transform(source)).numpy()

    np.testing.assert_array_equal(T.ToTensor()(picture).numpy(), FLOATS)
    assert T.ToTensor()(picture.convert("1")).unique().tolist() == [0, 1]
    np.testing.assert_array_equal(array(T.RandomHorizontalFlip(1)), FLOATS[..., ::-1])
    np.testing.assert_array_equal(array(T.CenterCrop(4)), FLOATS[:, 2:6, 4:8])
    np.testing.assert_array_equal(array(T.CenterCrop((12, 8))), np.pad(FLOATS, ((0, 0), (1, 2), (0, 0)))[:, :, 2:10])
    np.testing.assert_allclose(array(T.Resize(6)), area(FLOATS.astype(np.float64), (6, 8)), atol=0.005)
    np.testing.assert_array_equal(array(T.RandomRotation((90, 90), expand=True)), np.rot90(FLOATS, axes=(1, 2)))
    jitter = array(T.ColorJitter((0.5, 0.5)))
    np.testing.assert_allclose(jitter, FLOATS / 2, atol=0.005)
    assert array(T.ColorJitter(0.3, 0.3, 0.3, 0.2)).shape == FLOATS.shape
    for mode in ("constant", "edge", "reflect", "symmetric"):
        for source in (picture, picture.convert("L")):
            mg.manual_seed(4)
            one = array(T.RandomCrop((10, 11), 2, padding_mode=mode), source)
            mg.manual_seed(4)
            np.testing.assert_array_equal(
                one, T.RandomCrop((10, 11), 2, padding_mode=mode)(T.ToTensor()(source)).numpy()
            )
    with pytest.raises(ValueError, match="fill has 2 numbers, but the picture has 3 channels"):
        T.RandomRotation(3, fill=(1, 2))(picture)
