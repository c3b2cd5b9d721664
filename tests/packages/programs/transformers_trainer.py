"""transformers.Trainer: training, evaluation, checkpoints, resuming, accumulation, clipping, schedules, a seq2seq."""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from same import fill, integers, report
from tiny_text import tokenizer_of
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DataCollatorForLanguageModeling,
    DataCollatorForSeq2Seq,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    GPT2Config,
    GPT2LMHeadModel,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    T5Config,
    T5ForConditionalGeneration,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

SENTENCES = ["the cat sat on the mat", "a dog ran in the park", "the old man and the sea", "birds fly over the hills"]
folder = Path(tempfile.mkdtemp())
tokenizer = tokenizer_of(SENTENCES)
found = {}


class Pairs(torch.utils.data.Dataset):
    """Sequences of tokens with a label each."""

    def __init__(self, count, seed=0):
        self.tokens = integers(50, count, 10, seed=seed)
        self.labels = integers(3, count, seed=seed + 1)

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, index):
        length = 4 + index % 7
        return {"input_ids": self.tokens[index, :length], "labels": self.labels[index]}


def classifier():
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        num_labels=3,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return fill(BertForSequenceClassification(config))


def language_model():
    config = GPT2Config(
        vocab_size=50, n_embd=32, n_layer=2, n_head=4, n_positions=32, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0
    )
    return fill(GPT2LMHeadModel(config))


def arguments(name, kind=TrainingArguments, **changes):
    options = {
        "per_device_train_batch_size": 4,
        "num_train_epochs": 2,
        "learning_rate": 1e-3,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "train_sampling_strategy": "sequential",
    }
    return kind(output_dir=str(folder / name), **options | changes)


def accuracy(predictions):
    logits, labels = predictions
    return {"accuracy": float((np.argmax(logits, -1) == labels).mean())}


def losses(trainer):
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def column(trainer, name):
    return [float(entry[name]) for entry in trainer.state.log_history if name in entry]


def trained(name, model=None, **changes):
    """Trains a classifier; the losses, the norms of gradients, the rates and the weights go into the report."""
    trainer = Trainer(
        model or classifier(),
        arguments(name, **changes),
        train_dataset=Pairs(16),
        eval_dataset=Pairs(10, seed=7),
        data_collator=DataCollatorWithPadding(tokenizer),
        compute_metrics=accuracy,
    )
    result = trainer.train()
    found[name] = losses(trainer)
    found[f"{name}_rates"] = column(trainer, "learning_rate")
    found[f"{name}_norms"] = column(trainer, "grad_norm")
    found[f"{name}_end"] = [result.global_step, round(trainer.state.epoch, 6)]
    found[f"{name}_loss"] = result.training_loss
    found[f"{name}_weight"] = trainer.model.classifier.weight
    return trainer


# Losses, evaluation, prediction.
trainer = trained("plain", eval_strategy="epoch", weight_decay=0.01)
found["evaluated"] = column(trainer, "eval_loss") + column(trainer, "eval_accuracy")
found["evaluation"] = {k: v for k, v in trainer.evaluate().items() if not k.endswith(("time", "second"))}["eval_loss"]
predictions = trainer.predict(Pairs(6, seed=3))
found["predicted"] = predictions.predictions.ravel().tolist()
found["predicted_labels"] = predictions.label_ids.tolist()

# Accumulation, clipping, schedules and optimizers.
trained("accumulated", gradient_accumulation_steps=2, per_device_train_batch_size=2)
trained("clipped", max_grad_norm=0.05, optim="sgd", learning_rate=0.1)
for kind in ("linear", "cosine", "constant_with_warmup", "polynomial", "inverse_sqrt", "reduce_lr_on_plateau"):
    options = {"warmup_steps": 3} if kind != "reduce_lr_on_plateau" else {"eval_strategy": "steps", "eval_steps": 2}
    trained(f"scheduled_{kind}", lr_scheduler_type=kind, max_steps=6, **options)
