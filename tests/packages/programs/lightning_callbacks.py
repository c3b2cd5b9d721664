"""lightning: its other callbacks, profilers, tuners and options of the trainer, on a small regression."""

import tempfile
import warnings
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch import callbacks
from lightning.pytorch.tuner import Tuner
from lightning.pytorch.utilities import CombinedLoader
from same import fill, floats, report
from torch import nn
from torch.utils.data import DataLoader, Dataset

warnings.filterwarnings("ignore", ".*does not have many workers.*")


class Curve(Dataset):
    """Samples of a curve, made one by one."""

    def __init__(self, count, seed=0):
        self.x = floats(count, 4, seed=seed)
        self.y = (self.x**2).sum(1, keepdim=True).sin()

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return {"x": self.x[index], "y": self.y[index], "index": index}


class Regression(L.LightningModule):
    def __init__(self, lr=0.05, batch_size=8, optimizer="sgd"):
        super().__init__()
        self.save_hyperparameters()
        self.lr, self.batch_size = lr, batch_size
        self.net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
        self.losses, self.norms, self.indices = [], [], []

    def forward(self, x):
        return self.net(x)

    def training_step(self, batch, batch_idx):
        loss = nn.functional.mse_loss(self(batch["x"]), batch["y"])
        self.log("loss", loss)
        self.losses.append(loss.item())
        self.indices += batch["index"].tolist()
        return {"loss": loss, "batch": batch_idx}

    def validation_step(self, batch, batch_idx, dataloader_idx=0):
        self.log("val_loss", nn.functional.mse_loss(self(batch["x"]), batch["y"]), sync_dist=True)

    def on_before_optimizer_step(self, optimizer):
        self.norms.append(sum(L.pytorch.utilities.grad_norm(self.net, 2).values()).item())

    def train_dataloader(self):
        return DataLoader(Curve(96), batch_size=self.batch_size, num_workers=0)

    def val_dataloader(self):
        return [DataLoader(Curve(24, seed=1), batch_size=12), DataLoader(Curve(24, seed=2), batch_size=12)]

    def configure_optimizers(self):
        if self.hparams.optimizer == "plateau":
            optimizer = torch.optim.SGD(self.parameters(), lr=self.lr)
            scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": "loss"}}
        if self.hparams.optimizer == "lbfgs":
            return torch.optim.LBFGS(self.parameters(), lr=self.lr, max_iter=4)
        optimizer = torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)
        return [optimizer], [{"scheduler": torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9), "name": "falling"}]


folder = Path(tempfile.mkdtemp())
quiet = {"accelerator": "cpu", "logger": False, "enable_progress_bar": False, "enable_model_summary": False,
         "enable_checkpointing": False, "default_root_dir": folder}  # fmt: skip
found = {}


def fitted(name, model=None, **options):
    """Trains a model and notes its losses under a name."""
    model = model or fill(Regression(), 0.3)
    trainer = L.Trainer(**{"max_epochs": 2, **quiet, **options})
    trainer.fit(model)
    found[name] = model.losses
    return model, trainer


model, trainer = fitted("plain")
found["norms"], found["indices"] = model.norms, model.indices
found["two validations"] = [trainer.callback_metrics[k].item() for k in sorted(trainer.callback_metrics)]
found["two names"] = sorted(trainer.callback_metrics)

averaged = callbacks.StochasticWeightAveraging(swa_lrs=0.02, swa_epoch_start=1)
model, _ = fitted("averaged", max_epochs=4, callbacks=[averaged])
found["averaged weights"] = model.net[0].weight
pruned = callbacks.ModelPruning("l1_unstructured", parameters_to_prune=None, amount=0.3, verbose=0)
model, _ = fitted("pruned", callbacks=[pruned])
found["zeros"] = [int((p == 0).sum()) for p in model.parameters()]
scheduled = callbacks.GradientAccumulationScheduler({0: 2, 1: 4})
_, trainer = fitted("scheduled", callbacks=[scheduled, callbacks.Timer("00:00:10:00")])
found["scheduled steps"] = trainer.global_step


class Thaws(callbacks.BaseFinetuning):
    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.net[0])

    def finetune_function(self, pl_module, epoch, optimizer):
        if epoch == 1:
            self.unfreeze_and_add_param_group(pl_module.net[0], optimizer, lr=0.01)


fitted("thawed", callbacks=[Thaws()])
fitted("plateau", fill(Regression(optimizer="plateau"), 0.3), max_epochs=4)
fitted("lbfgs", fill(Regression(optimizer="lbfgs", lr=0.5), 0.3), max_epochs=1, limit_train_batches=4)
fitted("overfitted", overfit_batches=2, max_epochs=4)
_, trainer = fitted("fast", fast_dev_run=2)
found["fast steps"] = trainer.global_step
fitted("clipped by value", gradient_clip_val=0.01, gradient_clip_algorithm="value", detect_anomaly=True)
fitted("steps", max_epochs=-1, max_steps=7, check_val_every_n_epoch=None, val_check_interval=3)
model, _ = fitted("double", precision="64-true")
found["dtype"] = str(model.losses and model.net[0].weight.dtype).split(".")[1]
fitted("deterministic", deterministic=True, benchmark=False, inference_mode=False)
for profiler in ("simple", "advanced", "pytorch"):
    _, trainer = fitted(f"profiled {profiler}", profiler=profiler, max_epochs=1)
    found[f"{profiler} profile"] = bool(trainer.profiler.summary())

model = fill(Regression(), 0.3)
trainer = L.Trainer(max_epochs=1, **quiet)
finder = Tuner(trainer).lr_find(model, min_lr=1e-4, max_lr=0.5, num_training=20, update_attr=True)
found["rates"], found["rate losses"] = finder.results["lr"], finder.results["loss"]
model = fill(Regression(), 0.3)
found["batch size"] = Tuner(L.Trainer(max_epochs=1, **quiet)).scale_batch_size(model, max_trials=2, init_val=4)

loaders = CombinedLoader(
    {"a": DataLoader(Curve(12), batch_size=4), "b": DataLoader(Curve(20, 3), batch_size=4)}, "max_size_cycle"
)
found["combined"] = [[batch["a"]["x"].sum().item(), batch["b"]["x"].sum().item()] for batch, _, _ in loaders]
found["combined"] = [number for pair in found["combined"] for number in pair]
with_workers = DataLoader(Curve(32), batch_size=8, num_workers=1, persistent_workers=True)
model = fill(Regression(), 0.3)
trainer = L.Trainer(max_epochs=2, **quiet)
trainer.fit(model, with_workers)
found["by workers"] = model.losses
trainer.save_checkpoint(folder / "end.ckpt")
content = torch.load(folder / "end.ckpt", weights_only=False)
found["checkpoint"] = sorted(content)
found["saved rates"] = [group["lr"] for group in content["optimizer_states"][0]["param_groups"]]
again = Regression.load_from_checkpoint(folder / "end.ckpt")
found["loaded"] = again(floats(3, 4))
try:
    L.Trainer(max_epochs=1, **{**quiet, "accelerator": "gpu"})
    found["no card"] = None
except Exception as error:
    found["no card"] = type(error).__name__
report(packages=["lightning"], **found)
