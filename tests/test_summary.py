"""mg.summary: shapes, parameters, operations and memory of a model's layers, and a model that stays as it was."""

import random
import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import backend, nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return x + self.act(self.norm(self.conv(x)))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.blocks = nn.Sequential(Block(), Block())
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4, 10)
        self.again = self.drop
        self.unused = nn.Linear(2, 2)
        self.unused.requires_grad_(False)

    def forward(self, x, scale=None):
        self.seen = x.shape
        x = self.drop(self.blocks(self.stem(x)).mean((2, 3)))
        return self.head(self.drop(x) if scale is None else x * scale)


def by_path(found):
    return {layer.path: layer for layer in found.layers}


def test_shapes_parameters_and_operations():
    found = mg.summary(Net(), (2, 1, 8, 8), verbose=0)
    layers = by_path(found)
    assert list(layers) == [
        "", "stem", "blocks", "blocks.0", "blocks.0.conv", "blocks.0.norm", "blocks.0.act", "blocks.1",
        "blocks.1.conv", "blocks.1.norm", "blocks.1.act", "drop", "head", "again", "unused",
    ]  # fmt: skip
    assert (layers["stem"].inputs, layers["stem"].outputs) == ([(2, 1, 8, 8)], [(2, 4, 8, 8)])
    assert (layers[""].inputs, layers[""].outputs) == ([(2, 1, 8, 8)], [(2, 10)])
    assert layers["blocks.0"].parameters == 4 * 4 * 9 + 4 + 8
    assert found.total_params == 36 + 2 * 156 + 50 + 6
    assert found.trainable_params == found.total_params - 6
    assert layers["head"].operations == 2 * 2 * 4 * 10
    assert layers["stem"].operations == 2 * 2 * 64 * 9 * 4
    assert layers["blocks"].operations == layers["blocks.0"].operations + layers["blocks.1"].operations
    assert layers["blocks.0.conv"].operations < layers["blocks.0"].operations
    assert found.total_operations == layers[""].operations == 2 * found.total_mult_adds
    assert (layers["drop"].calls, layers["unused"].calls, layers["again"].shared) == (2, 0, True)
    image = 2 * 4 * 64 * 4
    assert layers["blocks.0.act"].output_bytes == 0  # it is in place
    assert found.output_bytes == image + 2 * (image + image) + 2 * 10 * 4
    assert found.input_bytes == 2 * 64 * 4
    assert found.param_bytes == 4 * found.total_params
    assert found.buffer_bytes == 2 * (2 * 4 * 4 + 8)


def test_operations_are_those_that_a_profile_counts():
    model, x = Net().eval(), mg.ones(2, 1, 8, 8)
    with mg.no_grad(), mg.profile() as profile:
        model(x)
    found = mg.summary(model, input_data=x, verbose=0)
    assert found.total_operations == sum(event.flops for event in profile.events)
    with mg.profile() as profile:
        assert mg.summary(model, input_data=x, verbose=0).total_operations == found.total_operations
    assert profile.events


@pytest.mark.parametrize(
    ("layer", "size", "operations"),
    [
        (nn.Linear(5, 7), (3, 5), 2 * 3 * 5 * 7), (nn.Linear(5, 7), (2, 3, 5), 2 * 6 * 5 * 7),
        (nn.Conv1d(3, 6, 3, bias=False), (2, 3, 10), 2 * 2 * 8 * 6 * 3 * 3),
        (nn.Conv2d(4, 8, 3, stride=2, groups=2, bias=False), (1, 4, 9, 9), 2 * 16 * 8 * 2 * 9),
        (nn.Bilinear(2, 3, 4, bias=False), ((5, 2), (5, 3)), None), (nn.Flatten(), (2, 3, 4), 0),
    ],
)  # fmt: skip
def test_operations_by_hand(layer, size, operations):
    found = mg.summary(layer, size, verbose=0)
    if operations is not None:
        assert found.total_operations == operations
    assert found.total_operations == by_path(found)[""].operations


