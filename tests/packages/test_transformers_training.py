"""transformers: files of models, and its trainer."""

from packages.both import compare, needs


def test_models_from_folders_and_back():
    needs("transformers", "tokenizers")
    compare("transformers_files.py")


def test_the_trainer():
    needs("transformers", "accelerate")
    compare("transformers_trainer.py")
