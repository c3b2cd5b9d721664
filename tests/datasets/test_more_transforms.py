"""Transforms of parts, of types and of chance, and the functions, against NumPy and Pillow."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import transforms as T
from mocrograd.transforms import functional as F
from mocrograd.transforms import pixels

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (3, 20, 30), dtype=np.uint8)
FLOATS = (BYTES / 255).astype(np.float32)


def image(array=FLOATS):
    return mg.from_numpy(array.copy())


def picture():
    return pytest.importorskip("PIL.Image").fromarray(BYTES.transpose(1, 2, 0))


def channels_first(made):
    return np.asarray(made).transpose(2, 0, 1)


def test_pictures_and_tensors():
    made = F.to_pil_image(image(BYTES))
    np.testing.assert_array_equal(channels_first(made), BYTES)
    np.testing.assert_array_equal(channels_first(F.to_pil_image(BYTES.transpose(1, 2, 0))), BYTES)
    np.testing.assert_array_equal(channels_first(F.to_pil_image(image())), (FLOATS * np.float32(255)).astype(np.uint8))
    assert F.to_pil_image(image(BYTES[:1])).mode == "L"
    assert F.to_pil_image(image(BYTES), "HSV").mode == "HSV"
    assert F.to_pil_image(image(FLOATS[0]), "F").getpixel((3, 2)) == FLOATS[0, 2, 3]
    np.testing.assert_array_equal(F.pil_to_tensor(picture()).numpy(), BYTES)
    assert F.pil_to_tensor(picture().convert("L")).shape == (1, 20, 30)


@pytest.mark.parametrize(
    ("given", "dtype", "wanted"),
    [
        (FLOATS, "uint8", (FLOATS * np.float32(255.999)).astype(np.uint8)),
        (BYTES, "float32", FLOATS),
        (BYTES, "float64", BYTES / 255),
        (BYTES, "int32", BYTES.astype(np.int32) * 2**23),
        (BYTES.astype(np.int32) * 2**23 + 77, "uint8", BYTES),
        (FLOATS, "float64", FLOATS.astype(np.float64)),
    ],
)
def test_types_of_numbers(given, dtype, wanted):
    made = F.convert_image_dtype(image(given), getattr(mg, dtype))
    assert made.dtype is getattr(mg, dtype)
    np.testing.assert_allclose(made.numpy(), wanted, rtol=1e-6)


def test_what_types_do_not_take():
    for given, dtype in ((FLOATS, mg.int32), (FLOATS.astype(np.float64), mg.int64)):
        with pytest.raises(RuntimeError, match="cannot be performed safely"):
            F.convert_image_dtype(image(given), dtype)


def test_functions_of_pixels():
    x, whole = image(), mg.stack([image()] * 2)
    for name, wanted in (("hflip", FLOATS[:, :, ::-1]), ("vflip", FLOATS[:, ::-1])):
        np.testing.assert_array_equal(getattr(F, name)(x).numpy(), wanted)
        np.testing.assert_array_equal(getattr(F, name)(whole)[1].numpy(), wanted)
        np.testing.assert_array_equal(
            channels_first(getattr(F, name)(picture())), (wanted * 255).round().astype(np.uint8)
        )
    np.testing.assert_array_equal(
        F.pad(x, [1, 2], 0.5).numpy(), np.pad(FLOATS, ((0, 0), (2, 2), (1, 1)), constant_values=0.5)
    )
    outside = np.pad(FLOATS, ((0, 0), (2, 0), (0, 13)))[:, :10, 3:43]
    np.testing.assert_array_equal(F.crop(x, -2, 3, 10, 40).numpy(), outside)
    np.testing.assert_array_equal(F.crop(whole, -2, 3, 10, 40)[0].numpy(), outside)
    np.testing.assert_array_equal(
        F.resized_crop(x, 2, 3, 10, 12, [5, 6]).numpy(), F.resize(image(FLOATS[:, 2:12, 3:15]), [5, 6]).numpy()
    )
    np.testing.assert_array_equal(F.center_crop(x, 4).numpy(), FLOATS[:, 8:12, 13:17])
    assert F.get_dimensions(x) == F.get_dimensions(picture()) == [3, 20, 30]
    assert F.get_image_size(BYTES.transpose(1, 2, 0)) == [30, 20]


def test_a_turn_without_a_fill_mixes_edges_once():
    ones = mg.ones(1, 9, 9)
    bare, filled = (F.rotate(ones, 30, T.InterpolationMode.BILINEAR, fill=fill) for fill in (None, 0))
    edge = (bare > 0.01) & (bare < 0.99)
    assert edge.any()
    np.testing.assert_allclose(filled[edge].numpy(), bare[edge].numpy() ** 2, atol=1e-6)


def test_functions_of_colours():
    x = image()
    np.testing.assert_allclose(F.adjust_brightness(x, 1.5).numpy(), np.clip(FLOATS * 1.5, 0, 1), atol=1e-6)
    gray = (0.2989 * FLOATS[0] + 0.587 * FLOATS[1] + 0.114 * FLOATS[2])[None]
    np.testing.assert_allclose(F.rgb_to_grayscale(x, 3).numpy(), np.repeat(gray, 3, 0), atol=1e-6)
    np.testing.assert_allclose(F.adjust_saturation(x, 0.0).numpy(), np.repeat(gray, 3, 0), atol=1e-6)
    np.testing.assert_allclose(F.adjust_contrast(x, 0.5).numpy(), FLOATS / 2 + gray.mean() / 2, atol=1e-5)
    np.testing.assert_allclose(F.adjust_hue(x, 0.0).numpy(), FLOATS, atol=1e-5)
    assert F.rgb_to_grayscale(picture(), 3).mode == "RGB"
    assert F.adjust_contrast(picture(), 1.5).size == (30, 20)
    with pytest.raises(ValueError, match=r"not in \[-0.5, 0.5\]"):
        F.adjust_hue(x, 0.6)


def test_filters_of_pictures():
    for name in ("BOX", "HAMMING", "LANCZOS"):
        mode = T.InterpolationMode[name]
        assert F.resize(picture(), [7, 9], mode).size == (9, 7)
        with pytest.raises(ValueError, match=f"{mode.value} is unsupported with Tensor input"):
            F.resize(image(), [7, 9], mode)


def test_parts_of_random_sizes():
    mg.manual_seed(0)
    rows = np.broadcast_to(np.arange(20, dtype=np.float32)[:, None], (1, 20, 30))
    crop = T.RandomResizedCrop((40, 40), scale=(0.2, 0.5), ratio=(0.5, 2))
    shares = []
    for _ in range(40):
        top, left, tall, wide = crop.get_params(image(), crop.scale, crop.ratio)
        assert 0 <= top <= 20 - tall
        assert 0 <= left <= 30 - wide
        shares.append(tall * wide / 600)
        assert 0.4 < wide / tall < 2.5
    assert 0.15 < min(shares) < 0.25
    assert 0.4 < max(shares) < 0.55
    made = crop(image(rows.copy()))
    assert made.shape == (1, 40, 40)
    assert float(made.max() - made.min()) < 19
    assert crop(picture()).size == (40, 40)
    assert T.RandomResizedCrop(8, (2.0, 3.0)).get_params(image(), (2.0, 3.0), (0.9, 1.1)) == (0, 4, 20, 22)
    assert not T.Compose([crop]).batched


def test_erasing():
    mg.manual_seed(1)
    x = mg.ones(2, 20, 20)
    made = T.RandomErasing(1.0, (0.1, 0.2), value=(3, 4))(x)
    assert float(x.sum()) == 800
    part = made[0] == 3
    assert 30 <= int(part.sum()) <= 90
    assert mg.equal(part, made[1] == 4)
    assert mg.equal(T.RandomErasing(0.0)(x), x)
    assert float(T.RandomErasing(1.0, value="random")(x).std()) > 0.01
    same = T.RandomErasing(1.0, inplace=True)
    assert same(x) is x
    with pytest.raises(ValueError, match=r"2 \(number of input channels\)"):
        T.RandomErasing(1.0, value=(1, 2, 3))(x)


def test_chances():
    mg.manual_seed(2)
    add, double = T.Lambda(lambda x: x + 1), T.Lambda(lambda x: x * 2)
    assert {T.RandomOrder([add, double])(3) for _ in range(20)} == {7, 8}
    assert {T.RandomChoice([add, double])(3) for _ in range(20)} == {4, 6}
    assert {T.RandomChoice([add, double], p=(0, 1))(3) for _ in range(20)} == {6}
    assert {T.RandomApply([add, double], 0.5)(3) for _ in range(20)} == {3, 8}
    assert T.RandomApply([add], 0.0)(3) == 3
    assert not T.RandomApply([T.Pad(1)]).batched


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: T.ToPILImage()([1]), TypeError, "Tensor or ndarray"),
        (lambda: T.ToPILImage()(mg.ones(2)), ValueError, "2/3 dimensional"),
        (lambda: T.ToPILImage()(mg.ones(5, 2, 2)), ValueError, "> 4 channels"),
        (lambda: T.PILToTensor()(mg.ones(2)), TypeError, "PIL Image"),
        (lambda: T.ConvertImageDtype(mg.uint8)(FLOATS), TypeError, "Tensor Image"),
        (lambda: T.Grayscale(2), ValueError, "either 1 or 3"),
        (lambda: T.Pad(1, padding_mode="round"), ValueError, "Padding mode"),
        (lambda: T.RandomResizedCrop(3, scale=1), TypeError, "Scale should be a sequence"),
        (lambda: T.RandomErasing(2), ValueError, "between 0 and 1"),
        (lambda: T.RandomErasing(value="x"), ValueError, "should be 'random'"),
        (lambda: T.RandomErasing(scale=(0, 2)), ValueError, "Scale should be between"),
        (lambda: T.RandomChoice([], 1), TypeError, "should be a sequence"),
    ],
)
def test_bad_calls(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


def test_vertical_flips_of_a_batch():
    mg.manual_seed(0)
    many = mg.stack([image()] * 30)
    made = T.RandomVerticalFlip()(many)
    turned = [bool((x == image(FLOATS[:, ::-1])).all()) for x in made]
    assert 5 < sum(turned) < 25
    assert all(bool((x == image()).all()) for x, up in zip(made, turned, strict=True) if not up)
    assert pixels.gray(many).shape == (30, 1, 20, 30)
