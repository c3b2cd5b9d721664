"""Where tensors are made: the default device, a device given as a number, and what stays on the host."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytestmark = pytest.mark.gpu


@pytest.fixture
def default(gpu):
    mg.set_default_device("gpu")
    yield gpu
    mg.set_default_device("cpu")


@pytest.mark.parametrize("make", [mg.tensor, mg.as_tensor, mg.asarray])
def test_data_goes_to_the_default_device(make, default):
    on_host = mg.ones(2, device="cpu")
    for data in ([1.0, 1.0], np.ones(2), on_host, on_host.to("gpu")):
        assert make(data).device is default
        assert make(data, device="cpu").device is mg.device("cpu")
    with mg.device("cpu"):
        assert make(on_host.to("gpu")).device is mg.device("cpu")


@pytest.mark.parametrize("make", [mg.tensor, mg.as_tensor, mg.asarray])
def test_a_tensor_stays_where_no_default_was_chosen(make, gpu):
    assert make(mg.ones(2, device="gpu")).device is gpu


@pytest.mark.parametrize(
    "make",
    [
        lambda x: mg.zeros_like(x, device=0),
        lambda x: mg.rand_like(x, device=0),
        lambda x: mg.tensor(x, device=0),
        lambda x: x.new_full((2,), 1.0, device=0),
        lambda x: x.new_tensor([1.0], device=0),
        lambda x: x.new_empty(2, device=0),
        lambda x: x.new_empty_strided((2,), (1,), device=0),
        lambda x: mg.nested.nested_tensor([x], layout=mg.jagged, device=0).values(),
        lambda x: mg.sparse_coo_tensor([[0]], [1.0], device=0).values(),
    ],
)
def test_the_number_0_is_a_gpu(make, gpu):
    assert make(mg.ones(2)).device is gpu


def test_what_stays_on_the_host(default):
    """As in torch: lengths of packed sequences, and states of random numbers."""
    packed = nn.utils.rnn.pack_sequence([mg.tensor([1.0]), mg.tensor([2.0, 3.0])], enforce_sorted=False)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    assert packed.batch_sizes.device == lengths.device == mg.get_rng_state().device == mg.device("cpu")
    assert padded.device is default
    assert (padded.tolist(), lengths.tolist()) == ([[1, 0], [2, 3]], [1, 2])


def test_lists_are_indices_of_any_tensor(default):
    x = mg.arange(6.0, device="cpu").reshape(3, 2)
    assert x[[2, 0]].tolist() == [[4, 5], [0, 1]]
    assert x[True].shape == (1, 3, 2)


def test_an_array_is_an_operand_on_the_host(default):
    host, array = mg.ones(2, 2, device="cpu", dtype=mg.float64), np.ones((2, 2))
    for call in (lambda x: x @ array, lambda x: x + array, lambda x: x**array, lambda x: mg.mul(x, array)):
        assert call(host).device is host.device
        with pytest.raises(RuntimeError, match="same device"):
            call(host.to("gpu"))


@pytest.mark.parametrize("count", [2.0, True])
def test_one_hot_counts_in_integers(count):
    with pytest.raises(TypeError, match="num_classes"):
        nn.functional.one_hot(mg.tensor([0, 1], device="gpu"), count)
