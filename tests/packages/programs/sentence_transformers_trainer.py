"""sentence-transformers: its trainer on pairs of sentences, with an evaluator, a checkpoint."""

import tempfile
from pathlib import Path

from datasets import Dataset
from same import fill, report
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
    losses,
    models,
)
from sentence_transformers.sentence_transformer.evaluation import EmbeddingSimilarityEvaluator
from tiny_text import tokenizer_of
from transformers import BertConfig, BertModel

SENTENCES = ["the cat sat on the mat", "a dog ran in the park", "the old man and the sea", "birds fly over the hills"]
OTHERS = ["a cat on a mat", "the dog ran", "a man and a sea", "the birds over a park"]
SCORES = [0.9, 0.1, 0.5, 0.3]
folder = Path(tempfile.mkdtemp())
tokenizer = tokenizer_of(SENTENCES + OTHERS)
config = BertConfig(
    vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)  # fmt: skip
fill(BertModel(config), 0.2).save_pretrained(folder / "bert")
tokenizer.save_pretrained(folder / "bert")

pairs = Dataset.from_dict({"anchor": SENTENCES * 2, "positive": OTHERS * 2})
scored = Dataset.from_dict({"sentence1": SENTENCES, "sentence2": OTHERS, "score": SCORES})
found = {}
for name, loss, data in (
    ("ranking", losses.MultipleNegativesRankingLoss, pairs), ("cosine", losses.CosineSimilarityLoss, scored)
):  # fmt: skip
    words = models.Transformer(str(folder / "bert"), max_seq_length=16)
    model = SentenceTransformer(modules=[words, models.Pooling(words.get_embedding_dimension())], device="cpu")
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(folder / name), per_device_train_batch_size=len(data), num_train_epochs=6, learning_rate=1e-3,
        logging_steps=1, report_to="none", use_cpu=True, save_steps=3, eval_strategy="steps", eval_steps=3,
        disable_tqdm=True,
    )  # fmt: skip
    evaluator = EmbeddingSimilarityEvaluator(SENTENCES, OTHERS, SCORES)
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=data, eval_dataset=data, loss=loss(model), evaluator=evaluator
    )
    trainer.train()
    found[name] = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    found[f"{name} evaluated"] = [entry["eval_loss"] for entry in trainer.state.log_history if "eval_loss" in entry]
    model.save_pretrained(str(folder / "trained"))
    again = SentenceTransformer(str(folder / "trained"), device="cpu")
    found[f"{name} encoded"] = again.encode(SENTENCES, convert_to_tensor=True)
    found[f"{name} checkpoints"] = sorted(p.name for p in (folder / name).iterdir())
report(packages=["sentence-transformers", "transformers", "datasets"], **found)
