"""What nn.functional has beyond the layers, and what holds for all its functions."""

import importlib
import inspect
import pickle
import pkgutil

import mocrograd as mg
import pytest
from mocrograd.nn import functional as F


def test_one_hot():
    rows = F.one_hot(mg.tensor([[0, 2], [1, 1]]))
    assert rows.tolist() == [[[1, 0, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]]]
    assert rows.dtype == mg.int64
    assert tuple(F.one_hot(mg.tensor([1]), 5).shape) == (1, 5)
    assert tuple(F.one_hot(mg.empty(0, dtype=mg.int64), 4).shape) == (0, 4)


@pytest.mark.parametrize("count", [5, 65])
def test_one_hot_of_many(count):
    classes = mg.arange(70_000).reshape(2, -1).T % 5
    rows = F.one_hot(classes, count)
    assert rows.stride() == (2 * count, count, 1)
    assert rows.dtype == mg.int64
    assert mg.equal(rows.argmax(-1), classes)
    assert rows.sum().item() == 70_000
    with pytest.raises(RuntimeError, match="got 4"):
        F.one_hot(classes, 4)


def test_one_hot_of_a_transposed_tensor_lies_in_rows():
    classes = mg.tensor([[0, 2], [1, 1], [3, 0]])
    rows = F.one_hot(classes.T, 4)
    assert rows.stride() == (12, 4, 1)
    assert mg.equal(rows, F.one_hot(classes, 4).transpose(0, 1))


@pytest.mark.parametrize(
    ("classes", "count", "words"),
    [
        ([0, 3], 3, "smaller than num_classes"),
        ([[0, 1], [3, 2]], 3, r"\(3\), got 3"),
        ([0, 1], -2, "smaller than num_classes"),
        ([-1, 0], -1, "non-negative"),
        ([[2, -1]], 3, "non-negative, got -1"),
        ([0.0], -1, "int64"),
    ],
)
def test_bad_one_hot(classes, count, words):
    with pytest.raises(RuntimeError, match=words):
        F.one_hot(mg.tensor(classes), count)


@pytest.mark.parametrize("count", [2.0, True])
def test_one_hot_counts_in_integers(count):
    with pytest.raises(TypeError):
        F.one_hot(mg.tensor([0, 1]), count)


def test_one_hot_of_nothing_needs_a_count():
    with pytest.raises(RuntimeError, match="empty tensor"):
        F.one_hot(mg.empty(0, dtype=mg.int64))


def test_a_divisor_that_is_no_integer_leaves_no_trace():
    with pytest.raises(TypeError):
        F.avg_pool2d(mg.ones(1, 1, 4, 4), 2, divisor_override=2.0)
    assert F.avg_pool2d(mg.ones(1, 1, 4, 4), 2, divisor_override=2).tolist() == [[[[2.0, 2.0], [2.0, 2.0]]]]


def test_linear_and_activations_are_the_ops():
    x = mg.tensor([[-1.0, 2.0]])
    assert F.linear(x, mg.ones(3, 2)).tolist() == [[1.0] * 3]
    assert F.relu(x).tolist() == [[0.0, 2.0]]
    assert F.tanh(mg.zeros(1)).tolist() == [0.0]
    assert F.sigmoid(mg.zeros(1)).tolist() == [0.5]


NAMES = [name for name, found in vars(F).items() if inspect.isfunction(found) and not name.startswith("_")]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_checked_and_pickled_by_a_name_that_leads_to_it(name):
    function = getattr(F, name)
    assert inspect.isfunction(function.__wrapped__)  # a call with wrong arguments is explained
    assert function.__module__.startswith("mocrograd.nn.functional")
    assert pickle.loads(pickle.dumps(function)) is function
    assert inspect.signature(function) == inspect.signature(function.__wrapped__)


def test_each_file_gives_what_it_names():
    files = [importlib.import_module(f"{F.__name__}.{m.name}") for m in pkgutil.iter_modules(F.__path__)]
    named = [(name, file) for file in files for name in getattr(file, "__all__", ())]
    assert len(named) > 90
    for name, file in named:
        assert getattr(F, name) is getattr(file, name)
    assert len({name for name, _ in named}) == len(named)
