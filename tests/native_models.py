"""Models to export, and calls of their libraries."""

import ctypes
import fcntl
import os
from pathlib import Path

import mocrograd as mg
import numpy as np
from mocrograd import nn

NAMES = ["OK", "NULL", "BATCH", "UNREADABLE", "DAMAGED", "MEMORY", "INDEX", "BUSY", "UNALIGNED", "OVERLAP", "FAILED"]
ERRORS = {name: number for number, name in enumerate(NAMES)}


class Every(nn.Module):
    """Inputs and outputs of many kinds: images and tokens in; floats, integers, bools, views and an input out."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2), nn.Dropout(), nn.Flatten()
        )
        self.embedding = nn.Embedding(20, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.lstm = nn.LSTM(8, 6, batch_first=True)

    def forward(self, image, tokens):
        """Take images (N, 1, 6, 6) and tokens (N, 5)."""
        features = self.body(image)
        states, (last, _) = self.lstm(self.layer(self.embedding(tokens)))
        return mg.cat([features, last[0]], -1).double().exp(), states.transpose(1, 2), features > 0, tokens


def digits():
    """Return a network for digits, the same at each call."""
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).eval()


def every():
    """Return a model of many kernels, the same at each call."""
    mg.manual_seed(1)
    model = Every()
    with mg.no_grad():
        model(mg.randn(8, 1, 6, 6), mg.arange(40).reshape(8, 5) % 20)  # moves the running statistics
    return model.eval()


def exported(tmp_path_factory, name, export):
    """Return the folder of a model that one process of the test run exports for all."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder = root / name
    with open(root / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            export(folder)
    return folder


class Library:
    """The functions of an exported library; a status other than OK raises."""

    def __init__(self, folder):
        self.folder, self.name = Path(folder), Path(folder).name
        self._library = ctypes.CDLL(str(self.folder / f"lib{self.name}.so"))
        self.function("error").restype = ctypes.c_char_p
        self.function("free").restype = None

    def function(self, name):
        """Return a function."""
        return getattr(self._library, f"mocrograd_{self.name}_{name}")

    def error(self, status):
        """Return what a status means."""
        return self.function("error")(ctypes.c_int32(status)).decode()

    def create(self, path=None):
        """Return a status and a model."""
        model = ctypes.c_void_p(1)
        path = path or self.folder / f"{self.name}.weights"
        status = self.function("create")(str(path).encode(), ctypes.byref(model))
        return status, model

    def run(self, model, batch, *addresses):
        """Return the status of a run over addresses, or over arrays."""
        pointers = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in addresses]
        return self.function("run")(model, ctypes.c_int64(batch), *map(ctypes.c_void_p, pointers))

    def free(self, model):
        """Free a model."""
        self.function("free")(model)
