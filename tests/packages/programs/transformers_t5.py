"""transformers' T5: relative positions, encoder and decoder, logits, training, generation."""

import torch
from same import fill, integers, report
from transformers import T5Config, T5ForConditionalGeneration
from transformers_parts import IGNORED, generated, outputs, training

config = T5Config(
    vocab_size=97, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4, dropout_rate=0, decoder_start_token_id=0,
    pad_token_id=0, eos_token_id=1, feed_forward_proj="gated-gelu",
)  # fmt: skip
model = fill(T5ForConditionalGeneration(config), scale=0.1).eval()
tokens, labels = integers(97, 2, 12), integers(97, 2, 7, seed=1)
mask = torch.ones(2, 12, dtype=torch.long)
mask[1, 7:] = 0
labels[0, 5:] = IGNORED
batch = {"input_ids": tokens, "attention_mask": mask, "labels": labels}

figures = outputs(model, **batch) | generated(model, tokens, attention_mask=mask)
report(packages=["transformers"], **figures, **training(model, rate=3e-4, **batch))
