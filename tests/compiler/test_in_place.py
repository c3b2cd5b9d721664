"""Results of compiled pointwise calls that take the memory of operands read for the last time."""

import mocrograd as mg
import numpy as np
import pytest


def _values(*shape):
    return mg.from_numpy(np.random.default_rng(0).standard_normal(shape).astype(np.float32))


def _offsets(compiled, name):
    """Return where in the arena a pointwise call writes, and where it reads."""
    (plan,) = compiled.plans
    (call,) = [call for call in plan.calls if call.name.startswith(name)]
    written, *read = [plan.offsets.get(operand.block) for operand in call.operands]
    return written, read


def _compiled(function, *args):
    compiled = mg.compile(function)
    for _ in range(4):
        expected, found = function(*args), compiled(*args)
        assert np.array_equal(found.numpy(), expected.numpy(), equal_nan=True)
    return compiled


@pytest.mark.parametrize("rows", [1, 7, 33, 129])
def test_a_result_takes_the_place_of_an_operand(rows):
    compiled = _compiled(lambda x: (x @ x.t()).exp() @ x, _values(rows, 5))
    written, read = _offsets(compiled, "exp.")
    assert written in read


def test_an_operand_that_is_read_later_keeps_its_values():
    def function(x):
        y = x @ x.t()
        return (y.exp() @ x) + (y @ x)

    compiled = _compiled(function, _values(9, 5))
    written, read = _offsets(compiled, "exp.")
    assert written not in read


def test_an_operand_in_another_order_keeps_its_values():
    compiled = _compiled(lambda x: (x + (x @ x).cumsum(0).t()) @ x, _values(9, 9))
    written, read = _offsets(compiled, "add.")
    assert written not in read


def test_a_result_in_the_order_of_its_operand_takes_its_place():
    compiled = _compiled(lambda x: (x @ x.t()).cumsum(0).t().exp() @ x, _values(9, 5))
    written, read = _offsets(compiled, "exp.")
    assert written in read


def test_an_argument_keeps_its_values():
    x = _values(9, 9)
    before = x.tolist()
    compiled = _compiled(lambda x: x.exp() @ x, x)
    written, read = _offsets(compiled, "exp.")
    assert written not in read
    assert x.tolist() == before


def test_gradients_of_a_network_have_the_bits_of_the_eager_step():
    def build():
        mg.manual_seed(0)
        layers = mg.nn.Conv2d(1, 4, 3), mg.nn.ReLU(), mg.nn.Conv2d(4, 4, 3), mg.nn.GELU(), mg.nn.Flatten()
        network = mg.nn.Sequential(*layers, mg.nn.Linear(64, 3))
        optimizer = mg.optim.SGD(network.parameters(), lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = (network(x) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        return network, step

    (network, step), (other, compiled) = build(), build()
    compiled = mg.compile(compiled)
    x = _values(3, 1, 8, 8)
    for _ in range(5):
        assert compiled(x).item() == step(x).item()
    assert all(mg.equal(a, b) for a, b in zip(network.parameters(), other.parameters()))
