"""torch's `_foreach_` functions against torch's."""

import mocrograd.torch as ours
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
NAMES = [name for name in dir(torch) if name.startswith("_foreach_") and name != "_foreach_powsum"]
OF_TWO = {"add", "sub", "mul", "div", "maximum", "minimum", "clamp_min", "clamp_max", "pow", "copy"}
OF_THREE = {"addcmul", "addcdiv", "lerp"}


def lists(m, seed, count=3):
    random = np.random.default_rng(seed)
    return [m.from_numpy(random.uniform(0.2, 0.8, (2, n + 1))) for n in range(count)]


def calls(name):
    plain = name.removeprefix("_foreach_").rstrip("_")
    if plain in OF_TWO:
        yield lambda m: (lists(m, 0), lists(m, 1))
        if plain != "copy":
            yield lambda m: (lists(m, 0), 0.5)
            yield lambda m: (lists(m, 0), [0.5, 1.5, 2.0])
    elif plain in OF_THREE:
        yield lambda m: (lists(m, 0), lists(m, 1), 0.25 if plain == "lerp" else lists(m, 2))
        yield lambda m: (lists(m, 0), lists(m, 1), lists(m, 2), *([] if plain == "lerp" else [0.5]))
        if plain != "lerp":
            yield lambda m: (lists(m, 0), lists(m, 1), lists(m, 2), [0.5, 1.0, 2.0])
    elif plain == "mm":
        yield lambda m: (lists(m, 0), [t.T for t in lists(m, 1)])
    else:
        yield lambda m: (lists(m, 0),)


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    for arguments in calls(name):
        mine, theirs = arguments(ours), arguments(torch)
        got, expected = getattr(ours, name)(*mine), getattr(torch, name)(*theirs)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, err_msg=name)


def test_lists_of_other_lengths():
    with pytest.raises(RuntimeError, match="same number of tensors"):
        ours._foreach_add(lists(ours, 0), lists(ours, 1, 2))
    with pytest.raises(AttributeError, match="_foreach_nothing"):
        _ = ours._foreach_nothing


def test_a_generator_tells_its_device():
    assert str(ours.Generator().device) == str(torch.Generator().device) == "cpu"
