"""safetensors.torch: tensors and models to files and back, lazily and as bytes."""

import hashlib
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load, load_file, load_model, save, save_file, save_model
from same import fill, floats, integers, report
from torch import nn

folder = Path(tempfile.mkdtemp())
tensors = {
    "float": floats(3, 4),
    "double": floats(2, 2).double(),
    "whole": integers(100, 5),
    "half": integers(9, 4).int(),
    "small": integers(200, 6).to(torch.uint8),
    "yes": integers(2, 6) > 0,
    "empty": torch.zeros(0, 3),
    "number": torch.tensor(3.5),
}
save_file(tensors, folder / "tensors.safetensors", metadata={"format": "pt"})
loaded = load_file(folder / "tensors.safetensors")
again = load(save(tensors))
with safe_open(folder / "tensors.safetensors", framework="pt") as file:
    keys, metadata = sorted(file.keys()), file.metadata()
    slice_ = file.get_slice("float")
    part, shape, whole = slice_[1:, :2], slice_.get_shape(), file.get_tensor("whole")
    types = [type(whole).__name__, slice_.get_dtype()]


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 5)
        self.body = nn.Linear(5, 5)
        self.head = nn.Linear(5, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.body(self.embedding(x)))


model = fill(Tied(), 0.3)
save_model(model, folder / "model.safetensors")
other = Tied()
missing, unexpected = load_model(other, folder / "model.safetensors")
try:
    save_file({"a": model.embedding.weight, "b": model.head.weight}, folder / "shared.safetensors")
    shared = None
except RuntimeError as error:
    shared = "share memory" in str(error)
try:
    save_file({"a": floats(4, 4).t()}, folder / "strided.safetensors")
    strided = None
except ValueError as error:
    strided = "non contiguous" in str(error)
report(
    packages=["safetensors"],
    **{f"loaded {name}": tensor for name, tensor in loaded.items()},
    dtypes=[str(loaded[name].dtype).split(".")[1] for name in sorted(loaded)],
    again=sorted(name for name in tensors if torch.equal(again[name], tensors[name])),
    keys=keys,
    metadata=metadata,
    part=part,
    shape=shape,
    whole=whole,
    types=types,
    bytes=hashlib.sha256((folder / "tensors.safetensors").read_bytes()).hexdigest(),
    saved=sorted(load_file(folder / "model.safetensors")),
    output=other(integers(7, 4)),
    tied=other.head.weight is other.embedding.weight,
    missing=[sorted(missing), sorted(unexpected)],
    shared=shared,
    strided=strided,
)