trained("smoothed", label_smoothing_factor=0.1, max_steps=4)
trained("checkpointing", gradient_checkpointing=True, max_steps=4)
for optimizer in ("adafactor", "adagrad", "rmsprop", "adamw_torch_fused"):
    trained(f"by_{optimizer}", optim=optimizer, max_steps=4)


# Checkpoints: what goes on from one ends as what was not stopped.
class Stop(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop = state.global_step == 4


def saving(name, callbacks=(), **changes):
    return Trainer(
        classifier(),
        arguments(name, save_strategy="steps", save_steps=2, save_total_limit=2, **changes),
        train_dataset=Pairs(16),
        data_collator=DataCollatorWithPadding(tokenizer),
        callbacks=list(callbacks),
    )


whole = saving("whole", train_sampling_strategy="random")
whole.train()
stopped = saving("stopped", [Stop()], train_sampling_strategy="random")
stopped.train()
found["files"] = sorted(path.name for path in (folder / "stopped" / "checkpoint-4").iterdir())
found["checkpoints"] = sorted(path.name for path in (folder / "whole").glob("checkpoint-*"))
state = json.loads((folder / "stopped" / "checkpoint-4" / "trainer_state.json").read_text())
found["state"] = [state["global_step"], state["epoch"], state["max_steps"]]
resumed = saving("stopped", train_sampling_strategy="random")
resumed.train(resume_from_checkpoint=True)
found["resumed"] = losses(resumed)[4:] == losses(whole)[4:] and len(losses(resumed)) == 8
found["resumed_weights"] = all(
    torch.equal(a, b) for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True)
)

# The best model at the end, early stopping.
best = Trainer(
    classifier(),
    arguments(
        "best",
        eval_strategy="steps",
        eval_steps=2,
        save_strategy="steps",
        save_steps=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        num_train_epochs=8,
        learning_rate=0.05,
    ),
    train_dataset=Pairs(16),
    eval_dataset=Pairs(10, seed=7),
    data_collator=DataCollatorWithPadding(tokenizer),
    callbacks=[EarlyStoppingCallback(early_stopping_patience=2)],
)
best.train()
found["best"] = best.state.best_metric
found["best_step"] = [best.state.global_step, Path(best.state.best_model_checkpoint).name]
found["best_again"] = best.evaluate()["eval_loss"]

# A language model; a collator that makes the labels; the model saved by the trainer.
texts = [{"input_ids": row} for row in integers(50, 16, 12).tolist()]
writer = Trainer(
    language_model(),
    arguments("writer"),
    train_dataset=texts,
    data_collator=DataCollatorForLanguageModeling(tokenizer, mlm=False),
)
writer.train()
found["language"] = losses(writer)
writer.save_model(str(folder / "written"))
again = GPT2LMHeadModel.from_pretrained(folder / "written")
found["language_again"] = all(
    torch.equal(a, b) for a, b in zip(writer.model.parameters(), again.parameters(), strict=True)
)

# An encoder and a decoder, with generation in the evaluation.
t5 = T5Config(
    vocab_size=50, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, dropout_rate=0.0, decoder_start_token_id=0
)
pairs = [
    {"input_ids": source, "labels": target}
    for source, target in zip(integers(50, 12, 8).tolist(), integers(50, 12, 5, seed=1).tolist(), strict=True)
]
translator = Seq2SeqTrainer(
    fill(T5ForConditionalGeneration(t5)),
    arguments("translator", Seq2SeqTrainingArguments, predict_with_generate=True, generation_max_length=6),
    train_dataset=pairs,
    eval_dataset=pairs[:4],
    data_collator=DataCollatorForSeq2Seq(tokenizer),
)
translator.train()
found["translated"] = losses(translator)
found["translated_loss"] = translator.evaluate()["eval_loss"]
found["translated_tokens"] = translator.predict(pairs[:4]).predictions.tolist()

report(packages=["transformers", "accelerate"], **found)
