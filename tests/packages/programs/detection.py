"""What packages find where torch is mocrograd and torchvision is not installed, and what a launcher's child finds."""

import importlib.metadata
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from same import report
from transformers.utils import is_bitsandbytes_available, is_torch_available, is_torchvision_available

CHILD = "import torch\nfrom accelerate import Accelerator\nprint(torch.__name__, Accelerator(cpu=True).num_processes)\n"

has_torchvision = is_torchvision_available()  # in front of timm, which imports it: what is imported is found

import timm  # noqa: E402
import torchvision  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    child = Path(folder) / "child.py"
    child.write_text(CHILD)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1", str(child)]
    launched = subprocess.run(command, capture_output=True, text=True, check=True).stdout

report(
    torch=[is_torch_available(), importlib.metadata.version("torch"), str(torch.__version__)],
    torchvision=[has_torchvision, importlib.util.find_spec("bitsandbytes") is None, torchvision.__version__],
    compiled=is_bitsandbytes_available(),
    timm=timm.create_model("resnet18").num_classes,
    launched=launched.split(),
)
