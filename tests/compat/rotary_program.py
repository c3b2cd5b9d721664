"""A small language model whose heads turn by their position as complex numbers, as in Llama 2: prints losses as JSON.

Weights come from NumPy, so that two libraries begin alike.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY, WIDTH, HEADS, SHARED, LAYERS, LONGEST = 61, 32, 4, 2, 2, 24


def turns(size, length, base=10000.0):
    """Return a number of size 1 for each position and pair of features, (length, size / 2)."""
    speeds = base ** (-torch.arange(0, size, 2)[: size // 2].float() / size)
    angles = torch.outer(torch.arange(length, device=speeds.device), speeds).float()
    return torch.polar(torch.ones_like(angles), angles)


def turned(queries, keys, by):
    """Turn pairs of features (batch, length, heads, size) of two tensors."""
    made = []
    for x in (queries, keys):
        z = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
        each = by[: z.shape[1]].view(1, z.shape[1], 1, z.shape[-1])
        made.append(torch.view_as_real(z * each).flatten(3).type_as(x))
    return made


class RootMeanSquare(nn.Module):
    def __init__(self, size, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return (x.float() * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + self.eps)).type_as(x) * self.weight


class Heads(nn.Module):
    """Attention whose keys and values several heads share."""

    def __init__(self):
        super().__init__()
        self.size = WIDTH // HEADS
        self.queries = nn.Linear(WIDTH, HEADS * self.size, bias=False)
        self.keys = nn.Linear(WIDTH, SHARED * self.size, bias=False)
        self.values = nn.Linear(WIDTH, SHARED * self.size, bias=False)
        self.out = nn.Linear(HEADS * self.size, WIDTH, bias=False)

    def forward(self, x, by):
        batch, length, _ = x.shape
        q = self.queries(x).view(batch, length, HEADS, self.size)
        k = self.keys(x).view(batch, length, SHARED, self.size)
        v = self.values(x).view(batch, length, SHARED, self.size)
        q, k = turned(q, k, by)
        k, v = (torch.repeat_interleave(y, dim=2, repeats=HEADS // SHARED).transpose(1, 2) for y in (k, v))
        y = F.scaled_dot_product_attention(q.transpose(1, 2), k, v, is_causal=True)
        return self.out(y.transpose(1, 2).contiguous().view(batch, length, -1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before, self.between, self.heads = RootMeanSquare(WIDTH), RootMeanSquare(WIDTH), Heads()
        self.gate, self.up = nn.Linear(WIDTH, 96, bias=False), nn.Linear(WIDTH, 96, bias=False)
        self.down = nn.Linear(96, WIDTH, bias=False)

    def forward(self, x, by):
        x = x + self.heads(self.before(x), by)
        y = self.between(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.register_buffer("turns", turns(WIDTH // HEADS, 2 * LONGEST))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.last, self.out = RootMeanSquare(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, tokens):
        x = self.words(tokens)
        by = self.turns[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, by)
        return self.out(self.last(x)).float()


def main():
    chances = np.random.RandomState(0)
    model = Model()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.copy_(torch.from_numpy(chances.normal(0, 0.1, tuple(parameter.shape)).astype("float32")))
    text = chances.randint(0, VOCABULARY, (8, LONGEST + 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, foreach=True)
    losses = []
    for _ in range(30):
        tokens = torch.from_numpy(text)
        scores = model(tokens[:, :-1])
        loss = F.cross_entropy(scores.view(-1, VOCABULARY), tokens[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    state = model.state_dict()["turns"]
    print(json.dumps({"losses": losses, "dtype": str(state.dtype), "shape": list(state.shape)}))


if __name__ == "__main__":
    main()
