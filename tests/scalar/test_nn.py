"""Networks of values: their parts, their training, micrograd's names for their arguments, and its scripts."""

import random
import subprocess
import sys

import pytest
from mocrograd.scalar import MLP, Layer, Neuron, Value

SCRIPT = """
import random
from micrograd import Value, nn
from micrograd.engine import Value as Same
from micrograd.nn import MLP, Layer, Neuron
assert Value is Same
random.seed(1337)
n = nn.Neuron(2)
y = n([Value(1.0), Value(-2.0)])
model = MLP(nin=2, nouts=[4, 1])
print(len(model.parameters()), model)
"""


@pytest.fixture(autouse=True)
def _seed():
    random.seed(0)


def test_parts():
    neuron, layer, net = Neuron(3), Layer(3, 2), MLP(3, [4, 4, 1])
    assert [len(m.parameters()) for m in (neuron, layer, net)] == [4, 8, 41]
    assert repr(neuron) == "ReLUNeuron(3)"
    assert repr(Layer(1, 1, nonlin=False)) == "Layer of [LinearNeuron(1)]"
    assert isinstance(layer([1.0, 2.0, 3.0]), list)
    assert isinstance(net([1.0, 2.0, 3.0]), Value)
    assert [n.nonlin for layer in net.layers for n in layer.neurons] == [True] * 8 + [False]
    assert all(-1 <= w.data <= 1 for n in layer.neurons for w in n.w)
    assert neuron.b.data == 0


def test_micrograds_names_of_arguments():
    assert len(MLP(nin=2, nouts=[3, 1]).parameters()) == len(MLP(input_size=2, layer_sizes=[3, 1]).parameters()) == 13
    assert repr(Layer(nin=2, nout=1)) == repr(Layer(num_inputs=2, num_neurons=1))
    assert repr(Neuron(nin=2)) == repr(Neuron(input_size=2))
    for wrong in (Neuron, lambda: Layer(2), lambda: MLP(2, nin=2, nouts=[1])):
        with pytest.raises(TypeError, match="takes one of the arguments"):
            wrong()


def test_a_layer_of_one_neuron_may_stand_between_others():
    assert isinstance(MLP(2, [1, 3, 1])([1.0, 2.0]), Value)


def test_inputs_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3 inputs, got 2"):
        Neuron(3)([1.0, 2.0])


def test_training_learns_xor():
    net = MLP(2, [8, 1])
    examples = [((0.0, 0.0), -1), ((0.0, 1.0), 1), ((1.0, 0.0), 1), ((1.0, 1.0), -1)]
    for _ in range(200):
        loss = sum((net(x) - y) ** 2 for x, y in examples)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.05 * p.grad
    assert loss.data < 1e-2


def test_the_gradients_of_a_network_equal_torchs(torch):
    net = MLP(2, [5, 1])
    x, target = [0.5, -1.5], 0.7
    loss = (net(x) - target) ** 2
    loss.backward()
    layers = [torch.nn.Linear(2, 5).double(), torch.nn.Linear(5, 1).double()]
    with torch.no_grad():
        for ours, theirs in zip(net.layers, layers):
            theirs.weight[:] = torch.tensor([[w.data for w in n.w] for n in ours.neurons], dtype=torch.float64)
            theirs.bias[:] = torch.tensor([float(n.b.data) for n in ours.neurons], dtype=torch.float64)
    expected = (layers[1](layers[0](torch.tensor(x, dtype=torch.float64)).relu()) - target) ** 2
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-14)
    for ours, theirs in zip(net.layers, layers):
        for k, n in enumerate(ours.neurons):
            assert [w.grad for w in n.w] == pytest.approx(theirs.weight.grad[k].tolist(), rel=1e-12, abs=1e-14)
            assert n.b.grad == pytest.approx(theirs.bias.grad[k].item(), rel=1e-12, abs=1e-14)


def test_a_script_of_micrograd_runs(tmp_path):
    script = tmp_path / "uses_micrograd.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, "-m", "mocrograd", "run", str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("17 MLP of [Layer of [ReLUNeuron(2), ")
