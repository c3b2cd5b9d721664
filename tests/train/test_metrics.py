"""Metrics accumulate counts: batches of any sizes give what scikit-learn computes of all samples."""

import math

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import train

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 101)
LABELS[LABELS == 3] = 2  # a class without samples
SCORES = (RANDOM.normal(size=(101, 5)) + 1.5 * np.eye(5)[LABELS]).astype(np.float32)
BINARY = RANDOM.integers(0, 2, 101)
LOGITS = np.round(RANDOM.normal(size=101) + BINARY, 1).astype(np.float32)  # with ties
VALUES = RANDOM.normal(size=(101, 3)).astype(np.float32) + 100
GUESSES = (VALUES + RANDOM.normal(size=(101, 3))).astype(np.float32)


def measure(metric, output, target, sizes=(1, 40, 7, 53)):
    start = 0
    for size in sizes:
        metric.update(mg.tensor(output[start : start + size]), mg.tensor(target[start : start + size]))
        start += size
    return metric.compute()


@pytest.fixture(scope="module")
def sk():
    return pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")


def test_accuracy_and_confusion(sk):
    predicted = SCORES.argmax(1)
    assert measure(train.Accuracy(), SCORES, LABELS) == sk.accuracy_score(LABELS, predicted)
    assert measure(train.Accuracy(), LOGITS, BINARY) == sk.accuracy_score(BINARY, LOGITS > 0)
    matrix = measure(train.ConfusionMatrix(), SCORES, LABELS)
    assert matrix.tolist() == sk.confusion_matrix(LABELS, predicted, labels=range(5)).tolist()


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_top_k(sk, k):
    expected = sk.top_k_accuracy_score(LABELS, SCORES, k=k, labels=range(5))
    assert measure(train.TopK(k), SCORES, LABELS) == pytest.approx(expected)


@pytest.mark.parametrize("average", ["macro", "micro", "binary"])
def test_precision_recall_f1(sk, average):
    output, target = (LOGITS, BINARY) if average == "binary" else (SCORES, LABELS)
    predicted = (LOGITS > 0).astype(int) if average == "binary" else SCORES.argmax(1)
    for metric, expected in (
        (train.Precision, sk.precision_score),
        (train.Recall, sk.recall_score),
        (train.F1, sk.f1_score),
    ):
        found = measure(metric(average), output, target)
        assert found == pytest.approx(expected(target, predicted, average=average, zero_division=0))


def test_auroc(sk):
    assert measure(train.AUROC(), LOGITS, BINARY) == pytest.approx(sk.roc_auc_score(BINARY, LOGITS))
    pairs = np.stack([-LOGITS, LOGITS], 1)
    assert measure(train.AUROC(), pairs, BINARY) == pytest.approx(sk.roc_auc_score(BINARY, LOGITS))
    expected = np.mean([sk.roc_auc_score(c == LABELS, SCORES[:, c]) for c in (0, 1, 2)])
    assert measure(train.AUROC(), SCORES, LABELS) == pytest.approx(expected)


def test_errors_and_r2(sk):
    assert measure(train.MAE(), GUESSES, VALUES) == pytest.approx(sk.mean_absolute_error(VALUES, GUESSES), rel=1e-5)
    expected = math.sqrt(sk.mean_squared_error(VALUES.astype(float), GUESSES.astype(float)))
    assert measure(train.RMSE(), GUESSES, VALUES) == pytest.approx(expected)
    expected = sk.r2_score(VALUES.astype(float), GUESSES.astype(float))
    assert measure(train.R2(), GUESSES, VALUES) == pytest.approx(expected)


def test_perplexity(sk):
    powers = np.exp(SCORES.astype(float))
    expected = math.exp(sk.log_loss(LABELS, powers / powers.sum(1, keepdims=True), labels=range(5)))
    assert measure(train.Perplexity(), SCORES, LABELS) == pytest.approx(expected, rel=1e-5)
    ignored = np.where(np.arange(101) % 2, LABELS, -100)
    expected = measure(train.Perplexity(), SCORES[1::2], LABELS[1::2], (50,))
    assert measure(train.Perplexity(), SCORES, ignored) == pytest.approx(expected)


def test_classes_along_the_second_axis_of_images():
    output = mg.rand(2, 3, 4, 5)
    assert_target = output.argmax(1)
    metric = train.Accuracy()
    metric.update(output, assert_target)
    assert (metric.compute(), metric.total) == (1.0, 40)


