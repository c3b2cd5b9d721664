"""Steps of a model of transformers, for `bench_packages.py`: each line that comes in asks for so many steps.

Plain torch, which runs over either library. Answers with the milliseconds of each step, on the clock and of the
processor, and at the end of the input with the MiB that the process took at most, before the model was made and after
the steps.
"""

import json
import resource
import sys
import time
from typing import Any, TypeAlias

import torch
import transformers
from transformers import BertConfig, GPT2Config, LlamaConfig, ViTConfig

Model: TypeAlias = tuple[Any, dict[str, Any]]
"""A model and its arguments."""


def gpt2() -> Model:
    """Return GPT-2 of 4 layers of 256, and 4 texts of 128 words."""
    model = transformers.GPT2LMHeadModel(GPT2Config(vocab_size=8192, n_embd=256, n_layer=4, n_head=4, **_ends))
    return model, _texts(8192)


def llama() -> Model:
    """Return Llama of 4 layers of 256, and 4 texts of 128 words."""
    sizes = {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4, "num_attention_heads": 4}
    model = transformers.LlamaForCausalLM(LlamaConfig(vocab_size=8192, **sizes, **_ends))
    return model, _texts(8192)


def bert() -> Model:
    """Return BERT small, 4 layers of 512, and 4 texts of 128 words of which some are padding."""
    sizes = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 4, "num_attention_heads": 8}
    batch = _texts(8192)
    batch["attention_mask"] = (torch.arange(128) < torch.tensor([[128], [100], [128], [77]])).long()
    return transformers.BertForMaskedLM(BertConfig(vocab_size=8192, **sizes)), batch


def vit() -> Model:
    """Return ViT small, 12 layers of 384, and 2 images of 224 x 224."""
    sizes = {"hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 12, "num_attention_heads": 6}
    model = transformers.ViTForImageClassification(ViTConfig(num_labels=100, **sizes))
    return model, {"pixel_values": torch.randn(2, 3, 224, 224), "labels": torch.randint(0, 100, (2,))}


_ends = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def _texts(words: int) -> dict[str, Any]:
    tokens = torch.randint(3, words, (4, 128))
    return {"input_ids": tokens, "labels": tokens}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Answer line by line."""
    torch.manual_seed(0)
    torch.set_num_threads(int(sys.argv[2]))
    before = _peak()
    model, batch = {"gpt2": gpt2, "llama": llama, "bert": bert, "vit": vit}[sys.argv[1]]()
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            begun, used = time.perf_counter(), time.process_time()
            optimizer.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            optimizer.step()
            loss.item()
            times.append((1e3 * (time.perf_counter() - begun), 1e3 * (time.process_time() - used)))
        print(json.dumps(times), flush=True)
    print(json.dumps([before, _peak()]), flush=True)


if __name__ == "__main__":
    main()
