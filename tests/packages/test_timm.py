"""timm: models of its families, and what its train loop is made of."""

import pytest
from packages.both import compare, needs


@pytest.mark.parametrize("group", ["convolutions", "attention", "mixed"])
def test_families(group):
    needs("timm", "torchvision")
    compare("timm_models.py", group)


def test_backbones_heads_and_groups():
    needs("timm", "torchvision")
    compare("timm_parts.py")


def test_what_its_train_loop_is_made_of():
    needs("timm", "torchvision")
    compare("timm_training.py")


def test_an_optimizer_of_second_order():
    needs("timm", "torchvision")
    compare("timm_second_order.py")


def test_its_transforms_and_loaders():
    needs("timm", "torchvision")
    compare("timm_data.py")
