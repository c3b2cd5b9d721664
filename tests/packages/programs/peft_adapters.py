"""peft: adapters on GPT-2 and BERT: trained, saved, loaded, merged, switched."""

import tempfile
import warnings
from pathlib import Path

import torch
from peft import (
    AdaLoraConfig,
    AutoPeftModelForCausalLM,
    IA3Config,
    LNTuningConfig,
    LoKrConfig,
    LoraConfig,
    OFTConfig,
    PeftModel,
    PrefixTuningConfig,
    PromptEncoderConfig,
    PromptTuningConfig,
    TaskType,
    VBLoRAConfig,
    VeraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from same import fill, floats, integers, report, train
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel

warnings.filterwarnings("ignore", "Unsupported layer type")  # it names torch's module
folder = Path(tempfile.mkdtemp())
tokens = integers(64, 4, 16)
found = {}


def gpt2():
    config = GPT2Config(
        vocab_size=64,
        n_embd=32,
        n_layer=2,
        n_head=4,
        n_positions=64,
        bos_token_id=0,
        eos_token_id=1,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
    )
    return fill(GPT2LMHeadModel(config), 0.2)


def logits(model):
    with torch.no_grad():
        return model.eval()(input_ids=tokens).logits


def refill(model):
    """Gives the parameters that are trained equal numbers over both libraries: adapters are drawn at random."""
    trained = torch.nn.Module()
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            trained.register_parameter(name.replace(".", "/"), parameter)
    fill(trained, 0.1)
    return model


def losses_of(model, steps=20, **inputs):
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    batch = inputs or {"input_ids": tokens, "labels": tokens}
    return train(model, lambda m: m(**batch).loss, steps, optimizer)


# LoRA: trained, saved, loaded, merged.
gpt2().save_pretrained(folder / "base")
config = LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, lora_alpha=16, target_modules=["c_attn", "c_proj"])
model = get_peft_model(gpt2(), config)
found["identity"] = bool(torch.equal(logits(model), logits(gpt2())))  # B is zero
refill(model)
found["counted"] = model.get_nb_trainable_parameters()
model.print_trainable_parameters()
# Ten steps: both are within 5e-6 of float64. Later AdamW divides gradients near 0 by themselves, and rounding decides.
found["losses"], step_ms = losses_of(model.train(), 10)
model.save_pretrained(folder / "lora")
found["files"] = sorted(path.name for path in (folder / "lora").iterdir())
found["logits"] = expected = logits(model)
again = PeftModel.from_pretrained(gpt2(), folder / "lora")
found["again"] = torch.equal(logits(again), expected)
found["frozen"] = any(parameter.requires_grad for parameter in again.parameters())
config = LoraConfig.from_pretrained(folder / "lora")
config.base_model_name_or_path = str(folder / "base")
config.save_pretrained(folder / "lora")
found["auto"] = torch.equal(logits(AutoPeftModelForCausalLM.from_pretrained(folder / "lora")), expected)
with model.disable_adapter():
    found["without"] = logits(model)
found["generated"] = model.generate(input_ids=tokens, max_new_tokens=5, do_sample=False).tolist()
model.merge_adapter()
found["merged_in_place"] = logits(model)
model.unmerge_adapter()
found["unmerged"] = logits(model)
merged = again.merge_and_unload()
found["merged"] = logits(merged)
found["merged_type"] = type(merged).__name__
merged.save_pretrained(folder / "merged")
found["merged_again"] = logits(GPT2LMHeadModel.from_pretrained(folder / "merged"))
found["unloaded"] = logits(model.unload())

