"""The example networks for the digits, shared by the command, the example and the benchmark."""

from __future__ import annotations

from itertools import pairwise

from mocrograd import nn

NETWORKS = {
    "normal": (64, 64, 32, 10),
    "longer": (64, *[256] * 29, 10),
    "bigger": (64, 8192, 4096, 2048, 10),
}
L2 = 1e-4


def build_network(name: str) -> nn.Sequential:
    """Make linear layers with ReLU between them, kaiming-normal weights and zero biases.

    Args:
        name: normal (64-64-32-10), longer (64, 29 times 256, 10) or bigger (64-8192-4096-2048-10).

    Returns:
        A network that maps (N, 64) to logits, (N, 10).

    Raises:
        ValueError: There is no network of that name.
    """
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}: expected {', '.join(NETWORKS)}")
    sizes = NETWORKS[name]
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
        modules += [layer, nn.ReLU()]
    return nn.Sequential(*modules[:-1])
