"""timm: what its train loop is made of: optimizers, schedules, losses, mixing, erasing, averages, clipping."""

import random

import numpy as np
import timm
import timm.loss
import torch
from same import fill, floats, integers, report
from timm.data import Mixup
from timm.data.random_erasing import RandomErasing
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import AverageMeter, ModelEmaV3, accuracy, dispatch_clip_grad, get_state_dict, unwrap_model

OPTIMIZERS = {
    "sgd": {"momentum": 0.9}, "adamw": {}, "lamb": {}, "adafactor": {}, "adafactorbv": {"momentum_dtype": torch.float32}, "lion": {}, "nadamw": {},
    "radam": {}, "adabelief": {}, "adan": {}, "adopt": {}, "lars": {}, "madgrad": {}, "rmsprop": {}, "rmsproptf": {},
    "novograd": {}, "adamp": {}, "sgdp": {}, "sgdw": {}, "laprop": {}, "mars": {}, "adagrad": {},
    "adadelta": {}, "adamax": {}, "nadam": {}, "adamc": {}, "cadamw": {}, "lookahead_adamw": {},
}  # fmt: skip
SCHEDULES = ["cosine", "tanh", "step", "multistep", "poly", "plateau", "wsd"]
images, labels = floats(8, 3, 32, 32), integers(10, 8)
figures = {}


def network():
    return fill(timm.create_model("test_vit", img_size=32, patch_size=8, num_classes=10), scale=None).train()


for name, options in OPTIMIZERS.items():
    torch.manual_seed(0)
    model = network()
    optimizer = create_optimizer_v2(model, opt=name, lr=1e-3, weight_decay=0.05, **options)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    figures[name] = losses


model = network()
for name in SCHEDULES:
    optimizer = create_optimizer_v2(model, opt="adamw", lr=1e-2, weight_decay=0.05, layer_decay=0.8)
    schedule, epochs = create_scheduler_v2(optimizer, sched=name, num_epochs=12, warmup_epochs=3, decay_epochs=4,
                                           decay_milestones=[4, 8], min_lr=1e-5, patience_epochs=1)  # fmt: skip
    rates = []
    for epoch in range(epochs):
        schedule.step(epoch + 1, metric=1.0)
        rates += [group["lr"] for group in optimizer.param_groups]
    figures[f"{name} rates"], figures[f"{name} epochs"] = rates, epochs

smooth = timm.loss.LabelSmoothingCrossEntropy(0.1)
soft = timm.loss.SoftTargetCrossEntropy()
logits, two = floats(8, 10, seed=3), torch.nn.functional.one_hot(labels, 10).float()
figures["losses"] = [
    smooth(logits, labels).item(),
    soft(logits, two).item(),
    timm.loss.BinaryCrossEntropy(smoothing=0.1)(logits, labels).item(),
    timm.loss.BinaryCrossEntropy(target_threshold=0.2)(logits, two).item(),
    timm.loss.JsdCrossEntropy(num_splits=2)(logits, labels[:4]).item(),
    timm.loss.AsymmetricLossMultiLabel()(logits, two).item(),
    timm.loss.AsymmetricLossSingleLabel()(logits, labels).item(),
]
for mode in ("batch", "pair", "elem"):
    for mixup, cutmix in ((0.8, 0.0), (0.0, 1.0), (0.8, 1.0)):
        np.random.seed(1)
        mix = Mixup(mixup_alpha=mixup, cutmix_alpha=cutmix, mode=mode, label_smoothing=0.1, num_classes=10)
        mixed, targets = mix(images.clone(), labels)
        figures[f"{mode} {mixup} {cutmix}"] = torch.cat([mixed.mean((1, 2, 3)), targets.flatten()])

random.seed(3)
erased = RandomErasing(probability=1.0, mode="const", max_count=3, device="cpu")(images.clone())
figures["erased"] = erased.mean((1, 2))
random.seed(3)
erased = RandomErasing(probability=1.0, mode="pixel", device="cpu")(images.clone())
figures["changed"] = int((erased != images).sum())

torch.manual_seed(0)
model = network()
average = ModelEmaV3(model, decay=0.9, use_warmup=True)
optimizer = create_optimizer_v2(model, opt="momentum", lr=0.05, filter_bias_and_bn=True)
criterion, meter = timm.loss.SoftTargetCrossEntropy(), AverageMeter()
np.random.seed(0)
mix = Mixup(mixup_alpha=0.8, cutmix_alpha=1.0, label_smoothing=0.1, num_classes=10)
for step in range(6):
    mixed, targets = mix(images.clone(), labels)
    optimizer.zero_grad()
    loss = criterion(model(mixed), targets)
    loss.backward()
    dispatch_clip_grad(model.parameters(), value=0.5, mode=("norm", "value", "agc")[step % 3])
    optimizer.step()
    average.update(model, step=step)
    meter.update(loss.item(), len(mixed))
figures["mean loss"] = meter.avg
figures["averaged"] = average.module.eval()(images)
figures["accuracy"] = [float(share) for share in accuracy(average.module(images), labels, topk=(1, 5))]
figures["names"] = list(get_state_dict(average, unwrap_model))
report(packages=["timm"], **figures)
