"""Scripts written for torch, run as they are."""

import subprocess
import sys

import pytest
from datasets.written import write_mnist

SCRIPT = """
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset
import torch.backends.cudnn as cudnn
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.batchnorm import _BatchNorm
import helper

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x):
        return F.log_softmax(self.layer(x), dim=1)

torch.manual_seed(1)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = torch.randn(40, 4)
data = TensorDataset(x, x[:, :3].argmax(axis=1))
model = Net().to(device)
optimizer = optim.Adam(model.parameters(), lr=0.1)
schedule = StepLR(optimizer, step_size=5)
for epoch in range(int(sys.argv[1])):
    for a, b in DataLoader(data, batch_size=10, shuffle=True):
        optimizer.zero_grad()
        loss = F.nll_loss(model(a.to(device)), b.to(device))
        loss.backward()
        optimizer.step()
    schedule.step()
assert loss.item() < 0.5
assert issubclass(nn.Conv2d, _ConvNd) and issubclass(nn.BatchNorm1d, torch.nn.modules.batchnorm._BatchNorm)
assert torch.nn.modules.linear.Linear is nn.Linear and _BatchNorm is torch.nn.modules.batchnorm._BatchNorm
assert isinstance(model.layer.weight, torch.Tensor)
print(torch.__name__, nn.__spec__.name, __name__, sys.argv[1:], helper.answer)
"""


def run(folder, *arguments):
    code = "import sys; from mocrograd.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_a_script_runs(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("import torch\nanswer = torch.ones(2).sum().item()\n")
    done = run(tmp_path, "script.py", "12", "--lr", "3")
    assert done.stderr == ""
    assert done.stdout == "mocrograd.torch mocrograd.nn __main__ ['12', '--lr', '3'] 2.0\n"


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (
            "import torch.nothing",
            "ModuleNotFoundError: No module named 'torch.nothing': torch 2.13.0, whose names mocrograd has, has no such",
        ),
        (
            "from torch import nothing",
            "cannot import name 'nothing' from 'torch': torch 2.13.0, whose names mocrograd has, has no such name",
        ),
        ("import torch\ntorch.ones(2) @ torch.ones(3)", "RuntimeError"),
        ("raise FileNotFoundError('no data')", "FileNotFoundError: no data"),
        ("open('nothing')", "FileNotFoundError: [Errno 2] No such file or directory: 'nothing'"),
    ],
)
def test_what_goes_wrong_in_a_script_is_shown(tmp_path, script, error):
    (tmp_path / "script.py").write_text(script + "\n")
    done = run(tmp_path, "script.py")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert error in done.stderr


def test_no_such_script(tmp_path):
    done = run(tmp_path, "nothing.py")
    assert done.returncode == 2
    assert done.stderr == "mocrograd: error: there is no file nothing.py\n"


def test_torch_itself_keeps_its_name():
    pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
    code = "import torch\nfrom mocrograd.compat import scripts\nscripts.install()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "torch has been imported already" in done.stderr


VISION = """
from importlib.util import find_spec
print(find_spec("torchvision"), find_spec("torch") is not None)
from torchvision import datasets, transforms
from torchvision.transforms import Compose, ToTensor
import mocrograd
assert datasets.MNIST is mocrograd.datasets.MNIST and transforms.Compose is Compose
train = datasets.MNIST("data", train=True, transform=Compose([ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]))
print(len(train), tuple(train[0][0].shape))
import torchvision.models, torchvision.nothing
"""


def test_a_script_with_data_of_torchvision(tmp_path):
    write_mnist(tmp_path / "data")
    (tmp_path / "script.py").write_text(VISION)
    done = run(tmp_path, "script.py")
    assert done.stdout == "None True\n12 (1, 28, 28)\n"
    assert "No module named 'torchvision.nothing': mocrograd has no mocrograd.nothing" in done.stderr


HOMES = """
import mocrograd.as_torch
import torch
from torch import nn
from torch.nn.modules.activation import MultiheadAttention
from torch.nn.modules.batchnorm import LazyBatchNorm2d
from torch.nn.modules.conv import LazyConvTranspose3d
from torch.nn.modules.fold import Unfold
from torch.nn.modules.instancenorm import InstanceNorm2d
from torch.nn.modules.linear import LazyLinear, NonDynamicallyQuantizableLinear
from torch.nn.modules.loss import TripletMarginLoss
from torch.nn.modules.pixelshuffle import PixelShuffle
from torch.nn.utils.clip_grad import clip_grad_norm_
from torch.nn.utils.convert_parameters import parameters_to_vector
from torch.optim.adamw import AdamW
from torch.optim.rmsprop import RMSprop
assert MultiheadAttention is nn.MultiheadAttention is torch.nn.modules.activation.MultiheadAttention
assert LazyBatchNorm2d is nn.LazyBatchNorm2d and LazyConvTranspose3d is nn.LazyConvTranspose3d
assert (Unfold, InstanceNorm2d, PixelShuffle) == (nn.Unfold, nn.InstanceNorm2d, nn.PixelShuffle)
assert (LazyLinear, TripletMarginLoss) == (nn.LazyLinear, nn.TripletMarginLoss)
assert type(nn.MultiheadAttention(4, 2).out_proj) is NonDynamicallyQuantizableLinear
assert clip_grad_norm_ is nn.utils.clip_grad_norm_ is nn.utils.clip_grad.clip_grad_norm_
assert parameters_to_vector is nn.utils.parameters_to_vector
assert (AdamW, RMSprop) == (torch.optim.AdamW, torch.optim.rmsprop.RMSprop)
"""


def test_layers_are_found_in_the_files_where_torch_has_them():
    done = subprocess.run([sys.executable, "-c", HOMES], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def test_a_program_that_could_export_runs_without_onnx():
    code = """
import sys
sys.modules["onnx"] = None  # as if it were not installed
import mocrograd.as_torch
import torch.onnx
assert not hasattr(torch.onnx, "nothing")
torch.onnx.export
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    last = done.stderr.splitlines()[-1]
    assert last == 'ImportError: onnx.export needs the package onnx: pip install "mocrograd[onnx]"'
