"""linear_cross_entropy by chunks of the batch: values and gradients are those of all logits at once."""

import subprocess
import sys

import mocrograd as mg
import numpy as np
import pytest

functional = mg.nn.functional
OPTIONS = ({}, {"batch_chunk_size": 3}, {"batch_chunk_size": 100}, {"chunking_method": "aspect_ratio:4"})


def operands(bias=True, dtype=mg.float64):
    mg.manual_seed(0)
    x, w = mg.randn(8, 5, dtype=dtype, requires_grad=True), mg.randn(12, 5, dtype=dtype, requires_grad=True)
    b = mg.randn(12, dtype=dtype, requires_grad=True) if bias else None
    return x, w, b, mg.tensor([0, 11, 3, -100, 5, 5, -100, 2])


def loss_of(x, w, b, t, **options):
    return functional.linear_cross_entropy(x, w, t, linear_bias=b, **options)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_values_and_gradients(options, reduction, bias, weighted):
    x, w, b, t = operands(bias)
    weight = mg.linspace(0.5, 2.0, 12, dtype=mg.float64) if weighted else None
    leaves = [leaf for leaf in (x, w, b) if leaf is not None]
    found = []
    for chosen in (None, mg.nn.LinearCrossEntropyOptions(**options)):
        loss = loss_of(x, w, b, t, weight=weight, reduction=reduction, options=chosen)
        found.append([loss.detach(), *mg.autograd.grad((loss * loss).sum(), leaves)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-12, atol=1e-13)


def test_one_vector_and_no_vectors():
    _, w, b, _ = operands()
    options = mg.nn.LinearCrossEntropyOptions()
    x = mg.ones(5, dtype=mg.float64)
    for reduction in ("mean", "sum", "none"):
        one = loss_of(x, w, b, mg.tensor(3), reduction=reduction, options=options)
        assert one.shape == ()
        assert one.item() == pytest.approx(loss_of(x, w, b, mg.tensor(3)).item())
    none = loss_of(x.expand(0, 5), w, b, mg.zeros(0, dtype=mg.int64), reduction="sum", options=options)
    assert none.item() == 0


def test_backward_runs_twice_only_where_it_is_allowed():
    x, w, b, t = operands()
    for allowed in (False, True):
        loss = loss_of(x, w, b, t, options=mg.nn.LinearCrossEntropyOptions(allow_retain_graph=allowed))
        loss.backward(retain_graph=True)
        if allowed:
            loss.backward()
        else:
            with pytest.raises(RuntimeError, match="second time"):
                loss.backward()
    single = loss_of(x, w, b, t, reduction="none", options=mg.nn.LinearCrossEntropyOptions())
    single.sum().backward(retain_graph=True)
    single.sum().backward()


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_second_derivatives(reduction):
    x, w, b, t = operands()
    options = mg.nn.LinearCrossEntropyOptions(batch_chunk_size=3, allow_retain_graph=True)
    assert mg.autograd.gradgradcheck(lambda *a: loss_of(*a, t, reduction=reduction, options=options), (x, w, b))


PEAK = """
import sys
import mocrograd as mg
x, w = mg.randn(512, 4), mg.randn(4096, 4)
t = mg.randint(0, 4096, (512,))
options = mg.nn.LinearCrossEntropyOptions(batch_chunk_size=16) if sys.argv[1] == "chunks" else None
before = mg.memory_stats()["peak"]
mg.nn.functional.linear_cross_entropy(x, w, t, options=options)
print(mg.memory_stats()["peak"] - before)
"""


def test_logits_of_one_chunk_are_in_memory_at_a_time():
    # In processes of their own: what other tests keep or leave to the collector would count here.
    whole, chunks = [int(subprocess.check_output([sys.executable, "-c", PEAK, kind])) for kind in ("whole", "chunks")]
    assert whole >= 512 * 4096 * 4
    assert chunks < whole / 4


def test_it_is_recorded():
    x, w, b, t = operands()
    options = mg.nn.LinearCrossEntropyOptions(batch_chunk_size=3)

    def step():
        return mg.autograd.grad(loss_of(x, w, b, t, options=options), [x, w, b])

    compiled = mg.compile(step)
    for _ in range(3):
        for one, other in zip(compiled(), step(), strict=True):
            np.testing.assert_array_equal(one.numpy(), other.numpy())
        with mg.no_grad():
            w.mul_(1.5)


def test_bfloat16_is_summed_in_float32():
    x, w, b, t = operands(dtype=mg.bfloat16)
    loss = loss_of(x, w, b, t, options=mg.nn.LinearCrossEntropyOptions(batch_chunk_size=2))
    gradients = mg.autograd.grad(loss, [x, w, b])
    exact = [leaf.detach().double().requires_grad_() for leaf in (x, w, b)]
    expected = mg.autograd.grad(loss_of(*exact, t), exact)
    assert loss.dtype is mg.bfloat16
    for one, other in zip(gradients, expected, strict=True):
        assert one.dtype is mg.bfloat16
        np.testing.assert_allclose(one.float().numpy(), other.numpy(), rtol=3e-2, atol=3e-3)


@pytest.mark.parametrize(
    "options",
    [{"acc_policy": "best"}, {"chunking_method": "aspect_ratio:0"}, {"chunking_method": "x"}, {"batch_chunk_size": 0}],
    ids=str,
)
def test_options_that_are_none(options, torch):
    for m in (mg, torch):
        with pytest.raises(ValueError, match=next(iter(options))):
            m.nn.LinearCrossEntropyOptions(**options)


def test_options_that_contradict_each_other(torch):
    for m in (mg, torch):
        options = m.nn.LinearCrossEntropyOptions(batch_chunk_size=5, chunking_method="aspect_ratio")
        with pytest.raises(ValueError, match="different chunk sizes"):
            m.nn.functional.linear_cross_entropy(m.ones(8, 2), m.ones(4, 2), m.arange(8) % 4, options=options)


def test_what_goes_by_no_chunks_warns(torch):
    for m in (mg, torch):
        options, x, w = m.nn.LinearCrossEntropyOptions(), m.ones(2, 3), m.ones(4, 3)
        with pytest.warns(UserWarning, match="linear_cross_entropy"):
            m.nn.functional.linear_cross_entropy(x, w, m.tensor([0, 1]), label_smoothing=0.1, options=options)


def test_the_layer_shows_and_uses_its_options(torch):
    for m in (mg, torch):
        layer = m.nn.LinearCrossEntropyLoss(3, 4, options=m.nn.LinearCrossEntropyOptions(batch_chunk_size=1))
        assert "options=LinearCrossEntropyOptions(" in repr(layer)
        assert layer(m.ones(2, 3), m.tensor([0, 1])).ndim == 0
