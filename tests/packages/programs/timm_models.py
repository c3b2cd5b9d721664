"""timm: the smallest members of its families, forward in evaluation and a step of training; argv names the group.

Some of them are so deep, or normalise so few numbers, that torch's own training in float32 is further than 1e-4 from
its training in float64. They train in float64.
"""

import sys

import timm
import torch
from same import fill, floats, integers, report

GROUPS = {
    "convolutions": {
        "resnet18": {},
        "resnext26ts": {},
        "mobilenetv3_small_050": {},
        "efficientnet_b0": {},
        "regnetx_002": {},
        "densenet121": {"double": True},
        "inception_v3": {"size": 75, "double": True},
        "vgg11": {"mlp_ratio": 1 / 16},
        "legacy_xception": {"size": 96, "double": True},
    },
    "attention": {
        "vit_tiny_patch16_224": {"img_size": 64},
        "swin_tiny_patch4_window7_224": {"img_size": 64, "depths": (2, 2, 2, 2), "drop_path_rate": 0.0},
        "deit_tiny_distilled_patch16_224": {"img_size": 64},
        "beit_base_patch16_224": {"img_size": 64, "depth": 4, "embed_dim": 192, "num_heads": 3},
        "mixer_s32_224": {"img_size": 64},
        "xcit_nano_12_p16_224": {"img_size": 64},
        "cait_xxs24_224": {"img_size": 64},
        "coat_tiny": {"img_size": 64},
        "levit_128s": {"img_size": 64, "double": True},
        "maxvit_rmlp_pico_rw_256": {"img_size": 64, "drop_path_rate": 0.0},
    },
    "mixed": {
        "convnext_atto": {},
        "dpn48b": {"double": True},
        "pvt_v2_b0": {},
        "poolformer_s12": {},
        "eca_nfnet_l0": {"double": True},
        "ghostnet_050": {},
        "edgenext_xx_small": {},
        "hrnet_w18_small": {},
        "convnextv2_atto": {},
        "mambaout_femto": {},
    },
}


def spread(x):
    """Returns values in units of their spread, so that a tolerance means the same for every model."""
    x = x.detach()
    return x / x.std()


figures = {}
for name, options in GROUPS[sys.argv[1]].items():
    size, double = options.pop("size", 64), options.pop("double", False)
    model = fill(timm.create_model(name, num_classes=10, drop_rate=0.0, **options), scale=None)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    images, labels = floats(4, 3, size, size), integers(10, 4)
    with torch.no_grad():
        figures[f"{name} logits"] = spread(model.eval()(images))
    if double:
        model, images = model.double(), images.double()
    optimizer = torch.optim.SGD(model.train().parameters(), lr=0.1)
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    loss.backward()
    norms = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None])
    figures[f"{name} gradients"] = norms / norms.norm()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    after = torch.nn.functional.cross_entropy(model(images), labels)
    figures[f"{name} losses"] = [loss.item(), after.item()]
report(packages=["timm"], **figures)
