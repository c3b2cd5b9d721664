"""Train a nano GPT, a decoder-only transformer, on Shakespeare's sonnets letter by letter, and let it write.

It draws windows of the text step by step, without epochs, so it writes the loop out instead of using `Trainer`.
`mocrograd launch -n 4 examples/char_gpt.py` trains it in four processes: each takes every fourth window.
"""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

import mocrograd as torch
import mocrograd.nn.functional as F
from mocrograd import distributed as dist
from mocrograd import nn, optim
from mocrograd.nn.parallel import DistributedDataParallel

TEXT = (Path(__file__).parent / "data" / "sonnets.txt").read_text(encoding="utf-8")
LETTERS = sorted(set(TEXT))
PLACE = {letter: place for place, letter in enumerate(LETTERS)}


class Attention(nn.Module):
    """Each letter looks at itself and at those before it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        """Return (batch, length, width)."""
        batch, length, width = x.shape
        q, k, v = (
            self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    """Attention and a perceptron, each behind a layer norm and beside a shortcut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.ln2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        """Return (batch, length, width)."""
        x = x + self.attention(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    """Embeddings of letters and places, blocks, and scores of the next letter."""

    def __init__(self, context: int = 64, width: int = 64, heads: int = 4, blocks: int = 2) -> None:
        super().__init__()
        self.context = context
        self.letters = nn.Embedding(len(LETTERS), width)
        self.places = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(LETTERS), bias=False)
        self.apply(self._init)

    @staticmethod
    def _init(module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.08)

    def forward(self, letters):
        """Return scores, (batch, length, letters)."""
        x = self.letters(letters) + self.places(torch.arange(letters.shape[1]))
        return self.head(self.norm(self.blocks(x)))


def write(model: GPT, start: str, length: int, top: int = 5) -> str:
    """Let a model continue a text, each letter one of the `top` likeliest."""
    model.eval()
    letters = torch.tensor([[PLACE[letter] for letter in start]])
    with torch.no_grad():
        for _ in range(length):
            scores = model(letters[:, -model.context :])[0, -1]
            values, places = scores.topk(top)
            chosen = places[torch.multinomial(F.softmax(values, dim=-1), 1)]
            letters = torch.cat([letters, chosen.reshape(1, 1)], dim=1)
    return "".join(LETTERS[place] for place in letters[0].tolist())


def train(steps: int = 200, batch: int = 16, seed: int = 0) -> tuple[list[float], GPT]:
    """Train on random pieces of the text; return the losses and the model."""
    dist.init_process_group("mpi")
    torch.manual_seed(seed)  # all processes draw the same windows
    text = torch.tensor([PLACE[letter] for letter in TEXT])
    model = GPT()
    parallel = DistributedDataParallel(model)
    optimizer = optim.AdamW(model.parameters(), lr=3e-3, betas=(0.9, 0.99), weight_decay=0.01)
    warm_up = max(1, steps // 20)
    scheduler = optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm_up, 0.5 + 0.5 * math.cos(math.pi * step / steps))
    )
    losses = []
    for _ in range(steps):
        starts = torch.randint(0, len(text) - model.context - 1, (batch,))
        pieces = torch.stack([text[s : s + model.context + 1] for s in starts.tolist()])
        pieces = pieces[dist.get_rank() :: dist.get_world_size()]
        optimizer.zero_grad()
        scores = parallel(pieces[:, :-1])
        loss = F.cross_entropy(scores.reshape(-1, len(LETTERS)), pieces[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        dist.all_reduce(loss := loss.detach(), dist.ReduceOp.AVG)
        losses.append(loss.item())
    dist.destroy_process_group()
    return losses, model


def main() -> None:
    """Train, print, and write some lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    options = parser.parse_args()
    losses, model = train(options.steps)
    if os.environ.get("RANK", "0") != "0":
        return
    for step in [*range(0, options.steps, 100), options.steps - 1]:
        print(f"step {step:3}  loss {losses[step]:.4f}")
    print(write(model, "Shall I ", 200))


if __name__ == "__main__":
    main()
