"""FakeData: the same random images and classes at every reading."""

import mocrograd as mg
import pytest
from mocrograd.datasets import FakeData
from mocrograd.transforms import ToTensor
from mocrograd.utils.data import DataLoader


def test_samples_are_random_and_stay():
    mg.manual_seed(3)
    state = mg.get_rng_state()
    data = FakeData(20, (3, 8, 6), 4, ToTensor())
    again, moved = FakeData(20, (3, 8, 6), 4, ToTensor()), FakeData(20, (3, 8, 6), 4, ToTensor(), random_offset=1)
    assert len(data) == 20
    for index in (0, 7, 19, -1):
        image, target = data[index]
        assert image.shape == (3, 8, 6)
        assert 0 <= float(image.min()) < 0.2
        assert 0.8 < float(image.max()) <= 1
        assert type(target) is int
        assert mg.equal(image, again[index][0])
        assert target == again[index][1]
    assert mg.equal(data[1][0], moved[0][0])
    assert not mg.equal(data[0][0], data[1][0])
    assert set(data.targets.tolist()) == {0, 1, 2, 3}
    assert mg.equal(mg.get_rng_state(), state)
    with pytest.raises(IndexError, match="index 20 is out of range for 20 samples"):
        data[20]


def test_a_loader_gathers_batches():
    data = FakeData(10, (1, 4, 4), 3, ToTensor())
    assert data.gathers
    batches = list(DataLoader(data, batch_size=4))
    assert [tuple(images.shape) for images, _ in batches] == [(4, 1, 4, 4), (4, 1, 4, 4), (2, 1, 4, 4)]
    assert mg.equal(batches[1][0][2], data[6][0])
    assert batches[1][1].tolist() == [data[index][1] for index in range(4, 8)]
