"""A GPT of characters as small training programs write it: batches from a memory map, accumulated and clipped gradients,
a schedule, evaluations, checkpoints that are resumed, samples. The argument "compiled" compiles the model."""

import math
import os
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from same import fill, report
from torch.distributed import destroy_process_group, init_process_group  # noqa: F401  (as such programs do)
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel as DDP  # noqa: F401


@dataclass
class Config:
    block_size: int = 32
    vocab_size: int = 40
    n_layer: int = 2
    n_head: int = 2
    n_embd: int = 32
    dropout: float = 0.0


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=False)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=False)
        self.n_head = config.n_head
        self.flash = hasattr(torch.nn.functional, "scaled_dot_product_attention")
        assert self.flash

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(C, dim=2)
        q, k, v = (t.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for t in (q, k, v))
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=0, is_causal=True)
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(config.n_embd, bias=False), nn.LayerNorm(config.n_embd, bias=False)
        self.attn = Attention(config)
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=False)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.dropout(self.c_proj(F.gelu(self.c_fc(self.ln_2(x)))))


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(config.vocab_size, config.n_embd),
                "wpe": nn.Embedding(config.block_size, config.n_embd),
                "h": nn.ModuleList([Block(config) for _ in range(config.n_layer)]),
                "ln_f": nn.LayerNorm(config.n_embd, bias=False),
            }
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith("c_proj.weight"):
                torch.nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * config.n_layer))

    def _init_weights(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def forward(self, idx, targets=None):
        pos = torch.arange(0, idx.size(1), dtype=torch.long, device=idx.device)
        x = self.transformer.wte(idx) + self.transformer.wpe(pos)
        for block in self.transformer.h:
            x = block(x)
        x = self.transformer.ln_f(x)
        if targets is None:
            return self.lm_head(x[:, [-1], :]), None
        logits = self.lm_head(x)
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)

    def optimizer(self):
        params = {name: p for name, p in self.named_parameters() if p.requires_grad}
        groups = [
            {"params": [p for p in params.values() if p.dim() >= 2], "weight_decay": 0.1},
            {"params": [p for p in params.values() if p.dim() < 2], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))

    @torch.no_grad()
    def generate(self, idx, count):
        for _ in range(count):
            logits, _ = self(idx[:, -self.config.block_size :])
            logits = logits[:, -1, :] / 0.8
            v, _ = torch.topk(logits, min(5, logits.size(-1)))
            logits[logits < v[:, [-1]]] = -float("Inf")
            idx = torch.cat((idx, torch.multinomial(F.softmax(logits, dim=-1), num_samples=1)), dim=1)
        return idx


folder = tempfile.mkdtemp()
text = np.random.default_rng(0).integers(0, 8, 4000).cumsum() % Config.vocab_size
text.astype(np.uint16).tofile(os.path.join(folder, "train.bin"))
chances = np.random.default_rng(1)
device = "cpu"
ptdtype = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}["float32"]
torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True
ctx = nullcontext() if device == "cpu" else torch.amp.autocast(device_type=device, dtype=ptdtype)
scaler = torch.amp.GradScaler("cuda", enabled=False)


def get_batch():
    data = np.memmap(os.path.join(folder, "train.bin"), dtype=np.uint16, mode="r")
    ix = torch.from_numpy(chances.integers(0, len(data) - Config.block_size, 8))
    x = torch.stack([torch.from_numpy((data[i : i + Config.block_size]).astype(np.int64)) for i in ix])
    y = torch.stack([torch.from_numpy((data[i + 1 : i + 1 + Config.block_size]).astype(np.int64)) for i in ix])
    return x.to(device), y.to(device)


def train(model, optimizer, start, stop, losses):
    for iteration in range(start, stop):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * min(1.0, (iteration + 1) / 5)
        for _ in range(2):
            X, Y = get_batch()
            with ctx:
                _, loss = model(X, Y)
                loss = loss / 2
            scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item() * 2)


@torch.no_grad()
def estimate(model):
    model.eval()
    found = torch.zeros(3)
    for k in range(3):
        X, Y = get_batch()
        with ctx:
            found[k] = model(X, Y)[1].item()
    model.train()
    return found.mean()


compiled = sys.argv[1:] == ["compiled"]
model = fill(GPT(Config()).to(device))
optimizer = model.optimizer()
run = torch.compile(model) if compiled else model
losses, evaluations = [], [estimate(run)]
train(run, optimizer, 0, 10, losses)
evaluations.append(estimate(run))
torch.save(
    {"model": run.state_dict(), "optimizer": optimizer.state_dict(), "args": vars(Config()), "best": evaluations[-1]},
    os.path.join(folder, "ckpt.pt"),
)

checkpoint = torch.load(os.path.join(folder, "ckpt.pt"), map_location=device)
state = {name.removeprefix("_orig_mod."): value for name, value in checkpoint["model"].items()}
resumed = GPT(Config(**checkpoint["args"]))
resumed.load_state_dict(state)
optimizer = resumed.optimizer()
optimizer.load_state_dict(checkpoint["optimizer"])
train(torch.compile(resumed) if compiled else resumed, optimizer, 10, 20, losses)
sample = resumed.generate(torch.zeros((1, 1), dtype=torch.long), 40)
report(
    losses=losses,
    evaluations=[float(loss) for loss in [*evaluations, estimate(resumed), checkpoint["best"]]],
    sampled=[list(sample.shape), bool((sample < Config.vocab_size).all())],
    parameters=sum(p.numel() for p in model.parameters()),
)
