"""Indices out of range on a GPU: told where it is waited for, by the operation's name and as the CPU's type of error."""

import contextlib

import mocrograd as mg
import pytest
from mocrograd import nn

pytestmark = pytest.mark.gpu
F = nn.functional


def zeros(*shape):
    return mg.zeros(*shape, requires_grad=True)


def index(*numbers):
    return mg.tensor(numbers)


def rows():
    return mg.zeros(3, 2)


BAD = {
    "cross_entropy": (lambda: F.cross_entropy(zeros(2, 3), index(0, 3)), "cross_entropy: Target 3"),
    "cross_entropy of long rows": (lambda: F.cross_entropy(zeros(2, 200), index(-1, 0)), "Target -1"),
    "cross_entropy in 16 bits": (lambda: F.cross_entropy(zeros(2, 3).bfloat16(), index(9, 1)), "Target 9"),
    "nll_loss": (lambda: F.nll_loss(zeros(2, 3), index(-5, 1), mg.ones(3)), "nll_loss: Target -5"),
    "embedding": (lambda: F.embedding(index(2, -1), zeros(3, 2)), "embedding: .* expected 0 to 2, got -1"),
    "embedding of nothing": (lambda: F.embedding(index(2, 3), zeros(3, 0)), "index out of range .* 0 to 2, got 3"),
    "embedding of max_norm": (lambda: F.embedding(index(7), rows(), max_norm=1.0), "embedding: .* got 7"),
    "embedding of integers": (lambda: F.embedding(index(7), rows().long()), "embedding: .* got 7"),
    "embedding_bag": (lambda: F.embedding_bag(index([0, 7]), zeros(3, 2)), "embedding_bag: .* 0 to 2, got 7"),
    "embedding_bag max": (lambda: F.embedding_bag(index([0, 7]), zeros(3, 2), mode="max"), "embedding_bag: .* got 7"),
    "embedding_bag of max_norm": (lambda: F.embedding_bag(index([7]), rows(), max_norm=1.0), "embedding_bag: .* got 7"),
    "embedding_bag below": (lambda: F.embedding_bag(index([-1]), rows(), max_norm=1.0), "embedding_bag: .* got -1"),
    "index_select": (lambda: zeros(3, 2).index_select(0, index(0, 3)), "index_select: index 3 .* with size 3"),
    "a list of indices": (lambda: zeros(3, 2)[index(0, -4)], "index: index -4 is out of bounds .* size 3"),
    "two lists": (lambda: zeros(3, 2)[index(0, 1), index(2, 0)], "index: index 2 .* size 2"),
    "a list that is written": (lambda: rows().__setitem__(index(3), 1.0), "index_put: index 3 .* size 3"),
    "index_put": (lambda: rows().index_put((index(3),), mg.ones(2)), "index_put: index 3 .* size 3"),
    "index_put added": (lambda: rows().index_put((index(3),), mg.ones(2), accumulate=True), "index_put: index 3"),
    "put": (lambda: rows().put(index(6), mg.ones(1)), "put: index 6 .* size 6"),
    "take": (lambda: zeros(3, 2).take(index(-7)), "take: index -7 .* size 6"),
    "take_along_dim": (lambda: mg.take_along_dim(zeros(3, 2), index(6)), "take_along_dim: index 6 .* size 6"),
    "gather": (lambda: zeros(3, 2).gather(0, index([0, 3])), "gather: index 3 .* size 3"),
    "scatter": (lambda: zeros(3, 2).scatter(0, index([0, 3]), 1.0), "scatter: index 3 .* size 3"),
    "scatter added": (lambda: zeros(3, 2).scatter(0, index([0, 3]), 1.0, reduce="add"), "scatter: index 3 .* size 3"),
    "scatter_add": (lambda: zeros(3, 2).scatter_add(0, index([-1, 1]), zeros(1, 2)), "scatter_add: index -1"),
    "index_add": (lambda: zeros(3, 2).index_add(0, index(3), zeros(1, 2)), "index_add: index 3 .* size 3"),
    "index_copy": (lambda: zeros(3, 2).index_copy(0, index(-4), zeros(1, 2)), "index_copy: index -4"),
    "index_fill": (lambda: zeros(3, 2).index_fill(0, index(-4), 1.0), "index_fill: index -4"),
    "scatter of nothing": (lambda: mg.zeros(0, 2).scatter(0, index([0, 1]), 1.0), "out of bounds .* size 0"),
    "index_reduce of nothing": (
        lambda: mg.zeros(0, 2).index_reduce(0, index(1), mg.ones(1, 2), "amax"),
        "index_reduce.* out of bounds .* size 0",
    ),
    "two lists of nothing": (lambda: mg.zeros(0, 2).index_put((index(0), index(1)), mg.ones(3)), "size 0"),
    "masked_scatter": (
        lambda: rows().masked_scatter(rows() == 0, mg.ones(4)),
        "masked_scatter: .* got 4 < [56] or more",
    ),
    "multi_margin_loss": (lambda: F.multi_margin_loss(rows(), index(0, 1, 2)), "multi_margin_loss: .* below 2, got 2"),
    "multilabel_margin_loss": (lambda: F.multilabel_margin_loss(rows(), index(*[[2, 0]] * 3)), "_loss: .* got 2"),
    "max_unpool1d": (lambda: F.max_unpool1d(zeros(1, 1, 2), index([[0, 4]]), 2), "max_unpool1d: .* 0 to 3, got 4"),
    **{
        f"scatter_reduce {how} {own}": (
            lambda how=how, own=own: rows().scatter_reduce(0, index([0, 3]), mg.ones(1, 2), how, include_self=own),
            "scatter_reduce: index 3 .* size 3",
        )
        for how in ("sum", "prod", "mean", "amax", "amin")
        for own in (True, False)
    },
    **{
        f"index_reduce {how} {own}": (
            lambda how=how, own=own: rows().index_reduce(0, index(3), mg.ones(1, 2), how, include_self=own),
            "index_reduce: index 3 .* size 3",
        )
        for how in ("prod", "mean", "amax", "amin")
        for own in (True, False)
    },
}


