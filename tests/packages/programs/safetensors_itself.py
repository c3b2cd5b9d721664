"""The package safetensors itself, which mocrograd's own stands before: its compiled part makes and takes tensors."""

import sys
import tempfile
from pathlib import Path

import torch
from same import fill, floats, integers, report
from torch import nn

hidden = [finder for finder in sys.meta_path if type(finder).__module__ == "mocrograd.compat.imports"]
sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in hidden]
import safetensors  # noqa: E402
import safetensors.torch  # noqa: E402

sys.meta_path[:0] = hidden
path = Path(tempfile.mkdtemp()) / "tensors.safetensors"
tensors = {
    "float": floats(3, 4),
    "double": floats(2, 2).double(),
    "whole": integers(100, 5),
    "empty": torch.zeros(0, 3),
}
safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
loaded = safetensors.torch.load_file(path)
again = safetensors.torch.load(safetensors.torch.save(tensors))
with safetensors.safe_open(path, framework="pt") as file:
    part, keys = file.get_slice("float")[1:, :2], sorted(file.keys())
model, other = fill(nn.Linear(3, 2), 0.3), nn.Linear(3, 2)
safetensors.torch.save_model(model, str(path))
report(
    packages=["safetensors"],
    itself=Path(safetensors.__file__).parent.parent.name,
    **loaded,
    dtypes=[str(loaded[name].dtype) for name in sorted(loaded)],
    again=sorted(name for name in tensors if torch.equal(again[name], tensors[name])),
    part=part,
    keys=keys,
    missing=[sorted(names) for names in safetensors.torch.load_model(other, str(path))],
    output=other(floats(2, 3)),
)