# Several adapters on one model.
both = PeftModel.from_pretrained(gpt2(), folder / "lora", adapter_name="first")
both.add_adapter("second", LoraConfig(task_type=TaskType.CAUSAL_LM, r=2, target_modules=["c_attn", "c_proj"]))
both.set_adapter("second")
refill(both)
found["second"] = logits(both)
both.add_weighted_adapter(["first", "second"], [0.7, 0.3], "mixed", combination_type="cat")
both.set_adapter("mixed")
found["mixed"] = logits(both)
both.add_weighted_adapter(["first", "second"], [0.7, 0.3], "svd", combination_type="svd", svd_rank=4)
both.set_adapter("svd")
found["svd"] = logits(both)
both.delete_adapter("mixed")
both.set_adapter("first")
found["first"] = torch.equal(logits(both), expected)
state = get_peft_model_state_dict(both, adapter_name="second")
found["state"] = sorted(state)
set_peft_model_state_dict(both, state, adapter_name="second")

# transformers' own entry to adapters.
base = GPT2LMHeadModel.from_pretrained(folder / "base")
base.load_adapter(str(folder / "lora"))
found["integrated"] = logits(base)

# Variants of LoRA, and other kinds.
kinds = {
    "rslora": LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, use_rslora=True, target_modules=["c_attn"]),
    "dora": LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, use_dora=True, target_modules=["c_attn"]),
    "bias": LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, bias="lora_only", modules_to_save=["ln_f"]),
    "embedding": LoraConfig(task_type=TaskType.CAUSAL_LM, r=4, target_modules=["wte", "lm_head"]),
    "ia3": IA3Config(task_type=TaskType.CAUSAL_LM),
    "prefix": PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4),
    "projected": PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4, prefix_projection=True),
    "prompt": PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4),
    "p_tuning": PromptEncoderConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4, encoder_hidden_size=16),
    "adalora": AdaLoraConfig(task_type=TaskType.CAUSAL_LM, target_modules=["c_attn"], total_step=40, tinit=4, tfinal=4),
    "norms": LNTuningConfig(task_type=TaskType.CAUSAL_LM, target_modules=["ln_1", "ln_2", "ln_f"]),
}
for name, config in kinds.items():
    model = refill(get_peft_model(gpt2(), config))
    found[f"{name}_losses"], _ = losses_of(model.train(), 8)
    found[f"{name}_logits"] = logits(model)
    model.save_pretrained(folder / name)
    again = PeftModel.from_pretrained(gpt2(), folder / name)
    found[f"{name}_again"] = float((logits(again) - logits(model)).abs().max())

# A classifier: the head is trained and saved too; adapters of linear layers.
bert = BertConfig(
    vocab_size=64,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    num_labels=3,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
heads = {
    "bert": LoraConfig(task_type=TaskType.SEQ_CLS, r=4, target_modules="all-linear"),
    "lokr": LoKrConfig(task_type=TaskType.SEQ_CLS, r=4, target_modules=["query", "value"]),
    "vera": VeraConfig(task_type=TaskType.SEQ_CLS, r=4, target_modules=["query", "value"]),
    "vblora": VBLoRAConfig(
        task_type=TaskType.SEQ_CLS, r=4, topk=2, num_vectors=8, vector_length=8, target_modules=["query"]
    ),
    "oft": OFTConfig(task_type=TaskType.SEQ_CLS, oft_block_size=8, target_modules=["query", "value"]),
}
labels = integers(3, 4)
for name, config in heads.items():
    model = get_peft_model(fill(BertForSequenceClassification(bert), 0.2), config)
    with torch.no_grad():
        for buffer in (b for n, b in model.named_buffers() if "vera" in n):
            buffer.copy_(0.3 * floats(*buffer.shape))
    refill(model)
    found[f"{name}_losses"], _ = losses_of(model.train(), 8, input_ids=tokens, labels=labels)
    found[f"{name}_logits"] = logits(model)
    model.save_pretrained(folder / name)
    again = PeftModel.from_pretrained(fill(BertForSequenceClassification(bert), 0.2), folder / name)
    found[f"{name}_again"] = float((logits(again) - logits(model)).abs().max())
    found[f"{name}_merged"] = logits(model.merge_and_unload())

report(packages=["peft", "transformers"], step_ms=step_ms, **found)
