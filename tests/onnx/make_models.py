"""Writes tests/onnx/models: small models as torch exports them, by both of its exporters, with inputs and outputs.

    python tests/onnx/make_models.py [NAME ...]

needs torch and onnxscript. Each model is exported with a batch of 2, dynamic; its example has a batch of 3.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import nn

FOLDER = Path(__file__).parent / "models"


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(16, 24), nn.ReLU(), nn.Dropout(0.2), nn.Linear(24, 5)), (4, 4)


def lenet():
    layers = [nn.Conv2d(1, 4, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(4, 8, 5), nn.Tanh(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 10)), (1, 16, 16)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.short(x))


def resnet():
    stem = [nn.Conv2d(3, 6, 3, 1, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)]
    return nn.Sequential(*stem, Block(6, 8, 1), Block(8, 12, 2), *head), (3, 12, 12)


def vgg():
    layers, inputs = [], 3
    for width in (6, 8):
        layers += [
            nn.Conv2d(inputs, width, 3, padding=1),
            nn.ReLU(True),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(True),
        ]
        layers, inputs = [*layers, nn.MaxPool2d(2, 2)], width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(72, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 4)), (
        3,
        12,
        12,
    )


class Squeeze(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.down, self.up = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))))


def mobilenet():
    layers = [nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish()]
    layers += [nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), Squeeze(8)]
    layers += [nn.Conv2d(8, 12, 1), nn.BatchNorm2d(12), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(12, 6), nn.LogSoftmax(1)), (3, 10, 10)


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [4, 8, 12]
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(w), nn.ReLU(), nn.Conv2d(w, 4, 3, padding=1)) for w in widths
        )
        self.last = nn.Sequential(nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 8, 1), nn.AvgPool2d(2))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.stem(x)
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return self.head(self.last(x).mean((2, 3)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 8, 3, padding=1)
        self.middle = nn.Conv2d(8, 8, 3, padding=1)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.side, self.last = nn.Conv2d(12, 4, 3, padding=1), nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.down2(F.max_pool2d(a, 2)))
        c = F.interpolate(F.relu(self.middle(F.max_pool2d(b, 2))), scale_factor=2.0, mode="nearest")
        d = self.side(torch.cat([F.relu(self.up(c)), F.interpolate(b, size=x.shape[2:], mode="bilinear")], 1))
        return self.last(torch.cat([a, F.leaky_relu(d, 0.1)], 1))


class Recurrent(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.embedding, self.layer, self.head = nn.Embedding(20, 6), layer, nn.Linear(16, 4)

    def forward(self, tokens):
        y, _ = self.layer(self.embedding(tokens))
        return self.head(y[:, -1])


def lstm():
    return Recurrent(nn.LSTM(6, 8, 2, batch_first=True, bidirectional=True)), 7


def gru():
    return Recurrent(nn.GRU(6, 16, batch_first=True)), 7


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(12, 3, 24, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))


class Attention(nn.Module):
    def __init__(self, width, heads, size):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.register_buffer("mask", torch.tril(torch.ones(size, size, dtype=torch.bool)))

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = (y.view(n, t, self.heads, c // self.heads).transpose(1, 2) for y in self.qkv(x).chunk(3, -1))
        scores = (q @ k.transpose(-2, -1)) / (c // self.heads) ** 0.5
        scores = scores.masked_fill(~self.mask[:t, :t], float("-inf"))
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, c))


class GPT(nn.Module):
    def __init__(self, width=12, size=8):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(20, width), nn.Embedding(size, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, 2, size)
        self.ahead = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.head = nn.Linear(width, 20, bias=False)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        x = x + self.attention(self.norms[0](x))
        x = x + self.ahead(self.norms[1](x))
        return self.head(self.norms[2](x))


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.mean, self.log_var = nn.Linear(16, 12), nn.Linear(12, 3), nn.Linear(12, 3)
        self.decode = nn.Sequential(nn.Linear(3, 12), nn.ELU(), nn.Linear(12, 16), nn.Sigmoid())

    def forward(self, x, noise):
        h = F.softplus(self.encode(x))
        mean, log_var = self.mean(h), self.log_var(h).clamp(-5, 5)
        return self.decode(mean + torch.exp(log_var / 2) * noise), mean, log_var


MODELS = {
    "mlp": mlp, "lenet": lenet, "resnet": resnet, "vgg": vgg, "mobilenet": mobilenet,
    "densenet": lambda: (Dense(), (3, 8, 8)), "unet": lambda: (UNet(), (1, 8, 8)), "lstm": lstm, "gru": gru,
    "transformer": lambda: (Encoder(), (5, 12)), "gpt": lambda: (GPT(), 6), "vae": lambda: (AutoEncoder(), None),
}  # fmt: skip
EXPORTERS = {"script": False, "dynamo": True}


def inputs(shape, batch):
    """Returns random inputs of a batch."""
    if shape is None:
        return torch.randn(batch, 16), torch.randn(batch, 3)
    return (torch.randint(0, 20, (batch, shape)),) if isinstance(shape, int) else (torch.randn(batch, *shape),)


def _strip(path):
    """Takes out of a file where in torch its nodes come from."""
    model = onnx.load(path)
    for thing in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer]:
        thing.ClearField("doc_string")
        thing.ClearField("metadata_props")
    onnx.save(model, path)


def make(name, exporter, folder):
    """Writes NAME_EXPORTER.onnx and .npz."""
    torch.manual_seed(sorted(MODELS).index(name))
    model, shape = MODELS[name]()
    model.train()
    with torch.no_grad():
        for _ in range(3):  # statistics that are not the initial ones
            model(*inputs(shape, 8))
    model.eval()
    path = folder / f"{name}_{exporter}.onnx"
    names = [f"input_{i}" for i in range(len(inputs(shape, 2)))]
    if EXPORTERS[exporter]:
        options = {"dynamo": True, "dynamic_shapes": tuple({0: torch.export.Dim("batch")} for _ in names)}
        options |= {"external_data": False}
    else:
        options = {"dynamo": False, "dynamic_axes": {n: {0: "batch"} for n in names}, "opset_version": 17}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        torch.onnx.export(model, inputs(shape, 2), str(path), input_names=names, **options)
    _strip(path)
    example = inputs(shape, 3)
    with torch.no_grad():
        outputs = model(*example)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    arrays = {f"input_{i}": x.numpy() for i, x in enumerate(example)}
    np.savez(path.with_suffix(".npz"), **arrays, **{f"output_{i}": y.numpy() for i, y in enumerate(outputs)})
    return path


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for chosen in sys.argv[1:] or MODELS:
        for kind in EXPORTERS:
            print(make(chosen, kind, FOLDER).stat().st_size, chosen, kind)
