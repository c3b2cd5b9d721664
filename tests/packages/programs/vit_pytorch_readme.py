"""vit-pytorch: the examples of its README, smaller: each model's forward and a step of training.

SimMIM, MPP and MAE on a ViT with a class token are not here: this version of the package refuses them over torch too.
"""

from importlib import import_module

import torch
from same import fill, floats, integers, report
from torchvision.models import resnet18
from vit_pytorch import MAE, SimpleViT, ViT
from vit_pytorch.cross_vit import CrossViT
from vit_pytorch.distill import DistillableViT, DistillWrapper
from vit_pytorch.efficient import ViT as EfficientViT
from vit_pytorch.extractor import Extractor
from vit_pytorch.learnable_memory_vit import Adapter
from vit_pytorch.mp3 import MP3
from vit_pytorch.recorder import Recorder
from vit_pytorch.vit_for_small_dataset import SPT
from vit_pytorch.vit_with_patch_merger import PatchMerger
from x_transformers import Encoder

SIZE = 64
PLAIN = {"image_size": SIZE, "patch_size": 16, "num_classes": 10, "dim": 64, "depth": 2, "heads": 4, "mlp_dim": 128}
VIDEO = {"image_size": 32, "frames": 4, "image_patch_size": 16, "frame_patch_size": 2, "num_classes": 10, "dim": 64,
         "heads": 4, "mlp_dim": 128}  # fmt: skip
CONVOLVED = {"n_conv_layers": 2, "kernel_size": 7, "stride": 2, "padding": 3, "pooling_kernel_size": 3,
             "pooling_stride": 2, "pooling_padding": 1, "num_classes": 10}  # fmt: skip
CVT = {"num_classes": 10, "s1_emb_dim": 16, "s2_emb_dim": 32, "s2_heads": 2, "s3_emb_dim": 48, "s3_depth": 2}
CROSS = {"image_size": SIZE, "num_classes": 10, "depth": 2, "sm_dim": 32, "sm_patch_size": 8, "sm_enc_depth": 1,
         "sm_enc_heads": 2, "sm_enc_mlp_dim": 64, "lg_dim": 48, "lg_patch_size": 16, "lg_enc_depth": 1,
         "lg_enc_heads": 2, "lg_enc_mlp_dim": 64, "cross_attn_depth": 1, "cross_attn_heads": 2}  # fmt: skip
