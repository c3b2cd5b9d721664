"""timm: its transforms, augmentations, mixing of pictures and loaders, on made-up pictures."""

import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from same import report
from timm.data import Mixup, create_dataset, create_loader, create_transform
from timm.data.random_erasing import RandomErasing

chances = np.random.default_rng(0)
folder = Path(tempfile.mkdtemp())
pictures = []
for number in range(8):
    rows, columns = np.mgrid[: 70 + number, : 90 - number, :1][:2]
    waves = np.sin(rows * chances.uniform(0.02, 0.3, 3) + columns * chances.uniform(0.02, 0.3, 3))
    pictures.append(Image.fromarray((127 + 120 * waves).astype(np.uint8)))
    path = folder / "val" / f"class{number % 2}" / f"{number}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures[-1].save(path)
figures = {}


def seen(name, transform, count=4):
    """Keeps what a transform makes of some pictures; random numbers of Python and NumPy are the same ones."""
    random.seed(1)
    np.random.seed(1)
    made = [torch.as_tensor(transform(picture)) for picture in pictures[:count]]
    figures[name] = torch.stack([x.float().mean((1, 2)) for x in made]), torch.stack([x.float().std() for x in made])
    figures[f"{name} shape"] = [list(x.shape) for x in made]
    figures[f"{name} pixels"] = torch.stack([x[:, ::9, ::7].float() for x in made])
    figures[name] = torch.cat([part.flatten() for part in figures[name]])


for interpolation in ("bilinear", "bicubic", "nearest"):
    for mode in ("center", "squash", "border"):
        options = {"interpolation": interpolation, "crop_mode": mode, "crop_pct": 0.9}
        seen(f"{interpolation} {mode}", create_transform((3, 48, 48), **options))
seen("with bytes", create_transform((3, 48, 48), normalize=False))
seen("other mean", create_transform(40, mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)))
for policy in (None, "rand-m9-mstd0.5-inc1", "rand-m7-n3-inc1", "augmix-m5-w4-d2"):
    options = {"auto_augment": policy, "hflip": 0.0, "color_jitter": None, "interpolation": "random"}
    seen(f"train {policy}", create_transform((3, 48, 48), is_training=True, **options))
options = {"hflip": 0.0, "color_jitter": None, "train_crop_mode": "rkrc", "interpolation": "bilinear"}
seen("ratio kept", create_transform((3, 48, 48), is_training=True, **options))

images = torch.from_numpy(np.random.default_rng(3).standard_normal((8, 3, 32, 32)).astype(np.float32))
labels = torch.arange(8) % 5
for options in ({"mixup_alpha": 1.0}, {"cutmix_alpha": 1.0}, {"mixup_alpha": 0.3, "cutmix_alpha": 1.0, "mode": "elem"},
                {"cutmix_minmax": (0.2, 0.8), "label_smoothing": 0.1, "mode": "pair"}):  # fmt: skip
    np.random.seed(5)
    x, y = Mixup(num_classes=5, **options)(images.clone(), labels)
    figures[f"mixed {sorted(options)}"], figures[f"labels {sorted(options)}"] = x[:, :, ::5, ::5], y
random.seed(2)
erased = RandomErasing(probability=0.7, mode="const", device="cpu", max_count=3)(images.clone())
figures["erased"] = erased[:, :, ::3, ::3]
dataset = create_dataset("", root=folder, split="val")
figures["classes"] = [dataset.reader.class_to_idx[name] for name in sorted(dataset.reader.class_to_idx)]
loader = create_loader(dataset, (3, 48, 48), batch_size=3, is_training=False, use_prefetcher=False, num_workers=1)
batches = list(loader)
figures["batches"] = torch.cat([x.mean((2, 3)) for x, _ in batches])
figures["targets"] = [t for _, y in batches for t in y.tolist()]
report(packages=["timm"], **figures)
