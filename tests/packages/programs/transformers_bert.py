"""transformers' BERT: masked words and classes, with padding, and attention weights."""

import torch
from same import fill, integers, report
from transformers import BertConfig, BertForMaskedLM, BertForSequenceClassification
from transformers_parts import IGNORED, outputs, training

config = BertConfig(
    vocab_size=97, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, num_labels=3,
    max_position_embeddings=64, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
)  # fmt: skip
tokens = integers(97, 2, 12)
mask = torch.ones(2, 12, dtype=torch.long)
mask[1, 7:] = 0
kinds = (torch.arange(12) > 5).long().expand(2, 12)
batch = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": kinds}
words = tokens.masked_fill((mask == 0) | (torch.arange(12) % 3 > 0), IGNORED)

masked = fill(BertForMaskedLM(config), scale=0.1).eval()
figures = outputs(masked, **batch, labels=words)
masked.set_attn_implementation("eager")
figures["weights"] = torch.stack(masked(**batch, output_attentions=True).attentions)
classes = fill(BertForSequenceClassification(config), scale=0.1).eval()
for name, value in outputs(classes, **batch, labels=torch.tensor([2, 0])).items():
    figures[f"classes_{name}"] = value
pooled = classes.bert(**batch)
figures |= {"pooled": pooled.pooler_output, "last": pooled.last_hidden_state}
masked.set_attn_implementation("sdpa")
report(packages=["transformers"], **figures, **training(masked, **batch, labels=words))