def test_a_shared_parameter_counts_once():
    model = nn.Sequential(nn.Embedding(6, 4), nn.Linear(4, 6, bias=False))
    model[1].weight = model[0].weight
    found = mg.summary(model, (2, 3), dtypes=[mg.int64], verbose=0)
    assert found.total_params == 24
    assert found.param_bytes == 96
    assert [layer.parameters for layer in found.layers] == [24, 24, 24]


def test_inputs():
    assert by_path(mg.summary(Net(), (1, 8, 8), batch_dim=0, verbose=0))[""].inputs == [(1, 1, 8, 8)]
    both = mg.summary(Net(), [(2, 1, 8, 8), (2, 4)], verbose=0)
    assert by_path(both)[""].inputs == [(2, 1, 8, 8), (2, 4)]
    assert by_path(both)["drop"].calls == 1
    named = mg.summary(Net(), input_data={"x": mg.ones(2, 1, 8, 8), "scale": mg.ones(1)}, verbose=0)
    assert by_path(named)[""].inputs == [(2, 1, 8, 8), (1,)]
    assert by_path(mg.summary(Net(), input_data=(mg.ones(2, 1, 8, 8), None), verbose=0))["drop"].calls == 2
    assert mg.summary(nn.Linear(2, 3).double(), (4, 2), dtypes=[mg.float64], verbose=0).output_bytes == 96
    rnn = mg.summary(nn.LSTM(3, 4), (5, 2, 3), verbose=0)
    assert rnn.layers[0].outputs == [(5, 2, 4), (1, 2, 4), (1, 2, 4)]
    without = mg.summary(Net(), verbose=0)
    assert without.total_operations is None
    assert without.total_mult_adds is None
    assert without.total_params == 404
    assert "Operations:" not in str(without)


def test_lazy_layers_stay_lazy():
    model = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
    found = mg.summary(model, (2, 7), verbose=0)
    assert found.total_params == 32 + 8
    assert found.layers[1].operations == 2 * 2 * 7 * 4
    assert type(model[0]) is nn.LazyLinear
    assert model[0].has_uninitialized_params()
    assert mg.summary(model, verbose=0).total_params == 0


def test_the_model_stays_as_it_was():
    model = Net()
    model.blocks[0].eval()
    model(mg.ones(2, 1, 8, 8)).sum().backward()
    calls = []
    handle = model.head.register_forward_hook(lambda *_: calls.append(1))

    def state():
        return {
            name: (value.tolist(), id(value), value._version)
            for name, value in model.state_dict(keep_vars=True).items()
        }

    before, grads = state(), {name: p.grad.tolist() for name, p in model.named_parameters() if p.grad is not None}
    modes = [module.training for module in model.modules()]
    hooks = {module: module._hooks for module in model.modules()}
    attributes = {module: dict(vars(module)) for module in model.modules()}
    states = mg.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())
    mg.summary(model, (3, 1, 8, 8), verbose=0)
    with pytest.raises(RuntimeError):
        mg.summary(model, (3, 2, 8, 8), verbose=0)
    position = backend.tape_start()
    backend.tape_stop(position)
    assert position == 0  # nobody listens any more
    assert state() == before
    assert {name: p.grad.tolist() for name, p in model.named_parameters() if p.grad is not None} == grads
    assert [module.training for module in model.modules()] == modes
    for module in model.modules():
        assert module._hooks is hooks[module]
        assert vars(module) == attributes[module]
    assert len(model.head._hooks.after) == 1
    assert len(model.head._hooks.before) == 0
    assert (mg.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())) == states
    assert calls == [1]
    handle.remove()


def test_a_forward_that_changes_state_does_not():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", mg.zeros(()))

        def forward(self, x):
            self.count += 1
            self.last = nn.functional.dropout(x, 0.5, training=True) + random.random() + np.random.rand()
            return self.last

    model = Counting()
    drawn = mg.get_rng_state().tolist()
    mg.summary(model, (2,), verbose=0)
    assert model.count.item() == 0
    assert not hasattr(model, "last")
    assert mg.get_rng_state().tolist() == drawn


def test_compiled_steps_go_on(monkeypatch):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
    step = mg.compile(lambda x: model(x))
    x = mg.ones(2, 3)
    for _ in range(3):
        expected = step(x).tolist()
    mg.summary(model, (2, 3), verbose=0)
    assert step(x).tolist() == expected


