"""What programs on transformers' models share: outputs by both ways of attention, training, checkpointing, tokens."""

import torch
from same import train

IGNORED = -100


def outputs(model, **inputs):
    """Returns the logits by each way of attention, the loss and the gradients' norm of a model in evaluation mode."""
    found = {}
    for attention in ("eager", "sdpa"):
        model.set_attn_implementation(attention)
        with torch.no_grad():
            found[f"logits_{attention}"] = model(**inputs).logits
    found |= {f"{name}_plain": value for name, value in gradients(model, **inputs).items()}
    return found


def gradients(model, **inputs):
    """Returns the loss of a model and the norm of its gradients."""
    model.zero_grad()
    loss = model(**inputs).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9)
    model.zero_grad()
    return {"loss": loss.item(), "norm": norm.item()}


def training(model, rate=1e-3, **inputs):
    """Returns losses of AdamW steps, the time of one, and what gradients are where layers run twice instead of stored.

    A rate at which float32 and float64 drift apart, torch's own too, compares rounding: then a lower one is given.
    """
    model.train()
    model.activation_checkpointing_enable()
    found = {f"{name}_checkpointed": value for name, value in gradients(model, **inputs).items()}
    model.activation_checkpointing_disable()
    losses, step_ms = train(model, lambda m: m(**inputs).loss, optimizer=torch.optim.AdamW(model.parameters(), lr=rate))
    model.eval()
    return {"losses": losses, "step_ms": step_ms, **found}


def generated(model, *prompt, count=10, **inputs):
    """Returns tokens by several strategies, and whether sampling gives as many as it was asked for."""
    model.eval()
    greedy = {"max_new_tokens": count, "do_sample": False, **inputs}
    found = {
        "greedy": model.generate(*prompt, **greedy),
        "static_cache": model.generate(*prompt, cache_implementation="static", **greedy),
        "without_cache": model.generate(*prompt, use_cache=False, **greedy),
        "beams": model.generate(*prompt, num_beams=3, num_return_sequences=2, length_penalty=0.5, **greedy),
        "penalised": model.generate(*prompt, repetition_penalty=1.3, no_repeat_ngram_size=2, **greedy),
    }
    torch.manual_seed(3)
    sampled = model.generate(
        *prompt,
        max_new_tokens=count,
        min_new_tokens=count,
        do_sample=True,
        top_k=20,
        top_p=0.9,
        temperature=0.8,
        **inputs,
    )
    found["sampled_shape"] = list(sampled.shape)
    found["sampled_within"] = bool(((sampled >= 0) & (sampled < model.config.get_text_config().vocab_size)).all())
    return {name: value.tolist() if isinstance(value, torch.Tensor) else value for name, value in found.items()}
