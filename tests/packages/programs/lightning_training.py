"""lightning: a module trained with callbacks, loggers and checkpoints, resumed, tested and asked for predictions."""

import csv
import tempfile
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, LearningRateMonitor, ModelCheckpoint, TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from same import fill, floats, report
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Points(L.LightningDataModule):
    def __init__(self, batch_size=32):
        super().__init__()
        self.save_hyperparameters()

    def prepare_data(self):
        x = floats(320, 8)
        self.x, self.y = x, (x[:, 0] * x[:, 1] + x[:, 2] > 0).long() + (x[:, 3] > 1).long()

    def setup(self, stage):
        whole = TensorDataset(self.x, self.y)
        self.train, self.val, self.test = (
            torch.utils.data.Subset(whole, range(a, b)) for a, b in ((0, 200), (200, 260), (260, 320))
        )

    def train_dataloader(self):
        return DataLoader(self.train, batch_size=self.hparams.batch_size)

    def val_dataloader(self):
        return DataLoader(self.val, batch_size=self.hparams.batch_size)

    def test_dataloader(self):
        return DataLoader(self.test, batch_size=self.hparams.batch_size)

    def predict_dataloader(self):
        return DataLoader(self.test, batch_size=self.hparams.batch_size)


class Classifier(L.LightningModule):
    def __init__(self, hidden=32, lr=0.02, activation="relu"):
        super().__init__()
        self.save_hyperparameters()
        self.layers = nn.Sequential(
            nn.Linear(8, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.head = nn.Linear(hidden, 3)
        self.example_input_array = floats(4, 8)
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        return self.head(self.layers(x))

    def training_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        loss = nn.functional.cross_entropy(logits, y)
        self.seen += len(x)
        self.log("train_loss", loss, on_step=True, on_epoch=True, prog_bar=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        logits = self(x)
        self.log_dict(
            {
                "val_loss": nn.functional.cross_entropy(logits, y),
                "val_accuracy": (logits.argmax(1) == y).float().mean(),
            },
            prog_bar=True,
        )

    def test_step(self, batch, batch_idx):
        x, y = batch
        self.log("test_loss", nn.functional.cross_entropy(self(x), y))

    def predict_step(self, batch, batch_idx):
        return self(batch[0]).softmax(1)

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.hparams.lr)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=self.hparams.lr, total_steps=150)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}


class Losses(Callback):
    """A user's own callback, with a state of its own in the checkpoint."""

    def __init__(self):
        self.losses, self.rates, self.hooks = [], [], []

    def setup(self, trainer, pl_module, stage):
        self.hooks.append(f"setup {stage}")

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(outputs["loss"].item())
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        self.hooks.append("step")

    def on_validation_epoch_end(self, trainer, pl_module):
        self.hooks.append("validated")

    def state_dict(self):
        return {"losses": list(self.losses)}

    def load_state_dict(self, state):
        self.losses = list(state["losses"])


def trainer(folder, epochs, **options):
    losses = Losses()
    kept = ModelCheckpoint(folder / "kept", monitor="val_loss", save_top_k=2, save_last=True, filename="{epoch}-{step}")
    callbacks = [losses, kept, LearningRateMonitor("step"), EarlyStopping("val_loss", patience=3), TQDMProgressBar(5)]
    loggers = [CSVLogger(folder, name="csv"), TensorBoardLogger(folder, name="board")]
    options = {"accelerator": "cpu", "logger": loggers, "log_every_n_steps": 1, "num_sanity_val_steps": 2, **options}
    return L.Trainer(max_epochs=epochs, callbacks=callbacks, **options), losses, kept


L.seed_everything(1, workers=True)
folder = Path(tempfile.mkdtemp())
model, data = fill(Classifier(), 0.3), Points()
plain, losses, kept = trainer(folder, 4)
plain.fit(model, datamodule=data)
tested = plain.test(model, datamodule=data)
validated = plain.validate(model, datamodule=data, verbose=False)
predicted = torch.cat(plain.predict(model, datamodule=data))

best = Classifier.load_from_checkpoint(kept.best_model_path)
wider = Classifier.load_from_checkpoint(kept.last_model_path, activation="gelu")
again = fill(Classifier(), 0.3)
resumed, more, _ = trainer(folder / "resumed", 6)
resumed.fit(again, datamodule=data, ckpt_path=kept.last_model_path)
with (Path(plain.loggers[0].log_dir) / "metrics.csv").open() as file:
    rows = list(csv.DictReader(file))

accumulated, small, _ = trainer(folder / "small", 2, accumulate_grad_batches=3, gradient_clip_val=0.1)
accumulated.fit(fill(Classifier(), 0.3), datamodule=data)
stopped, short, _ = trainer(folder / "stopped", 20, limit_train_batches=2, gradient_clip_val=0.05, val_check_interval=1)
stopped.callbacks.append(EarlyStopping("train_loss_step", stopping_threshold=0.9, check_on_train_epoch_end=True))
stopped.fit(fill(Classifier(lr=0.3), 0.3), datamodule=data)

report(
    packages=["lightning"],
    losses=losses.losses,
    rates=losses.rates,
    hooks=losses.hooks,
    kept=sorted(path.name for path in (folder / "kept").iterdir()),
    best=Path(kept.best_model_path).name,
    best_loss=kept.best_model_score,
    tested=tested,
    validated=list(validated[0].values()),
    predicted=predicted,
    best_logits=best.eval()(floats(4, 8)),
    hyperparameters=dict(best.hparams) | {"wider": wider.hparams.activation},
    seen=[model.seen.item(), again.seen.item()],
    resumed=more.losses,
    planned=plain.estimated_stepping_batches,
    steps=[resumed.global_step, resumed.current_epoch, accumulated.global_step],
    columns=sorted(rows[0]),
    csv_loss=[float(row["train_loss_step"]) for row in rows if row["train_loss_step"]],
    csv_rate=[float(row["lr-AdamW"]) for row in rows if row["lr-AdamW"]],
    accumulated=small.losses,
    stopped=[stopped.current_epoch, *short.losses],
    board=len(list((folder / "board").rglob("events.out.tfevents*"))),
    printed=str(L.pytorch.utilities.model_summary.ModelSummary(model, max_depth=2)),
)
