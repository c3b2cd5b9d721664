"""einops: the examples of its README and tutorials: operations, einsum, packing, layers, and networks with them."""

import numpy as np
import torch
from einops import asnumpy, einsum, pack, parse_shape, rearrange, reduce, repeat, unpack
from einops.layers.torch import EinMix, Rearrange, Reduce
from same import fill, floats, integers, report, train
from torch import nn

x = floats(2, 3, 4, 5)
images = floats(6, 8, 8, 3, seed=1)
found = {
    "rearranged": rearrange(x, "b c h w -> b h w c").contiguous(),
    "split": rearrange(x, "b c (h1 h2) w -> (b h1) c h2 w", h1=2).contiguous(),
    "space_to_depth": rearrange(x[..., :4], "b c (h h1) (w w1) -> b (c h1 w1) h w", h1=2, w1=2).contiguous(),
    "listed": rearrange([x[0], x[1]], "b c h w -> c h w b").contiguous(),
    "unit_axes": rearrange(x[0, 0], "h w -> 1 h 1 w 1").contiguous(),
    "ellipsis": rearrange(x, "b ... w -> w ... b").contiguous(),
    "reduced": reduce(x, "b c (h h2) w -> b h w c", "mean", h2=2),
    "pooled": reduce(images, "b (h h2) (w w2) c -> b h w c", "max", h2=2, w2=2),
    "normalised": x - reduce(x, "b c h w -> b c 1 1", "mean"),
    "producted": reduce(x, "b c h w -> b", "prod"),
    "lowest": reduce(x, "b ... -> ...", "min"),
    "summed": reduce(x, "b c h w ->", "sum"),
    "any": reduce(x > 1, "b c h w -> c", "any"),
    "repeated": repeat(torch.arange(3.0), "a -> a k", k=2),
    "upsampled": repeat(x, "b c h w -> b c (h h2) (w w2)", h2=2, w2=2),
    "product": einsum(x, images[:3, :4, :5, 0], "b c h w, c h w -> b c"),
    "attention": einsum(x, x, "b head h w, b head k w -> b head h k"),
    "four": einsum(x[0, 0], x[0, 1], x[1, 0].t(), x[1, 2].t(), "a b, a b, b a, b a -> a"),
    "trace": einsum(x[0, 0, :4, :4], "i i ->"),
}
packed, shapes = pack([x[:, 0], x[:, :, 0], x[:, 1:]], "b *")
parts = unpack(packed, shapes, "b *")
tokens, extra = pack([floats(2, 5), floats(2, 4, 5, seed=4)], "b * c")


def gradient(function):
    leaf = floats(2, 3, 4, 5, seed=5).requires_grad_()
    (function(leaf) ** 2).sum().backward()
    return leaf.grad


class Mixer(nn.Module):
    """A layer of MLP-Mixer of layers that mix by a product."""

    def __init__(self, tokens, channels, hidden):
        super().__init__()
        self.spatial = nn.Sequential(
            EinMix("b t c -> b hid c", weight_shape="t hid", bias_shape="hid", t=tokens, hid=hidden),
            nn.GELU(),
            EinMix("b hid c -> b t c", weight_shape="hid t", bias_shape="t", t=tokens, hid=hidden),
        )
        self.heads = EinMix("b t (g i) -> b t (g o)", weight_shape="g i o", bias_shape="g o", g=2, i=channels // 2, o=3)

    def forward(self, x):
        return self.heads(x + self.spatial(x))


digits, labels = floats(8, 1, 28, 28), integers(10, 8)
conv = nn.Sequential(
    nn.Conv2d(1, 6, kernel_size=5),
    Reduce("b c (h h2) (w w2) -> b c h w", "max", h2=2, w2=2),
    nn.Conv2d(6, 16, kernel_size=5),
    Reduce("b c (h h2) (w w2) -> b c h w", "max", h2=2, w2=2),
    Rearrange("b c h w -> b (c h w)"),
    nn.Linear(16 * 4 * 4, 120),
    nn.ReLU(),
    nn.Linear(120, 10),
)
sgd = torch.optim.SGD(fill(conv).parameters(), lr=0.1, momentum=0.9)
losses, step_ms = train(conv, lambda m: nn.functional.cross_entropy(m(digits), labels), optimizer=sgd)
mixer, sequence = fill(Mixer(7, 4, 9), 0.3), floats(3, 7, 4, seed=6)
mixed, _ = train(mixer, lambda m: (m(sequence) ** 2).mean())

errors = []
for wrong in (
    lambda: rearrange(x, "b c h -> b c h"),
    lambda: rearrange(x, "b c (h h2) w -> b c h h2 w", h2=3),
    lambda: reduce(integers(9, 2, 3), "a b -> a", "mean"),
    lambda: EinMix("b c -> b d", weight_shape="c d", c=3),
):
    try:
        wrong()
        errors.append(None)
    except Exception as error:
        errors.append(type(error).__name__)

report(
    packages=["einops"],
    step_ms=step_ms,
    **found,
    packed=packed,
    shapes=[list(shape) for shape in shapes],
    unpacked=[torch.equal(part, y) for part, y in zip(parts, (x[:, 0], x[:, :, 0], x[:, 1:]))],
    tokens=tokens,
    extra=[list(shape) for shape in extra],
    parsed=parse_shape(x, "b _ h w"),
    array=[type(asnumpy(x)).__name__, bool(np.array_equal(asnumpy(x), x.numpy()))],
    rearranged_gradient=gradient(lambda t: rearrange(t, "b c h w -> (b w) (c h)")),
    reduced_gradient=gradient(lambda t: reduce(t, "b c (h h2) w -> b c h", "max", h2=2)),
    repeated_gradient=gradient(lambda t: repeat(t, "b c h w -> (n b) c h w", n=3)),
    product_gradient=gradient(lambda t: einsum(t, t, "b c h w, b d h w -> b c d")),
    losses=losses,
    mixed=mixed,
    printed=repr(conv) + repr(mixer),
    weights={name: list(p.shape) for name, p in mixer.named_parameters()},
    errors=errors,
)
