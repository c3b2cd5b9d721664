"""Models of pictures as torch's own examples write them: a classifier, a siamese network, a variational autoencoder, a
generator against a discriminator, layers that are trained alone, a network for larger pictures."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from same import fill, floats, integers, report
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--gamma", type=float, default=0.7)
parser.add_argument("--no-accel", action="store_true")
args = parser.parse_args()
device = torch.device("cpu")
images, labels = floats(32, 1, 28, 28), integers(10, 32)


def learn(optimizer, losses_of, count):
    losses = []
    for _ in range(count):
        optimizer.zero_grad()
        loss = losses_of()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, 1), nn.Conv2d(8, 16, 3, 1)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(2304, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = torch.flatten(self.dropout1(x), 1)
        return F.log_softmax(self.fc2(self.dropout2(F.relu(self.fc1(x)))), dim=1)


def classifier():
    model = fill(Net()).to(device).eval()  # without dropout
    optimizer = optim.Adadelta(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=1, gamma=args.gamma)
    losses = []
    for _ in range(3):
        for data, target in DataLoader(TensorDataset(images, labels), batch_size=8):
            losses += learn(optimizer, lambda x=data, y=target: F.nll_loss(model(x.to(device)), y.to(device)), 1)
        scheduler.step()
    with torch.no_grad():
        pred = model(images).argmax(dim=1, keepdim=True)
        return losses, [scheduler.get_last_lr()[0], pred.eq(labels.view_as(pred)).sum().item() > 5]


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 40), nn.Linear(40, 5), nn.Linear(40, 5)
        self.fc3, self.fc4 = nn.Linear(5, 40), nn.Linear(40, 784)

    def forward(self, x):
        h1 = F.relu(self.fc1(x.view(-1, 784)))
        mu, logvar = self.fc21(h1), self.fc22(h1)
        std = torch.exp(0.5 * logvar)
        z = mu + floats(*std.shape, seed=7).to(std) * std
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


def vae_loss(model, x):
    recon_x, mu, logvar = model(x)
    bce = F.binary_cross_entropy(recon_x, x.view(-1, 784), reduction="sum")
    return (bce - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())) / len(x)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 5, 2), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten())
        self.fc = nn.Sequential(nn.Linear(2 * 576, 16), nn.ReLU(inplace=True), nn.Linear(16, 1))

    def forward(self, a, b):
        return torch.sigmoid(self.fc(torch.cat((self.features(a), self.features(b)), 1)))


class Layer(nn.Linear):
    """A layer that learns to tell what is right from what is wrong by its own activity."""

    def __init__(self, in_features, out_features):
        super().__init__(in_features, out_features)
        self.relu, self.threshold = torch.nn.ReLU(), 1.0

    def forward(self, x):
        x_direction = x / (x.norm(2, 1, keepdim=True) + 1e-4)
        return self.relu(torch.mm(x_direction, self.weight.T) + self.bias.unsqueeze(0))

    def loss(self, right, wrong):
        goods = [self.forward(x).pow(2).mean(1) for x in (right, wrong)]
        return torch.log(1 + torch.exp(torch.cat([-goods[0] + self.threshold, goods[1] - self.threshold]))).mean()


def adversaries():
    G = fill(nn.Sequential(
        nn.ConvTranspose2d(6, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
        nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh(),
    ))  # fmt: skip
    D = fill(nn.Sequential(
        nn.Conv2d(1, 8, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(8, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten(0),
    ))  # fmt: skip
    of_d, of_g = (optim.Adam(net.parameters(), lr=2e-3, betas=(0.5, 0.999)) for net in (D, G))
    criterion, real, losses = nn.BCELoss(), floats(8, 1, 8, 8), []
    for step in range(6):
        D.zero_grad()
        label = torch.full((8,), 1.0, dtype=real.dtype, device=device)
        err_real = criterion(D(real), label)
        err_real.backward()
        fake = G(floats(8, 6, 1, 1, seed=step))
        err_fake = criterion(D(fake.detach()), label.fill_(0.0))
        err_fake.backward()
        of_d.step()
        G.zero_grad()
        err_g = criterion(D(fake), label.fill_(1.0))
        err_g.backward()
        of_g.step()
        losses += [(err_real + err_fake).item(), err_g.item()]
    return losses


figures = {}
figures["classifier"], figures["rate"] = classifier()
model = fill(VAE())
figures["vae"] = learn(optim.Adam(model.parameters(), lr=1e-3), lambda: vae_loss(model, torch.sigmoid(images)), 10)
siamese, same = fill(Siamese()), (labels == labels.roll(1)).float()
figures["siamese"] = learn(
    optim.Adadelta(siamese.parameters(), lr=0.3),
    lambda: F.binary_cross_entropy(siamese(images, images.roll(1, 0)).squeeze(), same), 8,
)  # fmt: skip
layer = fill(Layer(784, 30))
right, wrong = images.view(32, -1), images.view(32, -1).flip(1)
figures["layer"] = learn(optim.Adam(layer.parameters(), lr=0.02), lambda: layer.loss(right, wrong), 10)
figures["adversaries"] = adversaries()
larger = fill(
    nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.Conv2d(16, 9, 3, padding=1), nn.PixelShuffle(3))
)
coarse, fine = floats(4, 1, 10, 10), floats(4, 1, 30, 30, seed=1)
figures["larger"] = learn(optim.Adam(larger.parameters(), lr=1e-3), lambda: F.mse_loss(larger(coarse), fine), 10)
report(**figures)
