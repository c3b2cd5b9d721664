"""transformers: models from folders of files and back, by their classes, AutoModel, AutoTokenizer and pipeline."""

import json
import tempfile
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from same import fill, integers, report
from tiny_text import tokenizer_of
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertModel,
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
    pipeline,
)

SENTENCES = ["the cat sat on the mat", "a dog ran in the park", "the old man and the sea", "birds fly over the hills"]
BERT = BertConfig(
    vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, num_labels=3
)
T5 = T5Config(vocab_size=99, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, decoder_start_token_id=0)

folder = Path(tempfile.mkdtemp())
tokenizer = tokenizer_of(SENTENCES)
tokenizer.save_pretrained(folder / "gpt2")
GPT2 = GPT2Config(
    vocab_size=len(tokenizer),
    n_embd=32,
    n_layer=2,
    n_head=4,
    n_positions=64,
    bos_token_id=tokenizer.bos_token_id,
    eos_token_id=tokenizer.eos_token_id,
)
tokens = integers(len(tokenizer), 2, 12)
found = {}


def logits(model):
    with torch.no_grad():
        return model.eval()(tokens).logits


def names_in(path):
    with safe_open(path, framework="pt") as file:
        return sorted(file.keys())


# One file of safetensors: tied weights are stored once and tied again.
model = fill(GPT2LMHeadModel(GPT2), 0.3)
model.save_pretrained(folder / "gpt2")
found["expected"] = logits(model)
found["names"] = names_in(folder / "gpt2" / "model.safetensors")
again, about = GPT2LMHeadModel.from_pretrained(folder / "gpt2", output_loading_info=True)
found["loaded"] = logits(again)
found["about"] = {name: sorted(map(str, keys)) for name, keys in about.items()}
found["tied"] = again.lm_head.weight is again.transformer.wte.weight
found["auto"] = logits(AutoModelForCausalLM.from_pretrained(folder / "gpt2"))
found["config"] = AutoConfig.from_pretrained(folder / "gpt2").n_embd
found["dtype"] = str(again.dtype)

# Shards, with their index.
model.save_pretrained(folder / "shards", max_shard_size="30KB")
index = json.loads((folder / "shards" / "model.safetensors.index.json").read_text())
found["shards"] = index["weight_map"]
found["total"] = index["metadata"]["total_size"]
found["sharded"] = logits(GPT2LMHeadModel.from_pretrained(folder / "shards"))

# A pickle of torch.
(folder / "pickle").mkdir()
model.config.save_pretrained(folder / "pickle")
torch.save(model.state_dict(), folder / "pickle" / "pytorch_model.bin")
found["pickled"] = logits(GPT2LMHeadModel.from_pretrained(folder / "pickle", use_safetensors=False))

# A file by hand, with a prefix less, as published files of GPT-2 have it, and a name that nobody asked for.
stored = load_file(folder / "gpt2" / "model.safetensors")
bare = {name.removeprefix("transformer."): tensor for name, tensor in stored.items()}
bare["extra.weight"] = torch.zeros(2)
(folder / "bare").mkdir()
model.config.save_pretrained(folder / "bare")
save_file(bare, folder / "bare" / "model.safetensors", metadata={"format": "pt"})
again, about = GPT2LMHeadModel.from_pretrained(folder / "bare", output_loading_info=True)
found["bare"] = logits(again)
found["unexpected"] = sorted(about["unexpected_keys"])

# Another head on a body: what is missing is drawn anew, what has another shape is refused or ignored.
body = fill(BertModel(BERT), 0.2)
body.save_pretrained(folder / "bert")
found["body"] = body.eval()(integers(99, 2, 9)).pooler_output
found["auto_body"] = AutoModel.from_pretrained(folder / "bert").eval()(integers(99, 2, 9)).pooler_output
head, about = AutoModelForSequenceClassification.from_pretrained(
    folder / "bert", num_labels=3, output_loading_info=True
)
found["missing"] = sorted(about["missing_keys"])
found["head"] = [list(head.classifier.weight.shape), head.num_labels, bool(head.classifier.weight.std() > 0)]
head.save_pretrained(folder / "head")
try:
    AutoModelForSequenceClassification.from_pretrained(folder / "head", num_labels=5)
except RuntimeError as error:
    found["refused"] = type(error).__name__
head, about = AutoModelForSequenceClassification.from_pretrained(
    folder / "head", num_labels=5, ignore_mismatched_sizes=True, output_loading_info=True
)
found["mismatched"] = sorted(name for name, *_ in about["mismatched_keys"])

# An encoder and a decoder that share one embedding.
t5 = fill(T5ForConditionalGeneration(T5), 0.2)
t5.save_pretrained(folder / "t5")
found["t5_names"] = names_in(folder / "t5" / "model.safetensors")
again = T5ForConditionalGeneration.from_pretrained(folder / "t5").eval()
found["t5_tied"] = again.shared.weight is again.decoder.embed_tokens.weight
source, target = integers(99, 2, 7), integers(99, 2, 5, seed=1)
found["t5"] = again(input_ids=source, labels=target).logits
found["t5_generated"] = again.generate(source, max_new_tokens=6, do_sample=False).tolist()

# The tokenizer, and text that goes on.
tokenizer = AutoTokenizer.from_pretrained(folder / "gpt2")
batch = tokenizer(SENTENCES, return_tensors="pt", padding=True)
found["batch"] = {name: value.tolist() for name, value in batch.items()}
found["decoded"] = tokenizer.batch_decode(batch["input_ids"], skip_special_tokens=True)
writer = pipeline("text-generation", model=str(folder / "gpt2"), device="cpu")
found["written"] = writer("the cat", max_new_tokens=8, do_sample=False)
found["several"] = writer(["a dog", "the old man"], max_new_tokens=4, do_sample=False, return_full_text=False)
texts = pipeline("feature-extraction", model=str(folder / "gpt2"), tokenizer=tokenizer)("the sea")
found["features"] = torch.tensor(texts)

report(packages=["transformers", "tokenizers", "safetensors"], **found)
