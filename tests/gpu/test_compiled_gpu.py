"""Compiled steps on the GPU: what they compute is what eager steps do, to the bit."""

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import nn

pytestmark = pytest.mark.gpu
F = nn.functional


def normal():
    return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 5)), (8, 12)


def convolutional():
    layers = nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5)
    return nn.Sequential(*layers), (4, 2, 6, 6)


def dropping():
    return nn.Sequential(nn.Linear(12, 16), nn.Dropout(0.5), nn.GELU(), nn.Linear(16, 5)), (8, 12)


def normalising():
    return nn.Sequential(nn.Linear(12, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 5)), (8, 12)


class Pooled(nn.Module):
    """A transformer's layer over tokens, of whose outputs the mean is classified."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(11, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(self.block(self.tokens(x.abs().mul(3).long() % 11)).mean(1))


def attending():
    return Pooled(), (3, 6)


def step_of(make, optimizer, compiled):
    """Return a training step, the parameters and the buffers that it changes, and the shape of a batch."""
    mg.manual_seed(4)
    model, shape = make()
    model.to("gpu")
    moves = optimizer(model.parameters())

    def step(x, y):
        moves.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        moves.step()
        return loss

    return (mg.compile(step) if compiled else step), model, shape


def losses_of(step, shape, steps=5):
    random = np.random.default_rng(3)
    found = []
    mg.manual_seed(9)
    for _ in range(steps):
        x = mg.tensor(random.normal(size=shape).astype(np.float32), device="gpu")
        y = mg.tensor(random.integers(0, 5, shape[0]), device="gpu")
        found.append(step(x, y).item())
    return found


def sgd(parameters):
    return mg.optim.SGD(parameters, lr=0.1, momentum=0.9, nesterov=True)


def adamw(parameters):
    return mg.optim.AdamW(parameters, lr=0.01)


def rmsprop(parameters):
    return mg.optim.RMSprop(parameters, lr=0.01)


CASES = [(normal, sgd), (convolutional, adamw), (attending, sgd), (dropping, rmsprop), (normalising, adamw)]


@pytest.mark.parametrize(("make", "optimizer"), CASES)
def test_a_compiled_step_has_the_bits_of_the_eager_one(make, optimizer):
    eager, like, shape = step_of(make, optimizer, compiled=False)
    expected = losses_of(eager, shape)
    step, model, shape = step_of(make, optimizer, compiled=True)
    assert losses_of(step, shape) == expected
    assert (step.reasons, len(step.plans)) == ([], 1)
    assert step.plan is not None
    assert str(step.plan.device) == "gpu:0"
    for (name, value), other in zip(model.state_dict().items(), like.state_dict().values(), strict=True):
        assert value.device.type == "gpu", name
        assert value.tolist() == other.tolist(), name
    for got, other in zip(model.parameters(), like.parameters(), strict=True):
        assert got.grad.tolist() == other.grad.tolist()


def test_options_of_an_optimizer_are_read_at_each_replay():
    results = []
    for compiled in (False, True):
        step, model, shape = step_of(normal, sgd, compiled)
        moves = step.function.__closure__ if compiled else step.__closure__
        optimizer = next(cell.cell_contents for cell in moves if isinstance(cell.cell_contents, mg.optim.SGD))
        losses_of(step, shape, 3)
        optimizer.param_groups[0]["lr"] = 0.01
        losses_of(step, shape, 2)
        results.append([p.tolist() for p in model.parameters()])
        assert not compiled or len(step.plans) == 1
    assert results[0] == results[1]


def test_gradients_that_somebody_holds_keep_their_values():
    step, model, shape = step_of(normal, sgd, compiled=True)
    losses_of(step, shape, 3)
    weight = next(model.parameters())
    held, values = weight.grad, weight.grad.tolist()
    losses_of(step, shape, 2)
    assert held.tolist() == values
    assert weight.grad is not held


def test_what_cannot_be_replayed_runs_eagerly_with_a_reason():
    host = mg.ones(3)

    @mg.compile
    def moves(x):
        return x + host.to("gpu")

    @mg.compile
    def reads(x):
        return x * x.sum().item()

    @mg.compile
    def returns_to_the_host(x):
        return (x + 1).cpu()

    for function, reason in (
        (moves, "from one device to another"),
        (reads, "on the host"),
        (returns_to_the_host, "from"),
    ):
        for value in (1.0, 2.0, 3.0):
            x = mg.full((3,), value, device="gpu")
            assert function(x).tolist() == function.function(x).tolist()
        assert len(function.plans) == 0
        assert reason in function.reasons[0]


def test_numbers_that_python_wrote_are_the_same_at_each_replay():
    @mg.compile
    def scaled(x):
        return x * mg.tensor([1.0, 2.0, 3.0], device="gpu") + mg.arange(3, device="gpu")

    for value in (1.0, 2.0, 3.0, 4.0):
        assert scaled(mg.full((3,), value, device="gpu")).tolist() == [value, 2 * value + 1, 3 * value + 2]
    assert (scaled.reasons, len(scaled.plans)) == ([], 1)


def test_arguments_that_a_step_changes_change():
    @mg.compile
    def grown(x):
        x += 1
        return x * 2

    x = mg.zeros(4, device="gpu")
    for times in range(1, 5):
        assert grown(x).tolist() == [2 * times] * 4
        assert x.tolist() == [times] * 4
    assert len(grown.plans) == 1


def test_a_plan_is_not_generated_for_a_gpu():
    @mg.compile(generate=True)
    def twice(x):
        return x * 2

    for _ in range(3):
        assert twice(mg.ones(3, device="gpu")).tolist() == [2, 2, 2]
    with pytest.raises(NotImplementedError, match="CPU alone"):
        twice.plan.generate()
    assert "mul.forward.float32" in twice.plan.explain()
