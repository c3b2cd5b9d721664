"""Classes and modes that override functions, over torch and over the library."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "overrides_program.py"


def found(*command):
    done = subprocess.run([sys.executable, "-W", "ignore", *command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def close(got, wanted):
    """Compares two reports, floats up to rounding."""
    if isinstance(wanted, float):
        return got == pytest.approx(wanted, rel=1e-5)
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(map(close, got, wanted))
    if isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(close(got[name], wanted[name]) for name in wanted)
    return got == wanted


def test_overrides_as_in_torch():
    pytest.importorskip("torch")
    ours, theirs = found("-m", "mocrograd", "run", str(PROGRAM)), found(str(PROGRAM))
    assert ours.keys() == theirs.keys()
    for name, wanted in theirs.items():
        assert close(ours[name], wanted), f"{name}: got {ours[name]}, wanted {wanted}"


def run(text):
    return found("-c", "import json\nimport mocrograd as mg\nfrom mocrograd import overriding\n" + text)


def test_nothing_is_replaced_before_a_class_overrides():
    code = run("""
import inspect
before, signature = mg.add.__code__, str(inspect.signature(mg.add))
mg.nn.Parameter(mg.ones(2)) + 1, mg.nn.Buffer(mg.ones(2)) + 1
same = mg.add.__code__ is before
class Own(mg.Tensor): pass
print(json.dumps([same, mg.add.__code__ is before, str(inspect.signature(mg.add)) == signature]))
""")
    assert code == [True, False, True]


def test_gradients_pickles_and_copies_of_a_subclass():
    assert run("""
import copy, pickle, __main__
class Own(mg.Tensor): pass
x = mg.ones(3, requires_grad=True)
y = (x * 2).as_subclass(Own)
(y * y).sum().backward()
leaf = mg.ones(2).as_subclass(Own)
copies = copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))
print(json.dumps([x.grad.tolist(), [type(c).__name__ for c in copies], [c.tolist() for c in copies]]))
""") == [[8.0, 8.0, 8.0], ["Own", "Own"], [[1.0, 1.0], [1.0, 1.0]]]


def test_tensors_of_torch_itself_are_data():
    pytest.importorskip("torch")
    assert run("""
import torch
class Own(mg.Tensor): pass
print(json.dumps([mg.asarray(torch.ones(2)).tolist(), mg.from_dlpack(torch.ones(2)).tolist()]))
""") == [[1.0, 1.0], [1.0, 1.0]]


def test_threads_have_modes_of_their_own():
    assert run("""
import threading
from mocrograd.torch.overrides import BaseTorchFunctionMode
names = []
class Mode(BaseTorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        names.append(func.__name__)
        return super().__torch_function__(func, types, args, kwargs)
with Mode():
    other = threading.Thread(target=lambda: mg.exp(mg.ones(2)))
    other.start(); other.join()
    mg.sin(mg.ones(2))
print(json.dumps(names))
""") == ["ones", "sin"]


def test_compiled_steps_and_layers_keep_working():
    assert run("""
class Own(mg.Tensor): pass
@mg.compile
def step(x): return mg.relu(x) * 2 + 1
x = mg.tensor([-1.0, 2.0])
model = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU(), mg.nn.Linear(3, 1))
results = [step(x).tolist() for _ in range(4)]
optimizer = mg.optim.Adam(model.parameters())
model(x).sum().backward(); optimizer.step()
print(json.dumps([results, mg.func.vmap(mg.exp)(mg.zeros(2)).tolist(), mg.func.grad(lambda t: (t * t).sum())(x).tolist()]))
""") == [[[1.0, 5.0]] * 4, [1.0, 1.0], [-2.0, 4.0]]
