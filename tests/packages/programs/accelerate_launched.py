"""accelerate: a script that its launcher starts, and that starts a function in processes by itself."""

import torch
from accelerate import Accelerator, notebook_launcher
from same import fill, floats, integers, report
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset


def losses_of(epochs):
    accelerator = Accelerator()
    model = fill(torch.nn.Linear(8, 3), 0.3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(floats(16, 8), integers(3, 16)), batch_size=4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    losses = []
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(images), labels)
            accelerator.backward(loss)
            optimizer.step()
            losses.append(loss.item())
    return accelerator, losses


if __name__ == "__main__":
    accelerator, losses = losses_of(2)
    kind = [accelerator.num_processes, str(accelerator.device), accelerator.is_local_main_process]
    notebook_launcher(losses_of, (1,), num_processes=1)
    report(packages=["accelerate"], losses=losses, kind=kind)
