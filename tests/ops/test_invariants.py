"""Properties that hold for any shape and any index, found by search."""

import mocrograd as mg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

settings.register_profile("quick", max_examples=150, deadline=None, derandomize=True, database=None)
settings.load_profile("quick")

shapes = st.lists(st.integers(0, 6), max_size=4).map(tuple)


def filled(shape):
    return np.arange(1, np.prod(shape, dtype=int) + 1, dtype=np.float64).reshape(shape)


@st.composite
def indexed(draw):
    """A shape and an index that fits it."""
    shape = draw(shapes)
    parts = []
    for size in shape:
        kind = draw(st.sampled_from(["slice", "slice", "int", "none", "list"]))
        if kind == "none":
            parts.append(None)
            kind = "slice"
        if kind == "int" and size:
            parts.append(draw(st.integers(-size, size - 1)))
        elif kind == "list" and size:
            parts.append(np.array(draw(st.lists(st.integers(-size, size - 1), min_size=2, max_size=2))))
        else:
            bounds = st.none() | st.integers(-8, 8)
            parts.append(slice(draw(bounds), draw(bounds), draw(st.none() | st.integers(1, 3))))
    keep = draw(st.integers(0, len(parts)))
    parts = parts[:keep]
    if draw(st.booleans()):
        parts.append(...)
    if sum(isinstance(p, np.ndarray) for p in parts) and any(isinstance(p, int) for p in parts):
        parts = [slice(p, p + 1 or None) if isinstance(p, int) else p for p in parts]  # torch and NumPy differ there
    return shape, tuple(parts)


def to_ours(index):
    return tuple(mg.tensor(i) if isinstance(i, np.ndarray) else i for i in index)


@given(indexed())
def test_indexing_is_numpys(case):
    shape, index = case
    array = filled(shape)
    x = mg.tensor(array, requires_grad=True)
    got, expected = x[to_ours(index)], array[index]
    np.testing.assert_array_equal(got.detach().numpy(), expected)
    weights = filled(expected.shape) * 0.5
    got.backward(mg.tensor(weights))
    gradient = np.zeros(shape)
    np.add.at(gradient, index, weights)
    np.testing.assert_array_equal(x.grad.numpy(), gradient)


@given(indexed())
def test_setting_is_numpys(case):
    shape, index = case
    array = filled(shape)
    x = mg.tensor(array)
    array[index] = -1.0
    x[to_ours(index)] = -1.0
    np.testing.assert_array_equal(x.numpy(), array)


@st.composite
def broadcast_pair(draw):
    """Two shapes that broadcast."""
    full = draw(shapes)
    pair = []
    for _ in range(2):
        shape = tuple(1 if draw(st.booleans()) else n for n in full)
        pair.append(shape[draw(st.integers(0, len(shape))) :])
    return pair


@given(broadcast_pair(), st.sampled_from(["add", "sub", "mul", "maximum", "lt"]), st.booleans())
def test_broadcasting_is_numpys(pair, name, turned):
    a, b = map(filled, pair)
    if turned:
        a = np.asfortranarray(a)
    reference = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "maximum": np.maximum, "lt": np.less}[name]
    np.testing.assert_array_equal(getattr(mg, name)(mg.from_numpy(a), mg.from_numpy(b)).numpy(), reference(a, b))


@given(st.data())
def test_chains_of_views_are_numpys(data):
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple))
    array = filled(shape)
    x = leaf = mg.tensor(array, requires_grad=True)
    for _ in range(data.draw(st.integers(1, 5))):
        kind = data.draw(st.sampled_from(["permute", "reshape", "slice", "unsqueeze"]))
        if kind == "permute":
            order = data.draw(st.permutations(range(array.ndim)))
            x, array = x.permute(order), np.transpose(array, order)
        elif kind == "reshape":
            new = data.draw(st.sampled_from([(-1,), (1, -1), (array.shape[0], -1), (-1, array.shape[-1])]))
            x, array = x.reshape(new), array.reshape(new)
        elif kind == "slice":
            start = data.draw(st.integers(0, array.shape[0] - 1))
            step = data.draw(st.integers(1, 2))
            x, array = x[start::step], array[start::step]
        else:
            place = data.draw(st.integers(0, array.ndim))
            x, array = x.unsqueeze(place), np.expand_dims(array, place)
        np.testing.assert_array_equal(x.detach().numpy(), array)
    np.testing.assert_array_equal((x * 2).detach().contiguous().numpy(), array * 2)
    (x * x).sum().backward()
    expected = np.zeros(leaf.shape)
    expected.ravel()[array.ravel().astype(int) - 1] = 2 * array.ravel()
    np.testing.assert_array_equal(leaf.grad.numpy(), expected)


@given(shapes.filter(len), st.data())
def test_sums_over_any_dimensions_are_numpys(shape, data):
    dims = data.draw(st.sets(st.integers(0, len(shape) - 1), min_size=1).map(tuple))
    keepdim = data.draw(st.booleans())
    array = filled(shape)
    order = data.draw(st.permutations(range(len(shape))))
    strided = np.transpose(np.ascontiguousarray(np.transpose(array, order)), np.argsort(order))
    got = mg.from_numpy(strided).sum(dims, keepdim)
    np.testing.assert_array_equal(got.numpy(), array.sum(dims, keepdims=keepdim))
    if array.size:
        np.testing.assert_array_equal(mg.from_numpy(strided).amax(dims).numpy(), array.max(dims))


@given(st.tuples(*[st.integers(1, 40)] * 3), st.booleans(), st.booleans())
def test_products_of_any_size_are_numpys(sizes, turn_a, turn_b):
    m, k, n = sizes
    random = np.random.default_rng(m * 1600 + k * 40 + n)
    a, b = random.integers(-9, 9, (m, k)).astype(np.float32), random.integers(-9, 9, (k, n)).astype(np.float32)
    ours = [mg.from_numpy(np.asfortranarray(x) if turn else x) for x, turn in ((a, turn_a), (b, turn_b))]
    np.testing.assert_array_equal((ours[0] @ ours[1]).numpy(), a @ b)


@pytest.mark.parametrize("seed", range(6))
def test_any_numbers_print_as_in_torch(seed, torch):
    random = np.random.default_rng(seed)
    for _ in range(60):
        shape = tuple(random.integers(1, 12, random.integers(0, 3)))
        values = random.normal(size=shape) * 10.0 ** random.integers(-6, 9)
        if random.random() < 0.3:
            values = np.round(values)
        values = values.astype(np.float32)
        assert repr(mg.tensor(values)) == repr(torch.tensor(values))
        whole = random.integers(-(10**6), 10**6, shape)
        assert repr(mg.tensor(whole)) == repr(torch.tensor(whole))