def type_on_the_cpu(name):
    with pytest.raises((IndexError, RuntimeError)) as told:
        BAD[name][0]()
    return told.type


@pytest.mark.parametrize("name", BAD)
def test_it_is_told_when_a_value_is_read(name, grid):
    call, words = BAD[name]
    kind, results = type_on_the_cpu(name), []

    def run():
        results.append(call())
        mg.cuda.synchronize()

    with mg.device("gpu"), pytest.raises(kind, match=words) as told:
        run()
    assert told.type is kind
    assert mg.ones(3, device="gpu").sum().item() == 3, "it was forgotten"
    for result in results:
        assert "met by gpu:0" in str(told.value)
        if result is not None and result.requires_grad:
            result.sum().backward()  # nothing outside of the tensors is touched
            with contextlib.suppress(IndexError, RuntimeError):  # gradients of some operations follow the index too
                mg.cuda.synchronize()


@pytest.mark.parametrize("name", ["index_reduce amax True", "take", "scatter added", "embedding_bag max"])
def test_a_compiled_step_tells_the_same(name):
    with mg.device("gpu"):
        table, at = mg.arange(6.0).reshape(3, 2), index(0)
        good, bad = mg.tensor([1]), mg.tensor([9])
    calls = {
        "take": lambda x, i: x.take(i),
        "scatter added": lambda x, i: x.scatter(0, i.reshape(1, 1), 1.0, reduce="add"),
        "index_reduce amax True": lambda x, i: x.index_reduce(0, i, x[:1] + 1, "amax"),
        "embedding_bag max": lambda x, i: F.embedding_bag(i.reshape(1, 1), x, mode="max"),
    }
    step = mg.compile(calls[name])
    for i in (at, good, at, good):
        step(table, i)
    assert len(step.plans) == 1
    step(table, bad)
    with pytest.raises(type_on_the_cpu(name), match=f"{BAD[name][1].partition(':')[0]}: .*9"):
        mg.cuda.synchronize()
