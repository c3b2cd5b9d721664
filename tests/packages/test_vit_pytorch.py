"""vit-pytorch: the examples of its README, and what learns without labels."""

from packages.both import compare, needs


def test_readme():
    needs("vit_pytorch", "x_transformers", "torchvision")
    compare("vit_pytorch_readme.py")


def test_self_supervised():
    needs("vit_pytorch", "torchvision")
    compare("vit_pytorch_self_supervised.py")
