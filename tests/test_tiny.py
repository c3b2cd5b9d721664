"""The first thing to run: exact values in seconds, with nothing but mocrograd."""

import mocrograd as mg
import pytest


def test_arithmetic(implementation):
    a, b = mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([10.0, 20.0])
    assert (a + b).tolist() == [[11.0, 22.0], [13.0, 24.0]]
    assert (b - a).tolist() == [[9.0, 18.0], [7.0, 16.0]]
    assert (a * 2).tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert (b / a).tolist() == [[10.0, 10.0], [10.0 / 3, 5.0]] or (b / a)[1, 0].item() == pytest.approx(10 / 3)
    assert (a**2).tolist() == [[1.0, 4.0], [9.0, 16.0]]
    assert (-a).abs().tolist() == a.tolist()


def test_matmul(implementation):
    a, b = mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([[5.0, 6.0], [7.0, 8.0]])
    assert (a @ b).tolist() == [[19.0, 22.0], [43.0, 50.0]]
    assert (a.T @ b).tolist() == [[26.0, 30.0], [38.0, 44.0]]
    assert (a @ b.T).tolist() == [[17.0, 23.0], [39.0, 53.0]]
    assert (a @ mg.tensor([1.0, -1.0])).tolist() == [-1.0, -1.0]


def test_reductions(implementation):
    a = mg.tensor([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]])
    assert a.sum().item() == 21.0
    assert a.sum(0).tolist() == [5.0, 7.0, 9.0]
    assert a.mean(1, keepdim=True).tolist() == [[3.0], [4.0]]
    assert a.max().item() == 6.0
    values, indices = a.max(1)
    assert (values.tolist(), indices.tolist()) == ([5.0, 6.0], [1, 2])
    assert a.argmin(0).tolist() == [0, 1, 0]
    assert (a > 2).all(0).tolist() == [False, False, True]


def test_views_and_indices():
    a = mg.arange(6).reshape(2, 3)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert a.T.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert a[1].tolist() == [3, 4, 5]
    assert a[:, ::2].tolist() == [[0, 2], [3, 5]]
    assert a[a > 2].tolist() == [3, 4, 5]
    assert a[mg.tensor([1, 0, -1])].tolist() == [[3, 4, 5], [0, 1, 2], [3, 4, 5]]
    assert mg.cat([a, a[:1]]).shape == (3, 3)
    assert mg.stack([a, a]).shape == (2, 2, 3)
    a[0] = 9
    assert a.tolist() == [[9, 9, 9], [3, 4, 5]]


def test_a_gradient_by_hand(implementation):
    x = mg.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = (x.relu() * x + 2).sum()
    assert y.item() == 16.0
    y.backward()
    assert x.grad.tolist() == [2.0, 0.0, 6.0]


def test_matmul_gradients(implementation):
    a = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    b = mg.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    (a @ b).sum().backward()
    assert a.grad.tolist() == [[11.0, 15.0], [11.0, 15.0]]
    assert b.grad.tolist() == [[4.0, 4.0], [6.0, 6.0]]


def test_cross_entropy(implementation):
    x = mg.zeros(2, 4, requires_grad=True)
    loss = mg.nn.functional.cross_entropy(x, mg.tensor([0, 3]))
    assert loss.item() == pytest.approx(1.3862944)
    loss.backward()
    assert x.grad.tolist() == [[-0.375, 0.125, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]]


def test_three_steps_of_descent(implementation):
    w = mg.tensor([4.0], requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=0.25)
    seen = []
    for _ in range(3):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
        seen.append(w.item())
    assert seen == [2.0, 1.0, 0.5]


def test_accuracy_as_users_write_it():
    logits, target = mg.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0]]), mg.tensor([0, 1, 1])
    assert (logits.argmax(1) == target).float().mean().item() == pytest.approx(2 / 3)


def test_random_numbers_follow_the_seed():
    mg.manual_seed(3)
    first = mg.rand(5).tolist()
    mg.manual_seed(3)
    assert mg.rand(5).tolist() == first
    assert mg.rand(5).tolist() != first
