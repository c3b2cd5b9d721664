"""Packages of one purpose, by the main example of their READMEs."""

from packages.both import compare, needs


def test_einops():
    needs("einops")
    compare("einops_readme.py")
