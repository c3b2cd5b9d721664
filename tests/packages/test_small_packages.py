"""Packages of one purpose, by the main examples of their READMEs."""

from packages.both import compare, needs


def test_einops():
    needs("einops")
    compare("einops_readme.py")


def test_torchdiffeq():
    needs("torchdiffeq", "scipy")
    compare("torchdiffeq_spiral.py")


def test_skorch():
    needs("skorch", "sklearn", "tabulate")
    compare("skorch_grid_search.py")


def test_safetensors():
    needs("safetensors")
    compare("safetensors_files.py")
    compare("safetensors_itself.py")


def test_torchmetrics():
    needs("torchmetrics")
    compare("torchmetrics_loop.py")


def test_torchinfo():
    needs("torchinfo")
    compare("torchinfo_summary.py")
