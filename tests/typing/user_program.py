"""A program as users write it. `mypy --strict` finds nothing wrong with it, and sees the types that comments tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import mocrograd as mg
from mocrograd import Tensor, nn
from mocrograd.nn import functional as F
from mocrograd.optim.lr_scheduler import StepLR
from mocrograd.utils.data import DataLoader, Dataset, TensorDataset


class Block(nn.Module):
    """A layer with a parameter, a buffer and layers of its own."""

    count: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(mg.ones(features))
        self.linear = nn.Linear(features, features)
        self.norm = nn.LayerNorm(features)
        self.register_buffer("count", mg.zeros(1, dtype=mg.int64))

    def forward(self, x: Tensor, keep: float = 1.0) -> Tensor:
        self.count += 1
        return self.norm(x + keep * self.scale * F.relu(self.linear(x)))


class Network(nn.Module):
    """A convolution, blocks and an output."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.blocks = nn.ModuleList([Block(16), Block(16)])
        self.head = nn.Sequential(nn.Linear(16, 8), nn.GELU(), nn.Linear(8, classes))

    def forward(self, images: Tensor) -> Tensor:
        x = F.max_pool2d(self.conv(images), 2).flatten(1)
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(x)
        return out


class Squares(Dataset[tuple[Tensor, int]]):
    """Samples of a dataset of one's own."""

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return mg.tensor([float(index)]) ** 2, index

    def __len__(self) -> int:
        return 4


def train(device: str = "cpu") -> list[float]:
    """Run an epoch."""
    mg.manual_seed(0)
    network = Network().to(device)
    data = TensorDataset(mg.randn(8, 1, 4, 4), mg.randint(0, 3, (8,)))
    loader: DataLoader[tuple[Tensor, ...]] = DataLoader(data, batch_size=4, shuffle=True)
    optimizer = mg.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=0.1)
    schedule = StepLR(optimizer, step_size=1, gamma=0.5)
    criterion = nn.CrossEntropyLoss()
    losses: list[float] = []
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(network(images.to(device)), labels.to(device, non_blocking=True))
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(float(loss.item()))
    schedule.step()
    return losses