MODELS = {
    "vit.ViT": PLAIN,
    "simple_vit.SimpleViT": PLAIN,
    "deepvit.DeepViT": PLAIN,
    "cait.CaiT": {**PLAIN, "cls_depth": 2},
    "t2t.T2TViT": {"dim": 64, "image_size": SIZE, "depth": 2, "heads": 4, "mlp_dim": 64, "num_classes": 10},
    "cct.CCT": {"img_size": (32, 64), "embedding_dim": 48, "num_layers": 2, "num_heads": 4, "mlp_ratio": 3.0,
                "positional_embedding": "learnable", **CONVOLVED},
    "cct.cct_2": {"img_size": SIZE, "positional_embedding": "sine", **CONVOLVED},
    "cross_vit.CrossViT": CROSS,
    "pit.PiT": {**PLAIN, "depth": (1, 1, 1), "patch_size": 8},
    "levit.LeViT": {"image_size": SIZE, "num_classes": 10, "stages": 3, "dim": (32, 48, 64), "depth": 1,
                    "heads": (2, 3, 4), "mlp_mult": 2},
    "cvt.CvT": CVT,
    "twins_svt.TwinsSVT": {"num_classes": 10, "s1_emb_dim": 16, "s2_emb_dim": 24, "s3_emb_dim": 32, "s3_depth": 1,
                           "s4_emb_dim": 48, "s4_depth": 1, "s1_local_patch_size": 4, "s1_global_k": 4,
                           "s2_local_patch_size": 4, "s2_global_k": 4, "s3_local_patch_size": 2, "s3_global_k": 2,
                           "s4_local_patch_size": 1, "s4_global_k": 1},
    "regionvit.RegionViT": {"dim": (16, 24, 32, 48), "depth": (1, 1, 1, 1), "window_size": 7, "num_classes": 10,
                            "use_peg": True, "size": 224},
    "crossformer.CrossFormer": {"num_classes": 10, "dim": (32, 32, 64, 64), "depth": (1, 1, 2, 1),
                                "global_window_size": (8, 4, 2, 1), "local_window_size": 7, "size": 224},
    "scalable_vit.ScalableViT": {"num_classes": 10, "dim": 16, "heads": (1, 2, 2, 4), "depth": (1, 1, 2, 1),
                                 "ssa_dim_key": (8, 8, 8, 8), "reduction_factor": (8, 4, 2, 1),
                                 "window_size": (16, 8, None, None)},
    "sep_vit.SepViT": {"num_classes": 10, "dim": 16, "dim_head": 8, "heads": (1, 2, 2, 4), "depth": (1, 1, 1, 1),
                       "window_size": 7, "size": 224},
    "max_vit.MaxViT": {"num_classes": 10, "dim_conv_stem": 8, "dim": 16, "dim_head": 8, "depth": (1, 1),
                       "window_size": 4},
    "nest.NesT": {"image_size": SIZE, "patch_size": 4, "dim": 24, "heads": 3, "num_hierarchies": 3,
                  "block_repeats": (1, 1, 2), "num_classes": 10},
    "mobile_vit.MobileViT": {"image_size": (SIZE, SIZE), "dims": [24, 32, 40], "num_classes": 10,
                             "channels": [8, 16, 24, 24, 32, 32, 40, 40, 48, 48, 64]},
    "xcit.XCiT": {**PLAIN, "cls_depth": 1, "local_patch_kernel_size": 3},
    "ats_vit.ViT": {**PLAIN, "max_tokens_per_depth": (16, 16)},
    "vit_with_patch_merger.ViT": {**PLAIN, "patch_merge_layer": 1, "patch_merge_num_tokens": 8},
    "vit_for_small_dataset.ViT": PLAIN,
    "parallel_vit.ViT": {**PLAIN, "num_parallel_branches": 2},
    "learnable_memory_vit.ViT": PLAIN,
    "mp3.ViT": PLAIN,
    "vit_3d.ViT": {**VIDEO, "depth": 2},
    "simple_vit_3d.SimpleViT": {**VIDEO, "depth": 2},
    "vivit.ViViT": {**VIDEO, "spatial_depth": 1, "temporal_depth": 1, "variant": "factorized_encoder"},
    "cct_3d.CCT": {"img_size": 32, "num_frames": 4, "embedding_dim": 48, "frame_kernel_size": 3, "num_layers": 2,
                   "num_heads": 4, "mlp_ratio": 3.0, "positional_embedding": "learnable", **CONVOLVED},
    "jet_vit.JetViT": {**PLAIN, "dim_head": 16, "window_size": 4, "depth": 3, "attn_layers": ["LA", "WA", "FA"]},
}  # fmt: skip
figures = {}


