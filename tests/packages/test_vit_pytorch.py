"""vit-pytorch: the examples of its README."""

from packages.both import compare, needs


def test_readme():
    needs("vit_pytorch", "x_transformers", "torchvision")
    compare("vit_pytorch_readme.py")
