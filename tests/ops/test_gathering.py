"""Indices with an entry per element are checked piece by piece, right before they are followed."""

import mocrograd as mg
import pytest

ENTRIES = 5000
"""More than two pieces of an index."""
PLACES = (0, 2047, 2048, ENTRIES - 1)


def calls(index, dim):
    """Return calls that follow an index along a dimension of size 7."""
    shape = (7, *index.shape[1:]) if dim == 0 else (*index.shape[:-1], 7)
    x, source = mg.ones(*shape, requires_grad=True), mg.ones(*index.shape)
    return {
        "gather": lambda: mg.gather(x, dim, index),
        "scatter": lambda: mg.scatter(x, dim, index, source),
        "scatter_add": lambda: mg.scatter_add(x, dim, index, source),
        "amax": lambda: mg.scatter_reduce(x, dim, index, source, "amax"),
    }


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("entry", [7, -1, 2**62])
@pytest.mark.parametrize(("dim", "shape"), [(0, (ENTRIES,)), (1, (2, ENTRIES)), (0, (3, ENTRIES)), (0, (ENTRIES, 3))])
@pytest.mark.parametrize("workers", [1, 3])
def test_an_entry_outside_is_found_in_any_piece(dim, shape, entry, place, workers):
    index = mg.randint(0, 7, shape)
    with mg.kernels("fixed", workers):
        for name, call in calls(index, dim).items():
            expected = call().detach()
            kept = index.view(-1)[place].item()
            index.view(-1)[place] = entry
            with pytest.raises(RuntimeError, match="out of bounds"):
                call()
            index.view(-1)[place] = kept
            assert (call() == expected).all().item(), name


@pytest.mark.parametrize("workers", [1, 2])
def test_an_index_that_changed_after_forward_does_not_harm_backward(workers):
    x, index = mg.randn(4, 7, requires_grad=True), mg.randint(0, 7, (4, ENTRIES))
    with mg.kernels("fixed", workers):
        y = x.gather(1, index)
        with mg.no_grad():
            index.detach().numpy()[3, -1] = 7
        with pytest.raises(RuntimeError, match="out of bounds"):
            y.sum().backward()


def test_a_compiled_step_finds_an_entry_outside():
    x, index = mg.randn(4, 7), mg.randint(0, 7, (4, ENTRIES))
    step = mg.compile(lambda x, index: mg.gather(x, 1, index) * 2)
    expected = step(x, index).clone()
    assert (step(x, index) == expected).all().item()
    bad = index.clone()
    bad[2, 4000] = 9
    with pytest.raises(IndexError, match="out of range"):
        step(x, bad)
    assert (step(x, index) == expected).all().item()
