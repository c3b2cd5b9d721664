"""transformers' models: logits, AdamW steps, generation, caches, masks, labels, checkpointing."""

import pytest
from packages.both import compare, needs


@pytest.mark.parametrize("model", ["gpt2", "llama", "bert", "t5", "vit", "whisper"])
def test_model(model):
    needs("transformers")
    compare(f"transformers_{model}.py")
