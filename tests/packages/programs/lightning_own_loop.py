"""Fabric of lightning: a loop of one's own, with accumulation, clipping, a checkpoint and loggers."""

import tempfile
from pathlib import Path

import torch
from lightning.fabric import Fabric, seed_everything
from lightning.fabric.loggers import CSVLogger
from same import fill, floats, report
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

folder = Path(tempfile.mkdtemp())


def build(fabric):
    model = fill(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return fabric.setup(model, optimizer)


def train(fabric, model, optimizer, loader, state):
    losses = []
    for index, (images, labels) in enumerate(loader):
        accumulating = index % 2 != 0
        with fabric.no_backward_sync(model, enabled=accumulating):
            loss = nn.functional.cross_entropy(model(images), labels)
            fabric.backward(loss)
        if not accumulating:
            fabric.clip_gradients(model, optimizer, max_norm=1.0)
            optimizer.step()
            optimizer.zero_grad()
        state["step"] += 1
        fabric.log("loss", loss.item(), step=state["step"])
        fabric.call("on_batch", loss=loss.item())
        losses.append(loss.item())
    return losses


class Listener:
    def __init__(self):
        self.heard = 0

    def on_batch(self, loss):
        self.heard += 1


seed_everything(3)
listener = Listener()
fabric = Fabric(
    accelerator="cpu", devices=1, callbacks=[listener], loggers=CSVLogger(folder, flush_logs_every_n_steps=5)
)
fabric.launch()
images, labels = floats(80, 1, 8, 8), torch.arange(80) % 10
loader = fabric.setup_dataloaders(DataLoader(TensorDataset(images, labels), batch_size=8))
model, optimizer = build(fabric)
state = {"model": model, "optimizer": optimizer, "step": 0}
first = train(fabric, model, optimizer, loader, state)
fabric.save(folder / "state.ckpt", state)
second = train(fabric, model, optimizer, loader, state)

model, optimizer = build(fabric)
restored = {"model": model, "optimizer": optimizer, "step": 0}
rest = fabric.load(folder / "state.ckpt", restored)
report(
    packages=["lightning"],
    first=first,
    second=second,
    again=train(fabric, model, optimizer, loader, restored),
    step=[restored["step"], listener.heard, len(rest)],
    rank=[fabric.global_rank, fabric.world_size, fabric.is_global_zero, str(fabric.device)],
    reduced=fabric.all_reduce(torch.tensor(3.0)),
    gathered=fabric.all_gather(floats(2, 3)),
    clipped=[p.abs().sum().item() for p in model.parameters()],
    csv=len(next(folder.rglob("metrics.csv")).read_text().splitlines()),
)
