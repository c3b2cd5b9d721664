"""x-transformers: main examples of its README, smaller: forward, a step of training, generation."""

import torch
from same import fill, floats, integers, report, train
from x_transformers import (
    AutoregressiveWrapper,
    Decoder,
    Encoder,
    TransformerWrapper,
    ViTransformerWrapper,
    XTransformer,
)

SHAPE = {"dim": 64, "depth": 2, "heads": 4, "attn_dim_head": 16}
VARIANTS = {
    "plain": {}, "flash": {"attn_flash": True}, "rotary": {"rotary_pos_emb": True}, "xpos": {"rotary_xpos": True},
    "alibi": {"alibi_pos_bias": True, "alibi_num_heads": 2}, "bias": {"rel_pos_bias": True},
    "memory": {"attn_num_mem_kv": 4}, "scalenorm": {"use_scalenorm": True}, "rmsnorm": {"use_rmsnorm": True},
    "glu": {"ff_glu": True, "ff_swish": True}, "relu2": {"ff_relu_squared": True, "ff_no_bias": True},
    "sparse": {"attn_sparse_topk": 4}, "one head": {"attn_one_kv_head": True}, "grouped": {"attn_kv_heads": 2},
    "talking": {"attn_pre_talking_heads": True, "attn_post_talking_heads": True}, "residual": {"residual_attn": True},
    "gated": {"gate_residual": True}, "shifted": {"shift_tokens": 1}, "sandwich": {"sandwich_norm": True},
    "cosine": {"attn_qk_norm": True, "attn_qk_norm_groups": 4}, "macaron": {"macaron": True},
}  # fmt: skip
figures = {}
tokens = integers(32, 2, 24)
for name, options in VARIANTS.items():
    layers = Decoder(**SHAPE, **options)
    model = fill(TransformerWrapper(num_tokens=32, max_seq_len=32, attn_layers=layers), scale=None)
    with torch.no_grad():
        figures[name] = model.eval()(tokens)
    wrapper = AutoregressiveWrapper(model.train())
    figures[f"{name} losses"], _ = train(wrapper, lambda m: m(tokens), steps=3)

model = TransformerWrapper(num_tokens=32, max_seq_len=32, num_memory_tokens=4, attn_layers=Encoder(**SHAPE))
figures["encoder"] = fill(model, scale=None).eval()(tokens, mask=tokens > 3)
model = ViTransformerWrapper(image_size=32, patch_size=8, num_classes=10, attn_layers=Encoder(**SHAPE))
figures["images"] = fill(model, scale=None).eval()(floats(2, 3, 32, 32))
options = {f"{side}_{key}": value for side in ("enc", "dec")
           for key, value in {"num_tokens": 32, "depth": 2, "heads": 4, "max_seq_len": 32}.items()}  # fmt: skip
both = fill(XTransformer(dim=64, tie_token_emb=True, **options), scale=None)
mask = torch.ones_like(tokens).bool()
figures["both losses"], _ = train(both, lambda m: m(tokens, tokens.flip(1), mask=mask), steps=3)
decoder = TransformerWrapper(num_tokens=32, max_seq_len=32, attn_layers=Decoder(**SHAPE, rotary_pos_emb=True))
writer = AutoregressiveWrapper(fill(decoder, scale=None))
figures["train"], step_ms = train(writer, lambda m: m(tokens))
figures["generated"] = writer.generate(tokens[:, :6], 12, temperature=0.0)
report(packages=["x-transformers"], step_ms=step_ms, **figures)
