"""einops: the examples of its README, and a network with its layers."""

import torch
from einops import rearrange, reduce, repeat
from einops.layers.torch import Rearrange
from same import fill, floats, integers, report, train
from torch import nn

x = floats(2, 3, 4, 5)
model = fill(nn.Sequential(nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), Rearrange("b c h w -> b (c h w)"), nn.Linear(864, 10)))
images, labels = floats(8, 1, 28, 28), integers(10, 8)
losses, step_ms = train(model, lambda m: nn.functional.cross_entropy(m(images), labels))
report(
    packages=["einops"],
    step_ms=step_ms,
    rearranged=rearrange(x, "b c h w -> b h w c").contiguous(),
    reduced=reduce(x, "b c (h h2) w -> b h w c", "mean", h2=2),
    repeated=repeat(torch.arange(3.0), "a -> a k", k=2),
    losses=losses,
)