def test_errors():
    model = Net()
    model.blocks[0] = nn.Conv2d(4, 3, 1)
    with pytest.raises(
        RuntimeError, match=r"layer 'blocks.1.conv' \(Conv2d\) failed on inputs of shape \[2, 3, 8, 8\]"
    ):
        mg.summary(model, (2, 1, 8, 8), verbose=0)
    with pytest.raises(
        RuntimeError, match=r"layer '0' \(Embedding\) .* \[2\] \(float32\): .*expected indices of dtype"
    ):
        mg.summary(nn.Sequential(nn.Embedding(3, 2)), (2,), verbose=0)
    with pytest.raises(RuntimeError, match=r"the model \(Net\) failed"):
        mg.summary(Net(), [(2, 1, 8, 8), (3, 7)], verbose=0)
    for error, words, given in [
        (TypeError, "model must be a Module, got int", {"model": 3}),
        (TypeError, "a sequence of shapes, as input_size, got 3", {"input_size": 3}),
        (TypeError, "as input_size, got \\['a'\\]", {"input_size": ["a"]}),
        (TypeError, "as input_size", {"input_size": (2, -1)}),
        (ValueError, "got both", {"input_size": (2,), "input_data": mg.ones(2)}),
        (ValueError, "a dtype for each of 1 inputs, got 2", {"input_size": (2,), "dtypes": [mg.int64] * 2}),
        (ValueError, "column 'size' is none of input_size", {"col_names": ("size",)}),
        (ValueError, "verbose must be 0, 1 or 2, got 3", {"verbose": 3}),
        (ValueError, "depth must be an integer of at least 0", {"depth": -1}),
    ]:
        with pytest.raises(error, match=words):
            mg.summary(**{"model": nn.Linear(2, 2), "verbose": 0} | given)


def test_the_table(capsys):
    found = mg.summary(nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU())), (2, 3), verbose=1)
    rule = "=" * 67
    assert capsys.readouterr().out == f"{found}\n"
    assert str(found).splitlines() == [
        rule,
        "Layer             Input shape  Output shape  Parameters  Operations",
        rule,
        "Sequential        [2, 3]       [2, 4]                16          56",
        "├─ 0: Linear      [2, 3]       [2, 4]                16          48",
        "└─ 1: Sequential  [2, 4]       [2, 4]                --           8",
        "   └─ 0: ReLU     [2, 4]       [2, 4]                --           8",
        rule,
        "Parameters:        16 (16 trainable), 64 B",
        "Operations:        56 (28 mult-adds)",
        "Inputs:            24 B",
        "Outputs of layers: 64 B",
        "Together:          152 B",
        rule,
    ]
    assert repr(found) == str(found)


def test_columns_depth_and_weights():
    model = Net()
    names = ("kernel_size", "trainable", "params_percent", "mult_adds", "output_bytes", "num_params")
    text = str(mg.summary(model, (2, 1, 8, 8), depth=1, col_names=names, verbose=0))
    assert "conv" not in text
    line = next(line for line in text.splitlines() if "stem" in line)
    assert line.split()[3:] == ["[3,", "3]", "yes", "8.9%", "4,608", "2,048", "36"]
    assert next(line for line in text.splitlines() if "again" in line).split()[-1] == "(shared)"
    assert next(line for line in text.splitlines() if "unused" in line).split()[4] == "no"
    assert next(line for line in text.splitlines() if line.startswith("Net")).split()[2] == "partly"
    assert "drop: Dropout (2 calls)" in text
    assert "│  · weight [4, 1, 3, 3]" in str(mg.summary(model, depth=1, verbose=2))


def test_it_prints_where_nothing_shows_what_is_returned():
    code = "import mocrograd as mg\nmg.summary(mg.nn.Linear(2, 3), (4, 2))\n"
    for options, times in (([], 1), (["-i"], 1)):
        done = subprocess.run(
            [sys.executable, *options], input=code, capture_output=True, text=True, check=True, timeout=100
        )
        assert done.stdout.count("Linear") == times
