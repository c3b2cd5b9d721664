"""sentence-transformers: pooling, encoding, losses and evaluators."""

from packages.both import compare, needs


def test_models_losses_and_evaluators():
    needs("sentence_transformers", "transformers")
    compare("sentence_transformers_training.py")
