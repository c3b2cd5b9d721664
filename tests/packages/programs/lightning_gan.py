"""pytorch_lightning: a GAN by manual optimization, as in Lightning's examples."""

import pytorch_lightning as pl
import torch
from same import fill, floats, report
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Generator(nn.Module):
    def __init__(self, latent, shape):
        super().__init__()

        def block(before, after, normalize=True):
            layers = [nn.Linear(before, after)]
            if normalize:
                layers.append(nn.BatchNorm1d(after, 0.8))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            return layers

        self.shape = shape
        self.model = nn.Sequential(*block(latent, 32, normalize=False), *block(32, 64), nn.Linear(64, 64), nn.Tanh())

    def forward(self, z):
        return self.model(z).view(z.size(0), *self.shape)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(nn.Linear(64, 64), nn.LeakyReLU(0.2, inplace=True), nn.Linear(64, 1), nn.Sigmoid())

    def forward(self, image):
        return self.model(image.view(image.size(0), -1))


class GAN(pl.LightningModule):
    def __init__(self, latent=16, lr=2e-3, b1=0.5, b2=0.999):
        super().__init__()
        self.save_hyperparameters()
        self.automatic_optimization = False
        self.generator = Generator(latent, (1, 8, 8))
        self.discriminator = Discriminator()
        self.validation_z = floats(8, latent, seed=3)
        self.example_input_array = torch.zeros(2, latent)
        self.losses = []

    def forward(self, z):
        return self.generator(z)

    def training_step(self, batch, batch_idx):
        (images,) = batch
        optimizer_g, optimizer_d = self.optimizers()
        z = floats(images.shape[0], self.hparams.latent, seed=batch_idx).type_as(images)

        self.toggle_optimizer(optimizer_g)
        valid = torch.ones(images.size(0), 1).type_as(images)
        g_loss = F.binary_cross_entropy(self.discriminator(self(z)), valid)
        self.log("g_loss", g_loss, prog_bar=True)
        self.manual_backward(g_loss)
        self.clip_gradients(optimizer_g, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
        optimizer_g.step()
        optimizer_g.zero_grad()
        self.untoggle_optimizer(optimizer_g)

        self.toggle_optimizer(optimizer_d)
        real = F.binary_cross_entropy(self.discriminator(images), valid)
        fake = F.binary_cross_entropy(self.discriminator(self(z).detach()), torch.zeros_like(valid))
        d_loss = (real + fake) / 2
        self.log("d_loss", d_loss, prog_bar=True)
        self.manual_backward(d_loss)
        optimizer_d.step()
        optimizer_d.zero_grad()
        self.untoggle_optimizer(optimizer_d)
        self.losses += [g_loss.item(), d_loss.item()]

    def on_train_epoch_end(self):
        for scheduler in self.lr_schedulers():
            scheduler.step()

    def configure_optimizers(self):
        betas = self.hparams.b1, self.hparams.b2
        optimizers = [
            torch.optim.Adam(m.parameters(), self.hparams.lr, betas) for m in (self.generator, self.discriminator)
        ]
        return optimizers, [torch.optim.lr_scheduler.ExponentialLR(o, 0.9) for o in optimizers]


model = fill(GAN(), 0.1)
loader = DataLoader(TensorDataset(floats(128, 1, 8, 8).tanh()), batch_size=16)
trainer = pl.Trainer(
    accelerator="auto", devices=1, max_epochs=3, logger=False, enable_checkpointing=False, enable_progress_bar=False
)
trainer.fit(model, loader)
report(
    packages=["pytorch_lightning"],
    losses=model.losses,
    steps=[trainer.global_step, trainer.current_epoch],
    images=model(model.validation_z),
    rates=[o.param_groups[0]["lr"] for o in trainer.optimizers],
)