def step(name, model, loss_of):
    """Trains a step by Adam, and keeps the losses before and after it, and the sizes of all gradients."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        losses.append(loss.item())
        if len(losses) == 1:
            norms = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None])
            figures[f"{name} gradients"] = norms / norms.norm()
        optimizer.step()
    figures[f"{name} losses"] = losses


images, labels = floats(4, 3, SIZE, SIZE), integers(10, 4)
videos = floats(4, 3, 4, 32, 32)
for name, options in MODELS.items():
    module, maker = name.split(".")
    options = dict(options)
    size = options.pop("size", SIZE)
    model = fill(getattr(import_module(f"vit_pytorch.{module}"), maker)(**options), scale=None)
    seen = videos if "frames" in options or "num_frames" in options else images
    if name == "cct.CCT":
        seen = images[:, :, :32]
    elif size != SIZE:
        seen = floats(2, 3, size, size)
    with torch.no_grad():
        figures[name] = model.eval()(seen)
    for module in model.train().modules():
        module.train("Drop" not in type(module).__name__)  # what is drawn differs
    if name == "levit.LeViT":  # normalises so few numbers that rounding shows in float32
        model, seen = model.double(), seen.double()
    step(name, model, lambda m=model, s=seen: torch.nn.functional.cross_entropy(m(s), labels[: len(s)]))


def numbers(draw):
    """Makes a function of torch draw what NumPy draws, so that masks are equal over both libraries."""

    def drawn(*shape, device=None, **options):
        shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
        return draw(*shape, seed=sum(shape))

    return drawn


torch.rand = numbers(lambda *shape, seed: floats(*shape, seed=seed).sigmoid())


def vit(**options):
    return fill(ViT(**PLAIN, **options), scale=None)


teacher = fill(resnet18(num_classes=10), scale=None).eval()
for hard in (False, True):
    student = fill(DistillableViT(**PLAIN), scale=None)
    distiller = DistillWrapper(student=student, teacher=teacher, temperature=3, alpha=0.5, hard=hard)
    fill(distiller.distill_mlp)
    with torch.no_grad():
        distiller.distillation_token.copy_(floats(1, 64))
    step(f"distilled {hard}", student, lambda d=distiller: d(images, labels))
figures["from distilled"] = student.to_vit()(images)
for learner in (MAE(encoder=vit(pool="mean"), decoder_dim=32, decoder_depth=1),
                MP3(vit=fill(import_module("vit_pytorch.mp3").ViT(**PLAIN)), masking_ratio=0.75)):  # fmt: skip
    step(type(learner).__name__, fill(learner, scale=None), lambda m=learner: m(images))
memory = fill(import_module("vit_pytorch.learnable_memory_vit").ViT(**PLAIN), scale=None)
adapter = fill(Adapter(vit=memory, num_classes=2, num_memories_per_layer=5), scale=None)
figures["adapter"] = adapter(images)
figures["sampled"] = import_module("vit_pytorch.ats_vit").ViT(
    **PLAIN, max_tokens_per_depth=(8, 4))(images, return_sampled_token_ids=True)[1].shape[0]  # fmt: skip
recorder = Recorder(vit())
figures["recorded"], figures["maps"] = recorder(images)
figures["ejected"] = recorder.eject()(images)
figures["extracted"] = torch.cat([x.flatten() for x in Extractor(vit())(images)])
cross = Extractor(fill(CrossViT(**CROSS), scale=None).eval(), layer_name="multi_scale_encoder")(images)[1]
figures["extracted pair"] = torch.cat([x.flatten() for x in cross])
figures["merged"] = fill(PatchMerger(dim=64, num_tokens_out=8))(floats(4, 16, 64))
figures["shifted"] = fill(SPT(dim=64, patch_size=16, channels=3), scale=None)(images)
encoder = Encoder(dim=64, depth=2, heads=4, ff_glu=True, residual_attn=True)
efficient = fill(EfficientViT(dim=64, image_size=SIZE, patch_size=16, num_classes=10, transformer=encoder), scale=None)
step("efficient", efficient, lambda: torch.nn.functional.cross_entropy(efficient(images), labels))
figures["not square"] = fill(SimpleViT(**{**PLAIN, "image_size": (64, 32), "patch_size": (16, 8)}))(images[..., :32])

packed = import_module("vit_pytorch.na_vit").NaViT(**PLAIN)
sizes = [[(64, 64), (32, 32)], [(32, 64), (64, 32)], [(16, 64)]]
pictures = [[floats(3, *size, seed=size[0]) for size in group] for group in sizes]
step("NaViT", fill(packed, scale=None), lambda: torch.nn.functional.cross_entropy(packed(pictures), integers(10, 5)))
alone = [picture for group in pictures for picture in group]
figures["grouped"] = packed.eval()(alone, group_images=True, group_max_seq_len=32)
for name, shape, options in (
    ("na_vit_nested_tensor", (3,), {}),
    ("na_vit_nested_tensor_3d", (3, 4), {"max_frames": 4, "frame_patch_size": 2}),
):
    nested = import_module(f"vit_pytorch.{name}").NaViT(**PLAIN, **options, token_dropout_prob=0.0)
    several = [floats(*shape, *size, seed=sum(size)) for size in ((64, 64), (16, 48), (64, 32))]
    step(name, fill(nested, scale=None),
         lambda model=nested, x=several: torch.nn.functional.cross_entropy(model(x), integers(10, 3)))  # fmt: skip
report(packages=["vit-pytorch"], **figures)
