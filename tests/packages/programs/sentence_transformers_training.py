"""sentence-transformers: pooling, models from folders, encoding, similarities, losses, its trainer."""

import tempfile
from pathlib import Path

import torch
from same import fill, floats, integers, report, train
from sentence_transformers import CrossEncoder, SentenceTransformer, losses, models, util
from sentence_transformers.sentence_transformer.evaluation import (
    BinaryClassificationEvaluator,
    EmbeddingSimilarityEvaluator,
    InformationRetrievalEvaluator,
    TripletEvaluator,
)
from tiny_text import tokenizer_of
from transformers import BertConfig, BertForSequenceClassification, BertModel

SENTENCES = ["the cat sat on the mat", "a dog ran in the park", "the old man and the sea", "birds fly over the hills"]
OTHERS = ["a cat on a mat", "the dog ran", "a man and a sea", "the birds over a park"]
folder = Path(tempfile.mkdtemp())
found = {}

tokenizer = tokenizer_of(SENTENCES + OTHERS)
config = BertConfig(
    vocab_size=len(tokenizer),
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
fill(BertModel(config), 0.2).save_pretrained(folder / "bert")
tokenizer.save_pretrained(folder / "bert")

# Pooling alone, in each of its modes.
features = {
    "token_embeddings": floats(3, 5, 8),
    "attention_mask": torch.tensor([[1, 1, 1, 0, 0], [1] * 5, [1, 0, 0, 0, 0]]),
}
features["cls_token_embeddings"] = features["token_embeddings"][:, 0]
for mode in ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"):
    found[f"pooled_{mode}"] = models.Pooling(8, pooling_mode=mode)(dict(features))["sentence_embedding"]
normalized = models.Normalize()({"sentence_embedding": floats(3, 8)})["sentence_embedding"]
dense = fill(models.Dense(8, 4), 0.3)({"sentence_embedding": normalized})["sentence_embedding"]
found["dense"] = fill(models.LayerNorm(4))({"sentence_embedding": dense})["sentence_embedding"]


def sentence_model(mode="mean"):
    words = models.Transformer(str(folder / "bert"), max_seq_length=16)
    return SentenceTransformer(modules=[words, models.Pooling(words.get_embedding_dimension(), mode)], device="cpu")


# Encoding, saving, similarities.
model = sentence_model()
found["encoded"] = model.encode(SENTENCES, batch_size=3, show_progress_bar=False).ravel().astype(float).tolist()
found["as_tensor"] = embeddings = model.encode(SENTENCES, convert_to_tensor=True, normalize_embeddings=True)
found["one"] = model.encode(SENTENCES[0]).astype(float).tolist()
found["tokens"] = model.encode(SENTENCES[0], output_value="token_embeddings")
found["truncated"] = model.encode(SENTENCES, truncate_dim=8, convert_to_tensor=True)
found["int8"] = model.encode(SENTENCES, precision="int8").shape[1]
found["binary"] = model.encode(SENTENCES, precision="ubinary").tolist()
model.save(str(folder / "sentences"))
again = SentenceTransformer(str(folder / "sentences"), device="cpu")
found["again"] = again.encode(SENTENCES, convert_to_tensor=True)
found["plain_folder"] = SentenceTransformer(str(folder / "bert"), device="cpu").encode(OTHERS, convert_to_tensor=True)
others = model.encode(OTHERS, convert_to_tensor=True)
found["similarity"] = model.similarity(embeddings, others)
found["cos_sim"] = util.cos_sim(embeddings, others)
found["dot"] = util.dot_score(embeddings, others)
found["pairs"] = util.pairwise_cos_sim(embeddings, others)
found["distances"] = util.euclidean_sim(embeddings, others)
found["search"] = [[hit["corpus_id"] for hit in hits] for hits in util.semantic_search(embeddings, others, top_k=2)]
found["mined"] = [pair[1:] for pair in util.paraphrase_mining(model, SENTENCES + OTHERS, top_k=2)][:4]
found["clusters"] = util.community_detection(model.encode(SENTENCES + OTHERS, convert_to_tensor=True), 0.5, 1)

# Each loss, one step after another.
anchors, partners = (model.preprocess(texts) for texts in (SENTENCES, OTHERS))
negatives = model.preprocess(SENTENCES[::-1])
scores, classes = torch.tensor([0.9, 0.1, 0.5, 0.3]), integers(3, 4)
makers = {
    "ranking": (losses.MultipleNegativesRankingLoss, {}, [anchors, partners], None),
    "ranking_negatives": (losses.MultipleNegativesRankingLoss, {}, [anchors, partners, negatives], None),
    "ranking_both": (losses.MultipleNegativesSymmetricRankingLoss, {}, [anchors, partners], None),
    "ranking_cached": (losses.CachedMultipleNegativesRankingLoss, {"mini_batch_size": 2}, [anchors, partners], None),
    "cosine": (losses.CosineSimilarityLoss, {}, [anchors, partners], scores),
    "cosent": (losses.CoSENTLoss, {}, [anchors, partners], scores),
    "angle": (losses.AnglELoss, {}, [anchors, partners], scores),
    "contrastive": (losses.ContrastiveLoss, {}, [anchors, partners], (scores > 0.4).long()),
    "online": (losses.OnlineContrastiveLoss, {}, [anchors, partners], (scores > 0.4).long()),
    "triplet": (losses.TripletLoss, {}, [anchors, partners, negatives], None),
    "batch_hard": (losses.BatchHardTripletLoss, {}, [anchors], torch.tensor([0, 0, 1, 1])),
    "batch_all": (losses.BatchAllTripletLoss, {}, [anchors], torch.tensor([0, 0, 1, 1])),
    "batch_semi_hard": (losses.BatchSemiHardTripletLoss, {}, [anchors], torch.tensor([0, 0, 1, 1])),
    "softmax": (losses.SoftmaxLoss, {"num_labels": 3, "embedding_dimension": 32}, [anchors, partners], classes),
    "margin": (losses.MarginMSELoss, {}, [anchors, partners, negatives], scores),
    "distilled": (losses.MSELoss, {}, [anchors], floats(4, 32)),
}
for name, (kind, options, inputs, target) in makers.items():
    loss = kind(model=sentence_model(), **options)
    if name == "softmax":
        fill(loss.classifier)

    def loss_of(m, inputs=inputs, target=target):
        return m([dict(part) for part in inputs], target)

    found[name], _ = train(loss, loss_of, steps=3)
nested = losses.MatryoshkaLoss(model := sentence_model(), losses.CosineSimilarityLoss(model), [32, 16, 8])
found["nested"], step_ms = train(nested, lambda m: m([dict(anchors), dict(partners)], scores), steps=20)

# Evaluators.
model = sentence_model()
queries, corpus = (dict(zip("abcd", texts, strict=True)) for texts in (SENTENCES, OTHERS))
evaluators = [
    TripletEvaluator(SENTENCES, OTHERS, SENTENCES[::-1]),
    EmbeddingSimilarityEvaluator(SENTENCES, OTHERS, scores.tolist()),
    BinaryClassificationEvaluator(SENTENCES, OTHERS, [1, 0, 1, 1]),
    InformationRetrievalEvaluator(queries, corpus, {key: {key} for key in "abcd"}),
]
for evaluator in evaluators:
    found[type(evaluator).__name__] = [float(value) for value in evaluator(model).values()]

# A cross encoder, which reads two sentences at once.
config.num_labels = 1
fill(BertForSequenceClassification(config), 0.2).save_pretrained(folder / "cross")
tokenizer.save_pretrained(folder / "cross")
cross = CrossEncoder(str(folder / "cross"), device="cpu", max_length=16)
found["scores"] = cross.predict(list(zip(SENTENCES, OTHERS, strict=True)), convert_to_tensor=True)
found["ranked"] = [hit["corpus_id"] for hit in cross.rank(SENTENCES[0], OTHERS)]

report(packages=["sentence-transformers", "transformers"], step_ms=step_ms, **found)
