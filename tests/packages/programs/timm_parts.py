"""timm: models as backbones, other heads, stages and groups of parameters, as its documentation shows them."""

import timm
import torch
from same import fill, floats, report
from timm.models import group_parameters, model_parameters
from timm.optim import param_groups_layer_decay, param_groups_weight_decay

images = floats(2, 3, 64, 64)
figures = {}

features = fill(timm.create_model("resnet18", features_only=True, out_indices=(1, 2, 4)), scale=None).eval()
figures["channels"], figures["reductions"] = features.feature_info.channels(), features.feature_info.reduction()
for stage, output in enumerate(features(images)):
    figures[f"features {stage}"], figures[f"features {stage} shape"] = output, list(output.shape)

vit = timm.create_model("vit_tiny_patch16_224", img_size=64, num_classes=10, features_only=True)
figures["vit features"] = torch.cat([x.flatten() for x in fill(vit, scale=None).eval()(images)])

convnext = fill(timm.create_model("convnext_atto", num_classes=10), scale=None).eval()
maps = convnext.forward_features(images)
figures["maps"], figures["pooled"] = maps, convnext.forward_head(maps, pre_logits=True)
figures["logits"] = convnext.forward_head(maps)
final, stages = convnext.forward_intermediates(images)
figures["intermediates"] = torch.cat([x.flatten() for x in [final, *stages]])
convnext.reset_classifier(7)
figures["other classes"] = list(convnext(images).shape)
convnext.reset_classifier(0)
figures["no classes"] = convnext(images)

gray = fill(timm.create_model("mobilenetv3_small_050", in_chans=1, num_classes=5), scale=None).eval()
figures["one channel"] = gray(images[:, :1])
figures["config"] = [*timm.data.resolve_model_data_config(gray)["mean"], gray.num_features]

vit = timm.create_model("vit_tiny_patch16_224", img_size=64, num_classes=10)
state = vit.state_dict()
larger = timm.create_model("vit_tiny_patch16_224", img_size=96, num_classes=10)
from timm.layers import resample_abs_pos_embed  # noqa: E402

figures["position embedding"] = resample_abs_pos_embed(fill(vit).pos_embed, [6, 6], num_prefix_tokens=1)
figures["loaded"] = list(larger.load_state_dict({k: state[k] for k in state if k != "pos_embed"}, strict=False)[0])
groups = param_groups_layer_decay(vit, weight_decay=0.05, layer_decay=0.75)
figures["layer decay"] = [float(g["lr_scale"]) for g in groups] + [float(len(g["params"])) for g in groups]
groups = param_groups_weight_decay(vit, 0.05)
figures["weight decay"] = [len(g["params"]) for g in groups]
figures["groups"] = sorted(str(key) for key in group_parameters(vit, vit.group_matcher()))
figures["parameters"] = len(list(model_parameters(vit, exclude_head=True)))
vit.set_grad_checkpointing(True)
vit.train()(images).sum().backward()
figures["checkpointed"] = torch.stack([p.grad.norm() for p in vit.parameters()])
report(packages=["timm"], **figures)
