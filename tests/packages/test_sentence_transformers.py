"""sentence-transformers: pooling, encoding, losses, evaluators and its trainer."""

from packages.both import compare, needs


def test_models_losses_and_evaluators():
    needs("sentence_transformers", "transformers")
    compare("sentence_transformers_training.py")


def test_its_trainer():
    needs("sentence_transformers", "transformers", "datasets")
    compare("sentence_transformers_trainer.py")