@mg.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return the share of images that are told right."""
    network.eval()
    scores: Tensor = network(images)
    right = scores.argmax(dim=1) == labels
    return float(right.sum().item()) / len(labels)


@mg.compile
def step(x: Tensor, w: Tensor) -> Tensor:
    """Be recorded."""
    return (x @ w).tanh().sum()


def parts(x: Tensor) -> Iterator[Tensor]:
    """Yield rows."""
    yield from x
    with mg.no_grad(), mg.kernels("fixed", workers=2):
        yield x[0, ..., None]


def arithmetic(x: Tensor) -> Tensor:
    """Use operators, methods and functions."""
    y = -x + 2 * x / 3 - x**2 // 1 % 5
    y += 1
    y *= mg.tensor(2.0)
    mask = (x > 0) & ~(x >= 2) | (x != 1)
    y[mask] = 0.0
    y[:, 1] = x[:, 0]
    z = mg.where(mask, y, 0.0).clamp(min=-1, max=1).softmax(dim=-1)
    z = mg.cat([z, mg.zeros_like(z)], dim=1).permute(1, 0).reshape(-1, 2).unsqueeze(0).transpose(1, 2)
    z = z.sum(dim=(0, 1)) + z.mean(0).std() + z.to(mg.float64).norm().float() + z.view(-1, 2)[:, 1:]
    return mg.einsum("ij,ij->i", z, z).mul_(2).add_(1, alpha=0.5).requires_grad_()


def main() -> None:
    """Run everything."""
    x = mg.rand(2, 2, device="cpu", requires_grad=True)
    values, indices = x.max(dim=0)
    print(train(), accuracy(Network(), mg.zeros(2, 1, 4, 4), mg.zeros(2, dtype=mg.long)), arithmetic(x.detach()))
    print([part.shape for part in parts(x)], step(x, x.detach()), values, indices, Squares()[2])
    step(x.detach(), x.detach())
    print(mg.func.grad(lambda t: (t * t).sum())(x), mg.linalg.solve(mg.eye(2), x), mg.special.expit(x))


if __name__ == "__main__":
    main()

if TYPE_CHECKING:
    t = mg.tensor([[1.0]])
    reveal_type(t)  # type: Tensor
    reveal_type(t.shape)  # type: Size
    reveal_type(t.size())  # type: Size
    reveal_type(t.size(0))  # type: int
    reveal_type(t.dtype)  # type: dtype
    reveal_type(t.device)  # type: device
    reveal_type(t.grad)  # type: Tensor | None
    reveal_type(t.T)  # type: Tensor
    reveal_type(t.is_cuda)  # type: bool
    reveal_type(t.sum())  # type: Tensor
    reveal_type(t.item())  # type: int | float
    reveal_type(t + 1)  # type: Tensor
    reveal_type(1 - t)  # type: Tensor
    reveal_type(t == 1)  # type: Tensor
    reveal_type(t @ t)  # type: Tensor
    reveal_type(t[0])  # type: Tensor
    reveal_type(t.max())  # type: Tensor
    reveal_type(t.max(dim=0))  # type: Found
    reveal_type(t.max(dim=0).values)  # type: Tensor
    reveal_type(t.max(t))  # type: Tensor
    reveal_type(mg.min(t, 0).indices)  # type: Tensor
    reveal_type(t.sort().indices)  # type: Tensor
    reveal_type(mg.topk(t, 1).values)  # type: Tensor
    reveal_type(t.median(0))  # type: Found
    reveal_type(t.nonzero())  # type: Tensor
    reveal_type(t.nonzero(as_tuple=True))  # type: tuple[Tensor, ...]
    reveal_type(t.unique())  # type: Tensor
    reveal_type(t.unique(return_counts=True))  # type: tuple[Tensor, Tensor]
    reveal_type(mg.unique(t, return_inverse=True, return_counts=True))  # type: tuple[Tensor, Tensor, Tensor]
    reveal_type(t.split(1))  # type: tuple[Tensor, ...]
    reveal_type(t.type())  # type: str
    reveal_type(t.type(mg.float64))  # type: Tensor
    reveal_type(t.to(mg.int64))  # type: Tensor
    reveal_type(mg.equal(t, t))  # type: bool
    reveal_type(mg.atleast_2d(t))  # type: Tensor
    reveal_type(mg.atleast_2d(t, t))  # type: tuple[Tensor, ...]
    reveal_type(mg.linalg.qr(t).Q)  # type: Tensor
    reveal_type(mg.std_mean(t))  # type: tuple[Tensor, Tensor]
    reveal_type(mg.float)  # type: dtype
    reveal_type(mg.add(1, t))  # type: Tensor
    reveal_type(F.max_pool1d(t, 2))  # type: Tensor
    reveal_type(F.max_pool1d(t, 2, return_indices=True))  # type: tuple[Tensor, Tensor]
    reveal_type(F.adaptive_max_pool2d(t, 2))  # type: Tensor
    reveal_type(F.fractional_max_pool2d(t, 2, 3, return_indices=True))  # type: tuple[Tensor, Tensor]
    reveal_type(F.gelu(t))  # type: Tensor
    reveal_type(nn.Linear(2, 2)(t))  # type: Tensor
    reveal_type(nn.Linear(2, 2).weight)  # type: Parameter
    reveal_type(Network()(t))  # type: Tensor
    reveal_type(DataLoader(Squares()))  # type: DataLoader[tuple[Tensor, int]]
    reveal_type(step(t, t))  # type: Tensor
    reveal_type(accuracy)  # type: def (network: Module, images: Tensor, labels: Tensor) -> float
