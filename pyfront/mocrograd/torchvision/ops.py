"""`torchvision.ops`: says at its import that it is compiled against torch."""

raise ImportError(
    "torchvision.ops is compiled against torch itself and does not run over mocrograd", name="torchvision.ops"
)
