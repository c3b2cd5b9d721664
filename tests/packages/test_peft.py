"""peft: adapters of transformers' models."""

from packages.both import compare, needs


def test_adapters_of_many_kinds():
    needs("peft", "transformers")
    compare("peft_adapters.py")
