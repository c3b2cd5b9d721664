"""torchmetrics: metrics updated batch by batch, collections of them, and one of a user's own."""

import torch
import torchmetrics
from same import floats, integers, report
from torchmetrics import MetricCollection, classification, regression, text
from torchmetrics.functional import classification as functions


class Share(torchmetrics.Metric):
    """A user's own metric: the share of samples that are right, and all margins."""

    full_state_update = False

    def __init__(self, **options):
        super().__init__(**options)
        self.add_state("right", default=torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("total", default=torch.tensor(0), dist_reduce_fx="sum")
        self.add_state("margins", default=[], dist_reduce_fx="cat")

    def update(self, preds, target):
        self.right += (preds.argmax(1) == target).sum()
        self.total += target.numel()
        self.margins.append(preds.amax(1) - preds.mean(1))

    def compute(self):
        return self.right.float() / self.total, torchmetrics.utilities.dim_zero_cat(self.margins).mean()


CLASSES = 5
scores, labels = floats(120, CLASSES).softmax(-1), integers(CLASSES, 120)
binary, truth = floats(120, seed=1).sigmoid(), integers(2, 120, seed=2)
several, wanted = floats(120, 3, seed=3).sigmoid(), integers(2, 120, 3, seed=4)
guesses, values = floats(120, 2, seed=5), floats(120, 2, seed=6)
logits, tokens = floats(12, 10, 30, seed=7), integers(30, 12, 10, seed=8)
images, originals = floats(12, 3, 16, 16, seed=9).sigmoid(), floats(12, 3, 16, 16, seed=10).sigmoid()

MULTICLASS = {
    "accuracy": classification.MulticlassAccuracy(CLASSES),
    "micro": classification.MulticlassAccuracy(CLASSES, average="micro", top_k=2),
    "f1": classification.MulticlassF1Score(CLASSES),
    "f1_each": classification.MulticlassF1Score(CLASSES, average=None),
    "precision": classification.MulticlassPrecision(CLASSES),
    "recall": classification.MulticlassRecall(CLASSES),
    "specificity": classification.MulticlassSpecificity(CLASSES),
    "auroc": classification.MulticlassAUROC(CLASSES),
    "auroc_binned": classification.MulticlassAUROC(CLASSES, thresholds=20),
    "average_precision": classification.MulticlassAveragePrecision(CLASSES),
    "confusion": classification.MulticlassConfusionMatrix(CLASSES),
    "confusion_true": classification.MulticlassConfusionMatrix(CLASSES, normalize="true"),
    "kappa": classification.MulticlassCohenKappa(CLASSES),
    "matthews": classification.MulticlassMatthewsCorrCoef(CLASSES),
    "jaccard": classification.MulticlassJaccardIndex(CLASSES),
    "calibration": classification.MulticlassCalibrationError(CLASSES),
    "hinge": classification.MulticlassHingeLoss(CLASSES),
    "exact": classification.MulticlassStatScores(CLASSES, average=None),
    "task": torchmetrics.Accuracy(task="multiclass", num_classes=CLASSES),
    "share": Share(),
}
BINARY = {
    "accuracy": classification.BinaryAccuracy(),
    "f1": classification.BinaryF1Score(threshold=0.4),
    "auroc": classification.BinaryAUROC(),
    "auroc_part": classification.BinaryAUROC(max_fpr=0.5),
    "roc": classification.BinaryROC(),
    "curve": classification.BinaryPrecisionRecallCurve(thresholds=11),
    "confusion": classification.BinaryConfusionMatrix(),
    "average_precision": classification.BinaryAveragePrecision(),
    "calibration": classification.BinaryCalibrationError(n_bins=5),
}
MULTILABEL = {
    "accuracy": classification.MultilabelAccuracy(3),
    "f1": classification.MultilabelF1Score(3, average=None),
    "auroc": classification.MultilabelAUROC(3),
    "confusion": classification.MultilabelConfusionMatrix(3),
    "ranking": classification.MultilabelRankingLoss(3),
    "exact": classification.MultilabelExactMatch(3),
}
REGRESSION = {
    "mse": regression.MeanSquaredError(),
    "rmse": regression.MeanSquaredError(squared=False),
    "mse_each": regression.MeanSquaredError(num_outputs=2),
    "mae": regression.MeanAbsoluteError(),
    "r2": regression.R2Score(multioutput="raw_values"),
    "pearson": regression.PearsonCorrCoef(num_outputs=2),
    "spearman": regression.SpearmanCorrCoef(num_outputs=2),
    "explained": regression.ExplainedVariance(),
    "concordance": regression.ConcordanceCorrCoef(num_outputs=2),
    "cosine": regression.CosineSimilarity(reduction="mean"),
    "mape": regression.MeanAbsolutePercentageError(),
    "log_cosh": regression.LogCoshError(num_outputs=2),
    "kendall": regression.KendallRankCorrCoef(num_outputs=2),
}
TEXT = {"perplexity": text.Perplexity(), "perplexity_ignoring": text.Perplexity(ignore_index=3)}
IMAGE = {
    "psnr": torchmetrics.image.PeakSignalNoiseRatio(data_range=1.0),
    "ssim": torchmetrics.image.StructuralSimilarityIndexMeasure(data_range=1.0, kernel_size=5, sigma=0.8),
    "total_variation": torchmetrics.image.TotalVariation(),
}
AVERAGES = {
    "mean": torchmetrics.MeanMetric(),
    "sum": torchmetrics.SumMetric(),
    "max": torchmetrics.MaxMetric(),
    "cat": torchmetrics.CatMetric(),
    "running": torchmetrics.aggregation.RunningMean(window=3),
}


def flat(value):
    """Returns the numbers of a result, which is a tensor or tensors in a tuple, list or dict."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in flat(value[key])]
    if isinstance(value, (tuple, list)):
        return [number for part in value for number in flat(part)]
    return value.detach().double().ravel().tolist() if isinstance(value, torch.Tensor) else [value]


def measured(metrics, *tensors, batch=40):
    """Returns, for each metric, its value for the first batch by `forward` and its value over all batches."""
    found = {}
    for name, metric in metrics.items():
        parts = [[t[i : i + batch] for t in tensors] for i in range(0, len(tensors[0]), batch)]
        first = flat(metric(*parts[0]))
        for part in parts[1:]:
            metric.update(*part)
        found[name] = first + flat(metric.compute())
        metric.reset()
    return found


found = {}
for kind, metrics, *tensors in (
    ("multiclass", MULTICLASS, scores, labels),
    ("binary", BINARY, binary, truth),
    ("multilabel", MULTILABEL, several, wanted),
    ("regression", REGRESSION, guesses, values),
    ("text", TEXT, logits, tokens),
    ("average", AVERAGES, guesses[:, 0]),
):
    found |= {f"{kind} {name}": numbers for name, numbers in measured(metrics, *tensors).items()}
found |= {
    f"image {n}": v for n, v in measured({n: IMAGE[n] for n in ("psnr", "ssim")}, images, originals, batch=4).items()
}
found |= {f"image {n}": v for n, v in measured({"total_variation": IMAGE["total_variation"]}, images, batch=4).items()}

collection = MetricCollection(
    [
        classification.MulticlassAccuracy(CLASSES),
        classification.MulticlassPrecision(CLASSES),
        classification.MulticlassConfusionMatrix(CLASSES),
    ],
    prefix="val_",
)
tracker = torchmetrics.wrappers.MetricTracker(
    MetricCollection([classification.MulticlassAccuracy(CLASSES), classification.MulticlassF1Score(CLASSES)])
)
for start in (0, 40, 80):
    tracker.increment()
    tracker.update(scores[start : start + 40], labels[start : start + 40])
for start in (0, 40, 80):
    collection.update(scores[start : start + 40], labels[start : start + 40])
together = collection.compute()
state = {name: tuple(value.shape) for name, value in collection.state_dict().items()}
copy = collection.clone(prefix="copy_")
total = classification.BinaryAccuracy() + classification.BinaryF1Score()
total.update(binary, truth)
booted = torchmetrics.wrappers.MinMaxMetric(classification.BinaryAccuracy())
booted.update(binary, truth)
persistent = Share()
persistent.persistent(True)
persistent.update(scores, labels)
restored = Share()
restored.load_state_dict(persistent.state_dict(), strict=False)

report(
    packages=["torchmetrics"],
    **found,
    collection=flat(together),
    names=sorted(together) + sorted(copy.compute()),
    groups={str(k): list(v) for k, v in collection.compute_groups.items()},
    state=state,
    tracked=flat(tracker.compute_all()),
    best=flat(tracker.best_metric(return_step=True)),
    total=flat(total.compute()),
    booted=flat(booted.compute()),
    persistent=sorted(persistent.state_dict()),
    function=flat(functions.multiclass_f1_score(scores, labels, CLASSES)),
    printed=repr(collection),
    devices=str(Share().device),
    double=flat(torchmetrics.MeanSquaredError().set_dtype(torch.float64)(guesses.double(), values.double())),
)
