"""Imports transformers' GPT-2 and ends, for `bench_packages.py`."""

from transformers.models.gpt2 import GPT2LMHeadModel  # noqa: F401
