"""Compiled functions of tensors that share memory."""

import mocrograd as mg
import numpy as np
import pytest

SHARED = {
    "parts of an array": lambda a: (mg.from_numpy(a[:-1]), mg.from_numpy(a[1:])),
    "parts of a part": lambda a: (mg.from_numpy(a[:4]), mg.from_numpy(a[1:][:4])),
    "parts of a buffer": lambda a: (
        mg.from_numpy(np.frombuffer(a.data)[:-1]),
        mg.from_numpy(np.frombuffer(a.data)[1:]),
    ),
    "parts of a tensor": lambda a: (mg.tensor(a)[:-1], mg.tensor(a)[1:]),
    "the same": lambda a: (mg.from_numpy(a),) * 2,
    "data": lambda a: (lambda x: (x[:-1], x.data[1:]))(mg.from_numpy(a)),
}


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED)
def test_compiled_arguments_that_share_memory(make):
    def step(x, y):
        x.add_(y)
        return y * 1

    compiled = mg.compile(step)
    for _ in range(4):
        expected, given = make(np.arange(6.0)), make(np.arange(6.0))
        assert compiled(*given).tolist() == step(*expected).tolist()
        assert [x.tolist() for x in given] == [x.tolist() for x in expected]


def test_a_compiled_argument_may_share_memory_with_what_is_captured():
    array = np.zeros(6)
    head = mg.from_numpy(array[:-1])
    weight = mg.ones(5, requires_grad=True)
    weight.grad = mg.zeros(5)

    def step(x):
        head.add_(x)
        weight.grad.add_(x)
        return x * 1

    compiled = mg.compile(step)
    for number in range(6):
        seen = []
        for function in (step, compiled):
            array[:] = np.arange(6.0)
            weight.grad.fill_(2)
            apart = number in (2, 3)
            x = mg.arange(1.0, 6.0) if apart else weight.grad if number == 5 else mg.from_numpy(array[1:])
            seen.append([function(x).tolist(), array.tolist(), weight.grad.tolist()])
        assert seen[0] == seen[1]
