"""x-transformers: the examples of its README."""

from packages.both import compare, needs


def test_readme():
    needs("x_transformers")
    compare("x_transformers_readme.py")
