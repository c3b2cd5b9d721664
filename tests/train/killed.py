"""Trains in child processes that it kills at random moments; prints how many, and whether the weights came out equal.

Arguments: a folder, the number of loader workers, how many kills, and a seed. The parent computes nothing, so that its
children begin with a fresh team of threads.
"""

import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

import mocrograd as mg
import numpy as np
from mocrograd import nn, optim, train
from mocrograd.optim.lr_scheduler import StepLR
from mocrograd.utils.data import DataLoader, Dataset

EPOCHS = 4


class Noisy(Dataset):
    """Samples with noise of three generators."""

    def __len__(self):
        return 60

    def __getitem__(self, index):
        noise = random.random() + float(np.random.rand())
        x = mg.full((4,), index / 60 + 0.1 * noise) + 0.1 * mg.rand(4)
        return x, mg.tensor([index / 60])


def run(folder, workers, kills=True):
    """Train to the end, from the last checkpoint on, and write the weights."""
    mg.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    saving = train.ModelCheckpoint(folder, best="loss", every_batches=1 if kills else None)
    trainer = train.Trainer(
        model,
        nn.MSELoss(),
        optimizer,
        scheduler=StepLR(optimizer, 1, 0.9),
        metrics={"mae": train.MAE()},
        callbacks=[saving],
        accumulate=2,
        ema=0.9,
    )
    loader = DataLoader(Noisy(), batch_size=3, shuffle=True, num_workers=workers, generator=mg.Generator())
    trainer.fit(loader, [(mg.ones(2, 4), mg.ones(2, 1))], epochs=EPOCHS, progress=False, resume="last")
    values = [*model.state_dict().values(), *trainer.average.state_dict().values()]
    content = b"".join(value.numpy().tobytes() for value in values)
    content += repr([{k: v for k, v in m.items() if k != "seconds"} for m in trainer.history.epochs]).encode()
    (folder / "temporary").write_bytes(content)
    (folder / "temporary").rename(folder / "done")


def start(folder, workers, kills=True):
    """Start a child in a process group of its own; return its number."""
    folder.mkdir(exist_ok=True)
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        try:
            run(folder, workers, kills)
        finally:
            sys.stderr.flush()
            os._exit(0)
    return child


def gone(group, seconds=10):
    """Tell whether all processes of a group have ended."""
    for _ in range(int(100 * seconds)):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def main():
    """Kill, compare and print."""
    root, workers, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    moments = random.Random(seed)
    began = time.perf_counter()
    os.waitpid(start(root / "whole", workers, kills=False), 0)
    longest = time.perf_counter() - began
    expected = (root / "whole" / "done").read_bytes()
    killed = number = within = 0
    groups = []
    while killed < kills:
        number += 1
        folder = root / f"run{number}"
        while not (folder / "done").exists():
            child = start(folder, workers)
            time.sleep(moments.uniform(0, min(longest, 0.5)) if killed < kills else 0)
            if killed < kills:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            killed += os.WIFSIGNALED(status)
            groups.append(child)
            if (folder / "last.pt").exists():
                within += bool(train.checkpoints.read(folder / "last.pt")["batch"])
        if (folder / "done").read_bytes() != expected:
            raise SystemExit(f"run {number}: other bytes after {killed} kills")
    if not all(gone(group) for group in groups):
        raise SystemExit("processes are left")
    print(f"{killed} kills, {within} in the middle of an epoch, {number} runs")


if __name__ == "__main__":
    main()
