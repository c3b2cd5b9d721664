"""`torchvision.io`: says at its import that it is compiled against torch."""

raise ImportError(
    "torchvision.io is compiled against torch itself and does not run over mocrograd", name="torchvision.io"
)
