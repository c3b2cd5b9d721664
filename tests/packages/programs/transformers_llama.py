"""transformers' Llama: rotary positions, grouped keys, logits, training, generation, caches."""

import torch
from same import fill, integers, report
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, StaticCache
from transformers_parts import IGNORED, generated, outputs, training

config = LlamaConfig(
    vocab_size=97, hidden_size=64, intermediate_size=160, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
model = fill(LlamaForCausalLM(config), scale=0.1).eval()
tokens = integers(97, 2, 12)
mask = torch.ones(2, 12, dtype=torch.long)
mask[0, :4] = 0
batch = {"input_ids": tokens, "attention_mask": mask, "labels": tokens.masked_fill(mask == 0, IGNORED)}

figures = outputs(model, **batch)
for cache in (DynamicCache(config=config), StaticCache(config=config, max_cache_len=32)):
    first = model(tokens[:, :8], cache=cache, use_cache=True)
    second = model(tokens[:, 8:], cache=first.past_key_values, use_cache=True)
    figures[type(cache).__name__] = torch.cat([first.logits, second.logits], 1)
figures |= generated(model, tokens, attention_mask=mask)
report(packages=["transformers"], **figures, **training(model, **batch))
