"""transformers' ViT: logits, positions for other sizes of images, training."""

from same import fill, floats, integers, report
from transformers import ViTConfig, ViTForImageClassification
from transformers_parts import outputs, training

config = ViTConfig(
    hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, image_size=32, patch_size=8,
    num_labels=10, hidden_dropout_prob=0, attention_probs_dropout_prob=0,
)  # fmt: skip
model = fill(ViTForImageClassification(config), scale=0.1).eval()
batch = {"pixel_values": floats(4, 3, 32, 32), "labels": integers(10, 4)}

figures = outputs(model, **batch)
figures["larger"] = model(floats(1, 3, 48, 48, seed=2), interpolate_pos_encoding=True).logits
report(packages=["transformers"], **figures, **training(model, **batch))
