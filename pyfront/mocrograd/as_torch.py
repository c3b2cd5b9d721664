"""`import mocrograd.as_torch` on top of a program gives mocrograd to every `import torch` after it."""

from mocrograd.compat import scripts

scripts.install()
