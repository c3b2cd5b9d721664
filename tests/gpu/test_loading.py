"""Worker processes of a loader beside a process that uses a GPU."""

import mocrograd as mg
import pytest
from mocrograd.utils.data import DataLoader, TensorDataset

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def _double(samples):
    return mg.stack([x for (x,) in samples]) * 2


def test_workers_make_batches_for_the_gpu(gpu):
    weight = mg.rand(1000, 3, device=gpu)
    left = [mg.rand(100, device=gpu)]
    left.append(left)
    del left  # what only a cycle holds, for the collector of whoever finds it
    x = mg.rand(12, 1000)
    loader = DataLoader(TensorDataset(x), batch_size=4, num_workers=2, collate_fn=_double, pin_memory=True)
    for _ in range(2):
        got = mg.cat([batch.to(gpu, non_blocking=True) @ weight for batch in loader])
        assert mg.allclose(got.cpu(), 2 * x @ weight.cpu(), rtol=1e-4)
