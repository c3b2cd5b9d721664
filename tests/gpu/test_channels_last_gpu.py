"""Convolutions and pools of images whose channels lie side by side, on the GPU against the CPU."""

import mocrograd as mg
import pytest

pytestmark = pytest.mark.gpu
F = mg.nn.functional
CASES = [
    (lambda x, w: F.conv2d(x, w, padding=1), (2, 16, 9, 10), (16, 16, 3, 3)),
    (lambda x, w: F.conv2d(x, w, stride=2), (2, 9, 9, 10), (33, 9, 3, 2)),
    (lambda x, w: F.conv2d(x, w, padding=1, groups=9), (2, 9, 7, 8), (9, 1, 3, 3)),
    (lambda x, w: F.conv2d(x, w), (2, 9, 7, 8), (12, 9, 1, 1)),
    (lambda x, w: F.conv_transpose2d(x, w, stride=2), (2, 9, 5, 6), (9, 10, 3, 3)),
    (lambda x, w: F.max_pool2d(x, 2) * w, (2, 5, 8, 6), (1,)),
    (lambda x, w: F.max_pool2d(x, 3, 2, 1) * w, (2, 5, 8, 6), (1,)),
    (lambda x, w: F.avg_pool2d(x, 2) * w, (2, 5, 8, 6), (1,)),
    (lambda x, w: F.adaptive_avg_pool2d(x, 3) * w, (2, 5, 8, 7), (1,)),
]


def lying(x):
    """Return images or filters whose channels lie side by side."""
    return x.contiguous(memory_format=mg.channels_last) if x.dim() == 4 else x


@pytest.mark.parametrize("number", range(len(CASES)))
def test_agrees_with_the_cpu(number):
    function, *shapes = CASES[number]
    mg.manual_seed(number)
    x, w = mg.randn(*shapes[0]), mg.randn(*shapes[1])
    upstream, results = mg.randn(*function(x, w).shape), []
    for device in ("cpu", "gpu"):
        leaves = [lying(a.to(device)).detach().requires_grad_() for a in (x, w)]
        y = function(*leaves)
        y.backward(upstream.to(device))
        assert y.is_contiguous(memory_format=mg.channels_last)
        results.append([a.detach().cpu() for a in (y, leaves[0].grad, leaves[1].grad)])
    for ours, expected in zip(*results, strict=True):
        mg.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-4)
