"""timm: its optimizer of second order, adahessian, on a convolutional net and a vision transformer, four steps."""

import numpy as np
import timm
import torch
from same import fill, floats, integers, report
from timm.optim import create_optimizer_v2


def signs(low, high, size, generator=None, device=None):
    return torch.from_numpy(np.random.default_rng(sum(size)).integers(low, high, tuple(size)))


torch.randint = signs  # what is drawn differs
timm.layers.set_fused_attn(False)  # torch cannot differentiate the gradients of its own attention
images, labels = floats(4, 3, 32, 32).double(), integers(5, 4)
figures = {}
for name, options in {"resnet10t": {}, "vit_tiny_patch16_224": {"img_size": 32}}.items():
    model = fill(timm.create_model(name, num_classes=5, **options), scale=None).double()  # divides by curvatures near 0
    optimizer = create_optimizer_v2(model, opt="adahessian", lr=0.02)
    losses = []
    for _ in range(4):
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward(create_graph=optimizer.is_second_order)
        if not losses:
            norms = torch.stack([p.grad.norm() for p in model.parameters()])
            figures[f"{name} gradients"] = norms.detach() / norms.detach().norm()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == 1:
            traces = torch.stack([p.hess.norm() for p in model.parameters()])
            figures[f"{name} traces"] = traces.detach() / traces.detach().norm()
    figures[f"{name} losses"] = losses
report(packages=["timm"], **figures)
