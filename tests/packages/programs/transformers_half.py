"""transformers: a model whose file has numbers of 16 bits, as most published ones do; loaded, then used in float32."""

import json
import struct
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from same import fill, integers, report
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

GPT2 = GPT2Config(vocab_size=64, n_embd=32, n_layer=2, n_head=4, n_positions=64, bos_token_id=0, eos_token_id=1)
tokens = integers(64, 2, 12)
folder = Path(tempfile.mkdtemp())
found = {}


def write(path, tensors, kind):
    """Writes a safetensors file of float16 or bfloat16, the upper half of float32."""
    header, parts, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        numbers = tensor.detach().numpy()
        half = numbers.astype("<f2") if kind == "F16" else (numbers.view("<u4") >> 16).astype("<u2")
        parts.append(np.ascontiguousarray(half).tobytes())
        header[name] = {"dtype": kind, "shape": list(numbers.shape), "data_offsets": [at, at + len(parts[-1])]}
        at += len(parts[-1])
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


model = fill(GPT2LMHeadModel(GPT2), 0.3)
tensors = {name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
for kind, name in (("F16", "float16"), ("BF16", "bfloat16")):
    (folder / kind).mkdir()
    model.config.save_pretrained(folder / kind)
    config = json.loads((folder / kind / "config.json").read_text())
    (folder / kind / "config.json").write_text(json.dumps(config | {"dtype": name}))
    write(folder / kind / "model.safetensors", tensors, kind)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        loaded = AutoModelForCausalLM.from_pretrained(folder / kind)
    found[f"{kind}_warned"] = sum(f"no tensors of {name} yet" in str(w.message) for w in caught)
    with torch.no_grad():
        found[kind] = loaded.float().eval()(tokens).logits
        asked = AutoModelForCausalLM.from_pretrained(folder / kind, dtype=torch.float32)
        found[f"{kind}_asked"] = asked.eval()(tokens).logits

report(packages=["transformers"], **found)
