"""Two processes that train one model in memory that they share, without waiting for each other."""

import sys

import torch
import torch.multiprocessing as mp
import torch.nn as nn
import torch.nn.functional as F
from same import fill, floats, report
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.sampler import Sampler  # noqa: F401  (as such programs do)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(16, 3)

    def forward(self, x):
        return F.log_softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


def train(rank, model, dataset, options):
    torch.manual_seed(rank)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    for _ in range(5):
        for data, target in DataLoader(dataset, **options):
            optimizer.zero_grad()
            F.nll_loss(model(data), target).backward()
            optimizer.step()


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1], force=True)
    x = floats(300, 8)
    dataset = TensorDataset(x, x[:, :3].argmax(1))
    model = fill(Net())
    before = F.nll_loss(model(x), dataset.tensors[1]).item()
    model.share_memory()
    processes = [mp.Process(target=train, args=(rank, model, dataset, {"batch_size": 20})) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    after = F.nll_loss(model(x), dataset.tensors[1]).item()
    report(before=before, learned=after < 0.5 * before, codes=[process.exitcode for process in processes])
