"""What nn.functional has beyond the layers."""

import mocrograd as mg
import pytest
from mocrograd.nn import functional as F


def test_one_hot():
    rows = F.one_hot(mg.tensor([[0, 2], [1, 1]]))
    assert rows.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]
    assert rows.dtype == mg.int64
    assert tuple(F.one_hot(mg.tensor([1]), 5).shape) == (1, 5)
    assert tuple(F.one_hot(mg.empty(0, dtype=mg.int64), 4).shape) == (0, 4)


@pytest.mark.parametrize(
    ("classes", "count", "words"),
    [
        ([0, 3], 3, "smaller than num_classes"),
        ([-1, 0], -1, "non-negative"),
        ([0.0], -1, "int64"),
    ],
)
def test_bad_one_hot(classes, count, words):
    with pytest.raises(RuntimeError, match=words):
        F.one_hot(mg.tensor(classes), count)


def test_one_hot_of_nothing_needs_a_count():
    with pytest.raises(RuntimeError, match="empty tensor"):
        F.one_hot(mg.empty(0, dtype=mg.int64))


def test_linear_and_activations_are_the_ops():
    x = mg.tensor([[-1.0, 2.0]])
    assert F.linear(x, mg.ones(3, 2)).tolist() == [[1.0] * 3]
    assert F.relu(x).tolist() == [[0.0, 2.0]]
    assert F.tanh(mg.zeros(1)).tolist() == [0.0]
    assert F.sigmoid(mg.zeros(1)).tolist() == [0.5]
