"""Calls that fit their plan take a shortcut past Python, and leave it when anything that they depend on changes."""

import random
import threading

import mocrograd as mg
import numpy as np
import pytest
from compiler.frozen_table import ROWS
from compiler.networks import batches, network, same_bits, step_of
from compiler.test_frozen import X, restore  # the rows that the import adds to the table, and a fixture
from mocrograd import nn

__all__ = ["restore"]
WARM = 6


def repeated(row, compiled):
    """Results of a row's function, called several times after each change."""
    random.seed(0)
    np.random.seed(0)
    mg.manual_seed(0)
    function, change = ROWS[row]()
    if compiled:
        function = mg.compile(function)
    found = []
    for k in range(4):
        change(k)
        for _ in range(WARM):
            out = function(X)
            found.append([t.clone() for t in (out if isinstance(out, list) else [out])])
    return found


@pytest.mark.parametrize("row", ROWS)
def test_a_shortcut_is_left_where_something_changes(row):
    expected = repeated(row, compiled=False)
    got = repeated(row, compiled=True)
    for k, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        assert all(map(same_bits, ours, theirs)), (k, ours, theirs)


def trained(change, compiled, make=None):
    """Losses and parameters of a small network's steps, with a change after each few of them."""
    model = network(6, 5, 4)
    optimizer = (make or (lambda params: mg.optim.SGD(params, lr=0.1, momentum=0.5)))(model.parameters())
    function = step_of(model, optimizer)
    step = mg.compile(function) if compiled else function
    rng = np.random.default_rng(0)
    kept, taken = [], 0
    for k in range(8 * WARM):
        if k % WARM == WARM - 1:
            change(k // WARM, model, optimizer)
        x, y = mg.tensor(rng.normal(size=(7, 6)).astype("f4")), mg.tensor(rng.integers(0, 4, 7))
        taken += compiled and step._shortcut is not None
        loss = step(x, y)
        kept.append([tensor.detach().clone() for tensor in (loss, *model.parameters())])
        kept[-1] += [p.grad.clone() for p in model.parameters() if p.grad is not None]
    return kept, taken


def set_rate(k, model, optimizer):
    optimizer.param_groups[0]["lr"] = 0.1 / (k + 1)


def set_rate_by_a_hot_loop(k, model, optimizer):
    group = optimizer.param_groups[0]
    for rate in np.linspace(0.5, 0.01 * (k + 1), 200).tolist():
        group["lr"] = rate


def change_a_tensor_of_rate(k, model, optimizer):
    group = optimizer.param_groups[0]
    if k == 0:
        group["lr"] = mg.tensor(0.1)
    else:
        group["lr"].mul_(0.5)


def set_decay(k, model, optimizer):
    optimizer.param_groups[0]["weight_decay"] = (0.0, 0.1, 0.2, 0.0)[k % 4]


def freeze(k, model, optimizer):
    model[0].weight.requires_grad_(k % 2 == 1)
    if k % 2 == 0:
        model[0].weight.grad = mg.ones_like(model[0].weight)


def put_other_memory(k, model, optimizer):
    model[0].weight.data = model[0].weight.detach().clone() * 0.5


def load(k, model, optimizer):
    model.load_state_dict({name: value * 0.9 for name, value in model.state_dict().items()})


def put_another_layer(k, model, optimizer):
    model[1] = (nn.ReLU, nn.Tanh)[k % 2]()


def set_an_attribute_by_a_hot_loop(k, model, optimizer):
    for number in range(300):
        model.number = number
    model.train(k % 2 == 0)


def hold_gradients(k, model, optimizer):
    held = [p.grad for p in model.parameters()]
    assert all(grad.isfinite().all() for grad in held)
    model.held = held[: k % 3]


def put_another_gradient(k, model, optimizer):
    model[0].weight.grad = mg.zeros_like(model[0].weight)


CHANGES = [
    set_rate, set_rate_by_a_hot_loop, change_a_tensor_of_rate, set_decay, freeze, put_other_memory, load,
    put_another_layer, set_an_attribute_by_a_hot_loop, hold_gradients, put_another_gradient,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("make", [None, lambda params: mg.optim.AdamW(params, lr=0.01)], ids=["SGD", "AdamW"])
def test_training_goes_on_as_it_would_eagerly(change, make):
    expected, _ = trained(change, False, make)
    got, taken = trained(change, True, make)
    for k, (ours, theirs) in enumerate(zip(got, expected, strict=True)):
        assert all(map(same_bits, ours, theirs)), k
    assert taken > WARM


def test_training_takes_the_shortcut_and_gives_new_results():
    model = network(6, 5, 4)
    optimizer = mg.optim.SGD(model.parameters(), lr=0.1)
    step = mg.compile(step_of(model, optimizer))
    losses = []
    for x, y in batches(12, 7, 6, 4):
        losses.append(step(x, y))
    assert step._shortcut is not None
    assert len({loss.address for loss in losses}) == len(losses)
    assert len({loss.item() for loss in losses}) == len(losses)
    optimizer.param_groups[0]["lr"] = 0.0
    before = [p.detach().clone() for p in model.parameters()]
    step(x, y)
    assert all(map(same_bits, before, model.parameters()))


def test_a_gradient_that_somebody_holds_keeps_its_values():
    model = network(6, 5, 4)
    step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
    given = batches(30, 7, 6, 4)
    for x, y in given[:6]:
        step(x, y)
    assert step._shortcut is not None
    held = [model[0].weight.grad, model[2].weight.grad.view(-1)]
    values = [grad.clone() for grad in held]
    for x, y in given[6:]:
        step(x, y)
    assert all(map(same_bits, held, values))
    assert step._shortcut is not None


def test_an_argument_over_memory_of_the_plan_is_seen():
    weight, scale = nn.Parameter(mg.arange(6.0)), mg.ones(6)

    @mg.no_grad()
    def function(x):
        weight.mul_(2)
        scale.add_(x)
        return (x + weight).sum()

    step = mg.compile(function)
    for _ in range(6):
        step(mg.ones(6))
    assert step._shortcut is not None
    with mg.no_grad():
        expected = (4 * weight).sum().item()
        assert step(weight.detach()).item() == expected
        assert step(weight.detach()[:]).item() == 2 * expected


@pytest.mark.parametrize("switch", [mg.no_grad, lambda: mg.kernels("original"), lambda: mg.autograd.detect_anomaly()])
def test_a_setting_is_seen(switch):
    weight = nn.Parameter(mg.ones(3))

    def function(x):
        y = (x * weight).sum()
        return mg.ones(2) * (1.0 if y.requires_grad else 2.0)

    step = mg.compile(function)
    for _ in range(6):
        assert step(mg.ones(3)).tolist() == [1, 1]
    assert step._shortcut is not None
    with switch():
        for _ in range(6):
            assert step(mg.ones(3)).tolist() == ([2, 2] if switch is mg.no_grad else [1, 1])
    assert step(mg.ones(3)).tolist() == [1, 1]


def test_a_failing_kernel_raises_and_leaves_the_plan_usable():
    model = network(6, 5, 4)
    step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
    given = batches(8, 7, 6, 4)
    for x, y in given:
        step(x, y)
    assert step._shortcut is not None
    before = [p.detach().clone() for p in model.parameters()]
    with pytest.raises(IndexError):
        step(x, mg.full_like(y, 99))
    assert all(map(same_bits, before, model.parameters()))
    assert step(x, y).isfinite()


def test_threads_do_not_share_a_run():
    weight = mg.ones(512, 512) / 512
    step = mg.compile(lambda x: ((x @ weight) @ weight) @ weight)
    x = mg.ones(512, 512)
    expected = [step(x * k) for k in range(1, 5)]
    expected = [step(x * k).clone() for k in range(1, 5)]
    wrong = []

    def work(k):
        for _ in range(20):
            if not same_bits(step(x * k), expected[k - 1]):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "dtype", [mg.float64, mg.float32, mg.float16, mg.bfloat16, mg.int64, mg.int32, mg.int8, mg.bool]
)
def test_item_reads_each_dtype(dtype):
    x = mg.tensor([0, 1, 0]).to(dtype)
    assert x[1].item() == 1
    assert type(x[1].item()) is type(x.tolist()[1])
    with pytest.raises(RuntimeError, match="3 elements"):
        x.item()
    with pytest.raises(AttributeError):
        mg.Tensor.item(5)


def test_a_gradient_that_the_function_drops_is_dropped_each_time():
    weight, frozen = nn.Parameter(mg.ones(3)), nn.Parameter(mg.ones(3), requires_grad=False)
    optimizer = mg.optim.SGD([weight, frozen], lr=0.1)

    def function(x):
        optimizer.zero_grad()
        return x + weight.detach() + frozen

    step = mg.compile(function)
    for _ in range(12):
        weight.grad, frozen.grad = mg.ones(3), mg.ones(3)
        step(mg.ones(3))
        assert weight.grad is None
        assert frozen.grad is None
    assert len(step.plans) == 1
