"""Time layers forward and backward on float32 against torch.

What this build of mocrograd does not have is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import contest
from contest import Case

CHANNELS = 32
SIDE = 28
FEATURES = 512
WORDS = 10_000
HEADS = 4
HEAD = 32
DROPPED = 0.5


class Layer(NamedTuple):
    """A layer on one batch.

    Attributes:
        shape: Of the input.
        operands: Inputs that forward and backward read and write at least.
        flops: Operations forward and backward.
        build: Given the module, makes the function of the input.
        last: Whether the channels of the input lie side by side (`channels_last`).
    """

    shape: tuple[int, ...]
    operands: int
    flops: int
    build: Callable[[Any], Callable[[Any], Any]]
    last: bool = False


def layers(batch: int) -> Iterator[tuple[str, str, Layer]]:
    """Yield layers for a batch: the name of the group, what mocrograd must have, and the layer."""
    images, rows = (batch, CHANNELS, SIDE, SIDE), (16 * batch, FEATURES)
    pixels, features = batch * CHANNELS * SIDE * SIDE, 16 * batch * FEATURES
    yield "LayerNorm", "nn.LayerNorm", Layer(rows, 5, 16 * features, lambda m: m.nn.LayerNorm(FEATURES))
    yield "BatchNorm2d", "nn.BatchNorm2d", Layer(images, 7, 16 * pixels, lambda m: m.nn.BatchNorm2d(CHANNELS))
    yield "MaxPool2d", "nn.MaxPool2d", Layer(images, 2, pixels, lambda m: m.nn.MaxPool2d(2))
    yield "AvgPool2d", "nn.AvgPool2d", Layer(images, 2, 2 * pixels, lambda m: m.nn.AvgPool2d(2))
    # three products forward and backward, nine positions of a window
    flops = 3 * 2 * 9 * pixels * CHANNELS
    yield "Conv2d 3 x 3", "nn.Conv2d", Layer(images, 5, flops, lambda m: m.nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1))
    heads = (batch, HEADS, 128, HEAD)
    # two products of the scores forward, four backward, and exponentials of some ten operations
    flops = batch * HEADS * 128 * 128 * (6 * 2 * HEAD + 20)
    yield "attention, 128 positions", "nn.functional.scaled_dot_product_attention", Layer(heads, 5, flops, attention)


def attention(m: Any) -> Callable[[Any], Any]:
    """Return attention of a tensor to itself."""
    return lambda x: m.nn.functional.scaled_dot_product_attention(x, x, x)


def case(name: str, layer: Layer, batch: int) -> Case:
    """Return the case of a layer; what is checked is the gradient in its input."""
    import mocrograd as mg
    import numpy as np

    a = np.random.default_rng(0).standard_normal(layer.shape, np.float32)

    def images(m: Any, array: Any) -> Any:
        x = contest.tensor(m, array)
        return x.contiguous(memory_format=m.channels_last) if layer.last else x

    def of_dtype(m: Any, dtype: str) -> Callable[[], Any]:
        x = images(m, a.astype(dtype)).requires_grad_()
        function = layer.build(m)
        if isinstance(function, m.nn.Module):
            seed_parameters(m, function, dtype)
        upstream = np.random.default_rng(1).standard_normal(tuple(function(x).shape), np.float32)
        return contest.gradient_of(x, lambda: function(x), images(m, upstream.astype(dtype)))

    with mg.kernels("fixed:1"):
        expected = of_dtype(mg, "float64")().numpy()
    right = contest.close_to(expected, 1e-4)
    nbytes = layer.operands * a.nbytes
    label = f"{name}, batch {batch}"
    return Case(name, a.size, nbytes, layer.flops, lambda m: None if m is np else of_dtype(m, "float32"), right, label)


def seed_parameters(m: Any, module: Any, dtype: str) -> None:
    """Give a layer the numbers that every contender gets, near 1 for a scale and small for the rest."""
    import numpy as np

    module.to(getattr(m, dtype))
    rng = np.random.default_rng(2)
    with m.no_grad():
        for name, param in module.named_parameters():
            noise = 0.1 * rng.standard_normal(tuple(param.shape), np.float32)
            scale = 1 if name.endswith("weight") and param.ndim == 1 else 0
            param.copy_(m.from_numpy((scale + noise).astype(dtype)))


def embedding(batch: int) -> Case:
    """Return the case of rows of a table and the gradient of the table."""
    import numpy as np

    rng = np.random.default_rng(0)
    table, words = rng.standard_normal((WORDS, 64), np.float32), rng.integers(0, WORDS, (batch, 128))
    expected = np.zeros(table.shape)
    np.add.at(expected, words.ravel(), np.ones((words.size, 64)))

    def make(m: Any) -> Callable[[], Any] | None:
        if m is np:
            return None
        weight, chosen = contest.tensor(m, table).requires_grad_(), contest.tensor(m, words)
        return contest.gradient_of(weight, lambda: m.nn.functional.embedding(chosen, weight), m.ones(batch, 128, 64))

    nbytes = table.nbytes + 5 * words.size * 64 * 4
    right = contest.close_to(expected, 0)
    return Case("embedding", words.size * 64, nbytes, 0, make, right, f"embedding, batch {batch}")


def dropout(batch: int) -> Case:
    """Return the case of dropout; of the gradient its values and their share are checked."""
    import numpy as np

    shape = (16 * batch, FEATURES)
    size = 16 * batch * FEATURES

    def make(m: Any) -> Callable[[], Any] | None:
        if m is np:
            return None
        x = m.ones(shape, requires_grad=True)
        return contest.gradient_of(x, lambda: m.nn.functional.dropout(x, DROPPED), m.ones(shape))

    def fault(result: Any) -> str:
        got = np.asarray(result)
        kept = (got != 0).mean()
        right = set(np.unique(got)) == {0.0, 1 / (1 - DROPPED)} and abs(kept - 1 + DROPPED) < 3 / size**0.5
        return "" if right else f"has the values {np.unique(got)} and kept {kept}"

    return Case("dropout", size, 4 * 4 * size, 0, make, fault, f"dropout, batch {batch}")


def cases(quick: bool) -> Iterator[Case]:
    """Yield the layers on all batches."""
    for batch in (1,) if quick else (1, 8, 64):
        for name, needs, layer in layers(batch):
            if contest.present(needs):
                yield case(name, layer, batch)
        if contest.present("nn.functional.embedding"):
            yield embedding(batch)
        if contest.present("nn.functional.dropout"):
            yield dropout(batch)


if __name__ == "__main__":
    contest.main("layers", __doc__, cases)
