"""vit-pytorch: what learns without labels: Dino, EsViT and masked patch prediction, three steps of each.

Crops and changes of colour are chosen, not drawn, so that both libraries see the same pictures; the augmentations that
the learners bring run as well. MPP takes the classes' token as earlier versions of ViT kept it, over torch too.
"""

import copy

import numpy as np
import torch
from same import fill, floats, report
from torchvision.transforms import functional as F
from vit_pytorch import Dino, ViT, mpp
from vit_pytorch.cvt import CvT
from vit_pytorch.es_vit import EsViTTrainer

IMAGES = floats(2, 3, 64, 64).sigmoid()
figures = {}


def changed(x):
    """Changes the colours of a batch and blurs it."""
    x = F.adjust_hue(F.adjust_saturation(F.adjust_contrast(F.adjust_brightness(x, 1.3), 0.7), 1.4), 0.1)
    blurred = F.gaussian_blur(x, (3, 5), (1.0, 2.0))
    gray = F.rgb_to_grayscale(F.hflip(x), num_output_channels=3)
    return F.normalize(torch.cat([blurred[:1], gray[1:]]), [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


class Function(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def learn(name, learner, again=lambda: None):
    """Trains three steps by Adam and keeps the losses, the sizes of the first gradients, and what `again` returns."""
    trained = [p for p in learner.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=1e-3)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = learner(IMAGES)
        loss.backward()
        losses.append(loss.item())
        if len(losses) == 1:
            norms = torch.stack([p.grad.norm() for p in trained if p.grad is not None])
            figures[f"{name} gradients"] = norms / norms.norm()
        optimizer.step()
        again()
    figures[f"{name} losses"] = losses


def prepare(kind, net, **options):
    """Returns a learner whose crops are chosen and whose weights depend on their names alone."""
    options = {"image_size": 64, "projection_hidden_size": 32, "num_classes_K": 48, "projection_layers": 2, **options}
    torch.manual_seed(0)
    kind(copy.deepcopy(net), **options)(IMAGES)  # with the augmentations that it brings
    learner = kind(net, **options, augment_fn=torch.nn.Identity(), augment_fn2=Function(changed))
    learner.local_crop = Function(lambda x: F.resized_crop(x, 3, 5, 30, 36, [64, 64]))
    learner.global_crop = Function(lambda x: F.resized_crop(x, 1, 2, 58, 60, [64, 64]))
    fill(learner.student_encoder, scale=None)
    learner.teacher_encoder.load_state_dict(learner.student_encoder.state_dict())
    return learner


vit = ViT(image_size=64, patch_size=16, num_classes=10, dim=48, depth=2, heads=4, mlp_dim=64)
dino = prepare(Dino, fill(vit, scale=None), hidden_layer="to_latent")
learn("Dino", dino, dino.update_moving_average)
figures["Dino centers"] = dino.teacher_centers
figures["Dino teacher"] = torch.stack([p.norm() for p in dino.teacher_encoder.parameters()])
figures["Dino embedding"] = dino(IMAGES, return_embedding=True, return_projection=False)

cvt = CvT(num_classes=10, s1_emb_dim=16, s1_heads=1, s2_emb_dim=32, s2_heads=2, s3_emb_dim=48, s3_depth=2)
for module in cvt.modules():
    module.train("Drop" not in type(module).__name__)
esvit = prepare(EsViTTrainer, fill(cvt, scale=None), hidden_layer="layers", num_classes_K=40)
learn("EsViT", esvit, esvit.update_moving_average)
figures["EsViT centers"] = torch.cat([esvit.teacher_view_centers, esvit.teacher_region_centers])


class Older(torch.nn.Module):
    """The parts of a ViT that MPP asks for, with a class token of three dimensions."""

    def __init__(self, vit):
        super().__init__()
        self.to_patch_embedding, self.transformer, self.dropout = vit.to_patch_embedding, vit.transformer, vit.dropout
        self.cls_token = torch.nn.Parameter(torch.zeros(1, 1, vit.cls_token.shape[-1]))
        self.pos_embedding = torch.nn.Parameter(torch.zeros(1, *vit.pos_embedding.shape[-2:]))


def drawn(like, probability):
    """Returns what `prob_mask_like` draws, from NumPy."""
    numbers = np.random.default_rng(int(1e4 * probability)).random(tuple(like.shape[:2]))
    return torch.from_numpy(numbers < probability)


torch.randint = lambda low, high, size, device=None: torch.from_numpy(
    np.random.default_rng(1).integers(low, high, size)
)
torch.rand = lambda size, device=None: floats(*size, seed=2).sigmoid()
mpp.prob_mask_like = drawn
masked = mpp.MPP(
    Older(ViT(image_size=64, patch_size=8, num_classes=10, dim=48, depth=2, heads=4, mlp_dim=64)),
    patch_size=8, dim=48, mask_prob=0.3, random_patch_prob=0.3, replace_prob=0.5, mean=[0.1] * 3, std=[0.9] * 3,
)  # fmt: skip
learn("MPP", fill(masked, scale=None))
report(packages=["vit-pytorch"], **figures)
