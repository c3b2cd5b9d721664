"""torchinfo: the summary of a convolutional and of a recurrent network, text by text."""

import torch
from same import report
from torch import nn
from torchinfo import summary


class Net(nn.Module):
    """The README's network for digits."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = nn.functional.relu(nn.functional.max_pool2d(self.conv1(x), 2))
        x = nn.functional.relu(nn.functional.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = nn.functional.relu(self.fc1(x))
        return nn.functional.log_softmax(self.fc2(x), dim=1)


class LSTMNet(nn.Module):
    def __init__(self, vocab=20, embed=30, hidden=64, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab, embed)
        self.encoder = nn.LSTM(embed, hidden, num_layers=layers, batch_first=True)
        self.decoder = nn.Linear(hidden, vocab)

    def forward(self, x):
        out, hidden = self.encoder(self.embedding(x))
        return self.decoder(out), hidden


class Nested(nn.Module):
    """Blocks in lists and dicts, a layer that is used twice, parameters outside of layers, frozen ones."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU()) for _ in range(2))
        self.heads = nn.ModuleDict({"a": nn.Linear(8, 2), "b": nn.Linear(8, 3)})
        self.scale = nn.Parameter(torch.ones(8))
        self.heads["a"].requires_grad_(False)

    def forward(self, x, twice=True):
        for block in self.blocks:
            x = block(x) * self.scale
        if twice:
            x = self.blocks[0](x)
        return {"a": self.heads["a"](x), "b": self.heads["b"](x)}


COLUMNS = ("input_size", "output_size", "num_params", "params_percent", "kernel_size", "mult_adds", "trainable")
attention = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
readme = summary(Net(), input_size=(16, 1, 28, 28), verbose=0)
report(
    packages=["torchinfo"],
    readme=str(readme),
    columns=str(summary(Net(), (16, 1, 28, 28), verbose=0, col_names=COLUMNS, row_settings=("var_names", "depth"))),
    lstm=str(
        summary(
            LSTMNet(),
            (1, 100),
            dtypes=[torch.long],
            verbose=0,
            col_width=20,
            col_names=("kernel_size", "output_size", "num_params", "mult_adds"),
            row_settings=("var_names",),
        )
    ),
    nested=str(summary(Nested(), input_data=torch.zeros(4, 8), depth=4, verbose=0, col_names=COLUMNS)),
    keywords=str(summary(Nested(), input_data={"x": torch.zeros(4, 8), "twice": False}, verbose=0)),
    no_input=str(summary(Net(), verbose=0)),
    several=str(summary(nn.Bilinear(4, 5, 6), input_size=[(2, 4), (2, 5)], verbose=0)),
    attention=str(summary(attention, (2, 5, 16), verbose=0)),
    training=str(summary(nn.BatchNorm2d(3), (2, 3, 4, 4), mode="train", verbose=0)),
    totals=[readme.total_params, readme.trainable_params, readme.total_mult_adds, readme.total_output_bytes],
)
