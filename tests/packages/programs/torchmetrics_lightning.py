"""torchmetrics within lightning: metrics as submodules, logged as objects, over epochs."""

import lightning as L
import torch
import torchmetrics
from same import fill, floats, report
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 4))
        self.accuracy = torchmetrics.Accuracy(task="multiclass", num_classes=4)
        metrics = torchmetrics.MetricCollection(
            {
                "f1": torchmetrics.F1Score(task="multiclass", num_classes=4, average="macro"),
                "auroc": torchmetrics.AUROC(task="multiclass", num_classes=4),
                "recall": torchmetrics.Recall(task="multiclass", num_classes=4, average="macro"),
            }
        )
        self.validated = metrics.clone(prefix="val_")
        self.confusion = torchmetrics.ConfusionMatrix(task="multiclass", num_classes=4)
        self.history, self.matrices = [], []

    def training_step(self, batch, batch_idx):
        x, y = batch
        logits = self.layers(x)
        self.accuracy(logits, y)
        self.log("accuracy", self.accuracy, on_step=True, on_epoch=True)
        return nn.functional.cross_entropy(logits, y)

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self.layers(x)
        self.validated.update(logits.softmax(1), y)
        self.confusion.update(logits, y)
        self.log_dict(self.validated, on_epoch=True)

    def on_validation_epoch_end(self):
        self.matrices.append(self.confusion.compute())
        self.confusion.reset()

    def on_train_epoch_end(self):
        self.history.append({name: value.item() for name, value in sorted(self.trainer.callback_metrics.items())})

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.03)


x = floats(240, 6)
y = (x[:, 0] > 0).long() + 2 * (x[:, 1] * x[:, 2] > 0).long()
model = fill(Classifier(), 0.3)
trainer = L.Trainer(
    max_epochs=5, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
)
trainer.fit(
    model,
    DataLoader(TensorDataset(x[:160], y[:160]), batch_size=32),
    DataLoader(TensorDataset(x[160:], y[160:]), batch_size=32),
)
report(
    packages=["torchmetrics", "lightning"],
    history=[value for epoch in model.history for value in epoch.values()],
    names=sorted(model.history[-1]),
    confusion=torch.stack(model.matrices),
)