@pytest.mark.parametrize(
    ("metric", "output", "target", "words"),
    [
        (train.Accuracy(), mg.zeros(4, 3), mg.zeros(5, dtype=mg.int64), r"output \(4, 3\) and target \(5,\)"),
        (train.Accuracy(), mg.zeros(2, 3), mg.tensor([0, 3]), "label 3 is out of range for 3 classes"),
        (train.F1(), mg.zeros(2, 3), mg.tensor([-1, 0]), "label -1 is out of range for 3 classes"),
        (train.AUROC(), mg.zeros(2), mg.tensor([0, 2]), "label 2 is out of range for 2 classes"),
        (train.TopK(4), mg.zeros(2, 3), mg.tensor([0, 1]), "k=4 is more than the 3 classes"),
        (train.MAE(), mg.zeros(2, 1), mg.zeros(2), r"MAE: expected the same shape, got output \(2, 1\) and target"),
        (train.R2(), mg.zeros(3), mg.zeros(2), "R2: expected the same shape"),
        (train.Perplexity(), mg.zeros(2, 3), mg.tensor([0, 7]), "label 7 is out of range for 3 classes"),
        (train.Accuracy(), mg.zeros(2, 3), mg.tensor([0.5, 1.0]), "expected whole numbers as labels"),
    ],
)
def test_wrong_shapes_and_labels(metric, output, target, words):
    with pytest.raises(ValueError, match=words):
        metric.update(output, target)


def test_wrong_options_and_types():
    with pytest.raises(ValueError, match="average must be"):
        train.F1("weighted")
    with pytest.raises(ValueError, match="k must be at least 1"):
        train.TopK(0)
    with pytest.raises(TypeError, match="expected a tensor as target, got int"):
        train.MAE().update(mg.zeros(2), 3)
    metric = train.F1("binary")
    metric.update(mg.zeros(2, 3), mg.tensor([0, 1]))
    with pytest.raises(ValueError, match="average='binary' expected 2 classes, got 3"):
        metric.compute()


@pytest.mark.parametrize(
    "metric",
    [train.Accuracy(), train.TopK(2), train.F1(), train.AUROC(), train.ConfusionMatrix(), train.Perplexity()],
    ids=lambda metric: type(metric).__name__,
)
def test_a_state_goes_on(metric):
    expected = measure(metric.new(), SCORES, LABELS)
    half = metric.new()
    half.update(mg.tensor(SCORES[:50]), mg.tensor(LABELS[:50]))
    other = metric.new()
    other.load_state_dict(half.state_dict())
    other.update(mg.tensor(SCORES[50:]), mg.tensor(LABELS[50:]))
    assert np.array_equal(other.compute(), expected)


def test_no_samples_are_nan():
    for kind in (train.Accuracy, train.F1, train.AUROC, train.MAE, train.RMSE, train.R2, train.Perplexity):
        assert math.isnan(kind().compute())


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("classes", [*range(1, 18), 33])
def test_accuracy_of_tensors_is_that_of_arrays(dtype, classes):
    rng = np.random.default_rng(classes)
    for rows in (0, 1, 7):
        scores = rng.integers(-2, 3, (rows, classes)).astype(dtype)
        if dtype is not np.int64:
            scores[rng.random(scores.shape) < 0.2] = np.nan
            scores[rng.random(scores.shape) < 0.1] = -np.inf
        labels = rng.integers(0, max(classes, 2), rows)
        if classes > 1:
            labels[: rows // 2] = scores.argmax(-1)[: rows // 2]
        expected = train.Accuracy()
        expected.count(scores, labels)
        strided = mg.from_numpy(np.repeat(scores, 2, axis=1))[:, ::2]
        for output in (mg.from_numpy(scores), strided):
            metric = train.Accuracy()
            metric.update(output, mg.from_numpy(labels))
            assert (metric.right, metric.total) == (expected.right, rows)


def test_accuracy_calls_a_count_that_a_subclass_overrides():
    class Twice(train.Accuracy):
        def count(self, output, target):
            super().count(output, target)
            self.right *= 2

    metric = Twice()
    metric.update(mg.tensor([[0.0, 1.0]]), mg.tensor([1]))
    assert metric.right == 2
