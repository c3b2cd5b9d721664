"""Recurrent layers whose weight is packed once for all steps, on either side of where it is, against torch in float64."""

import mocrograd as mg
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

CASES = [  # hidden size, batch, steps
    (72, 5, 4),  # gradients are sums of two blocks, and a panel has few columns
    (72, 5, 3),  # too few steps
    (33, 9, 6),
    (24, 70, 4),  # more rows than are packed at a time
    (225, 2, 4),  # too large a weight for LSTM
]


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.parametrize(("hidden", "batch", "steps"), CASES)
def test_values_and_gradients_on_any_number_of_workers(kind, hidden, batch, steps):
    theirs = getattr(torch.nn, kind)(7, hidden).double()
    ours = getattr(mg.nn, kind)(7, hidden)
    ours.load_state_dict(
        {name: mg.tensor(w.detach().numpy().astype(np.float32)) for name, w in theirs.state_dict().items()}
    )
    x = np.random.default_rng(hidden).standard_normal((steps, batch, 7))
    theirs(torch.tensor(x))[0].square().mean().backward()
    found = []
    for workers in (1, 2, 3):
        ours.zero_grad()
        with mg.kernels("fixed", workers):
            ours(mg.tensor(x.astype(np.float32)))[0].square().mean().backward()
        found.append([param.grad.numpy() for param in ours.parameters()])
    for one, *others, true in zip(*found, theirs.parameters()):
        for other in others:
            np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, true.grad.numpy(), rtol=0, atol=3e-6 * true.grad.abs().max().item())
