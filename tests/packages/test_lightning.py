"""lightning, under both of its names, and Fabric: loops, callbacks, loggers and checkpoints over mocrograd."""

import pytest
from packages.both import compare, needs


@pytest.mark.parametrize(
    "program",
    [
        "lightning_training.py",
        "lightning_callbacks.py",
        "lightning_gan.py",
        "lightning_own_loop.py",
        "torchmetrics_lightning.py",
    ],
)
def test_programs(program):
    needs("lightning", "pytorch_lightning", "torchmetrics", "tensorboard")
    compare(program)
