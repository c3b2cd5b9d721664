"""Cross-entropy of 16 bits: what the float32 kernel gives for the widened scores, rounded once."""

import mocrograd as mg
import pytest
from halves import HALVES, TINY, same

cross_entropy = mg.nn.functional.cross_entropy
OPTIONS = (
    {}, {"reduction": "sum"}, {"reduction": "none"}, {"label_smoothing": 0.2}, {"ignore_index": 1},
    {"reduction": "none", "ignore_index": 1, "label_smoothing": 0.1},
)  # fmt: skip


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("shape", [(1, 3), (9, 10), (33, 17), (600, 5), (2, 5000)])
def test_values_and_gradients(shape, options, dtype, implementation):
    half = getattr(mg, dtype)
    x, target = (3 * mg.randn(*shape)).to(half), mg.arange(shape[0]) % shape[1]
    own, wide = x.detach().requires_grad_(), x.detach().float().requires_grad_()
    loss, expected = cross_entropy(own, target, **options), cross_entropy(wide, target, **options)
    same(loss, expected.to(half))
    upstream = mg.randn(*loss.shape).to(half)
    loss.backward(upstream)
    expected.backward(upstream.float())
    same(own.grad, wide.grad.to(half))


@pytest.mark.parametrize("dtype", HALVES)
def test_hostile_values(dtype, implementation):
    half = getattr(mg, dtype)
    x = mg.zeros(6, 40).to(half)
    for row, value in enumerate((float("nan"), float("inf"), -float("inf"), TINY[dtype], -0.0, 60000.0)):
        x[row, 20] = value
    target = mg.full((6,), 20)
    same(cross_entropy(x, target, reduction="none"), cross_entropy(x.float(), target, reduction="none").to(half))


def test_weights_and_probabilities_are_computed_in_float32():
    x, weight = mg.randn(8, 5).bfloat16(), mg.rand(5).bfloat16()
    target, shares = mg.arange(8) % 5, mg.randn(8, 5).softmax(1).bfloat16()
    same(cross_entropy(x, target, weight), cross_entropy(x.float(), target, weight.float()).bfloat16())
    same(cross_entropy(x, shares), cross_entropy(x.float(), shares.float()).bfloat16())
    images = mg.randn(2, 5, 3, 3).bfloat16()
    classes = mg.arange(18).reshape(2, 3, 3) % 5
    same(cross_entropy(images, classes), cross_entropy(images.float(), classes).bfloat16())


def test_a_class_out_of_range_is_named():
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        cross_entropy(mg.randn(2, 5).bfloat16(), mg.tensor([0, 7]))


def test_a_compiled_loss_is_the_same():
    x, target = mg.randn(20, 30).bfloat16(), mg.arange(20)
    compiled = mg.compile(cross_entropy)
    for _ in range(4):
        same(compiled(x, target), cross_entropy(x, target))
