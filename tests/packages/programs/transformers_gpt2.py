"""transformers' GPT-2: logits, training, generation, caches."""

import torch
from same import fill, integers, report
from transformers import DynamicCache, GPT2Config, GPT2LMHeadModel, StaticCache
from transformers_parts import IGNORED, generated, outputs, training

config = GPT2Config(
    vocab_size=97, n_positions=64, n_embd=64, n_layer=2, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0,
    bos_token_id=1, eos_token_id=2, pad_token_id=0,
)  # fmt: skip
model = fill(GPT2LMHeadModel(config), scale=0.1).eval()
tokens = integers(97, 2, 12)
mask = torch.ones(2, 12, dtype=torch.long)
mask[0, :4] = 0
batch = {"input_ids": tokens, "attention_mask": mask, "labels": tokens.masked_fill(mask == 0, IGNORED)}

figures = outputs(model, **batch)
for cache in (DynamicCache(config=config), StaticCache(config=config, max_cache_len=32)):
    first = model(tokens[:, :8], cache=cache, use_cache=True)
    second = model(tokens[:, 8:], cache=first.past_key_values, use_cache=True)
    figures[type(cache).__name__] = torch.cat([first.logits, second.logits], 1)
    figures[f"{type(cache).__name__}_length"] = int(cache.get_seq_length())
figures |= generated(model, tokens, attention_mask=mask)
everything = model(tokens, output_hidden_states=True)
figures["hidden"] = torch.stack(everything.hidden_states)
report(packages=["transformers"], **figures, **training(model, **batch))
